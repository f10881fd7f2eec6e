//! Which names fit beside their people without covering anything.
//!
//! Who is in the middle gets their name, everybody else first their number, where it fits. Then
//! those near the middle, and among them those with most certifications, get their name in its
//! place, cut shorter if need be.

use super::{
    Picture, WIDTH,
    layout::{Layout, Point},
    text,
};

/// Size of the letters.
pub(super) const SIZE: f64 = 10.0;

/// Size of numbers.
const NUMBER: f64 = 9.0;

/// From the top to the bottom of a line of letters.
const LINE: f64 = 12.0;

/// Between a symbol and its label.
const GAP: f64 = 2.5;

/// Comparisons of two areas at most; 500 people of a real network need 3 million. Whoever is not
/// served then has their name in the table.
const MAX_COMPARED: u32 = 10_000_000;

/// Widths to which names are cut, one after the other.
const ROOMS: [f64; 3] = [104.0, 76.0, 56.0];

/// A rectangle that something covers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// What is written beside somebody.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) area: Area,
    pub(super) is_number: bool,
}

/// Labels as far as they fit.
#[derive(Debug)]
pub(super) struct Labels {
    /// For each person, in order.
    pub(super) of: Vec<Option<Label>>,
    symbols: Vec<Area>,
    height: f64,
    /// Comparisons that are left.
    pub(super) patience: u32,
}

impl Area {
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn around(at: Point, radius: f64) -> Self {
        Self {
            left: at.x - radius,
            top: at.y - radius,
            right: at.x + radius,
            bottom: at.y + radius,
        }
    }
}

/// Half the size of the symbol of person `place`: who is in the middle is larger.
pub(super) fn radius(layout: &Layout, place: usize) -> f64 {
    if place == 0 {
        layout.radius + 2.5
    } else {
        layout.radius
    }
}

impl Labels {
    /// Finds room for labels.
    pub(super) fn new(picture: &Picture, layout: &Layout) -> Self {
        let symbols = layout.points.iter().enumerate();
        let mut labels = Self {
            of: vec![None; picture.people().len()],
            symbols: symbols
                .map(|(place, at)| Area::around(*at, radius(layout, place)))
                .collect(),
            height: layout.height,
            patience: MAX_COMPARED,
        };
        let mut order: Vec<_> = picture.people().iter().enumerate().collect();
        order.sort_by_key(|(place, it)| {
            let degree = it.received.saturating_add(it.issued);
            (it.depth, u32::MAX.saturating_sub(degree), *place)
        });
        if let Some((place, person)) = order.first() {
            labels.name(layout, *place, &person.name);
        }
        for (place, _) in order.iter().skip(1) {
            let number = place.saturating_add(1).to_string();
            labels.place(layout, *place, &number, true);
        }
        for (place, person) in order.iter().skip(1) {
            labels.name(layout, *place, &person.name);
        }
        labels
    }

    /// Writes as much of `name` beside person `place` as fits.
    fn name(&mut self, layout: &Layout, place: usize, name: &str) {
        let name = text::clean(name);
        let mut cuts = ROOMS.iter().map(|room| text::cut(&name, *room, SIZE));
        cuts.any(|it| self.place(layout, place, &it, false));
    }

    /// Writes `words` beside person `place` if they fit somewhere, instead of what was there.
    fn place(&mut self, layout: &Layout, place: usize, words: &str, is_number: bool) -> bool {
        let Some(at) = layout.points.get(place) else {
            return false;
        };
        let size = match (is_number, place) {
            (true, _) => NUMBER,
            // Written bold.
            (_, 0) => SIZE * 1.15,
            _ => SIZE,
        };
        let wide = text::width(words, size);
        for area in areas(*at, radius(layout, place), wide, place == 0) {
            if self.is_free(&area, place)
                && let Some(slot) = self.of.get_mut(place)
            {
                *slot = Some(Label {
                    text: words.to_owned(),
                    area,
                    is_number,
                });
                return true;
            }
        }
        false
    }

    fn is_free(&mut self, area: &Area, own: usize) -> bool {
        let inside = area.left >= 2.0
            && area.right <= WIDTH - 2.0
            && area.top >= 0.0
            && area.bottom <= self.height;
        let labels = self.of.iter().enumerate();
        let labels = labels.filter(|(place, _)| *place != own);
        let taken = labels.filter_map(|(_, it)| it.as_ref().map(|it| &it.area));
        let patience = &mut self.patience;
        inside
            && self.symbols.iter().chain(taken).all(|it| {
                *patience = patience.saturating_sub(1);
                *patience > 0 && !it.overlaps(area)
            })
    }
}

/// Where a label may stand, the best place first: outwards, then above and below.
fn areas(at: Point, radius: f64, wide: f64, is_middle: bool) -> impl Iterator<Item = Area> {
    let outwards = if at.x >= WIDTH / 2.0 { 1.0 } else { -1.0 };
    let beside = radius + GAP + wide / 2.0;
    let over = radius + LINE / 2.0;
    let aslant = radius + wide / 2.0;
    let mut moves = [
        (outwards * beside, 0.0),
        (outwards * aslant, -over),
        (outwards * aslant, over),
        (0.0, -over),
        (0.0, over),
        (-outwards * beside, 0.0),
        (-outwards * aslant, -over),
        (-outwards * aslant, over),
    ];
    if is_middle {
        moves.rotate_left(3);
    }
    moves.into_iter().map(move |(x, y)| Area {
        left: at.x + x - wide / 2.0,
        top: at.y + y - LINE / 2.0,
        right: at.x + x + wide / 2.0,
        bottom: at.y + y + LINE / 2.0,
    })
}
