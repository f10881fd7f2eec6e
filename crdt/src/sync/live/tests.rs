#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]

use super::*;
use crate::hash::blake3;

const NETWORK: NetworkId = NetworkId([7; 32]);
const NOW: Millis = Millis(5_000);
/// Seeds of the runs with an attacker.
const RUNS: u32 = 2_000;
/// Nonces that the attacker tries wherever the choice is free.
const TRIES: u32 = 64;

#[test]
fn both_see_the_same_words_and_they_serve_once() {
    let (mut maya, mut zoe) = (desk(1), desk(2));
    said(&mut maya, &mut zoe, 0);
    let (at_maya, at_zoe) = (met(&maya), met(&zoe));
    assert_eq!(at_maya.words, at_zoe.words);
    assert_eq!((at_maya.end, at_zoe.end), (end(2), end(1)));
    assert_eq!((at_maya.asked, at_zoe.asked), (true, false));
    assert_eq!(at_zoe.name, "person 1");
    // Nothing is left over in the last byte: it is six words.
    assert_eq!(at_zoe.words[WORDS_LEN - 1] & 0x3f, 0);
    assert!(zoe.end(&end(1).device).is_some());
    assert_eq!((zoe.met(NOW).count(), zoe.asking(NOW).count()), (0, 0));
}

#[test]
fn golden_vectors_hold() {
    let (mut maya, mut zoe) = (desk(1), desk(2));
    said(&mut maya, &mut zoe, 0);
    let mut maya = desk(1);
    maya.ask(NOW, None);
    let ask = maya.invite(NOW, &end(2), nonce(3)).unwrap();
    assert_eq!(
        [
            crate::hash::to_hex(&ask),
            crate::hash::to_hex(&met(&zoe).words)
        ],
        [
            concat!(
                "01",
                "7431753fd1debbdbdc94963928d2b9d4db5ee5a81fe9e5168e646fd8dcbf3f2a",
                "0008706572736f6e2031",
            ),
            "b563cd5a1c12546580",
        ]
    );
}

#[test]
fn nobody_shows_words_to_a_request_that_its_owner_did_not_make() {
    let mut maya = desk(1);
    let answer = LiveFrame::Answer {
        commitment: [0; 32],
        nonce: nonce(1),
    };
    let reveal = LiveFrame::Reveal { nonce: nonce(1) };
    let said = |maya: &mut Desk, frame: &LiveFrame| maya.handle(NOW, &end(6), &frame.encode());
    assert_eq!(said(&mut maya, &answer), Err(LiveError::NotAsked));
    assert_eq!(said(&mut maya, &reveal), Err(LiveError::NotAnswered));
    // Nor to whom it did not ask.
    maya.ask(NOW, Some(end(2).member));
    assert_eq!(maya.invite(NOW, &end(6), nonce(1)), None);
    let ask = maya.invite(NOW, &end(2), nonce(2)).unwrap();
    let Ok(LiveFrame::Ask { commitment, .. }) = LiveFrame::decode(&ask) else {
        panic!("no ask");
    };
    let answer = LiveFrame::Answer {
        commitment,
        nonce: nonce(3),
    };
    assert_eq!(said(&mut maya, &answer), Err(LiveError::NotAsked));
    // Nor after it was withdrawn.
    let over = maya.withdraw();
    assert_eq!(over.len(), 1);
    let late = maya.handle(NOW, &end(2), &answer.encode());
    assert_eq!(late, Err(LiveError::NotAsked));
    assert_eq!(maya.met(NOW).count(), 0);
}

#[test]
fn who_asks_reveals_once_whatever_comes() {
    let (mut maya, mut zoe) = (desk(1), desk(2));
    let (_, answer, reveal) = said(&mut maya, &mut zoe, 0);
    let words = met(&maya).words;
    let again = maya.handle(NOW, &end(2), &answer);
    assert_eq!(again, Err(LiveError::NotAsked));
    // A reveal that comes twice opens nothing a second time.
    let again = zoe.handle(NOW, &end(1), &reveal);
    assert_eq!(again, Err(LiveError::NotAnswered));
    assert_eq!((met(&maya).words, met(&zoe).words), (words, words));
}

