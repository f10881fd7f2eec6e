//! What holds whatever people write.

use proptest::{prelude::*, sample::Index, test_runner::RngSeed};

use super::world::*;
use crate::{
    codec::to_u64,
    hash::{BlobHash, blake3},
    keys::Signature,
    params::Param,
    payload::{Certification, Imported, Join, KeyChange, Recovery, Renewal, Roster, Statements},
    time::{ClaimedMinutes, Height},
    trust::{Refusal, membership::*},
};

/// One thing that a device writes, or the end of a record so many hours later.
#[derive(Clone, Debug)]
enum Deed {
    Write {
        who: Index,
        what: u8,
        whom: Index,
        bits: u8,
    },
    Close(u64),
}

const FOUNDERS: u16 = 6;
const PEOPLE: u16 = 13;

fn deeds(kinds: std::ops::Range<u8>) -> impl Strategy<Value = Vec<Deed>> {
    // Joining and vouching more often than the rest.
    let kind = prop_oneof![2 => kinds.clone(), 1 => Just(1_u8), 3 => Just(4_u8), 1 => Just(6_u8)];
    let kind = kind.prop_filter("one of these", move |it| kinds.contains(it));
    let write =
        (any::<Index>(), kind, any::<Index>(), any::<u8>()).prop_map(|(who, what, whom, bits)| {
            Deed::Write {
                who,
                what,
                whom,
                bits,
            }
        });
    let close = prop_oneof![4 => 1..200_u64, 1 => 200..9_000_u64].prop_map(Deed::Close);
    prop::collection::vec(prop_oneof![4 => write, 1 => close], 0..160)
}

fn fact(what: u8, who: u16, whom: u16, author: DeviceKey, bits: u8) -> MemberFact {
    let is_false = bits & 0xe0 == 0xe0;
    let mut fact = match what {
        1 => {
            let imported = (bits & 7 == 7).then(|| Imported {
                index: 0,
                was_member: bits & 8 == 0,
                proof: vec![],
            });
            MemberFact::Join(Join {
                charter: if bits & 0x70 == 0x70 {
                    BlobHash([4; 32])
                } else {
                    CHARTER
                },
                ..join(if bits & 0x18 == 0 { whom } else { who }, author, imported)
            })
        }
        2 => certificate(whom, author),
        3 => {
            let target = further(whom, bits & 1);
            device_revocation(
                if bits & 6 == 0 { whom } else { who },
                target,
                Some(bits.into()),
            )
        }
        4 => MemberFact::Certification(Certification {
            subject: key(whom),
            statements: Statements {
                age: bits & 0xf0 != 0xf0,
                ..Statements::ALL
            },
            met: ClaimedMinutes(bits.into()),
            meeting: [bits & 3; 16],
        }),
        5 => withdrawal(whom),
        6 => MemberFact::Renewal(Renewal { charter: CHARTER }),
        7 => key_change(who, 20 + u16::from(bits & 3)),
        8 => revocation(if bits & 3 == 0 {
            whom
        } else {
            60 + u16::from(bits)
        }),
        9 => MemberFact::Leave,
        10 => objection(whom),
        11 => MemberFact::Roster(Roster::of([bits; 16], [key(who), key(whom)])),
        12 => recovery(whom, 20 + u16::from(bits & 3)),
        _ => residence(bits),
    };
    if is_false {
        match &mut fact {
            MemberFact::Join(Join { signature, .. })
            | MemberFact::Recovery(Recovery { signature, .. })
            | MemberFact::KeyChange(KeyChange {
                old_signature: signature,
                ..
            }) => {
                *signature = Signature([7; 64]);
            }
            _ => {}
        }
    }
    fact
}

/// The records that come of `deeds`: what each includes, and how long after the last it closes.
///
/// `name` says which number the person `n` has: it decides the keys.
fn lives(deeds: &[Deed], devices: u8, name: impl Fn(u16) -> u16) -> Vec<(Vec<Included>, u64)> {
    let mut world = World::new(0);
    let mut records = Vec::new();
    let mut height = 0;
    for deed in deeds {
        match deed {
            Deed::Write {
                who,
                what,
                whom,
                bits,
            } => {
                let person = u16::try_from(who.index(PEOPLE.into())).unwrap() + 1;
                let number = if bits & 0x0c == 0x0c { devices - 1 } else { 0 };
                let whom = name(u16::try_from(whom.index(PEOPLE.into())).unwrap() + 1);
                let author = further(name(person), number);
                if person > FOUNDERS && !world.written.contains_key(&author) {
                    // The history lets no log begin otherwise.
                    let first = if number == 0 {
                        MemberFact::Join(join(name(person), author, None))
                    } else {
                        certificate(name(person), author)
                    };
                    world.writes(author, first);
                }
                world.anchor = Some(Height(height - u32::from(bits % 3).min(height)));
                world.writes(author, fact(*what, name(person), whom, author, *bits));
            }
            Deed::Close(hours) => {
                height += 1;
                records.push((std::mem::take(&mut world.pending), hours * 3_600));
            }
        }
    }
    records.push((world.pending, DAY));
    records
}

