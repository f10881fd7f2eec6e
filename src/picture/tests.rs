//! What must hold of every picture: nothing covers a label, nothing leaves the paper, no name breaks it.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "what tests may do does not reach helpers"
)]

use super::{
    labels::{Area, Labels, radius},
    layout::Layout,
    *,
};

const CROWDS: [usize; 6] = [1, 2, 5, 50, 120, MAX_DRAWN];

/// A network in which most people know their neighbours, some somebody far away.
fn crowd(count: usize, depths: usize, seed: u64) -> Picture {
    let mut state = seed;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let names = [
        "Zoé",
        "Maximilian von Habenichts",
        "李雷",
        "Ольга",
        "node-1234",
        "Jo",
    ];
    let states = [
        State::Member,
        State::Candidate,
        State::Lapsed,
        State::Gone,
        State::Revoked,
    ];
    let people: Vec<_> = (0..count)
        .map(|place| Figure {
            key: format!("{place:064x}"),
            name: format!("{}{}", names[draw(names.len())], draw(40)),
            state: states[draw(9).saturating_sub(4)],
            received: 5,
            issued: u32::try_from(draw(9)).unwrap(),
            depth: if place == 0 {
                0
            } else {
                1 + (place - 1) * depths / count
            },
        })
        .collect();
    let mut edges = Vec::new();
    for place in 1..count {
        for _ in 0..5 {
            let near = (place + draw(12)) % count;
            edges.push((if draw(6) == 0 { draw(count) } else { near }, place));
        }
    }
    edges.retain(|(issuer, receiver)| issuer != receiver);
    Picture::new(people, &edges, 7)
}

fn words() -> Words {
    Words {
        title: "Trust around Zoé".to_owned(),
        counts: "50 people, 200 certifications".to_owned(),
        rest: "7 more people of the network are not drawn.".to_owned(),
        description: "Zoé is in the middle.".to_owned(),
        arrow: "An arrow leads from who vouches to whom; two heads: each for the other.".to_owned(),
        own: "Thick: of who is in the middle.".to_owned(),
        number: "A number is a place in the table.".to_owned(),
        columns: "state; certifications received/given".to_owned(),
        states: ["candidate", "member", "lapsed", "gone", "revoked"].map(str::to_owned),
    }
}

fn pictures() -> impl Iterator<Item = Picture> {
    let shapes = CROWDS
        .into_iter()
        .flat_map(|count| [1, 2, 3, 10].map(|depths| (count, depths)));
    shapes.flat_map(|(count, depths)| [1, 2].map(|seed| crowd(count, depths, seed)))
}

fn overlap(a: &Area, b: &Area) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

#[test]
fn labels_cover_neither_each_other_nor_anybody() {
    for picture in pictures() {
        let layout = Layout::new(picture.people());
        let labels = Labels::new(&picture, &layout);
        let shown: Vec<_> = labels.of.iter().enumerate().collect();
        for (place, label) in &shown {
            let Some(label) = label else { continue };
            for (other, area) in &shown {
                let area = area.as_ref().map(|it| it.area).unwrap_or_default();
                assert!(
                    place == other || !overlap(&label.area, &area),
                    "{label:?} {area:?}"
                );
            }
            for (other, at) in layout.points.iter().enumerate() {
                let r = radius(&layout, other);
                let symbol = Area {
                    left: at.x - r,
                    top: at.y - r,
                    right: at.x + r,
                    bottom: at.y + r,
                };
                assert!(!overlap(&label.area, &symbol), "{label:?} on {other}");
            }
        }
    }
}

