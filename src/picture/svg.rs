//! A picture as SVG: light and dark on screens, black on white in print, readable without colours.

use std::fmt::Write;

use commune_crdt::trust::State;

use super::{
    Picture, WIDTH, Words, arrows,
    labels::{self, Labels},
    layout::{Layout, Point},
    table,
    text::{self, xml},
};

/// Where lines of text begin and end.
pub(super) const LEFT: f64 = 8.0;

/// Above the drawing: the title and the counts.
const HEAD: f64 = 38.0;

/// From one line of text to the next.
const LINE: f64 = 13.0;

/// In print letters have 9 points, and sixty people fit a page.
///
/// Lines are drawn as paths of one stroke and heads as paths of one fill, so that a picture of
/// thousands of them stays small. Colours are only ever a help: shape and thickness say the same.
const STYLE: &str = "
svg{color:#1c2b39;background:#fff;font:10px 'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif;max-width:100%;height:auto}
text{fill:currentColor}
.h{font-size:14px;font-weight:bold}.b{font-weight:bold}.n,.t{font-size:9px}
.l{paint-order:stroke;stroke:#fff;stroke-width:2.5px;stroke-linejoin:round}
.r{fill:#30475e;fill-opacity:.05}.p{fill:#fff}
.e,.o{fill:none;stroke:#7d92a5}.o{stroke:#a8410c}
.eh{fill:#7d92a5}.oh{fill:#a8410c}
.f{fill:currentColor;stroke:#fff;stroke-width:.6}.v{fill:#fff;stroke:currentColor;stroke-width:1.4}
@media screen and (prefers-color-scheme:dark){
svg{color:#e6eef4;background:#121a22}.l,.f{stroke:#121a22}.p,.v{fill:#121a22}.r{fill:#9fb8cc;fill-opacity:.07}
.e{stroke:#6d8496}.eh{fill:#6d8496}.o{stroke:#ffb454}.oh{fill:#ffb454}}
@media print{svg{color:#000;width:112mm}.r{fill:#000;fill-opacity:.04}.e{stroke:#777}.eh{fill:#777}.o{stroke:#000}.oh{fill:#000}}
";

impl Picture {
    /// The picture as a file of its own.
    pub fn svg(&self, words: &Words) -> String {
        let layout = Layout::new(self.people());
        let labels = Labels::new(self, &layout);
        let mut body = String::new();
        rings(&mut body, &layout);
        arrows::write(&mut body, self, &layout);
        symbols(&mut body, self, &layout, words);
        write_labels(&mut body, &labels);
        let mut under = String::new();
        let mut y = HEAD + layout.height + LINE;
        key(&mut under, self, words, &labels, &mut y);
        table::write(&mut under, self, words, &mut y);
        let title = text::clean(&words.title);
        // Writing to a String never fails; so in all of this file.
        let mut svg = String::new();
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y:.0}\" \
             width=\"{:.0}\" height=\"{:.0}\" role=\"img\" aria-labelledby=\"t d\">\n\
             <title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n<style>{STYLE}</style>\n\
             <path class=\"p\" d=\"M0 0H{WIDTH}V{y:.0}H0z\"/>\n",
            WIDTH * 2.0,
            y.round() * 2.0,
            xml(&title),
            xml(&words.description),
        );
        let room = WIDTH - 2.0 * LEFT;
        line(
            &mut svg,
            "h",
            LEFT,
            18.0,
            &text::cut(&title, room / 1.15, 14.0),
        );
        line(
            &mut svg,
            "b",
            LEFT,
            32.0,
            &text::cut(&words.counts, room / 1.15, 10.0),
        );
        let _ = write!(
            svg,
            "<g transform=\"translate(0 {HEAD})\">\n{body}</g>\n{under}</svg>\n"
        );
        svg
    }
}

/// A line of text from `x` on.
pub(super) fn line(svg: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let words = xml(words);
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>"
    );
}

/// The symbol of `state`: a shape of its own for each.
pub(super) fn symbol(svg: &mut String, state: State, at: Point, r: f64) {
    let Point { x, y } = at;
    let _ = match state {
        State::Member => write!(
            svg,
            "<circle class=\"f\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\"/>"
        ),
        State::Candidate => {
            let r = r - 0.5;
            write!(
                svg,
                "<circle class=\"v\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\"/>"
            )
        }
        State::Lapsed => {
            let (x, y, side) = (x - r * 0.8, y - r * 0.8, r * 1.6);
            write!(
                svg,
                "<path class=\"v\" d=\"M{x:.1} {y:.1}h{side:.1}v{side:.1}h-{side:.1}z\"/>"
            )
        }
        State::Gone => {
            let top = y - r;
            write!(
                svg,
                "<path class=\"v\" d=\"M{x:.1} {top:.1}l{r:.1} {r:.1}-{r:.1} {r:.1}-{r:.1}-{r:.1}z\"/>"
            )
        }
        State::Revoked => {
            let (x, y, side) = (x - r * 0.8, y - r * 0.8, r * 1.6);
            write!(
                svg,
                "<path class=\"v\" d=\"M{x:.1} {y:.1}l{side:.1} {side:.1}m0-{side:.1}l-{side:.1} {side:.1}\"/>"
            )
        }
    };
}

/// What lies behind: how far from the middle people stand.
fn rings(svg: &mut String, layout: &Layout) {
    let middle = layout.height / 2.0;
    for ring in layout.rings.iter().rev() {
        let (rx, ry) = (ring.rx + 8.0, ring.ry + 8.0);
        let _ = writeln!(
            svg,
            "<ellipse class=\"r\" cx=\"{}\" cy=\"{middle:.1}\" rx=\"{rx:.1}\" ry=\"{ry:.1}\"/>",
            WIDTH / 2.0
        );
    }
}

fn symbols(svg: &mut String, picture: &Picture, layout: &Layout, words: &Words) {
    for (place, (person, at)) in picture.people().iter().zip(&layout.points).enumerate() {
        let name = xml(&text::clean(&person.name));
        let state = xml(words.state(person.state));
        let number = place.saturating_add(1);
        let _ = write!(svg, "<g><title>{number}. {name} ({state})</title>");
        symbol(svg, person.state, *at, labels::radius(layout, place));
        svg.push_str("</g>\n");
    }
}

fn write_labels(svg: &mut String, labels: &Labels) {
    for (place, label) in labels.of.iter().enumerate() {
        let Some(label) = label else { continue };
        let class = match (place, label.is_number) {
            (0, _) => "l b",
            (_, true) => "l n",
            (_, false) => "l",
        };
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            (label.area.left + label.area.right) / 2.0,
            label.area.bottom - 2.6,
            xml(&label.text)
        );
    }
}

/// What the symbols and lines mean, in as many lines as that takes.
fn key(svg: &mut String, picture: &Picture, words: &Words, labels: &Labels, y: &mut f64) {
    let states = [
        State::Member,
        State::Candidate,
        State::Lapsed,
        State::Gone,
        State::Revoked,
    ];
    let mut x = LEFT;
    for state in states {
        if !picture.people().iter().any(|it| it.state == state) {
            continue;
        }
        let word = words.state(state);
        let wide = text::width(word, labels::SIZE) + 14.0;
        if x + wide > WIDTH - LEFT {
            x = LEFT;
            *y += LINE;
        }
        symbol(
            svg,
            state,
            Point {
                x: x + 4.0,
                y: *y - 3.5,
            },
            4.2,
        );
        line(svg, "", x + 12.0, *y, word);
        x += wide + 8.0;
    }
    let has_numbers = labels.of.iter().flatten().any(|it| it.is_number);
    let number = if has_numbers { &words.number } else { "" };
    for words in [&words.rest, &words.arrow, &words.own, number] {
        for words in wrapped(words, WIDTH - 2.0 * LEFT) {
            *y += LINE;
            line(svg, "", LEFT, *y, &words);
        }
    }
    *y += LINE;
}

/// `words` in lines of at most `room`.
fn wrapped(words: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ').filter(|it| !it.is_empty()) {
        match lines.last_mut() {
            Some(line) if text::width(&format!("{line} {word}"), labels::SIZE) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
