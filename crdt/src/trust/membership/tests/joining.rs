//! From a stranger to a member.

use super::world::*;
use crate::{
    hash::BlobHash,
    params::Param,
    payload::{Join, MemberFact},
    time::Height,
    trust::{Refusal, State, membership::*},
};

#[test]
fn five_who_met_somebody_make_a_member_after_the_time_for_objections() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=5);
    let outcome = world.close(1);
    assert_eq!((outcome.taken.len(), outcome.refused.len()), (5, 0));
    for day in 2..15 {
        world.close(day);
        assert_eq!(world.is(9), State::Candidate, "day {day}");
    }
    world.close(15);
    assert_eq!(world.is(9), State::Member);
    assert_eq!(world.state.members(), 7);
    let person = world.person(9);
    assert_eq!(person.until, person.since.after(31_557_600));
}

#[test]
fn four_do_not() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=4);
    world.days(1..=60);
    assert_eq!(world.is(9), State::Candidate);
    assert_eq!(world.person(9).ask, None);
}

#[test]
fn the_time_for_objections_ends_at_its_second() {
    let asked = FOUNDED.after(DAY);
    for (early, state) in [(1, State::Candidate), (0, State::Member)] {
        let mut world = World::new(6);
        world.joins_with(9, 1..=5);
        world.close_at(asked);
        world.close(2);
        world.close_at(Seconds(asked.after(14 * DAY).0 - early));
        assert_eq!(world.is(9), state);
    }
}

#[test]
fn a_candidate_is_judged_at_the_first_record_after_the_request_is_complete() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=4);
    world.days(1..=3);
    world.vouches(5, 9);
    world.close(4);
    let ask = world.person(9).ask.unwrap();
    assert_eq!((ask.height, ask.verdict), (Height(4), None));
    // Long after the time for objections, but nobody has judged yet: both happen here.
    world.close(40);
    assert_eq!(world.is(9), State::Member);

    world.joins_with(10, 1..=5);
    world.days(41..=42);
    let ask = world.person(10).ask.unwrap();
    assert_eq!(ask.height, Height(6));
    assert_eq!(ask.verdict.unwrap().height, Height(7));
}

/// Six groups of five, each certified by the whole group before; seven founders at the root.
fn line() -> World {
    let mut world = World::new(7);
    for group in 1..=5 {
        for person in 0..5 {
            let sponsors = if group == 1 {
                1..=5
            } else {
                group * 10 - 10..=group * 10 - 6
            };
            world.settles(group * 10 + person, sponsors);
        }
    }
    for person in 400..403 {
        world.settles(person, 50..=54);
    }
    world.certified(51, [50]);
    world.certified(53, [52]);
    world
}

/// Founders who certify the second group, and so come within reach of whoever follows.
fn shorten(world: &mut World) {
    world.certified(20, 1..=3);
}

#[test]
fn who_is_too_far_away_is_judged_again_after_thirty_days() {
    let mut world = line();
    world.joins_with(100, 50..=54);
    world.days(1..=2);
    let verdict = world.person(100).ask.unwrap().verdict.unwrap();
    // Five groups of the five steps, and not the founders: 78 %.
    assert_eq!(
        (verdict.distance.reached, verdict.distance.referents),
        (25, 32)
    );
    assert!(!verdict.holds);
    shorten(&mut world);
    world.days(3..=31);
    assert_eq!(world.person(100).ask.unwrap().verdict, Some(verdict));
    // The time for objections is long over by then.
    world.close(32);
    assert_eq!(world.is(100), State::Member);
}

/// Neither by certifications that come and go nor by leaving and asking anew.
#[test]
fn nobody_gets_another_judgement_by_asking_again() {
    let mut world = line();
    world.joins_with(100, 50..=54);
    world.days(1..=2);
    let retry = world.person(100).retry;
    assert_eq!(retry, FOUNDED.after(32 * DAY));
    shorten(&mut world);
    world.says(50, withdrawal(100));
    world.close(3);
    assert_eq!(world.person(100).ask, None);
    world.vouches(50, 100);
    world.days(4..=6);
    assert_eq!(world.person(100).ask.unwrap().not_before, retry);
    world.says(100, MemberFact::Leave);
    world.close(7);
    assert_eq!(world.is(100), State::Gone);
    world.joins(100);
    world.days(8..=31);
    assert_eq!(world.is(100), State::Candidate);
    assert_eq!(world.person(100).ask.unwrap().verdict, None);
    world.close(32);
    assert_eq!(world.is(100), State::Member);
}