#[test]
fn frames_of_an_earlier_exchange_lead_nowhere() {
    let (mut maya, mut zoe) = (desk(1), desk(2));
    let (ask, answer, reveal) = said(&mut maya, &mut zoe, 0);
    let words = met(&maya).words;
    // To the sponsor: the ask is heard, and the old reveal does open it, but with a fresh answer
    // the words are others than those that Maya saw.
    let heard = zoe.handle(NOW, &end(1), &ask);
    assert_eq!(heard, Ok(None));
    zoe.answer(NOW, &end(1).device, nonce(77)).unwrap();
    assert_eq!(zoe.handle(NOW, &end(1), &reveal), Ok(None));
    assert_ne!(met(&zoe).words, words);
    // To who asks: an answer to another commitment.
    maya.ask(NOW, None);
    maya.invite(NOW, &end(2), nonce(78)).unwrap();
    let replayed = maya.handle(NOW, &end(2), &answer);
    assert_eq!(replayed, Err(LiveError::NotAsked));
    // From another device, what Maya said opens nothing: the commitment names her.
    zoe.handle(NOW, &end(6), &ask).unwrap();
    zoe.answer(NOW, &end(6).device, nonce(79)).unwrap();
    let copied = zoe.handle(NOW, &end(6), &reveal);
    assert_eq!(copied, Err(LiveError::False));
    let retried = zoe.handle(NOW, &end(6), &reveal);
    assert_eq!(retried, Err(LiveError::NotAnswered));
}

#[test]
fn every_truncation_is_refused_and_every_flipped_bit_shows() {
    let frames = said(&mut desk(1), &mut desk(2), 0);
    for (step, frame) in [&frames.0, &frames.1, &frames.2].into_iter().enumerate() {
        assert!(frame.len() <= MAX_LIVE_LEN);
        let longer = [&frame[..], b"\0"].concat();
        let cut = (0..frame.len()).map(|len| &frame[..len]);
        for bytes in cut.chain([&longer[..]]) {
            assert!(LiveFrame::decode(bytes).is_err(), "{bytes:?}");
        }
        for bit in 0..frame.len() * 8 {
            let (mut maya, mut zoe) = (desk(1), desk(2));
            let flip = |at: usize, frame: Vec<u8>| {
                let mut frame = frame;
                if at == step {
                    frame[bit / 8] ^= 1 << (bit % 8);
                }
                frame
            };
            maya.ask(NOW, None);
            let ask = maya.invite(NOW, &end(2), nonce(3)).unwrap();
            let _ = zoe.handle(NOW, &end(1), &flip(0, ask));
            let Ok(answer) = zoe.answer(NOW, &end(1).device, nonce(4)) else {
                continue;
            };
            let Ok(Some(reveal)) = maya.handle(NOW, &end(2), &flip(1, answer)) else {
                continue;
            };
            let _ = zoe.handle(NOW, &end(1), &flip(2, reveal));
            let at_zoe = zoe.met(NOW).next().map(|it| it.words);
            assert_ne!(at_zoe, Some(met(&maya).words), "bit {bit} of frame {step}");
        }
    }
}

#[test]
fn only_the_words_of_the_last_request_count() {
    let (mut maya, mut zoe) = (desk(1), desk(2));
    said(&mut maya, &mut zoe, 0);
    maya.ask(NOW, None);
    assert_eq!((maya.met(NOW).count(), zoe.met(NOW).count()), (0, 1));
    let ask = maya.invite(NOW, &end(2), nonce(1)).unwrap();
    zoe.handle(NOW, &end(1), &ask).unwrap();
    assert_eq!((zoe.met(NOW).count(), zoe.asking(NOW).count()), (0, 1));
    // Where both ask each other, neither request ends the other.
    let (mut maya, mut zoe) = (desk(1), desk(2));
    said(&mut maya, &mut zoe, 0);
    zoe.ask(NOW, None);
    let ask = zoe.invite(NOW, &end(1), nonce(2)).unwrap();
    maya.handle(NOW, &end(2), &ask).unwrap();
    assert_eq!((maya.met(NOW).count(), zoe.met(NOW).count()), (1, 1));
}

#[test]
fn who_gives_up_is_no_longer_shown() {
    let (mut maya, mut zoe) = (desk(1), desk(2));
    maya.ask(NOW, None);
    let ask = maya.invite(NOW, &end(2), nonce(1)).unwrap();
    zoe.handle(NOW, &end(1), &ask).unwrap();
    let over = maya.withdraw();
    let [(to, body)] = over.as_slice() else {
        panic!("{over:?}");
    };
    assert_eq!(*to, end(2));
    // Nobody else takes it back, and cut it takes nothing back.
    zoe.handle(NOW, &end(6), body).unwrap();
    assert!((0..body.len()).all(|len| zoe.handle(NOW, &end(1), &body[..len]).is_err()));
    assert_eq!(zoe.asking(NOW).count(), 1);
    zoe.handle(NOW, &end(1), body).unwrap();
    assert_eq!(zoe.asking(NOW).count(), 0);
    // Who has the words has nothing to take back.
    said(&mut maya, &mut zoe, 0);
    assert_eq!(maya.withdraw(), Vec::new());
}

