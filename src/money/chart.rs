//! The supply as a picture: all money and the dividend over the days, with a table below.

/// Width and height of the drawing.
const SIZE: (u32, u32) = (360, 200);
/// Room for labels around the lines.
const EDGE: u32 = 28;
/// What is left for the lines.
const LINES: (u32, u32) = (304, 144);
/// Rows of the table.
const ROWS: usize = 12;

/// One day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Point {
    /// Its number.
    pub day: u32,
    /// Members who received the dividend.
    pub members: u64,
    /// The dividend, in thousandths.
    pub dividend: u64,
    /// All money after it, in thousandths.
    pub mass: u128,
}

/// The words of a picture.
#[derive(Clone, Debug)]
pub struct Words {
    /// What it shows.
    pub title: String,
    /// Over the column of days.
    pub day: String,
    /// Of members.
    pub members: String,
    /// Of the dividend.
    pub dividend: String,
    /// Of all money.
    pub mass: String,
}

/// Draws `points`, oldest first, with amounts as `shown` writes them.
pub fn svg(points: &[Point], words: &Words, shown: &dyn Fn(u128) -> String) -> String {
    let rows = sampled(points);
    let (width, top) = SIZE;
    let table = u32::try_from(rows.len()).unwrap_or(0).saturating_add(1);
    let height = top
        .saturating_add(table.saturating_mul(16))
        .saturating_add(16);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<title>{0}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{EDGE}\" y=\"16\" font-weight=\"bold\">{0}</text>\n",
        escaped(&words.title)
    );
    let masses: Vec<u128> = points.iter().map(|it| it.mass).collect();
    let dividends: Vec<u128> = points.iter().map(|it| it.dividend.into()).collect();
    out.push_str(&line(&masses, "#1f4e79", ""));
    out.push_str(&line(&dividends, "#b0413e", " stroke-dasharray=\"5 3\""));
    let base = top.saturating_sub(8);
    out.push_str(&format!(
        "<text x=\"{EDGE}\" y=\"{base}\" fill=\"#1f4e79\">— {}</text>\n\
         <text x=\"190\" y=\"{base}\" fill=\"#b0413e\">- - {}</text>\n",
        escaped(&words.mass),
        escaped(&words.dividend)
    ));
    let mut at = top.saturating_add(8);
    let heads = [&words.day, &words.members, &words.dividend, &words.mass];
    out.push_str(&row(
        at,
        heads.map(|it| escaped(it)),
        " font-weight=\"bold\"",
    ));
    for it in rows {
        at = at.saturating_add(16);
        let cells = [
            it.day.to_string(),
            it.members.to_string(),
            shown(it.dividend.into()),
            shown(it.mass),
        ];
        out.push_str(&row(at, cells, ""));
    }
    out.push_str("</svg>\n");
    out
}

/// The first, the last, and some between.
fn sampled(points: &[Point]) -> Vec<Point> {
    let step = points.len().div_ceil(ROWS).max(1);
    let mut rows: Vec<_> = points.iter().step_by(step).copied().collect();
    if let Some(last) = points.last()
        && rows.last() != Some(last)
    {
        rows.push(*last);
    }
    rows
}

fn row(y: u32, cells: [String; 4], style: &str) -> String {
    let columns = [60, 130, 220, 340];
    let cells = cells.iter().zip(columns).map(|(cell, x)| {
        format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\"{style}>{cell}</text>\n")
    });
    cells.collect()
}

/// A line from left to right, scaled to its own highest value.
fn line(values: &[u128], colour: &str, style: &str) -> String {
    let most = values.iter().max().copied().unwrap_or(0).max(1);
    let (width, height) = LINES;
    let last = u64::try_from(values.len().saturating_sub(1))
        .unwrap_or(0)
        .max(1);
    let points = (0_u64..).zip(values).map(|(at, value)| {
        let x = u64::from(width)
            .saturating_mul(at)
            .checked_div(last)
            .unwrap_or(0);
        // Scaled down first where the product would not fit: a pixel is all that shows.
        let share = value
            .checked_mul(height.into())
            .and_then(|it| it.checked_div(most))
            .or_else(|| {
                most.checked_div(height.into())
                    .and_then(|it| value.checked_div(it))
            })
            .unwrap_or(0);
        let y = u128::from(height)
            .saturating_sub(share)
            .saturating_add(EDGE.into());
        format!("{},{y}", x.saturating_add(EDGE.into()))
    });
    let points: Vec<_> = points.collect();
    format!(
        "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{style} points=\"{}\"/>\n",
        points.join(" ")
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::{super::shown, *};

    #[test]
    fn a_picture_stays_within_its_frame_whatever_the_figures() {
        let words = Words {
            title: "a < b".to_owned(),
            day: "day".to_owned(),
            members: "members".to_owned(),
            dividend: "dividend".to_owned(),
            mass: "money".to_owned(),
        };
        for most in [0, 1, 1_000, u128::MAX] {
            let points: Vec<_> = (1..=50)
                .map(|day| Point {
                    day,
                    members: 7,
                    dividend: 10_000,
                    mass: most / 50 * u128::from(day),
                })
                .collect();
            for count in [0, 1, 2, 50] {
                let svg = svg(&points[..count], &words, &shown);
                assert!(svg.contains("<title>a &lt; b</title>"));
                for pair in svg.split("points=\"").skip(1) {
                    let pairs = pair.split('"').next().unwrap();
                    for xy in pairs.split(' ').filter(|it| !it.is_empty()) {
                        let (x, y) = xy.split_once(',').unwrap();
                        assert!(x.parse::<u32>().unwrap() <= 360, "{xy}");
                        assert!(y.parse::<u32>().unwrap() <= 200, "{xy}");
                    }
                }
                assert!(svg.matches("<text").count() <= 4 + 4 * 15 + 3);
            }
        }
    }
}
