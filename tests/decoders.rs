//! Bytes from strangers: whatever they are, reading them takes at most 64 bytes of memory for each
//! and 1 MiB beside, and 50 ms. What is accepted says itself again, byte for byte.
//!
//! Each reader gets changed inputs for 1 s, with `COMMUNE_LONG=1` for 20 s. `COMMUNE_SEED` gives
//! other ones. Beacons have one length and are read without memory of their own (`lan/beacon.rs`);
//! the other words of discovery are flooded in `neighbours/flood.rs`. Who is not known by Bluetooth has
//! 5 s besides, which `transports/src/bluetooth/channel/tests.rs` measures.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests stop at the first surprise, and `allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "decoders/ballots.rs"]
mod ballots;
#[path = "decoders/bounds.rs"]
mod bounds;
#[path = "decoders/bundles.rs"]
mod bundles;
#[path = "decoders/checkpoints.rs"]
mod checkpoints;
#[path = "outside/world.rs"]
mod outside;
#[path = "decoders/payloads.rs"]
mod payloads;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "bundle/world.rs"]
mod world;

use std::cell::RefCell;

use bounds::{Chance, Reader, alone, change, change_and_sum};
use commune::{
    bundle::{SealedTicket, TicketFileError},
    founding::{Proposal, card},
    import::{Graph, Import},
    vault::{
        Vault,
        backup::Backup,
        pairing::{self, Waiting},
        revocation,
        seal::{Under, seal},
        signer::SignerKeys,
    },
};
use commune_crdt::{
    codec,
    entry::{BlobRef, LogId, SignedEntry, Stream, Tag},
    genesis::{Card, Draft, Genesis, Request},
    hash::{BlobHash, EntryId},
    keys::{DeviceKey, Signature},
    ledger::PaymentRequest,
    payload::{
        AccountFact, Join, MAX_COMMENT_LEN, MemberFact, NoteFact, Receiver, SharedId, SignerFact,
        VoteFact,
    },
    state::{Moves, Reach},
    sync::{
        live::{Desk, End, LiveNonce},
        message::{ByeReason, FrontierLog, Hello, LinkClass, Message},
        oneway::Ticket,
        run::{RunWriter, read_runs},
        sketch::{COUNTERS, Decoder, Encoder, Salt, Summary, Want, Width},
    },
    time::Millis,
};
use commune_transports::{
    bluetooth::advert::{Advert, Recogniser},
    stick::BundleName,
};
use world::{NETWORK, NOW, Neighbour, person, secret};