#[test]
fn everything_ends_by_itself() {
    let after = |ms| NOW.after(ms);
    let (mut maya, mut zoe) = (desk(1), desk(2));
    maya.ask(NOW, None);
    assert!(maya.wants(after(LIFE_MS), &end(2)));
    assert!(!maya.wants(after(LIFE_MS + 1), &end(2)));
    let ask = maya.invite(NOW, &end(2), nonce(1)).unwrap();
    zoe.handle(NOW, &end(1), &ask).unwrap();
    assert_eq!(zoe.asking(after(LIFE_MS)).count(), 1);
    assert_eq!(zoe.asking(after(LIFE_MS + 1)).count(), 0);
    let late = zoe.answer(after(LIFE_MS + 1), &end(1).device, nonce(2));
    assert_eq!(late, Err(LiveError::NotAsked));

    let (mut maya, mut zoe) = (desk(1), desk(2));
    maya.ask(NOW, None);
    let ask = maya.invite(NOW, &end(2), nonce(1)).unwrap();
    zoe.handle(NOW, &end(1), &ask).unwrap();
    let answer = zoe.answer(NOW, &end(1).device, nonce(2)).unwrap();
    let reveal = maya.handle(NOW, &end(2), &answer).unwrap().unwrap();
    let late = zoe.handle(after(REVEAL_MS + 1), &end(1), &reveal);
    assert_eq!(late, Err(LiveError::NotAnswered));
    assert_eq!(maya.met(after(LIFE_MS)).count(), 1);
    assert_eq!(maya.met(after(LIFE_MS + 1)).count(), 0);
}

#[test]
fn a_crowd_fills_no_memory_and_takes_no_place_twice() {
    let mut zoe = desk(2);
    for round in 0..3_u8 {
        for number in 10..250 {
            let ask = LiveFrame::Ask {
                commitment: [round; 32],
                name: "x".repeat(MAX_LIVE_LEN - 35),
            };
            let heard = zoe.handle(NOW, &end(number), &ask.encode());
            let has_room = usize::from(number - 10) < MAX_ROWS;
            assert_eq!(
                heard,
                if has_room {
                    Ok(None)
                } else {
                    Err(LiveError::Full)
                }
            );
        }
    }
    assert_eq!(zoe.asking(NOW).count(), MAX_ROWS);
    // A link that ends gives its place back.
    zoe.parted(&end(10).device);
    let ask = said(&mut desk(1), &mut desk(2), 0).0;
    assert_eq!(zoe.handle(NOW, &end(1), &ask), Ok(None));
    // A second device of one's own person is not somebody to vouch for.
    let own = End {
        member: end(2).member,
        ..end(9)
    };
    assert_eq!(zoe.handle(NOW, &own, &ask), Err(LiveError::OwnPerson));
}

/// Mallory is linked to both and wants them to see one pair of words. Of these she wants only the
/// first 8 bits to agree, and has [`TRIES`] at each place where the choice is hers: with what she
/// knows in time, she gets the 1 in 256 of chance all the same.
#[test]
fn who_stands_between_gets_the_words_to_agree_by_chance_only() {
    for (name, order) in [
        ("sponsor first", Order::SponsorFirst),
        ("asker first", Order::AskerFirst),
        ("interleaved", Order::Interleaved),
    ] {
        let agreed = (0..RUNS).filter(|seed| attack(*seed, order)).count();
        println!("{name}: the first 8 bits agree in {agreed} of {RUNS}");
        // 7.8 are expected; more than 25 come by chance once in a million.
        assert!(agreed <= 25, "{name}: {agreed}");
    }
    // She is no weak attacker: where the nonce of who asks is known early, tries do pay.
    let agreed = (0..RUNS).filter(|seed| attack(*seed, Order::Cheating));
    let agreed = agreed.count();
    println!("without the commitment: {agreed} of {RUNS}");
    assert!(agreed > 300, "{agreed}");
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    /// All of Mallory's exchange with the sponsor, then that with who asks.
    SponsorFirst,
    /// The other way round.
    AskerFirst,
    /// The sponsor's nonce is waited for before Mallory answers who asks.
    Interleaved,
    /// As interleaved, and Mallory is told the nonce of who asks.
    Cheating,
}