#[test]
fn nobody_stands_on_somebody_else() {
    for picture in pictures() {
        let layout = Layout::new(picture.people());
        assert_eq!(layout.points.len(), picture.people().len());
        for (place, a) in layout.points.iter().enumerate() {
            for (other, b) in layout.points.iter().enumerate().skip(place + 1) {
                let (x, y) = (a.x - b.x, a.y - b.y);
                let apart = radius(&layout, place) + radius(&layout, other);
                let what = (
                    picture.people().len(),
                    picture.people().last().unwrap().depth,
                );
                assert!(
                    x * x + y * y >= apart * apart,
                    "{what:?}: {place} {other} {a:?} {b:?}"
                );
            }
        }
    }
}

#[test]
fn everything_lies_inside_the_picture() {
    for picture in pictures() {
        let svg = picture.svg(&words());
        let view = svg
            .split("viewBox=\"0 0 ")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let (wide, high) = view.split_once(' ').unwrap();
        let (wide, high): (f64, f64) = (wide.parse().unwrap(), high.parse().unwrap());
        assert_eq!(wide, WIDTH);
        for (name, most) in [
            (" x=\"", wide),
            (" cx=\"", wide),
            (" y=\"", high),
            (" cy=\"", high),
        ] {
            for value in svg.split(name).skip(1) {
                let value: f64 = value.split('"').next().unwrap().parse().unwrap();
                assert!((0.0..=most).contains(&value), "{name}{value} of {most}");
            }
        }
        let layout = Layout::new(picture.people());
        for label in Labels::new(&picture, &layout).of.iter().flatten() {
            let Area {
                left,
                top,
                right,
                bottom,
            } = label.area;
            assert!(left >= 0.0 && right <= WIDTH && top >= 0.0 && bottom <= layout.height);
        }
        // Every point of a line: its ends and where it is drawn to.
        for path in svg
            .split("<path class=\"e\" d=\"")
            .skip(1)
            .chain(svg.split("<path class=\"o\" d=\"").skip(1))
        {
            let path = path.split('"').next().unwrap();
            let numbers = path.split(['M', 'Q', ' ']).filter(|it| !it.is_empty());
            let numbers: Vec<f64> = numbers.map(|it| it.parse().unwrap()).collect();
            for point in numbers.chunks(2) {
                assert!((0.0..=WIDTH).contains(&point[0]), "{point:?}");
                assert!((0.0..=layout.height).contains(&point[1]), "{point:?}");
            }
        }
    }
}

#[test]
fn a_few_all_have_their_name_and_of_fifty_all_a_label() {
    for (count, depths) in [(1, 1), (2, 1), (5, 1), (5, 4), (12, 2)] {
        let picture = crowd(count, depths, 3);
        let labels = Labels::new(&picture, &Layout::new(picture.people()));
        let named = labels.of.iter().flatten().filter(|it| !it.is_number);
        assert_eq!(named.count(), count);
    }
    for depths in [1, 2, 3] {
        let picture = crowd(50, depths, 3);
        let labels = Labels::new(&picture, &Layout::new(picture.people()));
        assert_eq!(labels.of.iter().flatten().count(), 50);
    }
}

#[test]
fn the_same_people_give_the_same_picture() {
    for picture in [crowd(50, 2, 5), crowd(MAX_DRAWN, 3, 5)] {
        let again = picture.clone().svg(&words());
        assert_eq!(picture.svg(&words()), again);
        // Edges count once, in whatever order they come.
        let (people, edges) = (picture.people().to_vec(), picture.edges().to_vec());
        let turned: Vec<_> = edges.iter().rev().copied().collect();
        let one = Picture::new(people.clone(), &edges, 7);
        assert_eq!(one, Picture::new(people, &turned, 7));
    }
}

#[test]
fn who_knows_each_other_stands_together() {
    // Two families on one ring, listed alternately.
    let picture = crowd(21, 1, 1);
    let family = |place: usize| place % 2;
    let pairs = (1..21).flat_map(|a| (1..21).map(move |b| (a, b)));
    let edges: Vec<_> = pairs
        .filter(|(a, b)| a != b && family(*a) == family(*b))
        .collect();
    let mut people = picture.people().to_vec();
    for (place, person) in people.iter_mut().enumerate() {
        person.key = family(place).to_string();
    }
    let drawn = Picture::new(people, &edges, 0);
    let keys: Vec<_> = drawn.people().iter().skip(1).map(|it| &it.key).collect();
    let changes = keys.windows(2).filter(|it| it[0] != it[1]).count();
    assert!(changes <= 2, "{keys:?}");
}

