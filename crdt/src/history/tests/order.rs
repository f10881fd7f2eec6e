//! Any order of arrival gives what the rules say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use proptest::{prelude::*, sample::Index, test_runner::RngSeed};

use super::model::Model;
use crate::{
    entry::{Stream, VerifiedEntry},
    hash::{EntryId, blake3},
    history::{
        Basis, Changes, History, Known, KnownPerson, Roots, Standing, Verdict,
        world::{Founded, Person},
    },
    state::state_hash,
    time::Height,
};

const HEIGHT: Height = Height(2);

proptest! {
    // The long form: PROPTEST_CASES=20000.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_placed_depends_on_the_set_alone(deeds in deeds(), order in order()) {
        let (roots, entries) = lives(&deeds);
        let model = Model::of(&roots, HEIGHT, &entries);
        for arrival in [entries.clone(), order.shuffled(&entries)] {
            let mut replica = Replica::new(&roots);
            for entry in arrival {
                replica.hears(entry);
            }
            replica.assert_is(&model);
            replica.restarted().assert_is(&model);
        }
    }

    #[test]
    fn logs_in_order_are_placed_without_waiting(deeds in deeds(), order in order()) {
        let (roots, entries) = lives(&deeds);
        let mut replica = Replica::new(&roots);
        for entry in order.shuffled(&entries) {
            replica.hears(entry);
        }
        let mut other = Replica::new(&roots);
        for log in replica.history.logs_in_order() {
            for id in log.ids() {
                let outcome = other.history.place(replica.kept[id].clone());
                prop_assert_eq!(outcome.verdict, Verdict::Placed);
            }
        }
        prop_assert_eq!(state_hash(&replica.history), state_hash(&other.history));
    }

    #[test]
    fn a_newly_known_checkpoint_lets_in_what_waited_for_it(deeds in deeds(), order in order()) {
        let (roots, entries) = lives(&deeds);
        let mut replica = Replica { history: History::new(roots.clone()), ..Replica::new(&roots) };
        for entry in order.shuffled(&entries) {
            replica.hears(entry);
        }
        replica.assert_is(&Model::of(&roots, Height(0), &entries));
        let changes = replica.history.know_height(HEIGHT);
        replica.stores(changes);
        replica.assert_is(&Model::of(&roots, HEIGHT, &entries));
    }

    #[test]
    fn replicas_that_heard_different_parts_agree_after_they_met(
        deeds in deeds(),
        order in order(),
    ) {
        let (roots, entries) = lives(&deeds);
        let mut alice = Replica::new(&roots);
        let mut karim = Replica::new(&roots);
        for (at, entry) in (1_000..).zip(order.shuffled(&entries)) {
            let [whom, ..] = order.draw(at);
            if whom % 3 != 1 {
                alice.hears(entry.clone());
            }
            if whom % 3 != 2 {
                karim.hears(entry);
            }
        }
        alice.meets(&mut karim);
        alice.restarted().meets(&mut karim);
    }

    /// Who stands on a record knows as much as who has it all, where nobody forks or fills their room.
    #[test]
    fn what_is_placed_above_a_basis_is_what_others_place(
        mut deeds in deeds(),
        order in order(),
        part in any::<Index>(),
    ) {
        // What a candidate vouches counts once they are known fully: of that leaves tell nothing.
        deeds.retain(|it| match it.what {
            What::Vouch(_) => it.who.index(PEOPLE) < FOUNDERS,
            What::Write(_) | What::Hide(_) => true,
            _ => false,
        });
        let (roots, entries) = lives(&deeds);
        let mut full = Replica::new(&roots);
        for entry in entries.iter().take(part.index(entries.len() + 1)).cloned() {
            full.hears(entry);
        }
        let basis = full.basis();
        let (history, lost) = History::restore_on(&basis, roots.clone(), HEIGHT, []);
        prop_assert_eq!(lost, []);
        prop_assert_eq!(history.digest(), full.history.digest());
        prop_assert!(history.is_empty());
        let mut based = Replica { history, ..Replica::new(&roots) };
        for entry in order.shuffled(&entries) {
            let log = based.history.log(&entry.log());
            if log.is_some_and(|it| entry.entry().seq < it.base()) {
                let known = based.history.place(entry).verdict;
                prop_assert_eq!(known, Verdict::Known(Known::Covered));
                continue;
            }
            based.hears(entry.clone());
            full.hears(entry);
        }
        for entry in entries {
            full.hears(entry);
        }
        prop_assert_eq!(based.history.digest(), full.history.digest());
        let kept = based.kept.values().rev().cloned();
        let (again, lost) = History::restore_on(&basis, roots, HEIGHT, kept);
        prop_assert_eq!(lost, []);
        prop_assert_eq!(again.digest(), full.history.digest());
    }
}

