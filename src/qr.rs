//! QR codes to be shown to another person's camera: the one door to the encoder.
//!
//! Two modules of the code share one character of a terminal, one above the other. What people scan
//! at a meeting has at most 84 bytes, and so fits a terminal of 80 × 24 at level M with its quiet
//! zone. Codes are drawn light on dark, as terminals are; [`svg`] draws dark on white.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder, QRCode};
use thiserror::Error;

/// Light modules around the code; scanners need four.
const QUIET: usize = 4;

/// `content` as lines of half blocks.
///
/// # Errors
///
/// [`QrError`] if it is more than a code can hold.
pub fn terminal(content: &[u8]) -> Result<String, QrError> {
    let code = build(content)?;
    let wide = code.size.saturating_add(QUIET.saturating_mul(2));
    let mut text = String::new();
    for row in (0..wide).step_by(2) {
        for column in 0..wide {
            let upper = is_dark(&code, row, column);
            let lower = is_dark(&code, row.saturating_add(1), column);
            text.push(match (upper, lower) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            });
        }
        text.push('\n');
    }
    Ok(text)
}

/// `content` as a picture that `title` names.
///
/// # Errors
///
/// [`QrError`] if it is more than a code can hold.
pub fn svg(content: &[u8], title: &str) -> Result<String, QrError> {
    let code = build(content)?;
    let wide = code.size.saturating_add(QUIET.saturating_mul(2));
    let mut path = String::new();
    for row in 0..wide {
        for column in (0..wide).filter(|column| is_dark(&code, row, *column)) {
            // Writing to a String never fails.
            let _ = write!(path, "M{column} {row}h1v1h-1z");
        }
    }
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {wide}\" width=\"400\" \
         height=\"400\" shape-rendering=\"crispEdges\" role=\"img\"><title>{title}</title>\
         <path fill=\"#fff\" d=\"M0 0h{wide}v{wide}H0z\"/><path d=\"{path}\"/></svg>\n"
    ))
}

fn build(content: &[u8]) -> Result<QRCode, QrError> {
    let mut builder = QRBuilder::new(content);
    builder
        .ecl(ECL::M)
        .build()
        .map_err(|_| QrError(content.len()))
}

/// Whether the module is dark; `row` and `column` count from the corner of the quiet zone.
fn is_dark(code: &QRCode, row: usize, column: usize) -> bool {
    let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < code.size);
    let (Some(row), Some(column)) = (inside(row), inside(column)) else {
        return false;
    };
    code.data
        .get(row.saturating_mul(code.size).saturating_add(column))
        .is_some_and(|module| module.value())
}

/// More than a QR code can hold.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{0} bytes do not fit into a QR code")]
pub struct QrError(usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_terminal_shows_can_be_read_back() {
        for content in ["COMMUNE:A", &"x".repeat(84), &"0123456789ABCDEF".repeat(30)] {
            let text = terminal(content.as_bytes()).unwrap();
            assert_eq!(scanned(&text), content);
        }
    }

    #[test]
    fn what_people_scan_fits_the_usual_terminal() {
        let text = terminal(&[0xa5; 84]).unwrap();
        assert!(text.lines().count() <= 24, "{}", text.lines().count());
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn a_picture_names_what_it_shows() {
        let picture = svg(b"COMMUNE:A", "Zoé <& co>").unwrap();
        assert!(picture.contains("<title>Zoé &lt;&amp; co></title>"));
        assert_eq!(svg(&[0; 4_000], "").unwrap_err(), QrError(4_000));
    }

    /// Reads the code from the characters, as a camera would.
    fn scanned(text: &str) -> String {
        let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        let scale = 4;
        let wide = rows[0].len().saturating_mul(scale);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, wide, |x, y| {
            let (row, column) = (y / scale, x / scale);
            let dark = match rows.get(row / 2).map_or('█', |row| row[column]) {
                '█' => false,
                '▀' => row % 2 == 1,
                '▄' => row % 2 == 0,
                _ => true,
            };
            if dark { 0 } else { 255 }
        });
        image.detect_grids()[0].decode().unwrap().1
    }
}