/// Whether the first 8 bits agree at both ends.
fn attack(seed: u32, order: Order) -> bool {
    let (mut maya, mut zoe) = (desk(1), desk(2));
    let mallory = end(6);
    let draw = |what: u32| drawn(seed, what);
    maya.ask(NOW, None);
    let ask = maya.invite(NOW, &mallory, draw(0)).unwrap();
    let Ok(LiveFrame::Ask {
        commitment: to_her, ..
    }) = LiveFrame::decode(&ask)
    else {
        panic!("no ask");
    };
    let own = draw(1_000);
    let asks = |desk: &mut Desk, nonce: &LiveNonce| {
        let commitment = commitment(&NETWORK, &mallory, &end(2), "person 1", nonce);
        let name = "person 1".to_owned();
        let ask = LiveFrame::Ask { commitment, name }.encode();
        desk.handle(NOW, &mallory, &ask).unwrap();
        let answer = desk.answer(NOW, &mallory.device, draw(2)).unwrap();
        match LiveFrame::decode(&answer) {
            Ok(LiveFrame::Answer { commitment, nonce }) => (commitment, nonce),
            _ => panic!("no answer"),
        }
    };
    let opens = |desk: &mut Desk, nonce: &LiveNonce| {
        let nonce = nonce.clone();
        let reveal = LiveFrame::Reveal { nonce }.encode();
        desk.handle(NOW, &mallory, &reveal).unwrap();
        met(desk).words
    };
    let answers = |desk: &mut Desk, nonce: LiveNonce| {
        let commitment = to_her;
        let answer = LiveFrame::Answer { commitment, nonce }.encode();
        desk.handle(NOW, &mallory, &answer).unwrap().unwrap();
        met(desk).words
    };
    // Her guess of Maya's nonce, right only where she is told.
    let guess = if order == Order::Cheating {
        draw(0)
    } else {
        draw(3)
    };
    let best_answer = |target: [u8; WORDS_LEN]| {
        let tries = (0..TRIES).map(|it| draw(2_000 + it));
        let mut fits = tries.filter(|it| words(&to_her, it, &guess)[0] == target[0]);
        fits.next().unwrap_or_else(|| draw(2_000))
    };
    match order {
        Order::SponsorFirst => {
            asks(&mut zoe, &own);
            let at_zoe = opens(&mut zoe, &own);
            answers(&mut maya, best_answer(at_zoe))[0] == at_zoe[0]
        }
        Order::AskerFirst => {
            let at_maya = answers(&mut maya, draw(2_000));
            // Her own nonce is free, but Zoe's comes only after she committed herself to it.
            let guess = draw(4);
            let fit = (0..TRIES).map(|it| draw(3_000 + it)).find(|it| {
                let commitment = commitment(&NETWORK, &mallory, &end(2), "person 1", it);
                words(&commitment, &guess, it)[0] == at_maya[0]
            });
            let own = fit.unwrap_or_else(|| own.clone());
            asks(&mut zoe, &own);
            opens(&mut zoe, &own)[0] == at_maya[0]
        }
        Order::Interleaved | Order::Cheating => {
            let (commitment, theirs) = asks(&mut zoe, &own);
            let foreseen = words(&commitment, &theirs, &own);
            let at_maya = answers(&mut maya, best_answer(foreseen));
            opens(&mut zoe, &own)[0] == at_maya[0]
        }
    }
}

fn end(number: u8) -> End {
    End {
        member: MemberKey([number; 32]),
        device: DeviceKey([u8::MAX - number; 32]),
    }
}

fn desk(number: u8) -> Desk {
    Desk::new(NETWORK, end(number), format!("person {number}"))
}

fn nonce(number: u8) -> LiveNonce {
    LiveNonce([number; 32])
}

fn drawn(seed: u32, what: u32) -> LiveNonce {
    LiveNonce(blake3(&[&seed.to_be_bytes(), &what.to_be_bytes()]))
}

fn met(desk: &Desk) -> Met {
    desk.met(NOW).next().unwrap().clone()
}

/// A whole exchange in which `asker` asks `sponsor`: the three bodies that were said.
fn said(asker: &mut Desk, sponsor: &mut Desk, seed: u32) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let (at_asker, at_sponsor) = (asker.own, sponsor.own);
    asker.ask(NOW, None);
    let ask = asker.invite(NOW, &at_sponsor, drawn(seed, 0)).unwrap();
    assert_eq!(sponsor.handle(NOW, &at_asker, &ask), Ok(None));
    let answer = sponsor.answer(NOW, &at_asker.device, drawn(seed, 1));
    let answer = answer.unwrap();
    let reveal = asker.handle(NOW, &at_sponsor, &answer).unwrap().unwrap();
    assert_eq!(sponsor.handle(NOW, &at_asker, &reveal), Ok(None));
    (ask, answer, reveal)
}