/// One thing that somebody does.
#[derive(Clone)]
struct Deed {
    who: Index,
    what: What,
}

impl fmt::Debug for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.who.index(PEOPLE);
        match &self.what {
            What::Vouch(whom) => write!(f, "{who} vouches for {}", whom.index(MEMBERS)),
            What::Become(whom) => write!(f, "{who} becomes {}", whom.index(MEMBERS)),
            What::Certify(whom) => write!(f, "{who} certifies for {}", whom.index(MEMBERS)),
            what => write!(f, "{who} {what:?}"),
        }
    }
}

#[derive(Clone, Debug)]
enum What {
    Vouch(Index),
    Write(u8),
    /// Enough for a candidate to reach their limit after a few.
    WriteMuch,
    /// Writes at an earlier place of a log again, and goes on from there.
    Fork(u8, Index),
    /// As a device that certifies itself anew, perhaps for another member.
    Certify(Index),
    /// Names a predecessor that nobody has.
    Hide(u8),
    Anchor(u8),
    /// Hands over to another key.
    Become(Index),
    /// The same, with a false signature.
    Usurp(Index),
}

const STREAMS: [Stream; 3] = [Stream::MEMBER, Stream::ACCOUNT, Stream::TEXT];
const FOUNDERS: usize = 3;
const IMPORTED: usize = 2;
const CANDIDATES: usize = 5;
const MEMBERS: usize = FOUNDERS + IMPORTED + CANDIDATES;
/// Three have a second device.
const PEOPLE: usize = MEMBERS + 3;

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let what = prop_oneof![
        8 => any::<Index>().prop_map(What::Vouch),
        3 => (0..3_u8).prop_map(What::Write),
        2 => Just(What::WriteMuch),
        2 => ((0..3_u8), any::<Index>()).prop_map(|(stream, place)| What::Fork(stream, place)),
        1 => any::<Index>().prop_map(What::Certify),
        2 => (0..3_u8).prop_map(What::Hide),
        1 => (0..4_u8).prop_map(What::Anchor),
        3 => any::<Index>().prop_map(What::Become),
        1 => any::<Index>().prop_map(What::Usurp),
    ];
    let deed = (any::<Index>(), what).prop_map(|(who, what)| Deed { who, what });
    prop::collection::vec(deed, 0..60)
}

