//! The rules one by one.

use std::slice;

use crate::{
    codec::Reader,
    entry::{Kind, Payload, SignedEntry, Stream, VerifiedEntry},
    history::{
        Check, Fork, History, Invalid, Known, MAX_CANDIDATE_LOG_LEN, MAX_CANDIDATES,
        MAX_ENTRIES_PER_ANCHOR, MAX_PENDING_PER_LOG, MAX_PENDING_STRANGERS,
        MAX_TEXT_ENTRIES_PER_ANCHOR, Refusal, Standing, Verdict, Waits,
        world::{Founded, Person},
    },
    time::Height,
};

#[test]
fn a_founder_needs_nobody() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let entry = world.founders[0].writes(Stream::ACCOUNT, 1);
    let outcome = history.place(entry.clone());
    assert_eq!(outcome.verdict, Verdict::Placed);
    assert_eq!(outcome.changes.placed, slice::from_ref(&entry));
    assert_eq!(history.place_of(&entry.id()), Some((entry.log(), 0)));
    assert_eq!(history.place(entry).verdict, Verdict::Known(Known::Placed));
}

#[test]
fn a_candidate_waits_for_a_sponsor() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let mut zoe = Person::new(50);
    let (join, transfer) = (zoe.joins(), zoe.writes(Stream::ACCOUNT, 1));
    let member = zoe.member();
    let verdicts = [&transfer, &join].map(|it| history.place(it.clone()).verdict);
    let expected = [Waits::Author, Waits::Sponsor { member }];
    assert_eq!(verdicts, expected.map(Verdict::Pending));

    let vouch = world.founders[0].vouches_for(&zoe);
    let outcome = history.place(vouch.clone());
    assert_eq!(outcome.verdict, Verdict::Placed);
    assert_eq!(outcome.changes.placed, [vouch, join, transfer]);
    assert_eq!(history.pending_len(), 0);
    assert_eq!(history.standing(&zoe.device()), Some(Standing::Candidate));
    assert_eq!(history.member_of(&zoe.device()), Some(member));
}

#[test]
fn a_first_entry_that_certifies_nothing_is_invalid_and_evidence_of_nothing() {
    let mut world = Founded::new(1);
    let zoe = Person::new(50);
    let (mut imported, other) = (Person::new(51), Person::new(52));
    let proof = world.imports(slice::from_ref(&imported)).remove(0);
    let mut history = world.history();
    history.place(world.founders[0].vouches_for(&zoe));

    let nothing = zoe.clone().writes(Stream::MEMBER, 1);
    let verdict = history.place(nothing).verdict;
    assert_eq!(verdict, Verdict::Invalid(Invalid::NoCertificate));

    let forged = zoe.clone().joins_with(&other);
    let verdict = history.place(forged).verdict;
    assert!(
        matches!(verdict, Verdict::Invalid(Invalid::Signature(_))),
        "{verdict:?}"
    );

    let cut = Payload::Inline(vec![1, 2, 3]);
    let verdict = history
        .place(zoe.clone().signs(Kind::new(Stream::MEMBER, 1), cut))
        .verdict;
    assert!(
        matches!(verdict, Verdict::Invalid(Invalid::Payload(_))),
        "{verdict:?}"
    );

    let unlisted = zoe.clone().joins_as(Some(proof.clone()));
    let verdict = history.place(unlisted).verdict;
    let member = zoe.member();
    assert_eq!(verdict, Verdict::Invalid(Invalid::ImportProof { member }));

    assert_eq!(history.place(zoe.clone().joins()).verdict, Verdict::Placed);
    assert_eq!(
        history.place(imported.joins_as(Some(proof))).verdict,
        Verdict::Placed
    );
    assert_eq!(
        history.standing(&imported.device()),
        Some(Standing::Imported)
    );
    assert_eq!(history.forks().count(), 0);
}