#[test]
fn an_objection_is_a_second_look_and_no_veto() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=5);
    world.days(1..=14);
    world.says(6, objection(9));
    world.days(15..=28);
    assert_eq!(world.is(9), State::Candidate);
    world.says(5, objection(9));
    world.close(29);
    assert_eq!(world.is(9), State::Member);
    assert!(world.person(9).objections.is_empty());
}

#[test]
fn a_sponsor_who_withdraws_in_time_stops_a_candidate() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=5);
    world.days(1..=10);
    world.says(5, withdrawal(9));
    world.days(11..=15);
    assert_eq!(world.is(9), State::Candidate);
    assert_eq!(
        world.state.sponsors_lack(
            &world.state.graph(world.state.closed.time),
            world.id(9),
            world.state.closed.time
        ),
        Some(Refusal::NotEnoughReceived)
    );
    // Another sponsor completes the request, and everybody has their time again.
    world.vouches(6, 9);
    world.days(16..=29);
    assert_eq!(world.is(9), State::Candidate);
    world.close(30);
    assert_eq!(world.is(9), State::Member);
}

#[test]
fn a_candidate_has_two_months() {
    let window = 5_259_600;
    for (late, state) in [(0, State::Candidate), (1, State::Gone)] {
        let mut world = World::new(6);
        world.joins_with(9, 1..=4);
        let joined = FOUNDED.after(DAY);
        world.close_at(joined);
        world.close_at(joined.after(window + late));
        assert_eq!(world.is(9), state);
    }
    // Whoever had all in time is not sent away while others may object.
    let mut world = World::new(6);
    world.joins_with(9, 1..=4);
    world.days(1..=59);
    world.vouches(5, 9);
    world.days(60..=73);
    assert_eq!(world.is(9), State::Candidate);
    world.close(74);
    assert_eq!(world.is(9), State::Member);
}

#[test]
fn a_certification_after_the_two_months_comes_too_late_however_rare_records_are() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=4);
    world.close(1);
    world.vouches(5, 9);
    world.close(70);
    assert_eq!(world.is(9), State::Gone);
    assert!(!world.stands_by(5, 9));
}

#[test]
fn who_is_gone_may_ask_anew_once_they_know() {
    let mut world = World::new(7);
    world.joins_with(9, 1..=5);
    world.days(1..=15);
    world.says(9, MemberFact::Leave);
    let again = world.says(9, MemberFact::Leave);
    let outcome = world.close(16);
    assert_eq!(why(&outcome, again), Some(Refusal::Gone));
    assert_eq!(world.is(9), State::Gone);
    let subject = world.vouches(6, 9);
    let objection = world.says(6, objection(9));
    let renewal = world.says(9, renewal());
    let outcome = world.close(17);
    assert_eq!(why(&outcome, subject), Some(Refusal::Gone));
    assert_eq!(why(&outcome, objection), Some(Refusal::Gone));
    assert_eq!(why(&outcome, renewal), Some(Refusal::NotMember));

    // A join that they wrote on another island before they left brings nobody back.
    world.anchor = Some(Height(15));
    let old = world.writes(
        further(9, 1),
        MemberFact::Join(join(9, further(9, 1), None)),
    );
    let outcome = world.close(18);
    assert_eq!(why(&outcome, old), Some(Refusal::TooOld));
    world.anchor = None;
    world.joins(9);
    world.days(19..=32);
    assert_eq!(world.is(9), State::Candidate);
    world.close(33);
    assert_eq!(world.is(9), State::Member, "the certifications live still");
}

#[test]
fn leaving_wins_over_joining_in_one_record() {
    let mut world = World::new(7);
    world.joins_with(9, 1..=5);
    world.days(1..=15);
    world.says(9, MemberFact::Leave);
    world.joins(9);
    world.close(16);
    assert_eq!(world.is(9), State::Gone);
}