#[test]
fn names_of_strangers_break_nothing() {
    let tower = format!("a{}", "\u{301}".repeat(4_096));
    let long = "W".repeat(4_096);
    let names = [
        "<script>alert(1)</script>",
        "]]>",
        "\"/><a href='x'>&amp;\\N\\",
        "\u{202e}abc\u{2066}\u{200f}",
        "a\u{0}b\u{1b}[2J\u{7f}\u{9b}\r\n\t",
        "\u{ffff}\u{fffe}",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "علي",
        &tower,
        &long,
        "",
    ];
    let mut people = crowd(names.len(), 1, 1).people().to_vec();
    for (person, name) in people.iter_mut().zip(names) {
        person.name = name.to_owned();
    }
    let picture = Picture::new(people, &[(0, 1), (2, 0)], 0);
    let words = Words {
        title: names[0].to_owned(),
        description: format!("{}{}", names[0], names[5]),
        ..words()
    };
    let (svg, dot) = (picture.svg(&words), picture.dot(&words));
    for text in [&svg, &dot] {
        assert!(!text.contains('\u{202e}'));
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        assert!(text.len() < 20_000, "{}", text.len());
        assert!(!text.contains(&"\u{301}".repeat(3)));
    }
    assert!(!svg.contains(['\u{fffe}', '\u{ffff}']));
    assert!(!svg.contains("<script") && !svg.contains("<a ") && !svg.contains("]]>"));
    assert_eq!(svg.matches("<g><title>").count(), names.len());
    // Tags are balanced, and `&` begins nothing but what we escape.
    for tag in ["text", "g", "title", "svg", "style", "desc"] {
        let opened =
            svg.matches(&format!("<{tag}>")).count() + svg.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, svg.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    for rest in svg.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(
            known.iter().any(|it| rest.starts_with(it)),
            "{}",
            &rest[..9]
        );
    }
    // In Graphviz every quote that a name brings is escaped: each line of a node has four of ours.
    for line in dot.lines().filter(|it| it.contains("tooltip")) {
        let plain = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(plain.matches('"').count(), 4, "{line}");
    }
}

#[test]
fn the_work_is_bounded() {
    for depths in [1, 2, 3, 10] {
        let picture = crowd(MAX_DRAWN, depths, 9);
        let labels = Labels::new(&picture, &Layout::new(picture.people()));
        // Nobody went without for lack of patience.
        assert!(labels.patience > 0, "{depths}");
        assert!(picture.svg(&words()).len() < 600_000);
    }
}

#[test]
fn widths_are_upper_bounds_and_cuts_fit() {
    // Measured in DejaVu Sans, the widest of the common fonts, at size 10.
    for (name, wide) in [
        ("Maximilian von Habenichts", 132.0),
        ("Zoé", 19.1),
        ("WWWW", 39.6),
    ] {
        assert!(text::width(name, 10.0) >= wide, "{name}");
    }
    for room in [20.0, 56.0, 104.0] {
        for name in ["Maximilian von Habenichts", "李雷李雷李雷李雷李雷", "x"] {
            assert!(text::width(&text::cut(name, room, 10.0), 10.0) <= room);
        }
    }
    assert_eq!(
        text::cut("Maximilian von Habenichts", 56.0, 10.0),
        "Maximil…"
    );
    assert_eq!(text::clean(&"x".repeat(65)).chars().count(), 65);
    assert_eq!(text::clean(&"x".repeat(64)), "x".repeat(64));
}