#[test]
fn a_quota_is_a_function_of_the_log() {
    for (stream, limit) in [
        (Stream::ACCOUNT, MAX_ENTRIES_PER_ANCHOR),
        (Stream::TEXT, MAX_TEXT_ENTRIES_PER_ANCHOR),
    ] {
        let mut world = Founded::new(1);
        let entries: Vec<_> = (0..limit + 2)
            .map(|_| world.founders[0].writes(stream, 1))
            .collect();
        let refusal = Refusal::Entries {
            limit,
            height: Height(0),
        };
        let mut forward = world.history();
        let verdicts: Vec<_> = entries
            .iter()
            .map(|it| forward.place(it.clone()).verdict)
            .collect();
        let limit = usize::try_from(limit).unwrap();
        assert!(verdicts[..limit].iter().all(|it| *it == Verdict::Placed));
        assert_eq!(verdicts[limit], Verdict::Refused(refusal));
        assert!(matches!(
            verdicts[limit + 1],
            Verdict::Pending(Waits::Predecessor { .. })
        ));

        // In any order in which what waits finds room.
        let mut backward = world.history();
        for entry in entries
            .chunks(MAX_PENDING_PER_LOG)
            .flat_map(|it| it.iter().rev())
        {
            backward.place(entry.clone());
        }
        assert_eq!(backward.len(), limit);
        assert!(forward.placed_ids().eq(backward.placed_ids()));
    }
}

#[test]
fn bytes_are_bounded_outside_texts_and_ballots() {
    for (stream, placed) in [(Stream::ACTION, 3), (Stream::VOTE, 6), (Stream::TEXT, 6)] {
        let mut world = Founded::new(1);
        let mut history = world.history();
        history.know_height(Height(1));
        for _ in 0..5 {
            history.place(world.founders[0].writes_bytes(stream, vec![0; 300_000]));
        }
        world.founders[0].anchor = Height(1);
        history.place(world.founders[0].writes_bytes(stream, vec![0; 300_000]));
        assert_eq!(history.len(), placed, "{stream:?}");
    }
}

#[test]
fn anchors_never_fall_and_wait_for_their_checkpoint() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let karim = &mut world.founders[0];
    karim.anchor = Height(5);
    let first = karim.writes(Stream::ACCOUNT, 1);
    karim.anchor = Height(4);
    let second = karim.writes(Stream::ACCOUNT, 2);
    let waits = Waits::Checkpoint {
        anchor: Height(5),
        known: Height(0),
    };
    assert_eq!(
        history.place(first.clone()).verdict,
        Verdict::Pending(waits)
    );
    assert_eq!(history.know_height(Height(5)).placed, [first]);
    let falls = Refusal::AnchorFalls {
        found: Height(4),
        before: Height(5),
    };
    assert_eq!(
        history.place(second.clone()).verdict,
        Verdict::Refused(falls)
    );
    assert_eq!(history.pending().count(), 1);

    // What was refused is evidence still.
    world.founders[0].rewinds(Stream::ACCOUNT, 1);
    world.founders[0].anchor = Height(5);
    let rival = world.founders[0].writes(Stream::ACCOUNT, 3);
    let outcome = history.place(rival.clone());
    assert_eq!(outcome.verdict, Verdict::ForkFound { point: 1 });
    assert_eq!(outcome.changes.forks[0].fresh, [second, rival]);
}