#[test]
fn frames() {
    let _alone = alone();
    let alice = alice();
    let mut runs = codec::Writer::new();
    let mut writer = RunWriter::new(NETWORK, &mut runs);
    for bytes in alice.entries.values().take(12) {
        writer.push(&SignedEntry::decode(bytes).unwrap(), false);
    }
    writer.finish();
    let runs = runs.finish();
    let ids: Vec<_> = alice.entries.keys().map(|it| *it.as_bytes()).collect();
    let short = || ids.iter().map(|it| salt().short_id(it));
    let mut symbols = Vec::new();
    let width = Width::MAX;
    Encoder::new(&salt(), width, short().take(9)).next_symbols(64, &mut symbols);
    let set = Want::split(short(), 100).remove(0).encode();
    let logs: Vec<_> = (1..40)
        .map(|it| FrontierLog {
            short: [it; 8],
            seq: it.into(),
            tag: [it; 4],
        })
        .collect();
    let entry = alice.entries.values().next().unwrap();
    let hello = Hello {
        proof: [1; 16],
        salt: [2; 8],
        state: [3; 8],
        link: LinkClass::Fast,
        is_based: false,
        certificate: Some((person(0).member_key(), Signature([4; 64]))),
        signature: Signature([5; 64]),
    };
    let (round, last) = (7, true);
    let end = |number: u8| End {
        member: person(number.into()).member_key(),
        device: DeviceKey([number; 32]),
    };
    let desk = |own| Desk::new(NETWORK, own, "Zoé".to_owned());
    let mut asker = desk(end(1));
    asker.ask(Millis(0), None);
    let ask = asker.invite(Millis(0), &end(2), LiveNonce([1; 32]));
    let ask = ask.unwrap();
    let sponsor = RefCell::new(desk(end(2)));
    let messages = [
        Message::Hello(Box::new(hello)),
        Message::Sum {
            round,
            summary: Summary {
                items: 1_000_000,
                counters: [200; COUNTERS],
            },
        },
        Message::Sketch {
            round,
            last,
            width,
            symbols: &symbols,
        },
        Message::More { symbols: 300 },
        Message::Want {
            round,
            last,
            set: &set,
        },
        Message::Run(&runs),
        Message::Blob {
            hash: BlobHash([6; 32]),
            offset: 16_384,
            bytes: &runs,
        },
        Message::Fork(entry, entry),
        Message::Credit(1 << 20),
        Message::Bye(ByeReason::Done),
        Message::Frontier {
            round,
            last,
            logs: logs.clone(),
        },
        Message::WantLogs { round, last, logs },
        Message::WantBlob {
            blob: BlobRef::of(&runs),
            offset: 0,
        },
        Message::Done { round },
        Message::State {
            round,
            state: [8; 8],
        },
        Message::Live(&ask),
    ];
    // Who shows a sketch chooses its width.
    let own: Vec<_> = (0..=u8::MAX)
        .filter_map(Width::with_symbol_len)
        .map(|width| Encoder::new(&salt(), width, short().skip(5)))
        .collect();
    Reader {
        name: "frame",
        seeds: messages.iter().map(Message::encode).collect(),
        change: &change,
        read: &|frame| {
            let Ok(message) = Message::decode(frame) else {
                return false;
            };
            if message != Message::Ignorable {
                assert_eq!(message.encode(), frame);
            }
            // What a session reads with what it knows besides.
            match message {
                Message::Run(bytes) => {
                    let before = |_: &_, _| Some(EntryId([9; 32]));
                    read_runs(&mut codec::Reader::new(bytes), &NETWORK, &before).is_ok()
                }
                Message::Want { set, .. } => Want::decode(set).is_ok_and(|it| it.encode() == set),
                Message::Sketch { width, symbols, .. } => {
                    let own = own.iter().find(|it| it.width() == width).unwrap();
                    Decoder::new(own.clone()).push_symbols(symbols).is_ok()
                }
                Message::Live(body) => {
                    let mut sponsor = sponsor.borrow_mut();
                    sponsor.handle(Millis(0), &end(1), body).is_ok()
                }
                Message::Fork(a, b) => [a, b].iter().all(|it| SignedEntry::decode(it).is_ok()),
                _ => true,
            }
        },
    }
    .holds();
}

/// What neighbours say by Bluetooth before it is known who they are.
#[test]
fn advertisements() {
    let _alone = alone();
    let known = Recogniser::new(vec![[1; 32], [2; 32]]);
    Reader {
        name: "advertisement",
        seeds: vec![vec![0; 10], (0..10).collect()],
        change: &change,
        read: &|bytes| {
            let Some(advert) = Advert::decode(bytes) else {
                return false;
            };
            assert_eq!(advert.encode()[..], *bytes);
            let _ = known.is_equal_state(&advert, &[3; 32]);
            true
        },
    }
    .holds();
}

