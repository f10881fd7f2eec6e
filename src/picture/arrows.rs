//! Who vouches for whom, as arrows: two paths for many of them, one of lines and one of heads.

use std::{collections::BTreeSet, fmt::Write};

use super::{
    Picture, WIDTH, float, labels,
    layout::{Layout, Point},
};

/// How far a line is drawn aside at most.
const MAX_BEND: f64 = 40.0;

/// Lines whose middle is nearer to who is in the middle pass around them.
const NEAR: f64 = 30.0;

/// Arrows; those of who is in the middle lie above the others. Two people who vouch for each other
/// share a line with two heads.
pub(super) fn write(svg: &mut String, picture: &Picture, layout: &Layout) {
    let all: BTreeSet<_> = picture.edges().iter().copied().collect();
    // Thinner and paler, the more there are.
    let own_count = all.iter().filter(|(from, to)| *from == 0 || *to == 0);
    let (few, own_few) = (fewness(all.len(), 90.0), fewness(own_count.count(), 40.0));
    let mut own = Strokes::new(3.5 + 1.5 * own_few);
    let mut others = Strokes::new(2.6 + 1.6 * few);
    for (from, to) in &all {
        let mutual = all.contains(&(*to, *from));
        if mutual && to < from {
            continue;
        }
        let strokes = if *from == 0 || *to == 0 {
            &mut own
        } else {
            &mut others
        };
        strokes.add(layout, *from, *to, mutual);
    }
    let (faint, thin) = (0.3 + 0.6 * few, 0.5 + 0.3 * few);
    let thick = 0.9 + 0.7 * own_few;
    for (class, strokes, opacity, wide) in [("e", others, faint, thin), ("o", own, 1.0, thick)] {
        if !strokes.lines.is_empty() {
            let Strokes { lines, heads, .. } = strokes;
            let _ = write!(
                svg,
                "<g opacity=\"{opacity:.2}\" stroke-width=\"{wide:.2}\"><path class=\"{class}\" d=\"{lines}\"/>\n\
                 <path class=\"{class}h\" d=\"{heads}\"/></g>\n"
            );
        }
    }
}

/// From 1 for nothing towards 0 for many; half of it at `half`.
fn fewness(count: usize, half: f64) -> f64 {
    half / (half + float(count))
}

/// Many arrows as two paths.
struct Strokes {
    lines: String,
    heads: String,
    head: f64,
}

impl Strokes {
    const fn new(head: f64) -> Self {
        Self {
            lines: String::new(),
            heads: String::new(),
            head,
        }
    }

    fn add(&mut self, layout: &Layout, from: usize, to: usize, mutual: bool) {
        let ends = layout.points.get(from).zip(layout.points.get(to));
        let Some((start, end)) = ends else { return };
        let bend = bend(*start, *end, layout, from == 0 || to == 0);
        let (start, back) = short_of(*start, bend, labels::radius(layout, from) + 1.0);
        let (end, ahead) = short_of(*end, bend, labels::radius(layout, to) + 1.0);
        let _ = write!(
            self.lines,
            "M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
            start.x, start.y, bend.x, bend.y, end.x, end.y
        );
        self.head(end, ahead);
        if mutual {
            self.head(start, back);
        }
    }

    /// A head with its point at `at`, from which the line leads back along `back`.
    fn head(&mut self, at: Point, back: Point) {
        let (long, half) = (self.head, self.head * 0.42);
        let _ = write!(
            self.heads,
            "M{:.1} {:.1}L{:.1} {:.1} {:.1} {:.1}z",
            at.x,
            at.y,
            at.x + back.x * long - back.y * half,
            at.y + back.y * long + back.x * half,
            at.x + back.x * long + back.y * half,
            at.y + back.y * long - back.x * half,
        );
    }
}

/// Where a line between two people is drawn to: past who is in the middle, unless it is theirs, and
/// else a little inwards, away from the names.
fn bend(start: Point, end: Point, layout: &Layout, straight: bool) -> Point {
    let middle = Point {
        x: WIDTH / 2.0,
        y: layout.height / 2.0,
    };
    let (x, y) = ((start.x + end.x) / 2.0, (start.y + end.y) / 2.0);
    let (wide, high) = (end.x - start.x, end.y - start.y);
    let long = (wide * wide + high * high).sqrt();
    if straight || long < 1.0 {
        return Point { x, y };
    }
    let (right, down) = (x - middle.x, y - middle.y);
    let by = (long * 0.2).min(MAX_BEND) / long;
    let (across, along) = (-high * by, wide * by);
    let is_near = right * right + down * down < NEAR * NEAR;
    let outwards = across * right + along * down >= 0.0;
    let side = if outwards == is_near { 1.0 } else { -1.0 };
    Point {
        x: x + side * across,
        y: y + side * along,
    }
}

/// The point `by` before `end` on the way to `aim`, and the direction of that way.
fn short_of(end: Point, aim: Point, by: f64) -> (Point, Point) {
    let (x, y) = (aim.x - end.x, aim.y - end.y);
    let long = (x * x + y * y).sqrt().max(0.1);
    let way = Point {
        x: x / long,
        y: y / long,
    };
    let short = Point {
        x: end.x + way.x * by,
        y: end.y + way.y * by,
    };
    (short, way)
}