#[test]
fn a_candidate_writes_little_until_a_second_member_vouches() {
    let mut world = Founded::new(2);
    let mut history = world.history();
    let mut zoe = Person::new(50);
    history.place(world.founders[0].vouches_for(&zoe));
    // Twice is once.
    history.place(world.founders[0].vouches_for(&zoe));
    history.place(zoe.joins());
    let entries: Vec<_> = (0..20)
        .map(|_| zoe.writes_bytes(Stream::ACCOUNT, vec![0; 900]))
        .collect();
    for entry in &entries {
        history.place(entry.clone());
    }
    let len: usize = entries[..history.log(&entries[0].log()).unwrap().ids().len()]
        .iter()
        .map(|it| it.as_bytes().len())
        .sum();
    let limit = usize::try_from(MAX_CANDIDATE_LOG_LEN).unwrap();
    assert!(
        len <= limit && len + entries[0].as_bytes().len() > limit,
        "{len}"
    );
    let next = history.log(&entries[0].log()).unwrap().ids().len();
    let reason = history
        .pending()
        .find(|it| it.entry == entries[next])
        .unwrap()
        .reason;
    let waits = Waits::SecondSponsor {
        member: zoe.member(),
        limit: MAX_CANDIDATE_LOG_LEN,
    };
    assert_eq!(reason, waits.into());

    // Nor do they vouch for others.
    let lea = Person::new(51);
    history.place(zoe.vouches_for(&lea));
    assert!(matches!(
        history.place(lea.clone().joins()).verdict,
        Verdict::Pending(_)
    ));

    let outcome = history.place(world.founders[1].vouches_for(&zoe));
    assert_eq!(outcome.changes.placed.len(), 1 + entries.len() - next + 1);
    assert_eq!(history.pending_len(), 0);
    assert_eq!(history.standing(&lea.device()), Some(Standing::Candidate));
}

#[test]
fn two_entries_at_one_place_end_the_log_there() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let karim = &mut world.founders[0];
    let [first, second, third] = [1, 2, 3].map(|it| karim.writes(Stream::ACCOUNT, it));
    karim.rewinds(Stream::ACCOUNT, 1);
    let [rival, after] = [4, 5].map(|it| karim.writes(Stream::ACCOUNT, it));
    for entry in [&first, &second, &third] {
        history.place(entry.clone());
    }

    let outcome = history.place(rival.clone());
    assert_eq!(outcome.verdict, Verdict::ForkFound { point: 1 });
    assert_eq!(outcome.changes.dropped, [third.id()]);
    let found = &outcome.changes.forks[0];
    assert_eq!(found.fork, Fork::new(1, second.id(), rival.id()));
    assert_eq!(found.fresh, slice::from_ref(&rival));
    assert_eq!(history.log(&first.log()).unwrap().ids(), [first.id()]);
    assert!(history.place_of(&second.id()).is_none());
    assert_eq!(
        history.place(third).verdict,
        Verdict::AfterFork { point: 1 }
    );
    assert_eq!(history.place(rival).verdict, Verdict::Known(Known::Proof));
    assert_eq!(
        history.check(&unchecked(&after)),
        Check::AfterFork { point: 1 }
    );
}

#[test]
fn another_proof_of_one_point_changes_nothing_and_a_lower_one_the_point() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let karim = &mut world.founders[0];
    let chain: Vec<_> = (0..4).map(|it| karim.writes(Stream::ACCOUNT, it)).collect();
    let rivals: Vec<_> = [2, 2, 1, 0]
        .map(|place| {
            karim.rewinds(Stream::ACCOUNT, place);
            karim.writes(Stream::ACCOUNT, 9)
        })
        .into();
    for entry in &chain {
        history.place(entry.clone());
    }
    history.place(rivals[0].clone());
    let items: Vec<_> = history.sync_items().collect();
    assert_eq!(
        history.place(rivals[1].clone()).verdict,
        Verdict::AfterFork { point: 2 }
    );
    assert!(history.sync_items().eq(items));

    let outcome = history.place(rivals[2].clone());
    assert_eq!(outcome.verdict, Verdict::ForkFound { point: 1 });
    let old_proof = [chain[2].id(), rivals[0].id()];
    assert!(
        old_proof
            .iter()
            .all(|id| outcome.changes.dropped.contains(id))
    );
    assert_eq!(history.len(), 1);
    history.place(rivals[3].clone());
    assert_eq!(history.len(), 0);
    assert_eq!(history.sync_items().count(), 1);
}

#[test]
fn a_sponsor_who_forks_silences_nobody_who_has_three() {
    let mut world = Founded::new(3);
    let mut history = world.history();
    let mut zoe = Person::new(50);
    history.place(zoe.joins());
    for founder in &mut world.founders {
        history.place(founder.vouches_for(&zoe));
    }
    for _ in 0..20 {
        history.place(zoe.writes_bytes(Stream::ACCOUNT, vec![0; 1_000]));
    }
    let len = history.len();
    history.place(forks_from_the_start(&mut world.founders[0]));
    assert_eq!(history.standing(&zoe.device()), Some(Standing::Sponsored));
    assert_eq!(history.len(), len - 1);
}

