//! Nodes that meet by Bluetooth: real bluetoothd and the kernel's Bluetooth in a virtual machine,
//! controllers of `BlueZ`'s emulator on one air. `tests/bluetooth/guest.py` plays, this judges.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "bluetooth/bed.rs"]
mod bed;
mod lab;

use serde_json::{Value, json};

use self::{bed::Bed, lab::Skip};

/// Time for everything, in seconds; it takes 4 minutes where the guest's kernel does not trip.
const LIMIT: u64 = 480;

#[test]
fn neighbours_meet_by_bluetooth() {
    let Some(bed) = Skip::or(Bed::new()) else {
        return;
    };
    let played = bed.play(LIMIT);
    println!("{played:#}");
    let within = |scenario: &str, what: &str, limit: f64| {
        let seconds = played[scenario][what].as_f64();
        assert!(
            seconds.is_some_and(|it| it <= limit),
            "{scenario}: {what} within {limit} s: {}",
            played[scenario]
        );
    };
    // Some 100 kB of differences each time. The machine is shared, and at times a first scan hears
    // nothing for half a minute: medians are judged, and each has its limit.
    let pairs = ["channel", "gatt", "one_channel"];
    for (what, median, limit) in [("found", 2.0, 40.0), ("all", 10.0, 60.0)] {
        for scenario in pairs {
            within(scenario, what, limit);
        }
        let mut taken = pairs.map(|it| played[it][what].as_f64().unwrap());
        taken.sort_by(f64::total_cmp);
        assert!(taken[1] <= median, "{what}: {taken:?}, {median} s at most");
    }
    // The emulator's silence is not ours, and rare.
    let silent = |it: &Value| it["silent"].as_u64().unwrap_or(0);
    let silences: u64 = played.as_object().unwrap().values().map(silent).sum();
    assert!(silences <= 1, "{played:#}");
    let fell = |it: &Value| it["fell"].as_u64().unwrap_or(0);
    let falls: u64 = played.as_object().unwrap().values().map(fell).sum();
    println!("bluetoothd fell over {falls} times");
    assert!(falls <= 4, "{played:#}");
    // It is not to be found, so it is never dialled, and an attempt of its own that fails is repeated
    // after some seconds only.
    within("portable_central", "all", 60.0);
    within("three", "all", 60.0);
    for scenario in ["cut", "switched_off"] {
        within(scenario, "all", 60.0);
    }
    // Whoever was cut off dialled again, and had the rest then.
    let count = |scenario: &str, what: &str| played[scenario][what].as_u64().unwrap_or(0);
    assert!(count("cut", "linked") >= 2, "{played:#}");
    assert!(count("switched_off", "dials") >= 2, "{played:#}");
    assert_eq!(played["switched_off"]["noticed"], true);
    // Equal states did not connect again in a quarter of a minute.
    assert_eq!(played["channel"]["again"], 0, "{}", played["channel"]);

    among_strangers(&played);

    let said = |what: &str| played["doctor"][what][0].as_str().unwrap_or("").to_owned();
    assert!(
        said("address").contains("btmgmt privacy on"),
        "{}",
        said("address")
    );
    assert!(said("off").contains("switched off"), "{}", said("off"));
    assert!(
        said("no_service").contains("service does not run"),
        "{}",
        said("no_service")
    );
}

/// Nodes that begin together, and what the client saw that was made of the published page.
fn among_strangers(played: &Value) {
    let number = |scenario: &str, what: &str| played[scenario][what].as_u64();
    // Both began at the same moment and heard each other at once: one link all the same.
    let channel = &played["channel"];
    assert!(
        number("channel", "dials").is_some_and(|it| it <= 2),
        "{channel}"
    );
    assert_eq!(channel["linked"], 1, "{channel}");

    let outsider = &played["outsider"];
    for way in ["channel", "gatt", "least"] {
        let met = &outsider[way];
        assert_eq!(met["knows_tag"], true, "{way}: {met}");
        assert_eq!(met["device"], outsider["device"], "{way}: {met}");
        assert_eq!(met["start"], outsider["channel"]["start"], "{way}: {met}");
        assert!(
            met["bytes"].as_u64().is_some_and(|it| it >= 4_000),
            "{way}: {met}"
        );
    }
    assert_eq!(outsider["gatt"]["whole"], outsider["channel"]["whole"]);
    // The emulator's rates, and a client that computes slowly: a channel is the faster of both, however much.
    let took = |way: &str| outsider[way]["took"].as_f64().unwrap();
    let ratio = took("gatt") / took("channel");
    println!("85 kB to the client: a channel is {ratio:.1} times as fast as GATT");
    assert!(ratio > 1.0, "{outsider}");
    // 23 bytes less 3: no segment of either side is longer.
    let least = &outsider["least"];
    assert_eq!(least["mtu"], 23, "{least}");
    let longest = |at: usize| least["lengths"][at].as_u64();
    assert!(
        (0..2).all(|it| longest(it).is_some_and(|it| it <= 20)),
        "{least}"
    );

    // Nothing but the service data is on the air, and of it nothing again after another start.
    let advertised = &played["advertised"];
    let heard = |start: usize| advertised["heard"][start].as_u64();
    assert!((0..2).all(|it| heard(it) >= Some(1)), "{advertised}");
    assert_eq!(advertised["kinds"], json!([0x21]), "{advertised}");
    assert_eq!(advertised["lengths"], json!([10]), "{advertised}");
    assert_eq!(advertised["common"], 0, "{advertised}");
    assert_eq!(advertised["known"], 0, "{advertised}");

    // 2, 4, 8 s after each other, each time with another state: no more fit into the time.
    let liars = &played["liars"];
    assert!(
        liars["copied"].is_string() && liars["turns"].is_u64(),
        "{liars}"
    );
    assert!(
        liars["all"].as_f64().is_some_and(|it| it <= 40.0),
        "{liars}"
    );
    assert!(
        number("liars", "copies_dialled").is_some_and(|it| it <= 4),
        "{liars}"
    );
    assert_eq!(liars["strangers_dialled"], 0, "{liars}");
}
