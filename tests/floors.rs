//! The house stands: every module uses only floors below its own, `crdt` knows nothing of the
//! outside, `crdt` and `transports` are strangers, and each dependency has one door.
//!
//! What is read is the code that ships: comments, strings and `#[cfg(test)]` modules are left out,
//! so tests inside `crdt` may use what they need (a clock, a hash map, tokio).

#[path = "floors/source.rs"]
mod source;

use std::collections::BTreeSet;

use source::{File, dependencies, files};

/// Modules of `crdt/src`, from the ground up. A module may use those before it; the files of a
/// folder (`history/fork`, `sync/session`) are of their folder's floor.
const FLOORS: &[&str] = &[
    "codec",
    "time",
    "params",
    "hash",
    "keys",
    "merkle",
    "entry",
    "payload",
    "genesis",
    "checkpoint",
    "history",
    "sync",
    "trust",
    "ledger",
    "action",
    "draft",
    "law",
    "ballot",
    "state",
];

/// They fold entries into what people see, and never see how entries travel (nor does `sync` see
/// them, which the floors say already).
const VIEWS: &[&str] = &[
    "trust", "ledger", "action", "draft", "law", "ballot", "state",
];

/// Names that no rule may say: a clock, chance, a disk, a socket, a thread, an order that differs
/// between devices.
const OUTSIDE: &[&str] = &[
    "commune_transports",
    "tokio",
    "fjall",
    "quinn",
    "rustls",
    "mdns_sd",
    "rustix",
    "socket2",
    "getrandom",
    "rand",
    "rand_core",
    "OsRng",
    "thread_rng",
    "HashMap",
    "HashSet",
    "RandomState",
    "SystemTime",
    "Instant",
];

/// Modules of the standard library that lead outside.
const OUTSIDE_OF_STD: &[&str] = &["fs", "net", "env", "io", "os", "process", "thread", "path"];

/// Packages that `crdt` must not depend on, however deep the code would hide them.
const NOT_IN_CRDT: &[&str] = &[
    "commune-transports",
    "commune",
    "tokio",
    "fjall",
    "quinn",
    "rustls",
    "mdns-sd",
    "rustix",
    "socket2",
    "getrandom",
    "rand",
];

/// The one place that may name a dependency: a file, or a folder with its file. Who wants another
/// library changes that place and no other.
const DOORS: &[(&str, &[&str])] = &[
    // The packages are strangers: a channel signs with the device's key without knowing entries.
    (
        "ed25519_dalek",
        &["crdt/src/keys.rs", "transports/src/bluetooth/channel.rs"],
    ),
    (
        "snow",
        &[
            "transports/src/bluetooth/channel.rs",
            "transports/src/bluetooth/channel/record.rs",
        ],
    ),
    ("crc", &["transports/src/bluetooth/segment.rs"]),
    ("btleplug", &["transports/src/bluetooth/central.rs"]),
    (
        "bluer",
        &[
            "transports/src/bluetooth/adapter.rs",
            "transports/src/bluetooth/bluez.rs",
            "transports/src/bluetooth/client.rs",
            "transports/src/bluetooth/server.rs",
        ],
    ),
    ("x25519_dalek", &["crdt/src/keys/sealing.rs"]),
    (
        "chacha20poly1305",
        &[
            "crdt/src/keys/sealing.rs",
            "crdt/src/payload/account/comment.rs",
            "src/vault/seal.rs",
            "src/store/seal.rs",
        ],
    ),
    ("argon2", &["src/vault/seal.rs"]),
    ("bip39", &["src/vault/words.rs"]),
    ("getrandom", &["src/vault/random.rs", "transports/src/"]),
    ("fast_qr", &["src/qr.rs"]),
    ("jpeg_decoder", &["src/qr/photo.rs"]),
    ("png", &["src/qr/scan.rs"]),
    ("rqrr", &["src/qr/scan.rs"]),
    ("fjall", &["src/store/engine.rs"]),
    ("quinn", &["transports/src/lan/quic.rs"]),
    (
        "rustls",
        &["transports/src/lan/tls.rs", "transports/src/lan/quic.rs"],
    ),
    ("mdns_sd", &["transports/src/lan/discovery.rs"]),
    ("fluent_bundle", &["src/messages.rs"]),
    ("clap", &["src/cli.rs", "src/cli/"]),
    ("tfhe", &["cipher/src/lattice.rs"]),
    (
        "tfhe_zk_pok",
        &["cipher/src/lattice.rs", "cipher/src/reference/"],
    ),
    (
        "bincode",
        &["cipher/src/lattice.rs", "cipher/src/reference/points.rs"],
    ),
    ("rand_core", &["cipher/src/reference/contribution.rs"]),
    ("automerge", &[]),
];

#[test]
fn crdt_modules_use_only_floors_below() {
    let mut broken = Vec::new();
    for file in files("crdt/src").iter().filter(|file| !file.is_root()) {
        let own = floor(file.module());
        if own.is_none() {
            broken.push(format!(
                "{file} is on no floor: give `{}` its place in FLOORS",
                file.module()
            ));
        }
        for used in file.modules_used() {
            match floor(&used) {
                None => broken.push(format!(
                    "{file} uses `crate::{used}`, which is no module of the floors"
                )),
                above if above > own => {
                    broken.push(format!("{file} uses `{used}`, which stands above it"))
                }
                Some(_) => {}
            }
        }
    }
    assert_stands(&broken);
}