#[test]
fn people_who_vouch_for_each_other_do_not_hold_each_other_up() {
    let mut world = Founded::new(3);
    let mut history = world.history();
    let mut ring = [50, 51, 52].map(Person::new);
    for person in &mut ring {
        history.place(person.joins());
    }
    for founder in &mut world.founders[..2] {
        for person in &ring {
            history.place(founder.vouches_for(person));
        }
    }
    let subjects = ring.clone();
    for person in &mut ring {
        for subject in &subjects {
            history.place(person.vouches_for(subject));
        }
    }
    let len = history.len();

    let mut dropped = Vec::new();
    for founder in &mut world.founders[..2] {
        dropped.extend(history.place(forks_from_the_start(founder)).changes.dropped);
    }
    assert_eq!(history.len(), 0);
    assert!(
        ring.iter()
            .all(|it| history.standing(&it.device()).is_none())
    );
    let again = history.place(ring[0].clone().joins());
    assert!(
        matches!(again.verdict, Verdict::Pending(_)),
        "another join of a suspended device"
    );

    // Their entries were kept, and count again with another sponsor, without being sent again.
    for subject in &subjects {
        history.place(world.founders[2].vouches_for(subject));
    }
    assert!(
        subjects
            .iter()
            .all(|it| history.standing(&it.device()) == Some(Standing::Candidate))
    );
    assert!(dropped.len() < len);
}

/// A device may certify itself for several members. Whoever is known decides whether its fork
/// counts, whichever two certificates a replica heard first.
#[test]
fn a_third_certificate_takes_the_place_of_two_that_nobody_stands_behind() {
    let mut world = Founded::new(2);
    let mut history = world.history();
    let [zoe, lea, karim] = [50, 51, 52].map(Person::new);
    let certificates = [&zoe, &lea, &karim].map(|it| zoe.as_member(it).adds_device());
    history.place(world.founders[0].vouches_for(&zoe));
    for certificate in &certificates[..2] {
        history.place(certificate.clone());
    }
    assert_eq!(history.forks().count(), 1);
    history.place(forks_from_the_start(&mut world.founders[0]));
    assert_eq!(history.forks().count(), 1, "only the founder's");

    history.place(certificates[2].clone());
    let outcome = history.place(world.founders[1].vouches_for(&karim));
    assert_eq!(history.forks().count(), 2);
    assert!(
        outcome.changes.forks[0]
            .fork
            .proof
            .contains(&certificates[2].id())
    );
}

#[test]
fn a_fork_does_not_hide_behind_a_full_waiting_room() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let karim = &mut world.founders[0];
    let all: Vec<_> = (0..100).map(|_| karim.writes(Stream::ACCOUNT, 1)).collect();
    karim.rewinds(Stream::ACCOUNT, 90);
    let rival = karim.writes(Stream::ACCOUNT, 2);
    for entry in &all[1..] {
        history.place(entry.clone());
    }
    assert_eq!(history.pending_len(), MAX_PENDING_PER_LOG);
    assert_eq!(history.check(&unchecked(&all[90])), Check::NoRoom);
    assert_eq!(history.place(all[90].clone()).verdict, Verdict::NoRoom);

    let outcome = history.prove(all[90].clone(), rival.clone());
    assert_eq!(outcome.verdict, Verdict::ForkFound { point: 90 });
    assert_eq!(
        outcome.changes.forks[0].fresh,
        [all[90].clone(), rival.clone()]
    );
    for entry in &all {
        history.place(entry.clone());
    }
    for entry in &all {
        history.place(entry.clone());
    }
    assert_eq!(history.len(), 90);
    let verdict = history.prove(rival, all[90].clone()).verdict;
    assert_eq!(verdict, Verdict::Known(Known::Proof));
}