fn begin(name: impl Fn(u16) -> u16) -> World {
    let mut world = World::new(0);
    let founders = (1..=FOUNDERS).map(|it| Founder {
        member: key(name(it)),
        name: format!("person {}", name(it)),
        device: device(name(it)),
    });
    world.state = Membership::founded(Founding {
        network: NETWORK,
        charter: CHARTER,
        params: params(&[(Param::SigStock, 20), (Param::KeyChangePeriod, 1_000_000)]),
        time: FOUNDED,
        founders: founders.collect(),
    });
    world
}

fn closes(world: &mut World, included: Vec<Included>, after: u64) -> Outcome {
    world.pending = included;
    let time = world.state.closed.time.after(after);
    world.close_at(time)
}

fn leaves(state: &Membership) -> Leaves {
    let mut devices: Vec<_> = state.devices().iter().collect();
    devices.sort_by_key(|(_, it)| it.index);
    Leaves {
        founding: Founding {
            network: NETWORK,
            charter: CHARTER,
            params: Params::default(),
            time: FOUNDED,
            founders: vec![],
        },
        params: state.params.clone(),
        closed: *state.newest(),
        times: state.times().to_vec(),
        people: state.people().iter().map(Person::leaf).collect(),
        devices: devices
            .into_iter()
            .filter_map(|(key, _)| state.device_leaf(key))
            .collect(),
        rest: state.rest_leaf(),
        frontier: state.frontier.clone(),
    }
}

fn same(person: u16) -> u16 {
    person
}

/// What must hold after any record.
fn assert_sound(world: &World) {
    let now = world.state.closed.time;
    let grace = world.state.get(Param::RenewGrace);
    for person in world.state.people() {
        let certified = person.certified_until(5).unwrap_or(person.since);
        if person.state == State::Member {
            assert!(
                person.live(now).count() >= 5 || certified.after(grace) > now,
                "{person:?}"
            );
            assert!(person.until.after(grace) > now, "{person:?}");
        }
        let mut issuers: Vec<_> = person.received.iter().map(|it| it.issuer).collect();
        issuers.sort_unstable();
        issuers.dedup();
        assert_eq!(issuers.len(), person.received.len(), "one word each");
        assert!(person.queue.len() <= 20);
        if matches!(person.state, State::Gone | State::Revoked) {
            assert!(person.ask.is_none() && person.queue.is_empty());
        }
    }
    assert!(world.state.given(now).iter().all(|it| *it <= 20));
    for (own, person) in (0..).zip(world.state.people()) {
        assert!(
            person.received.iter().all(|it| it.issuer != own),
            "by oneself"
        );
        assert_eq!(world.state.find(&person.key), Some(own));
    }
}

fn sorted(mut outcome: Outcome) -> Outcome {
    outcome.refused.sort_unstable();
    outcome.taken.sort_unstable();
    outcome
}

