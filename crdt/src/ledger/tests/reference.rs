//! Our dividend beside the two rules of Duniter, which serve as oracles here and for imports.
//!
//! Version 1 rounds up and version 2 down. The running version 1 takes the mass of the re-evaluation
//! before, though its text says otherwise: only so came the 1002 → 1004 that was seen in 2018.

use crate::ledger::dividend::grown;

const VECTORS: &str = include_str!("../../../../tests/data/ud_vectors.json");
const SERIES: &str = include_str!("../../../../tests/data/ud_series_reference_N1000.csv");
const POINTS: &str = include_str!("../../../../tests/data/g1_real_points.csv");

/// 488² for c = 4.88 %.
const SQUARE: u128 = 488 * 488;
const PER: u128 = 100_000_000;

/// What version 1 adds, on the mass that it takes, over 1,461 / 8 = 182.625 days.
fn version_1(ud: u128, mass: u128, members: u128) -> u128 {
    ud + (SQUARE * mass * 8).div_ceil(PER * members * 1_461)
}

/// Version 2 counts 182 days, and one dividend more that is created with the re-evaluation.
fn version_2(ud: u128, mass: u128, members: u128) -> u128 {
    ud + SQUARE * (mass + ud * members) / (PER * members * 182)
}

/// The vectors, each as its text: one field a line.
fn vectors() -> impl Iterator<Item = &'static str> {
    VECTORS.split("\n  {").skip(1)
}

fn text(vector: &'static str, name: &str) -> Option<&'static str> {
    let (_, rest) = vector.split_once(&format!("\"{name}\": "))?;
    let value = rest.lines().next()?;
    Some(value.trim_end_matches(',').trim_matches('"'))
}

fn field<T: std::str::FromStr>(vector: &'static str, name: &str) -> Option<T> {
    text(vector, name)?.parse().ok()
}

#[test]
fn our_rule_gives_the_vectors_of_version_1() {
    let mut seen = 0;
    for vector in vectors() {
        let Some(mass) = field::<u64>(vector, "massReeval") else {
            continue;
        };
        let base: u32 = field(vector, "unitbase").unwrap_or(0);
        let c = match text(vector, "c") {
            Some("0.0488") => 488,
            Some("0.1") => 1_000,
            c => panic!("c = {c:?}"),
        };
        let days = field::<u64>(vector, "dtReeval").unwrap() / field::<u64>(vector, "dt").unwrap();
        let next = grown(
            field(vector, "ud_prev").unwrap(),
            c,
            u128::from(mass.div_ceil(10_u64.pow(base))),
            field(vector, "N").unwrap(),
            days,
        );
        assert_eq!(Some(next), field(vector, "expected"), "{vector}");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn version_2_rounds_down_where_ours_rounds_up() {
    let mut seen = 0;
    for vector in vectors() {
        let Some(square) = field::<u128>(vector, "c2_perbill") else {
            continue;
        };
        let get = |name| field::<u128>(vector, name).unwrap();
        let among = 1_000_000_000 * get("N") * get("uds_between_reevals");
        let down = get("ud_prev") + square * get("mass") / among;
        let up = get("ud_prev") + (square * get("mass")).div_ceil(among);
        assert_eq!(down, get("expected"), "{vector}");
        assert!(up - down <= 1);
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn forty_half_years_by_each_rule() {
    let rows: Vec<(&str, Vec<u128>)> = SERIES
        .lines()
        .skip(1)
        .map(|line| {
            let (rule, rest) = line.split_once(',').unwrap();
            let numbers = rest.split(',').take(4).map(|it| it.parse().unwrap());
            (rule, numbers.collect())
        })
        .collect();
    for rule in ["v1_ceil", "v2_floor", "v1_lagged_ceil"] {
        let series: Vec<_> = rows
            .iter()
            .filter(|it| it.0 == rule)
            .map(|it| &it.1)
            .collect();
        assert_eq!(series.len(), 41);
        for pair in series.windows(2) {
            let [before, now] = pair else { continue };
            let (members, ud, mass) = (before[1], before[2], now[3]);
            let next = match rule {
                "v1_ceil" => version_1(ud, mass, members),
                "v2_floor" => version_2(ud, mass, members),
                _ => version_1(ud, before[3], members),
            };
            assert_eq!(next, now[2], "{rule} {}", now[0]);
            // Whole days, as many as were paid: 182 or 183.
            let days = (mass - before[3]) / (ud * members);
            assert!((182..=183).contains(&days), "{rule} {}", now[0]);
            if rule == "v1_ceil" {
                let [ud, members, days] = [ud, members, days].map(|it| u64::try_from(it).unwrap());
                let ours = grown(ud, 488, mass, members, days);
                assert!(u128::from(ours).abs_diff(next) <= 1, "{} {ours}", now[0]);
            }
        }
    }
}

#[test]
fn what_was_seen_in_2018_is_the_rule_that_lags() {
    let points: Vec<Vec<&str>> = POINTS.lines().map(|it| it.split(',').collect()).collect();
    let at = |date: &str| {
        let row = points.iter().find(|it| it[0] == date).unwrap();
        let number = |at: usize| row[at].parse::<u128>().unwrap();
        (number(2), number(3), number(4))
    };
    // Re-evaluated on 21 March and on 20 September 2018.
    let (few, spring, ud) = at("2018-04-02");
    let (some, _, _) = at("2018-04-09");
    let (many, autumn, seen) = at("2018-10-27");
    assert_eq!((ud, seen), (1_002, 1_004));
    // Between the mass some 12 days earlier, and that of 2 April; members between both dates.
    let march = spring - 13 * few * ud;
    for mass in [march, spring] {
        for members in [some, many] {
            assert_eq!(version_1(ud, mass, members), seen);
        }
    }
    // With the mass of the day itself, some 38 days before the block of October, it would be more.
    let september = autumn - 38 * many * seen;
    for members in [some, many] {
        assert!(version_1(ud, september, members) > seen);
    }
}