#[test]
fn views_do_not_see_how_entries_travel() {
    let files = files("crdt/src");
    let views = files.iter().filter(|file| VIEWS.contains(&file.module()));
    let broken = views.filter(|file| file.modules_used().contains("sync"));
    assert_stands(
        &broken
            .map(|file| format!("{file} uses `sync`"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn crdt_names_nothing_of_the_outside() {
    let mut broken = Vec::new();
    for file in files("crdt/src") {
        let names = OUTSIDE.iter().filter(|name| file.names(name));
        broken.extend(names.map(|name| format!("{file} names `{name}`")));
        // The root package: the bare word is also what people live in.
        if !file.paths_from("commune").is_empty() {
            broken.push(format!("{file} names `commune::`"));
        }
        let from_std = file.paths_from("std");
        let names = OUTSIDE_OF_STD
            .iter()
            .filter(|name| from_std.contains(**name));
        broken.extend(names.map(|name| format!("{file} names `std::{name}`")));
    }
    let own = dependencies("crdt/Cargo.toml", "dependencies");
    let named = NOT_IN_CRDT.iter().filter(|name| own.contains(**name));
    broken.extend(named.map(|name| format!("crdt depends on {name}")));
    assert_stands(&broken);
}

#[test]
fn crdt_and_transports_are_strangers() {
    let mut broken = Vec::new();
    for (package, other) in [
        ("crdt", "commune-transports"),
        ("transports", "commune-crdt"),
    ] {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            if dependencies(&format!("{package}/Cargo.toml"), section).contains(other) {
                broken.push(format!("{package} has {other} in [{section}]"));
            }
        }
        let ident = other.replace('-', "_");
        let files = files(&format!("{package}/src"));
        let naming = files.iter().filter(|file| file.names(&ident));
        broken.extend(naming.map(|file| format!("{file} names `{ident}`")));
    }
    assert_stands(&broken);
}

#[test]
fn cipher_is_a_function_of_its_arguments_and_a_stranger_to_the_other_packages() {
    let mut broken = Vec::new();
    for file in files("cipher/src") {
        // The trait by which the library takes chance; what is behind it is an argument.
        let names = OUTSIDE.iter().filter(|name| **name != "rand_core");
        let names = names.chain(&["commune_crdt"]);
        let named = names.filter(|name| file.names(name));
        broken.extend(named.map(|name| format!("{file} names `{name}`")));
        let from_std = file.paths_from("std");
        let names = OUTSIDE_OF_STD.iter();
        // Points by the thousand are shared out to threads, and their order does not depend on them.
        let is_points = file.to_string().ends_with("cipher/src/reference/points.rs");
        let names = names.filter(|name| !is_points || **name != "thread");
        let named = names.filter(|name| from_std.contains(**name));
        broken.extend(named.map(|name| format!("{file} names `std::{name}`")));
    }
    let own = dependencies("cipher/Cargo.toml", "dependencies");
    let named = ["commune", "commune-crdt", "commune-transports", "getrandom"];
    let named = named.iter().filter(|name| own.contains(**name));
    broken.extend(named.map(|name| format!("cipher depends on {name}")));
    assert_stands(&broken);
}

#[test]
fn each_dependency_has_one_door() {
    let mut broken = Vec::new();
    for file in ["src", "cipher/src", "crdt/src", "transports/src"]
        .into_iter()
        .flat_map(files)
    {
        for (name, doors) in DOORS {
            let is_door = doors.iter().any(|door| {
                file.path() == *door || door.ends_with('/') && file.path().starts_with(door)
            });
            if !is_door && file.names(name) {
                broken.push(format!("{file} names `{name}`, whose door is {doors:?}"));
            }
        }
    }
    assert_stands(&broken);
}

#[test]
fn every_package_inherits_the_lints() {
    for package in [
        "Cargo.toml",
        "cipher/Cargo.toml",
        "crdt/Cargo.toml",
        "transports/Cargo.toml",
    ] {
        let text = source::read(package);
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{package} has lints of its own"
        );
    }
}

#[test]
fn what_ships_is_read_and_what_tests_is_not() {
    let text = r##"
        //! crate::law
        use crate::{codec::{Reader, Writer}, hash::{self}, keys};
        use super::merkle; /* crate::law /* nested */ crate::law */
        fn f<'a>(x: &'a str) -> char { let _ = "crate::law \" HashMap"; let _ = r#"crate::law "#; '"' }
        fn g() -> crate::entry::Entry { '\'' ; b'"' }
        #[cfg(test)]
        mod tests { use crate::law; fn h() { { HashMap } } }
        fn after() { crate::payload::read() }
    "##;
    let file = File::new("crdt/src/history.rs", text);
    let used: Vec<_> = file.modules_used().into_iter().collect();
    assert_eq!(
        used,
        ["codec", "entry", "hash", "keys", "merkle", "payload"]
    );
    assert!(file.names("Reader") && !file.names("HashMap"));

    let file = File::new(
        "crdt/src/history.rs",
        "#[cfg(test)] #[expect(a, reason = \"[\")] pub(crate) mod world; mod log; fn f() {}",
    );
    assert_eq!(file.test_modules(), ["crdt/src/history/world"]);
    assert!(file.names("log") && !file.names("world"));

    let nested = File::new(
        "crdt/src/sync/session.rs",
        "use super::{message}; use super::super::law;",
    );
    assert_eq!(nested.module(), "sync");
    assert_eq!(nested.modules_used(), BTreeSet::from(["law".to_owned()]));
    assert!(
        File::new("crdt/src/time.rs", "use std::{io::{self}, fs};")
            .paths_from("std")
            .contains("fs")
    );
}

/// Fails with everything that is broken, a line each.
fn assert_stands(broken: &[String]) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| *floor == module)
}