#[cfg(feature = "bluetooth")]
#[test]
fn segments() {
    use commune_transports::bluetooth::hostile::{hear_segments, is_info, is_segment, segment_of};

    let _alone = alone();
    let body = [1, 0, 2, 4, 0, 0, 0];
    let seeds = (1..=6).map(|kind| segment_of(kind, 513, &body));
    let with_checksum = |chance: &mut Chance, input: &[u8]| {
        let [kind, low, high, body @ .., _, _, _, _] = input else {
            return change(chance, input);
        };
        match chance.below(4) {
            0 => change(chance, input),
            _ => segment_of(
                *kind,
                u16::from_le_bytes([*low, *high]),
                &change(chance, body),
            ),
        }
    };
    Reader {
        name: "segment",
        seeds: seeds.collect(),
        change: &with_checksum,
        read: &|bytes| {
            let _ = is_info(bytes);
            let (kept, said) = hear_segments([bytes, bytes]);
            assert!(kept <= bytes.len() && said <= 4, "{kept} B, {said}");
            is_segment(bytes)
        },
    }
    .holds();
    // One that never stops, in order or not, and reads nothing.
    for step in [1, 3] {
        let flood: Vec<_> = (0..20_000_u16)
            .map(|it| [&(it / step).to_le_bytes()[..], &[7; 500]].concat())
            .map(|body| segment_of(3, 513, &body))
            .collect();
        let (kept, _) = hear_segments(flood.iter().map(Vec::as_slice));
        assert!((16_000..=64 << 10).contains(&kept), "{kept} B are kept");
    }
}

/// Who repeats a first message gets an answer; nothing changed gets one, and no channel comes of either.
#[cfg(feature = "bluetooth")]
#[test]
fn handshakes() {
    use commune_transports::bluetooth::hostile::{dial_with, first_message};

    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let first = runtime.block_on(first_message([1; 32]));
    assert_eq!(first.len(), 66);
    Reader {
        name: "handshake",
        seeds: vec![first.clone(), [&first[..], &[0, 64], &[5; 64]].concat()],
        change: &change,
        read: &|bytes| {
            let (answered, is_open) = runtime.block_on(dial_with([1; 32], bytes));
            assert!(!is_open);
            assert!(answered == 0 || answered == 98, "{answered}");
            assert_eq!(answered > 0, bytes.starts_with(&first));
            answered > 0
        },
    }
    .holds();
}

#[test]
fn entries() {
    let _alone = alone();
    let import = import();
    let alice = alice();
    let imported = import.batches().flatten().take(30);
    let mut seeds: Vec<_> = imported.map(|it| it.as_bytes().to_vec()).collect();
    seeds.extend(alice.entries.into_values());
    seeds.extend(payloads::payments_and_votes(&founder(0).0));
    Reader {
        name: "entry",
        seeds,
        change: &change,
        read: &|bytes| {
            let Ok(entry) = SignedEntry::decode(bytes) else {
                return false;
            };
            assert_eq!(entry.as_bytes(), bytes);
            // Whatever it states, and whoever it says to have signed.
            let _ = MemberFact::of(entry.claim());
            let _ = AccountFact::of(entry.claim());
            let _ = NoteFact::of(entry.claim());
            let _ = SignerFact::of(entry.claim());
            let _ = VoteFact::of(entry.claim(), None);
            let _ = entry.verify(&NETWORK);
            true
        },
    }
    .holds();
}

/// What records move, which travels apart from them.
#[test]
fn moves() {
    let _alone = alone();
    let reach = |device: u8| Reach {
        log: LogId {
            author: DeviceKey([device; 32]),
            stream: Stream::ACCOUNT,
            tag: Tag::default(),
        },
        next: 7,
        head: EntryId([device; 32]),
    };
    let of = |count: u8| Moves::new((0..count).map(reach).collect()).encode();
    Reader {
        name: "moves",
        seeds: vec![of(0), of(1), of(200)],
        change: &change,
        read: &|bytes| Moves::decode(bytes).is_ok_and(|it| it.encode() == bytes),
    }
    .holds();
}

#[test]
fn names_on_sticks() {
    let _alone = alone();
    let names = [
        "00112233445566778899aabbccddeeff.cmb",
        "00112233445566778899aabbccddeeff-8.cmb",
    ];
    Reader {
        name: "name on a stick",
        seeds: names.map(|it| it.as_bytes().to_vec()).to_vec(),
        change: &change,
        read: &|bytes| {
            let text = String::from_utf8_lossy(bytes);
            let name = BundleName::parse(&text);
            assert!(name.is_none_or(|it| it.to_string() == text));
            name.is_some()
        },
    }
    .holds();
}

