//! The table under a picture: everybody who is drawn, in columns that a small screen shows whole.

use super::{
    Picture, WIDTH, Words,
    layout::Point,
    svg::{LEFT, line, symbol},
    text,
};

/// Size of the letters.
const SIZE: f64 = 9.0;

/// From one row to the next.
const ROW: f64 = 12.0;

/// Before the name: three digits and a symbol.
const NAME: f64 = 29.0;

/// For certifications received and given, with the gap before them.
const COUNTS: f64 = 32.0;

/// For the longest word for a state.
const MAX_STATE: f64 = 60.0;

/// People up to whom one column does.
const ONE_COLUMN: usize = 12;

/// Writes the table from `y` on, and moves `y` under it.
pub(super) fn write(svg: &mut String, picture: &Picture, words: &Words, y: &mut f64) {
    let people = picture.people();
    let (columns, wide) = if people.len() <= ONE_COLUMN {
        (1, WIDTH - 2.0 * LEFT)
    } else {
        (2, (WIDTH - 2.0 * LEFT - 10.0) / 2.0)
    };
    *y += 4.0;
    line(
        svg,
        "t",
        LEFT,
        *y,
        &text::cut(&words.columns, WIDTH - 2.0 * LEFT, SIZE),
    );
    *y += 3.0;
    let states = people
        .iter()
        .map(|it| text::width(words.state(it.state), SIZE));
    let states = states.fold(0.0, f64::max).min(MAX_STATE);
    let rows = people.len().div_ceil(columns).max(1);
    let top = *y;
    let mut left = LEFT;
    let mut numbered = (1_usize..).zip(people);
    for _ in 0..columns {
        let mut down = top;
        for (number, person) in numbered.by_ref().take(rows) {
            down += ROW;
            let counts = format!("{}/{}", person.received, person.issued);
            let right = left + wide;
            let word = text::cut(words.state(person.state), states, SIZE);
            let room = wide - NAME - states - COUNTS - 3.0;
            let name = text::cut(&text::clean(&person.name), room, SIZE);
            ending_at(svg, left + 17.0, down, &number.to_string());
            symbol(
                svg,
                person.state,
                Point {
                    x: left + 23.0,
                    y: down - 3.2,
                },
                3.4,
            );
            line(svg, "t", left + NAME, down, &name);
            line(svg, "t", right - COUNTS - states, down, &word);
            ending_at(svg, right, down, &counts);
        }
        left += wide + 10.0;
        *y = y.max(down);
    }
    *y += 8.0;
}

/// A piece of text that ends at `x`.
fn ending_at(svg: &mut String, x: f64, y: f64, words: &str) {
    line(svg, "t\" text-anchor=\"end", x, y, words);
}