/// What comes of `deeds`: all entries that anybody wrote.
fn lives(deeds: &[Deed]) -> (Roots, Vec<VerifiedEntry>) {
    let mut founded = Founded::new(u16::try_from(FOUNDERS).unwrap());
    let mut people = founded.founders.clone();
    let others = (0..IMPORTED + CANDIDATES).map(|n| Person::new(u16::try_from(100 + n).unwrap()));
    people.extend(others);
    let proofs = founded.imports(&people[FOUNDERS..FOUNDERS + IMPORTED]);
    let roots = founded.roots();

    let mut entries = Vec::new();
    for (person, proof) in people[FOUNDERS..].iter_mut().zip(
        proofs
            .into_iter()
            .map(Some)
            .chain([const { None }; CANDIDATES]),
    ) {
        entries.push(person.joins_as(proof));
    }
    let members = people.clone();
    for n in 0..3 {
        let mut second = people[n * 3].with_device(200 + u8::try_from(n).unwrap());
        entries.push(second.adds_device());
        people.push(second);
    }
    let mut certified = BTreeSet::new();
    for deed in deeds {
        let who = deed.who.index(people.len());
        let person = &mut people[who];
        entries.push(match &deed.what {
            // Half of them for somebody else, who may have no standing.
            What::Become(whom) => {
                let heir = &members[whom.index(members.len())];
                match whom.index(MEMBERS * 2) {
                    old if old < MEMBERS => person.becomes(heir),
                    old => person.carries_change(&members[(old * 7) % MEMBERS], heir),
                }
            }
            What::Usurp(whom) => person.forges_a_change_to(&members[whom.index(members.len())]),
            What::Vouch(whom) => person.vouches_for(&members[whom.index(members.len())]),
            What::Write(stream) => person.writes(STREAMS[usize::from(*stream)], 1),
            What::WriteMuch => person.writes_bytes(Stream::ACCOUNT, vec![7; 7_000]),
            What::Fork(stream, place) => {
                let stream = STREAMS[usize::from(*stream)];
                // A first entry that certifies nothing is no entry: that is `Certify`.
                let first = usize::from(stream == Stream::MEMBER && who >= FOUNDERS);
                let len = person.len(stream);
                if len <= first {
                    continue;
                }
                person.rewinds(stream, first + place.index(len - first));
                person.writes(stream, 1)
            }
            What::Certify(as_whom) => {
                // More than two certificates of one device: see `a_third_certificate_…`.
                if who < FOUNDERS || !certified.insert(who) {
                    continue;
                }
                let mut device = person.as_member(&members[as_whom.index(members.len())]);
                device.rewinds(Stream::MEMBER, 0);
                device.adds_device()
            }
            What::Hide(stream) => {
                person.writes(STREAMS[usize::from(*stream)], 1);
                continue;
            }
            What::Anchor(height) => {
                person.anchor = Height((*height).into());
                continue;
            }
        });
    }
    (roots, entries)
}

/// An order of arrival, with repetitions, drawn from a seed.
#[derive(Clone, Debug)]
struct Order(u64);

fn order() -> impl Strategy<Value = Order> {
    any::<u64>().prop_map(Order)
}

impl Order {
    fn shuffled(&self, entries: &[VerifiedEntry]) -> Vec<VerifiedEntry> {
        let twice = entries.iter().chain(entries);
        let mut arrival: Vec<_> = (0..)
            .zip(twice)
            .map(|(at, entry)| (self.draw(at), entry))
            .collect();
        arrival.sort_by_key(|(number, _)| *number);
        arrival
            .into_iter()
            .map(|(_, entry)| entry.clone())
            .collect()
    }

    fn draw(&self, at: u64) -> [u8; 32] {
        blake3(&[&self.0.to_be_bytes(), &at.to_be_bytes()])
    }
}

/// A history with a store that follows it.
struct Replica {
    history: History,
    kept: BTreeMap<EntryId, VerifiedEntry>,
    pending: BTreeMap<EntryId, VerifiedEntry>,
}

impl Replica {
    fn new(roots: &Roots) -> Self {
        let mut history = History::new(roots.clone());
        history.know_height(HEIGHT);
        Self {
            history,
            kept: BTreeMap::new(),
            pending: BTreeMap::new(),
        }
    }

    fn hears(&mut self, entry: VerifiedEntry) {
        let outcome = self.history.place(entry);
        assert!(
            !matches!(outcome.verdict, Verdict::Invalid(_) | Verdict::NoRoom),
            "{outcome:?}"
        );
        self.stores(outcome.changes);
    }

    fn stores(&mut self, changes: Changes) {
        let fresh = changes.forks.into_iter().flat_map(|it| it.fresh);
        for entry in changes.placed.into_iter().chain(fresh) {
            self.pending.remove(&entry.id());
            self.kept.insert(entry.id(), entry);
        }
        for entry in changes.pending {
            self.pending.insert(entry.id(), entry);
        }
        for id in changes.dropped {
            self.kept.remove(&id);
            self.pending.remove(&id);
        }
    }