#[test]
fn tickets() {
    let _alone = alone();
    let ticket = alice().ticket();
    Reader {
        name: "ticket",
        seeds: vec![ticket.encode(), Neighbour::new(1, 2).ticket().encode()],
        change: &change,
        read: &|bytes| {
            let Ok(ticket) = Ticket::decode(bytes) else {
                return false;
            };
            assert_eq!(ticket.encode(), bytes);
            let _ = ticket.verify(&NETWORK);
            true
        },
    }
    .holds();
}

#[test]
fn tickets_as_files_and_as_text() {
    let _alone = alone();
    let sealed = SealedTicket::seal(&alice().ticket(), &secret(), 0);
    let lines = sealed.lines(90).unwrap();
    assert!(lines.len() > 2);
    Reader {
        name: "ticket file",
        seeds: vec![sealed.as_bytes().to_vec(), lines.join("\n").into_bytes()],
        change: &change,
        read: &|bytes| {
            let open = |it: SealedTicket| it.open(&secret(), 0, &NETWORK);
            let opened: Result<_, TicketFileError> = SealedTicket::read(bytes).and_then(open);
            opened.is_ok()
        },
    }
    .holds();
}

#[test]
fn geneses_and_drafts() {
    let _alone = alone();
    let founders: Vec<_> = (0..6).map(founder).collect();
    let proposal = Proposal {
        members: founders.iter().map(|it| it.1.clone()).collect(),
        test_network: true,
        now: NOW,
        ..Proposal::default()
    };
    let mut draft = proposal.draft().unwrap();
    let empty = draft.encode();
    for (vault, _) in &founders {
        draft.sign(&vault.member().unwrap()).unwrap();
    }
    let signed = draft.encode();
    let founded = draft.close(secret()).unwrap();
    Reader {
        name: "genesis",
        seeds: vec![
            import().genesis().encode(),
            founded.encode(),
            founded.public().encode(),
            empty,
            signed,
        ],
        change: &change_and_sum,
        read: &|bytes| {
            let genesis = Genesis::decode(bytes).map(|it| it.encode());
            let draft = Draft::decode(bytes).map(|it| it.encode());
            let read = genesis.ok().or_else(|| draft.ok());
            assert!(read.as_ref().is_none_or(|it| it == bytes));
            read.is_some()
        },
    }
    .holds();
}

#[test]
fn cards_and_requests() {
    let _alone = alone();
    let (vault, card) = founder(0);
    let member = vault.member().unwrap();
    let person = card.person();
    let join = Join {
        member: person.member,
        name: person.name.clone(),
        charter: BlobHash([3; 32]),
        exchange: person.exchange,
        ml_kem: BlobHash::of(&person.ml_kem),
        imported: None,
        signature: Signature([0; 64]),
    };
    let join = MemberFact::Join(join.sign(&NETWORK, &person.device, &member));
    let entry = commune_crdt::entry::Entry {
        kind: join.kind(),
        tag: Tag::default(),
        seq: 0,
        previous: None,
        anchor: commune_crdt::entry::Anchor::genesis(&NETWORK),
        claimed: NOW,
        parents: vec![],
        payload: join.payload(),
    };
    let signed = entry.sign(&NETWORK, &vault.device).unwrap();
    let join = SignedEntry::decode(signed.as_bytes()).unwrap();
    let request = Request::new(card.clone(), join).unwrap();
    let waiting = Waiting::generate("phone").unwrap().request();
    let end = revocation::write(&member, "Zoé", "about");
    Reader {
        name: "card",
        seeds: vec![
            card.encode(),
            request.encode(),
            waiting.encode(),
            end.into_bytes(),
        ],
        change: &change,
        read: &|bytes| {
            let card = Card::decode(bytes).map(|it| it.encode());
            let request = Request::decode(bytes).map(|it| {
                let _ = it.verify(&NETWORK);
                it.encode()
            });
            let waiting = pairing::Request::decode(bytes).map(|it| it.encode());
            let read = card.ok().or_else(|| request.ok()).or_else(|| waiting.ok());
            assert!(read.as_ref().is_none_or(|it| it == bytes));
            let end = str::from_utf8(bytes).map(revocation::read);
            read.is_some() || end.is_ok_and(|it| it.is_ok())
        },
    }
    .holds();
}