proptest! {
    // The long form: PROPTEST_CASES=20000.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_rule_is_broken_whatever_people_write(deeds in deeds(1..14)) {
        let mut world = begin(same);
        for (included, after) in lives(&deeds, 2, same) {
            let count = included.len();
            let outcome = closes(&mut world, included, after);
            prop_assert!(outcome.refused.len() <= count + 400);
            assert_sound(&world);
        }
    }

    /// In any order, and an entry again in the same record or a later one.
    #[test]
    fn neither_order_nor_repetition_matters(deeds in deeds(1..14), seed in any::<u64>()) {
        let mut straight = begin(same);
        let mut shuffled = begin(same);
        let mut before: Vec<Included> = Vec::new();
        for (included, after) in lives(&deeds, 2, same) {
            let draw = |at: usize| blake3(&[&seed.to_be_bytes(), &to_u64(at).to_be_bytes()]);
            let again = before.iter().chain(&included).enumerate();
            let again = again.filter(|(at, _)| draw(*at)[0] % 4 == 0).map(|(_, it)| it);
            let mut mixed: Vec<_> = included.iter().chain(again).cloned().enumerate().collect();
            mixed.sort_by_key(|(at, _)| draw(at + 1_000_000));
            let mixed = mixed.into_iter().map(|(_, it)| it).collect();
            let a = closes(&mut straight, included.clone(), after);
            let b = closes(&mut shuffled, mixed, after);
            prop_assert_eq!(a, b);
            prop_assert_eq!(&straight.state, &shuffled.state);
            before.extend(included);
        }
    }

    /// Leaves say everything, and whose leaf changes is told.
    #[test]
    fn leaves_give_the_state_back(deeds in deeds(1..14)) {
        let mut world = begin(same);
        let mut people: Vec<Vec<u8>> = Vec::new();
        for (included, after) in lives(&deeds, 2, same) {
            closes(&mut world, included, after);
            let leaves = leaves(&world.state);
            let (touched, _) = world.state.take_touched();
            for (id, leaf) in (0..).zip(&leaves.people) {
                let is_told = touched.contains(&id);
                prop_assert!(is_told || people.get(index(id)) == Some(leaf), "person {}", id);
            }
            people.clone_from(&leaves.people);
            let again = Membership::from_leaves(leaves);
            prop_assert_eq!(again.as_ref(), Ok(&world.state));
            // It goes on from there.
            world.state = again.unwrap();
            world.state.take_touched();
        }
    }

    /// With one device each and no quarrel over a key: of those the lower key decides.
    #[test]
    fn other_keys_give_the_same_people(deeds in deeds(1..7)) {
        let turned = |it: u16| (it * 5) % (PEOPLE + 1);
        let mut straight = begin(same);
        let mut renamed = begin(turned);
        let one = lives(&deeds, 1, same);
        for ((included, after), (other, _)) in one.into_iter().zip(lives(&deeds, 1, turned)) {
            let a = closes(&mut straight, included, after);
            let b = closes(&mut renamed, other, after);
            let reasons = |outcome: Outcome| {
                let mut reasons: Vec<Refusal> = sorted(outcome).refused.into_iter().map(|it| it.1).collect();
                reasons.sort_unstable();
                reasons
            };
            prop_assert_eq!(a.taken.len(), b.taken.len());
            prop_assert_eq!(reasons(a), reasons(b));
        }
        for person in 1..=PEOPLE {
            let at = |world: &World, name: u16| {
                let person = world.state.person(world.state.find(&key(name))?)?.clone();
                let mut received: Vec<_> = person.received.iter().map(|it| (it.emission, it.end, it.meeting)).collect();
                received.sort_unstable();
                let ask = person.ask.map(|it| (it.height, it.time, it.not_before, it.verdict));
                Some((person.state, person.since, person.until, received, ask, person.last_issue, person.queue.len(), person.objections.len()))
            };
            prop_assert_eq!(at(&straight, person), at(&renamed, turned(person)));
        }
    }

    /// Once nothing waits any more, only time passes: with a record a day or with one a year.
    #[test]
    fn time_passes_alike_however_often_records_close(deeds in deeds(1..14), days in 1_u64..1_500) {
        let mut world = begin(same);
        for (included, after) in lives(&deeds, 2, same) {
            closes(&mut world, included, after);
        }
        for _ in 0..100 {
            closes(&mut world, vec![], DAY);
        }
        let mut once = world.clone();
        closes(&mut once, vec![], days * DAY);
        for _ in 0..days.div_ceil(7) - 1 {
            closes(&mut world, vec![], 7 * DAY);
        }
        let rest = FOUNDED.after(once.state.closed.time.since(FOUNDED)).since(world.state.closed.time);
        closes(&mut world, vec![], rest);
        prop_assert_eq!(world.state.closed.time, once.state.closed.time);
        let now = world.state.closed.time;
        for (a, b) in world.state.people().iter().zip(once.state.people()) {
            prop_assert_eq!((a.state, a.since, a.until), (b.state, b.since, b.until));
            let live = |it: &Person| it.live(now).copied().collect::<Vec<_>>();
            prop_assert_eq!(live(a), live(b));
        }
    }
}

/// The lives of these tests reach what they are to test.
#[test]
fn arbitrary_lives_are_full_of_events() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::new(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    });
    let mut seen = BTreeSet::new();
    let mut refusals = BTreeSet::new();
    let mut changed = 0;
    for _ in 0..400 {
        let deeds = deeds(1..14).new_tree(&mut runner).unwrap().current();
        let mut world = begin(same);
        for (included, after) in lives(&deeds, 2, same) {
            let outcome = closes(&mut world, included, after);
            refusals.extend(outcome.refused.iter().map(|it| it.1));
            for (own, person) in (0..).zip(world.state.people()) {
                let is_founder = own < u32::from(FOUNDERS);
                seen.insert((is_founder, person.state));
                changed += u32::from(person.key_changed.is_some());
            }
        }
    }
    println!(
        "{} states, {} reasons, {changed} changed keys",
        seen.len(),
        refusals.len()
    );
    assert!(seen.len() >= 8, "{seen:?}");
    assert!(refusals.len() >= 17, "{refusals:?}");
    assert!(changed > 50);
}
