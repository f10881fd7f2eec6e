//! The examples of `PROTOCOL.md` are what this program says.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "`allow-…-in-tests` does not reach helpers"
)]

use std::{collections::BTreeMap, time::Instant};

use super::{
    advert::{Advert, OwnAdvert, Recogniser},
    channel,
    info::Info,
    segment::{Role, Segments, seal},
};

const PAGE: &str = include_str!("../../PROTOCOL.md");

/// The table under `## Examples`.
fn examples() -> BTreeMap<&'static str, Vec<u8>> {
    let (_, table) = PAGE.split_once("\n## Examples\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    table.lines().filter_map(example).collect()
}

fn example(line: &'static str) -> Option<(&'static str, Vec<u8>)> {
    let (what, rest) = line.strip_prefix("| ")?.split_once(" | `")?;
    let digits = rest.strip_suffix("` |")?;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    Some((what, (0..digits.len()).step_by(2).map(byte).collect()))
}

#[test]
fn examples_of_the_page_are_what_this_program_says() {
    let examples = examples();
    let of = |what: &str| examples.get(what).unwrap_or_else(|| panic!("no {what}"));
    let key = |what: &str| <[u8; 32]>::try_from(&of(what)[..]).unwrap();
    let is = |what: &str, said: &[u8]| assert_eq!(of(what)[..], *said, "{what}");

    let secret = [of("network secret"), &[0; 4][..]].concat();
    for (what, context) in [
        ("tag key", "commune network tag v1"),
        ("channel key", "commune network channel v1"),
        ("greeting key", "commune network hello v1"),
    ] {
        is(what, &blake3::derive_key(context, &secret));
    }

    let mut random = [0; 10];
    random[..4].copy_from_slice(of("nonce"));
    let (known, digest) = (
        Recogniser::new(vec![key("tag key")]),
        key("digest of what it holds"),
    );
    let own = OwnAdvert::draw(&known, random, &digest, Instant::now());
    is("service data", &own.advert().encode());
    let read = Advert::decode(of("service data")).unwrap();
    assert!(known.is_equal_state(&read, &digest));

    let random = *of("hint").first_chunk().unwrap();
    is("hint", &channel::hint(&key("channel key"), random));
    let info = Info {
        psm: Some(0x00C7),
        longest: 512,
    };
    is("INFO", &info.encode());
}

/// Conversation 513, in which two write `commune` to one that has lost the first of two segments.
#[test]
fn segments_of_the_page_are_what_this_program_says() {
    let examples = examples();
    let is = |what: &str, said: &[u8]| assert_eq!(examples[what][..], *said, "{what}");
    let now = Instant::now();
    let mut central = Segments::new(Role::Central, 513, 180, 512, now);
    let mut peripheral = Segments::new(Role::Peripheral, 513, 512, 512, now);
    let hello = central.poll_send(now).unwrap();
    is("HELLO", &hello);
    peripheral.handle(now, &hello);
    let welcome = peripheral.poll_send(now).unwrap();
    is("WELCOME", &welcome);
    central.handle(now, &welcome);
    central.write(b"commune");
    is("DATA 0, `commune`", &central.poll_send(now).unwrap());
    let second = seal(3, 513, b"\x01\0commune");
    is("DATA 1, `commune`", &second);
    peripheral.handle(now, &second);
    is("ACK of 1, not of 0", &peripheral.poll_send(now).unwrap());
}
