//! Where people stand: on rings around one of them, near those they are linked with.
//!
//! ```text
//!      7   0          slots of a ring go down its right side and up its left side, at equal
//!    6       1        heights: so names beside them have a line each
//!    5   ·   2
//!      4   3
//! ```
//!
//! A ring of many is a band of several lanes; rings grow taller, not wider.

use super::{Figure, WIDTH, float};

/// Rounds of moving everybody to the middle of those they are linked with.
const SWEEPS: usize = 12;

/// Height of a line of letters in the picture.
const PITCH: f64 = 12.5;

/// Between what is drawn and the side of the picture.
const MARGIN: f64 = 6.0;

/// Around who is in the middle, where no ring is.
const INNERMOST: f64 = 14.0;

/// Where somebody is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A ring or a lane of it, around the middle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Oval {
    pub(super) rx: f64,
    pub(super) ry: f64,
}

/// Places for everybody.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// One for each person, in their order.
    pub(super) points: Vec<Point>,
    /// The outer lane of each ring.
    pub(super) rings: Vec<Oval>,
    /// Half the size of a symbol.
    pub(super) radius: f64,
    /// How tall it is; the middle is at half of it.
    pub(super) height: f64,
}

/// The place of slot `slot` of `count` on ring `depth`, were its radius 1.
fn slot(slot: usize, count: usize, depth: usize) -> Point {
    if count <= 2 {
        // One or two on each ring would all stand on one line: each ring turns by a right angle.
        let side = if slot == 0 { 1.0 } else { -1.0 };
        let (x, y) = match depth % 4 {
            1 => (0.8, -0.6),
            2 => (0.6, 0.8),
            3 => (-0.8, 0.6),
            _ => (-0.6, -0.8),
        };
        return Point {
            x: side * x,
            y: side * y,
        };
    }
    let right = count.div_ceil(2);
    let (side, row, rows) = if slot < right {
        (1.0, slot, right)
    } else {
        let row = count.saturating_sub(slot).saturating_sub(1);
        (-1.0, row, count.saturating_sub(right))
    };
    let y = (2.0 * float(row) + 1.0) / float(rows.max(1)) - 1.0;
    let x: f64 = side * (1.0 - y * y).max(0.0).sqrt();
    Point { x, y }
}

/// Grows with the angle from the top, clockwise, from 0 to 4.
fn turn(at: Point) -> f64 {
    let slope = at.y / (at.x.abs() + at.y.abs()).max(f64::MIN_POSITIVE);
    if at.x >= 0.0 {
        1.0 + slope
    } else {
        3.0 - slope
    }
}

/// The order in which to draw `people`: by ring, and on a ring so that edges are short.
pub(super) fn order(people: &[Figure], edges: &[(usize, usize)]) -> Vec<usize> {
    let mut linked = vec![Vec::new(); people.len()];
    for (issuer, receiver) in edges {
        for (one, other) in [(issuer, receiver), (receiver, issuer)] {
            if let Some(list) = linked.get_mut(*one) {
                list.push(*other);
            }
        }
    }
    let mut rings = walks(people, &linked);
    let mut at = vec![Point::default(); people.len()];
    stand(&rings, &mut at);
    let (mut best, mut shortest) = (rings.clone(), length(&at, edges));
    for _ in 0..SWEEPS {
        for depth in 1..rings.len() {
            if let Some(ring) = rings.get_mut(depth) {
                let turns = ring.iter().map(|it| (pull(*it, &linked, &at), *it));
                let mut turns: Vec<_> = turns.collect();
                turns.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                *ring = turns.into_iter().map(|it| it.1).collect();
            }
            stand(&rings, &mut at);
        }
        let now = length(&at, edges);
        if now < shortest {
            (best, shortest) = (rings.clone(), now);
        }
    }
    best.concat()
}

/// The people of each ring, one after the other from one to somebody linked with them: groups stay
/// together from the start, also where they would pull each other to nowhere.
fn walks(people: &[Figure], linked: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let last = people.iter().map(|it| it.depth).max().unwrap_or(0);
    let mut rings = vec![Vec::new(); last.saturating_add(1)];
    let mut seen = vec![false; people.len()];
    for start in 0..people.len() {
        let mut ahead = vec![start];
        while let Some(person) = ahead.pop() {
            let Some((seen, figure)) = seen.get_mut(person).zip(people.get(person)) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                continue;
            }
            if let Some(ring) = rings.get_mut(figure.depth) {
                ring.push(person);
            }
            let others = linked.get(person).into_iter().flatten().rev();
            let on_ring = |it: &&usize| people.get(**it).map(|it| it.depth) == Some(figure.depth);
            ahead.extend(others.filter(on_ring));
        }
    }
    rings
}