#[test]
fn of_two_joins_the_earlier_stands_and_both_devices_count() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=5);
    world.close(1);
    let other = Join {
        name: "another name".to_owned(),
        ..join(9, further(9, 1), None)
    };
    let other = other.sign(&NETWORK, &further(9, 1), &secret(9));
    world.writes(further(9, 1), MemberFact::Join(other));
    let outcome = world.close(2);
    assert_eq!(outcome.refused, []);
    assert_eq!(world.person(9).name, "person 9");
    assert_eq!(world.person(9).until, FOUNDED.after(DAY));
    assert_eq!(world.state.owner(&further(9, 1)), Some(world.id(9)));
    world.days(3..=15);
    let given = world.writes(further(9, 1), certification(1, 0));
    world.writes(further(9, 1), renewal());
    let outcome = world.close(16);
    assert_eq!((why(&outcome, given), world.stands_by(9, 1)), (None, true));
}

#[test]
fn a_join_names_the_charter_in_force_and_is_signed() {
    let mut world = World::new(6);
    let other = Join {
        charter: BlobHash([4; 32]),
        ..join(9, device(9), None)
    };
    let other = world.says(
        9,
        MemberFact::Join(other.sign(&NETWORK, &device(9), &secret(9))),
    );
    // Not a first entry: nobody has checked it yet.
    let forged = Join {
        member: key(10),
        ..join(9, device(9), None)
    };
    let forged = world.says(9, MemberFact::Join(forged));
    let outcome = world.close(1);
    assert_eq!(why(&outcome, other), Some(Refusal::OtherCharter));
    assert_eq!(why(&outcome, forged), Some(Refusal::FalseSignature));
    assert!(world.state.find(&key(10)).is_none());
    world.joins(9);
    world.close(2);
    assert_eq!(world.is(9), State::Candidate);
}

/// A founder's first device begins its log with anything, and so with a lie.
#[test]
fn a_founder_imports_nobody() {
    let mut world = World::new(6);
    let imported = crate::payload::Imported {
        index: 0,
        was_member: true,
        proof: vec![],
    };
    let forged = Join {
        signature: crate::keys::Signature([0; 64]),
        ..join(9, device(1), Some(imported.clone()))
    };
    let forged = world.says(1, MemberFact::Join(forged));
    let signed = world.says(2, MemberFact::Join(join(10, device(2), Some(imported))));
    let outcome = world.close(1);
    assert_eq!(why(&outcome, forged), Some(Refusal::FalseSignature));
    assert_eq!(why(&outcome, signed), Some(Refusal::KeyInUse));
    assert_eq!(world.state.people().len(), 6);
}

#[test]
fn founders_are_near_each_other_and_skip_nothing_but_distance() {
    let mut world = World::new(6);
    assert!((1..=6).all(|it| world.is(it) == State::Member && world.live(it) == 5));
    assert!(world.state.people().iter().all(|it| {
        it.received
            .iter()
            .all(|it| (it.emission, it.end) == (FOUNDED, FOUNDED.after(63_115_200)))
    }));
    // The period does not hold them up, the stock counts theirs.
    world.joins(9);
    let id = world.vouches(1, 9);
    assert_eq!(world.close(0).taken, [id]);
    assert_eq!(world.state.given(FOUNDED)[index(world.id(1))], 6);
    // Without renewal they lapse as everybody.
    world.close(365 + 31);
    assert_eq!(world.is(1), State::Lapsed);
}

#[test]
fn none_one_and_five() {
    let mut empty = World::new(0);
    empty.joins(9);
    empty.days(1..=5);
    assert_eq!((empty.state.members(), empty.is(9)), (0, State::Candidate));
    let graph = empty.state.graph(FOUNDED);
    assert!(empty.state.jury(&graph).referents.is_empty());

    // One and five alone never have five certifications: the grace is all they have.
    for founders in [1, 5] {
        let mut world = World::new(founders);
        world.close(29);
        assert_eq!(world.state.members(), u64::from(founders));
        world.close(30);
        assert_eq!(world.state.members(), 0);
    }
    // Five with a sixth in time, whom they all certify and who certifies them.
    let mut world = World::new(5);
    world.joins_with(9, 1..=5);
    world.days(1..=15);
    for founder in 1..=3 {
        world.vouches(9, founder);
    }
    world.days(16..=29);
    assert!((1..=3).all(|it| world.live(it) == 5));
    world.close(30);
    assert_eq!(
        [1, 4, 9].map(|it| world.is(it)),
        [State::Member, State::Lapsed, State::Member]
    );
}