#[test]
fn two_entries_that_are_no_proof_are_taken_as_two_entries() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let karim = &mut world.founders[0];
    let [first, second] = [1, 2].map(|it| karim.writes(Stream::ACCOUNT, it));
    let outcome = history.prove(first.clone(), second.clone());
    assert_eq!(outcome.changes.placed, [first.clone(), second]);
    history.prove(first.clone(), first);

    // One entry twice proves nothing against its author.
    let third = karim.writes(Stream::ACCOUNT, 3);
    history.prove(third.clone(), third);
    assert_eq!((history.forks().count(), history.len()), (0, 3));
}

#[test]
fn a_proof_waits_for_who_stands_behind_it_and_for_its_checkpoint() {
    let mut world = Founded::new(2);
    let mut history = world.history();
    let mut zoe = Person::new(50);
    let karim = &mut world.founders[0];
    karim.anchor = Height(1);
    for person in [&mut zoe, karim] {
        let first = person.writes(Stream::ACCOUNT, 1);
        person.rewinds(Stream::ACCOUNT, 0);
        history.prove(first, person.writes(Stream::ACCOUNT, 2));
    }
    assert_eq!((history.forks().count(), history.pending_len()), (0, 4));

    assert_eq!(history.know_height(Height(1)).forks.len(), 1);
    history.place(zoe.joins());
    let changes = history.place(world.founders[1].vouches_for(&zoe)).changes;
    assert_eq!(changes.forks.len(), 1);
    assert_eq!((history.forks().count(), history.pending_len()), (2, 0));
}

#[test]
fn a_log_vouches_with_effect_for_its_first_256_people() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    history.know_height(Height(1));
    let people: Vec<_> = (1_000..)
        .take(MAX_CANDIDATES + 1)
        .map(Person::new)
        .collect();
    for (number, person) in people.iter().enumerate() {
        world.founders[0].anchor = Height(u32::from(number >= 200));
        assert_eq!(
            history.place(world.founders[0].vouches_for(person)).verdict,
            Verdict::Placed
        );
    }
    let [.., second_last, last] = &people[..] else {
        panic!("there are many");
    };
    assert_eq!(
        history.place(second_last.clone().joins()).verdict,
        Verdict::Placed
    );
    let waits = Waits::Sponsor {
        member: last.member(),
    };
    assert_eq!(
        history.place(last.clone().joins()).verdict,
        Verdict::Pending(waits)
    );
}

/// Who loses the proof of import falls back on sponsors, as they are then.
#[test]
fn an_import_that_lapses_leaves_only_sponsors_who_count_still() {
    let mut world = Founded::new(2);
    let mut zoe = Person::new(50);
    let proof = world.imports(slice::from_ref(&zoe)).remove(0);
    let mut history = world.history();
    history.place(zoe.joins_as(Some(proof)));
    for founder in &mut world.founders {
        history.place(founder.vouches_for(&zoe));
        history.place(forks_from_the_start(founder));
    }
    assert_eq!(history.standing(&zoe.device()), Some(Standing::Imported));
    zoe.rewinds(Stream::MEMBER, 0);
    history.place(zoe.adds_device());
    let second = zoe.with_device(9).adds_device();
    let waits = Waits::Sponsor {
        member: zoe.member(),
    };
    assert_eq!(history.place(second).verdict, Verdict::Pending(waits));
}

#[test]
fn an_id_that_begins_alike_has_no_place() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let entry = world.founders[0].writes(Stream::ACCOUNT, 1);
    history.place(entry.clone());
    let mut alike = entry.id();
    alike.0[31] ^= 1;
    assert_eq!(history.place_of(&alike), None);
    assert!(history.place_of(&entry.id()).is_some());
}