/// Gives everybody on `rings` the place of their slot.
fn stand(rings: &[Vec<usize>], at: &mut [Point]) {
    for (depth, ring) in rings.iter().enumerate().skip(1) {
        for (place, person) in ring.iter().enumerate() {
            if let Some(point) = at.get_mut(*person) {
                *point = slot(place, ring.len(), depth);
            }
        }
    }
}

/// Towards where those linked with a person stand.
fn pull(person: usize, linked: &[Vec<usize>], at: &[Point]) -> f64 {
    let own = at.get(person).copied().unwrap_or_default();
    let others = linked.get(person).into_iter().flatten();
    let sum = others
        // Who is in the middle pulls nowhere.
        .filter(|it| **it != 0)
        .filter_map(|it| at.get(*it))
        .fold(own, |sum, it| Point {
            x: sum.x + it.x,
            y: sum.y + it.y,
        });
    turn(sum)
}

/// How long the edges are, squared.
fn length(at: &[Point], edges: &[(usize, usize)]) -> f64 {
    let point = |it: usize| at.get(it).copied().unwrap_or_default();
    let squared = |(a, b): (Point, Point)| {
        let (x, y) = (a.x - b.x, a.y - b.y);
        x * x + y * y
    };
    let ends = edges
        .iter()
        .filter(|(a, b)| *a != 0 && *b != 0)
        .map(|(a, b)| (point(*a), point(*b)));
    ends.map(squared).sum()
}

impl Layout {
    /// Places for `people`, who are in their order.
    pub(super) fn new(people: &[Figure]) -> Self {
        let many = people.len() > 120;
        // Names stand outside of the last ring while there are few.
        let name_room = if many { 30.0 } else { 74.0 };
        let room = WIDTH / 2.0 - MARGIN - name_room;
        let counts = counts(people);
        let lanes = lanes(&counts, if many { 5 } else { 3 });
        let spacing = (room - INNERMOST) / float(lanes.iter().sum::<usize>().max(1));
        let rings = ovals(&counts, &lanes, spacing);
        let tallest = rings
            .last()
            .and_then(|it| it.last())
            .map_or(0.0, |it| it.ry);
        let middle = tallest + 18.0;
        let mut points = vec![Point {
            x: WIDTH / 2.0,
            y: middle,
        }];
        for ((ring, count), depth) in rings.iter().zip(&counts).zip(1..) {
            for (place, oval) in (0..*count).zip(ring.iter().cycle()) {
                let unit = slot(place, *count, depth);
                points.push(Point {
                    x: WIDTH / 2.0 + unit.x * oval.rx,
                    y: middle + unit.y * oval.ry,
                });
            }
        }
        Self {
            points,
            rings: rings.iter().filter_map(|it| it.last().copied()).collect(),
            radius: if many { 3.0 } else { 4.2 },
            height: middle * 2.0,
        }
    }
}

/// How many stand on each ring, from the first around the middle.
fn counts(people: &[Figure]) -> Vec<usize> {
    let last = people.last().map_or(0, |it| it.depth);
    (1..=last)
        .map(|depth| people.iter().filter(|it| it.depth == depth).count())
        .collect()
}

/// How many lanes each ring gets, at most `most` in all, or two more than there are rings: the fewest
/// rows that allow it.
fn lanes(counts: &[usize], most: usize) -> Vec<usize> {
    let most = most.max(counts.len().saturating_add(2));
    let with = |rows: usize| -> Vec<usize> {
        let lanes = counts.iter().map(|it| it.div_ceil(2).div_ceil(rows));
        lanes.map(|it| it.max(1)).collect()
    };
    (24..)
        .step_by(2)
        .map(with)
        .find(|lanes| lanes.iter().sum::<usize>() <= most)
        .unwrap_or_default()
}

/// The lanes of each ring, from the inside: tall enough for a line of letters a person.
fn ovals(counts: &[usize], lanes: &[usize], spacing: f64) -> Vec<Vec<Oval>> {
    let mut rings = Vec::new();
    let mut inner = Oval {
        rx: INNERMOST,
        ry: INNERMOST,
    };
    for (count, lanes) in counts.iter().zip(lanes) {
        let rows = float(count.div_ceil(2)) / float(*lanes);
        let needed = rows * PITCH / 2.0;
        let mut ring = Vec::new();
        for _ in 0..*lanes {
            inner = Oval {
                rx: inner.rx + spacing,
                ry: needed.max(inner.ry + spacing.max(PITCH)),
            };
            ring.push(inner);
        }
        rings.push(ring);
    }
    // Inner rings follow the outer one upwards, where there is room.
    for ring in &mut rings {
        for lane in ring {
            lane.ry = lane.ry.max(0.8 * inner.ry * lane.rx / inner.rx.max(1.0));
        }
    }
    rings
}
