//! QR codes to be shown to another person's camera: the one door to the encoder.
//!
//! Two modules of the code share one character of a terminal, one above the other. What people scan
//! at a meeting has at most 84 bytes, and so fits a terminal of 80 × 24 at level M with its quiet
//! zone; up to 106 bytes fit at level L. Codes are drawn light on dark, as terminals are; [`svg`] and
//! [`picture`] draw dark on white.

mod photo;
mod scan;

pub use self::scan::{MAX_PICTURE_LEN, ScanError, is_picture, scan};

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder, QRCode};
use thiserror::Error;

/// Light modules around the code; scanners need four.
const QUIET: usize = 4;

/// Widest code that fits a terminal of 24 lines with its quiet zone: version 5.
const FITS: usize = 37;

/// Pixels of a module in a picture.
const SCALE: usize = 8;

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

/// `content` as a PNG file.
///
/// # Errors
///
/// [`QrError`] if it is more than a code can hold.
pub fn picture(content: &[u8]) -> Result<Vec<u8>, QrError> {
    let code = build(content)?;
    let wide = code.size.saturating_add(QUIET.saturating_mul(2));
    let modules = || (0..wide).flat_map(|it| std::iter::repeat_n(it, SCALE));
    let pixels: Vec<u8> = modules()
        .flat_map(|row| modules().map(move |column| (row, column)))
        .map(|(row, column)| if is_dark(&code, row, column) { 0 } else { 255 })
        .collect();
    scan::draw(wide.saturating_mul(SCALE), &pixels).ok_or(QrError(content.len()))
}

/// At level M, or L if that is what makes it fit a terminal.
fn build(content: &[u8]) -> Result<QRCode, QrError> {
    let at = |level| QRBuilder::new(content).ecl(level).build();
    let code = at(ECL::M);
    if code.as_ref().is_ok_and(|it| it.size > FITS)
        && let Ok(smaller) = at(ECL::L)
        && smaller.size <= FITS
    {
        return Ok(smaller);
    }
    code.map_err(|_| QrError(content.len()))
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
        for len in [25, 73, 84, 93, 106] {
            // No mode of a code packs these bytes tighter.
            let content: Vec<u8> = (0..len).map(|it: u8| it.wrapping_mul(151)).collect();
            let text = terminal(&content).unwrap();
            assert!(text.lines().count() <= 24, "{}", text.lines().count());
            assert!(text.lines().all(|line| line.chars().count() <= 80));
            assert_eq!(scanned_bytes(&text), content);
        }
    }

    #[test]
    fn a_drawn_picture_can_be_read_back() {
        let content: Vec<u8> = (0..93).map(|it: u8| it.wrapping_mul(151)).collect();
        let drawing = svg(&content, "Zoé").unwrap();
        let dark: std::collections::BTreeSet<(usize, usize)> = drawing
            .split('M')
            .filter_map(|it| it.split_once("h1v1h-1z")?.0.split_once(' '))
            .map(|(column, row)| (row.parse().unwrap(), column.parse().unwrap()))
            .collect();
        let read = read_modules(45, |row, column| dark.contains(&(row, column)));
        assert_eq!(read, content);
    }

    #[test]
    fn a_picture_names_what_it_shows() {
        let picture = svg(b"COMMUNE:A", "Zoé <& co>").unwrap();
        assert!(picture.contains("<title>Zoé &lt;&amp; co></title>"));
        assert_eq!(svg(&[0; 4_000], "").unwrap_err(), QrError(4_000));
    }

    /// Reads the code from the characters, as a camera would.
    fn scanned(text: &str) -> String {
        String::from_utf8(scanned_bytes(text)).unwrap()
    }

    fn scanned_bytes(text: &str) -> Vec<u8> {
        let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        read_modules(rows[0].len(), |row, column| {
            match rows.get(row / 2).map_or('█', |row| row[column]) {
                '█' => false,
                '▀' => row % 2 == 1,
                '▄' => row % 2 == 0,
                _ => true,
            }
        })
    }

    fn read_modules(wide: usize, is_dark: impl Fn(usize, usize) -> bool) -> Vec<u8> {
        let scale = 4;
        let pixels = wide.saturating_mul(scale);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(pixels, pixels, |x, y| {
            if is_dark(y / scale, x / scale) {
                0
            } else {
                255
            }
        });
        let mut content = Vec::new();
        image.detect_grids()[0].decode_to(&mut content).unwrap();
        content
    }
}