    /// The same device after its program ended and started again.
    fn restarted(&self) -> Self {
        let roots = self.history.roots().clone();
        let kept = self.kept.values().rev().cloned();
        let (history, lost) = History::restore(roots, self.history.height(), kept);
        assert_eq!(lost, []);
        let mut replica = Self {
            history,
            kept: self.kept.clone(),
            pending: BTreeMap::new(),
        };
        for entry in self.pending.values() {
            let outcome = replica.history.place(entry.clone());
            assert!(outcome.changes.placed.is_empty(), "{outcome:?}");
            assert!(outcome.changes.forks.is_empty(), "{outcome:?}");
            replica.stores(outcome.changes);
        }
        assert_eq!(replica.pending, self.pending);
        replica
    }

    /// What a record over all that is placed leaves to somebody who has nothing else.
    fn basis(&self) -> Basis {
        let logs = self.history.logs();
        let logs = logs.map(|it| (*it.id(), it.len(), it.head().unwrap()));
        let people = &self.history.people;
        let members = (0..).map_while(|number| Some((number, people.member_at(number)?)));
        let known = members.filter_map(|(number, it)| {
            let standing = it.standing()?;
            let devices = it.devices.iter();
            let own = devices.filter(|it| people.owner(**it) == Some(number));
            let key = |it: &u32| people.device_at(*it).unwrap().key;
            let sponsors = people.sponsors_of(number).iter();
            Some(KnownPerson {
                keys: vec![it.key],
                sponsors: sponsors
                    .map(|it| people.member_at(*it).unwrap().key)
                    .collect(),
                is_full: standing > Standing::Candidate,
                devices: own.map(key).collect(),
            })
        });
        Basis {
            logs: logs.collect(),
            people: known.collect(),
        }
    }

    fn assert_is(&self, model: &Model) {
        let placed: BTreeSet<_> = self.history.placed_ids().map(|(id, ..)| id).collect();
        let forks: BTreeSet<_> = self
            .history
            .forks()
            .map(|(log, fork)| (*log, fork.point))
            .collect();
        let differ: Vec<_> = placed.symmetric_difference(&model.placed).collect();
        assert!(
            differ.is_empty(),
            "{differ:?} of {} placed",
            model.placed.len()
        );
        assert_eq!(forks, model.forks);
        assert_eq!(self.history.len(), placed.len());
        let waiting: BTreeSet<_> = self.history.pending().map(|it| it.entry.id()).collect();
        assert!(
            waiting.iter().eq(self.pending.keys()),
            "the store lost track"
        );
        let items: BTreeSet<_> = self.history.sync_items().map(|it| it.id).collect();
        assert_eq!(items.len(), placed.len() + forks.len());
        let in_order = self.history.logs_in_order().map(|it| *it.id());
        let in_order: BTreeSet<_> = in_order.collect();
        assert!(self.history.logs().map(|it| *it.id()).eq(in_order));
        for (_, fork) in self.history.forks() {
            assert!(fork.proof.iter().all(|id| self.kept.contains_key(id)));
        }
    }

    /// What two devices do until they compare equal, without the economy of a sketch.
    fn meets(&mut self, other: &mut Self) {
        for _ in 0..100 {
            let before = (self.state(), other.state());
            self.sends_to(other);
            other.sends_to(self);
            if before == (self.state(), other.state()) {
                break;
            }
        }
        let (mine, theirs) = (self.state(), other.state());
        let differ = mine.symmetric_difference(&theirs).count();
        assert_eq!(differ, 0, "of {} items", mine.len());
        assert_eq!(state_hash(&self.history), state_hash(&other.history));
    }

    fn state(&self) -> BTreeSet<[u8; 32]> {
        self.history.sync_items().map(|it| it.id).collect()
    }

    fn sends_to(&self, other: &mut Self) {
        let has = other.state();
        for log in self.history.logs_in_order() {
            let fork = log.fork().filter(|it| !has.contains(&it.marker(log.id())));
            if let Some(fork) = fork {
                let [a, b] = fork.proof.map(|id| self.kept[&id].clone());
                let changes = other.history.prove(a, b).changes;
                other.stores(changes);
            }
            for id in log.ids().iter().filter(|id| !has.contains(&id.0)) {
                other.hears(self.kept[id].clone());
            }
        }
    }
}