#[test]
fn payment_requests() {
    let _alone = alone();
    let member = Receiver::Member(person(0).member_key());
    let shared = Receiver::Shared(SharedId([5; 32]));
    let longest = "x".repeat(MAX_COMMENT_LEN);
    let requests = [(member, "bread"), (shared, ""), (member, &*longest)];
    let requests = requests.map(|(to, comment)| {
        let request = PaymentRequest::new(&NETWORK, to, 12_500, comment);
        request.unwrap()
    });
    let texts = requests.iter().map(|it| it.text().into_bytes());
    Reader {
        name: "payment request",
        seeds: requests.iter().map(|it| it.encode()).chain(texts).collect(),
        change: &change,
        read: &|bytes| {
            let decoded = PaymentRequest::decode(bytes);
            assert!(decoded.as_ref().is_ok_and(|it| it.encode() == bytes) || decoded.is_err());
            let text = str::from_utf8(bytes).ok();
            let read = text.and_then(|it| it.parse::<PaymentRequest>().ok());
            decoded.is_ok() || read.is_some()
        },
    }
    .holds();
}

/// A file that seals something: a vault, a backup. Whoever makes one for others to open seals what
/// they like.
#[test]
fn sealed_files() {
    let _alone = alone();
    let backup = Backup {
        seed: [1; 32].into(),
        name: "Zoé".to_owned(),
        created: NOW,
        genesis: Some(import().genesis().encode().into()),
    };
    let plain = backup.seal(Under::Nothing).unwrap();
    let locked = backup.seal(Under::Key(&[2; 32])).unwrap();
    let content = Backup::read(&plain).unwrap().open(None).unwrap();
    let resealed = |chance: &mut Chance, input: &[u8]| {
        if input == plain && chance.below(2) == 0 {
            let magic = plain.first_chunk().unwrap();
            seal(magic, Under::Nothing, &change(chance, &content)).unwrap()
        } else {
            change_and_sum(chance, input)
        }
    };
    Reader {
        name: "sealed file",
        seeds: vec![plain.clone(), locked],
        change: &resealed,
        read: &|bytes| {
            let Ok(sealed) = Backup::read(bytes) else {
                return false;
            };
            // A passphrase costs what its owner chose: that is not reading.
            if !sealed.needs_passphrase()
                && let Ok(backup) = Backup::open(&sealed, None)
                && let Some(genesis) = backup.genesis
            {
                let _ = Genesis::decode(&genesis);
            }
            true
        },
    }
    .holds();
}

/// Two founders with some entries each, and detached bytes.
fn alice() -> Neighbour {
    let mut alice = Neighbour::new(0, 2);
    for who in 0..2 {
        alice.writes(who, Stream::MEMBER, 6, 60);
        alice.writes(who, Stream::TEXT, 6, 300);
    }
    alice.writes(0, Stream::VOTE, 1, 40_000);
    alice
}

fn founder(number: u8) -> (Vault, Card) {
    let vault = Vault::generate(&format!("founder {number}"), &[number + 1; 32].into(), NOW);
    let vault = vault.unwrap();
    let card = card(&vault, &SignerKeys::generate().unwrap()).unwrap();
    (vault, card)
}

/// The 59 people with whom a real network began.
fn import() -> Import {
    let graph = std::fs::read("tests/data/g1_genesis_edges.csv").unwrap();
    Import::new(Graph::read(&graph[..], None::<&[u8]>).unwrap()).unwrap()
}

fn salt() -> Salt {
    Salt::new([1; 32])
}
