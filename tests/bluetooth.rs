//! Nodes that meet by Bluetooth: real bluetoothd and the kernel's Bluetooth in a virtual machine,
//! controllers of `BlueZ`'s emulator on one air. `tests/bluetooth/guest.py` plays, this judges.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "bluetooth/bed.rs"]
mod bed;
mod lab;

use self::{bed::Bed, lab::Skip};

/// Time for everything, in seconds; the machine is stopped after that.
const LIMIT: u64 = 280;

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
    // nothing: medians are judged, and each has its limit.
    let pairs = ["channel", "gatt", "one_channel"];
    for (what, median, limit) in [("found", 2.0, 10.0), ("all", 10.0, 40.0)] {
        for scenario in pairs {
            within(scenario, what, limit);
        }
        let mut taken = pairs.map(|it| played[it][what].as_f64().unwrap());
        taken.sort_by(f64::total_cmp);
        assert!(taken[1] <= median, "{what}: {taken:?}, {median} s at most");
    }
    // The emulator's silence is not ours, and rare.
    let silent = |it: &serde_json::Value| it["silent"].as_u64().unwrap_or(0);
    let silences: u64 = played.as_object().unwrap().values().map(silent).sum();
    assert!(silences <= 1, "{played:#}");
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