#[test]
fn a_flood_of_orphans_fills_only_the_strangers_shelf() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let mut zoe = Person::new(50);
    history.set_owner(zoe.device());
    let join = zoe.joins();
    history.place(join.clone());
    let karim = &mut world.founders[0];
    let late: Vec<_> = (0..3).map(|_| karim.writes(Stream::ACCOUNT, 1)).collect();
    history.place(late[2].clone());

    let mut dropped = 0;
    let template = Person::new(60).writes(Stream::ACCOUNT, 1);
    for number in 0..100_000_u32 {
        dropped += history
            .place(by_another(&template, number))
            .changes
            .dropped
            .len();
    }
    assert_eq!(history.pending_len(), MAX_PENDING_STRANGERS + 2);
    assert_eq!(dropped, 100_000 - MAX_PENDING_STRANGERS);

    // Who is known, and what this device wrote itself, wait undisturbed.
    history.place(late[0].clone());
    assert_eq!(history.place(late[1].clone()).changes.placed, late[1..]);
    let outcome = history.place(world.founders[0].vouches_for(&zoe));
    assert_eq!(outcome.changes.placed.last(), Some(&join));
}

#[test]
fn a_flood_of_one_log_keeps_what_is_nearest() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let all: Vec<_> = (0..200)
        .map(|_| world.founders[0].writes(Stream::ACCOUNT, 1))
        .collect();
    for entry in all[1..].iter().rev() {
        history.place(entry.clone());
    }
    assert_eq!(history.pending_len(), MAX_PENDING_PER_LOG);
    let placed = history.place(all[0].clone()).changes.placed;
    assert_eq!(placed, all[..=MAX_PENDING_PER_LOG]);
    assert_eq!(history.end_of(&all[0].log()).0, 65);
}

#[test]
fn an_author_finds_the_end_of_a_log_that_still_waits() {
    let mut zoe = Person::new(50);
    let mut history = Founded::new(1).history();
    history.set_owner(zoe.device());
    let log = zoe.log(Stream::MEMBER);
    assert_eq!(history.end_of(&log), (0, None));
    history.place(zoe.joins());
    let last = zoe.writes(Stream::MEMBER, 1);
    history.place(last.clone());
    assert_eq!(history.end_of(&log), (2, Some(last.id())));
}

/// Bytes that nobody verified leave no trace, so nobody forwards a genuine entry to death.
#[test]
fn a_check_remembers_nothing() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let entry = world.founders[0].writes(Stream::ACCOUNT, 1);
    let mut broken = entry.as_bytes().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    let broken = SignedEntry::decode(&broken).unwrap();
    assert_eq!(broken.id(), entry.id());
    assert_eq!(history.check(&broken), Check::New);
    assert_eq!(history.check(&unchecked(&entry)), Check::New);
    assert_eq!(history.place(entry.clone()).verdict, Verdict::Placed);
    assert_eq!(history.check(&broken), Check::Known(Known::Placed));
}

#[test]
fn a_store_that_lost_an_entry_is_told_what_hangs_in_the_air() {
    let mut world = Founded::new(1);
    let all: Vec<_> = (0..4)
        .map(|_| world.founders[0].writes(Stream::ACCOUNT, 1))
        .collect();
    let kept = all
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != 1)
        .map(|(_, it)| it.clone());
    let (mut history, lost) = History::restore(world.roots(), Height(0), kept);
    assert_eq!(lost, [all[2].id(), all[3].id()]);
    assert_eq!(history.len(), 1);
    for entry in &all[1..] {
        assert_eq!(history.place(entry.clone()).verdict, Verdict::Placed);
    }
}

fn forks_from_the_start(person: &mut Person) -> VerifiedEntry {
    person.rewinds(Stream::MEMBER, 0);
    person.writes(Stream::MEMBER, 9)
}

fn unchecked(entry: &VerifiedEntry) -> SignedEntry {
    SignedEntry::read(&mut Reader::new(entry.as_bytes())).unwrap()
}

/// The entry as if somebody else had signed it: keys cost a flooder nothing.
fn by_another(entry: &VerifiedEntry, number: u32) -> VerifiedEntry {
    let mut bytes = entry.as_bytes().to_vec();
    bytes[10..14].copy_from_slice(&number.to_be_bytes());
    SignedEntry::decode(&bytes).unwrap().trust_sealed()
}