#[test]
fn all_may_be_referents() {
    let mut world = World::new(6);
    world.joins_with(9, 1..=5);
    world.days(1..=2);
    let graph = world.state.graph(world.state.closed.time);
    assert_eq!(world.state.jury(&graph).referents.len(), 6);
    let verdict = world.person(9).ask.unwrap().verdict.unwrap();
    assert_eq!(
        (verdict.distance.reached, verdict.distance.referents),
        (6, 6)
    );
}

#[test]
fn a_sponsor_who_lapses_between_word_and_admission_still_counts() {
    let mut world = World::with(7, params(&[(Param::RenewGrace, 0)]));
    world.days(1..=1);
    for person in 1..=6 {
        world.says(person, renewal());
    }
    world.days(2..=360);
    world.joins_with(9, [1, 2, 3, 4, 7]);
    world.days(361..=366);
    assert_eq!(world.is(7), State::Lapsed);
    for person in 1..=6 {
        world.says(person, renewal());
    }
    world.days(367..=375);
    assert_eq!(world.is(9), State::Member);
}

fn lack(world: &World, person: u16) -> Option<Refusal> {
    let now = world.state.closed.time;
    world
        .state
        .sponsors_lack(&world.state.graph(now), world.id(person), now)
}

#[test]
fn sponsors_who_are_strangers_to_each_other_do_not_suffice() {
    let mut world = World::new(6);
    // Five people whom nobody connects: each certified by others who are certified by nobody.
    for sponsor in 0..5 {
        let people = 200 + sponsor * 10..200 + sponsor * 10 + 6;
        for person in people.clone() {
            world.settles(person, []);
        }
        world.settles(100 + sponsor, people);
    }
    world.settles(150, 100..=104);
    assert_eq!(lack(&world, 150), Some(Refusal::SponsorsApart));
    world.certified(101, [100]);
    assert_eq!(lack(&world, 150), Some(Refusal::SponsorsApart), "one pair");
    world.certified(102, [103]);
    assert_eq!(lack(&world, 150), None);
}

#[test]
fn nobody_alone_stands_behind_all_sponsors() {
    let mut world = World::new(7);
    world.close(1);
    for sponsor in 100..105 {
        world.settles(sponsor, 1..=5);
    }
    for sponsor in 101..105 {
        world.certified(sponsor, [100]);
        let id = world.id(sponsor);
        let founder = world.id(5);
        world.state.people[index(id)]
            .received
            .retain(|it| it.issuer != founder);
    }
    world.certified(100, [101]);
    world.settles(150, 101..=104);
    world.certified(150, [5]);
    // Founders need nobody: what the genesis says does not count as leaning.
    assert_eq!(lack(&world, 150), None);
    world.settles(151, 101..=104);
    world.settles(106, [1, 2, 3, 4, 100]);
    world.certified(151, [106]);
    assert_eq!(lack(&world, 151), Some(Refusal::OneBehindAll));
    // One with a sponsor to spare needs none of them.
    world.certified(106, [6]);
    assert_eq!(lack(&world, 151), None);
}

#[test]
fn sponsors_come_from_two_meetings() {
    for (meetings, lacks) in [
        ([1, 1, 1, 1, 1], Some(Refusal::OneMeeting)),
        ([1, 1, 1, 1, 2], None),
        ([1, 1, 1, 1, 0], None),
        ([0, 0, 0, 0, 0], None),
    ] {
        let mut world = World::new(6);
        world.joins(9);
        for (sponsor, meeting) in (1..).zip(meetings) {
            world.says(sponsor, certification(9, meeting));
        }
        world.days(1..=20);
        assert_eq!(lack(&world, 9), lacks);
        assert_eq!(world.is(9) == State::Member, lacks.is_none());
    }
}
