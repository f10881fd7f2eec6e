//! Reading QR codes in pictures: the one door to the PNG decoder and to the reader of codes; what
//! cameras make is decoded in [`photo`].
//!
//! A picture comes from a stranger. Its size is bounded before anything is allocated, and what it
//! holds are bytes for another decoder to judge.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};
use thiserror::Error;

use super::photo;

/// Longest picture file, in bytes.
pub const MAX_PICTURE_LEN: usize = 16 * 1_024 * 1_024;

/// Most pixels of a picture: what a phone's camera makes.
pub(super) const MAX_PIXELS: u64 = 16_000_000;

/// What every PNG begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Whether `bytes` claim to be a picture that can be read here.
pub fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(PNG) || photo::is_photo(bytes)
}

/// What the codes in the PNG or JPEG `picture` hold, those that can be read.
///
/// # Errors
///
/// [`ScanError`] if it is neither, is too large, or shows no code.
pub fn scan(picture: &[u8]) -> Result<Vec<Vec<u8>>, ScanError> {
    let (wide, grey) = if photo::is_photo(picture) {
        photo::decode(picture)?
    } else {
        decode(picture)?
    };
    let high = grey.len().checked_div(wide).unwrap_or(0);
    let at = |x: usize, y: usize| grey.get(y.saturating_mul(wide).saturating_add(x)).copied();
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| at(x, y).unwrap_or(255));
    let codes: Vec<_> = image
        .detect_grids()
        .iter()
        .filter_map(|grid| {
            let mut content = Vec::new();
            grid.decode_to(&mut content).ok().map(|_| content)
        })
        .collect();
    if codes.is_empty() {
        return Err(ScanError::NoCode);
    }
    Ok(codes)
}

/// A square PNG of one byte a pixel, `wide` pixels a side.
pub(super) fn draw(wide: usize, pixels: &[u8]) -> Option<Vec<u8>> {
    let side = u32::try_from(wide).ok()?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(ColorType::Grayscale);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// Width, and lines of one byte a pixel: dark is low.
pub(super) fn decode(picture: &[u8]) -> Result<(usize, Vec<u8>), ScanError> {
    let limits = Limits {
        bytes: MAX_PICTURE_LEN.saturating_mul(8),
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(picture), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| ScanError::NotPng)?;
    let (wide, high) = reader.info().size();
    let pixels = u64::from(wide).saturating_mul(high.into());
    if pixels > MAX_PIXELS {
        return Err(ScanError::TooLarge(pixels));
    }
    let len = reader.output_buffer_size().ok_or(ScanError::NotPng)?;
    let mut bytes = vec![0; len];
    let frame = reader
        .next_frame(&mut bytes)
        .map_err(|_| ScanError::NotPng)?;
    bytes.truncate(frame.buffer_size());
    let grey = match frame.color_type {
        ColorType::Grayscale => bytes,
        ColorType::GrayscaleAlpha => pixels_of::<2>(&bytes, |[grey, alpha]| on_white(grey, alpha)),
        ColorType::Rgb => pixels_of::<3>(&bytes, luma),
        ColorType::Rgba => {
            pixels_of::<4>(&bytes, |[r, g, b, alpha]| on_white(luma([r, g, b]), alpha))
        }
        ColorType::Indexed => return Err(ScanError::NotPng),
    };
    Ok((usize::try_from(wide).unwrap_or(usize::MAX), grey))
}

pub(super) fn pixels_of<const N: usize>(bytes: &[u8], grey: impl Fn([u8; N]) -> u8) -> Vec<u8> {
    let pixels = bytes.chunks_exact(N);
    pixels
        .map(|it| it.first_chunk().map_or(255, |it| grey(*it)))
        .collect()
}

pub(super) fn luma([r, g, b]: [u8; 3]) -> u8 {
    let [r, g, b] = [r, g, b].map(u32::from);
    let sum = r
        .saturating_mul(77)
        .saturating_add(g.saturating_mul(150))
        .saturating_add(b.saturating_mul(29));
    u8::try_from(sum >> 8).unwrap_or(255)
}

fn on_white(grey: u8, alpha: u8) -> u8 {
    let dark = u32::from(255_u8.saturating_sub(grey)).saturating_mul(alpha.into());
    255_u8.saturating_sub(u8::try_from(dark.checked_div(255).unwrap_or(0)).unwrap_or(255))
}

/// Why nothing was read in a picture.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ScanError {
    /// Something else, or damaged.
    #[error("it is not a whole PNG picture")]
    NotPng,
    /// A JPEG that is damaged or of a form that cameras do not make.
    #[error("it is not a whole JPEG picture")]
    NotJpeg,
    /// More than a camera makes.
    #[error("the picture has {0} pixels, the limit is 16000000")]
    TooLarge(u64),
    /// Nothing in it, or too blurred.
    #[error("no QR code can be read in the picture")]
    NoCode,
}

#[cfg(test)]
mod tests {
    use super::{super::picture, *};

    #[test]
    fn a_picture_of_a_code_is_read() {
        for len in [1, 25, 73, 93, 250] {
            let content: Vec<u8> = (0..len).map(|it: u8| it.wrapping_mul(37)).collect();
            assert_eq!(scan(&picture(&content).unwrap()), Ok(vec![content]));
        }
    }

    #[test]
    fn pictures_in_colour_and_with_depth_are_read() {
        let (wide, grey) = decode(&picture(&[0xa5; 73]).unwrap()).unwrap();
        type Pixel = fn(u8) -> Vec<u8>;
        let forms: [(ColorType, Pixel); 3] = [
            (ColorType::Rgb, |it| vec![it, it, it]),
            (ColorType::Rgba, |it| vec![0, 0, 0, 255 - it]),
            (ColorType::GrayscaleAlpha, |it| vec![it, 255]),
        ];
        for (color, pixel) in forms {
            let bytes: Vec<u8> = grey.iter().flat_map(|it| pixel(*it)).collect();
            let drawn = png_of(u32::try_from(wide).unwrap(), color, &bytes);
            assert_eq!(scan(&drawn), Ok(vec![vec![0xa5; 73]]), "{color:?}");
        }
    }

    #[test]
    fn a_cut_or_damaged_picture_is_an_error_and_no_panic() {
        let whole = picture(&[0xa5; 73]).unwrap();
        for len in (0..whole.len()).step_by(7) {
            assert!(scan(&whole[..len]).is_err(), "cut at {len}");
        }
        for at in (0..whole.len() * 8).step_by(11) {
            let mut changed = whole.clone();
            changed[at / 8] ^= 1 << (at % 8);
            let read = scan(&changed);
            assert!(
                read.is_err() || read == Ok(vec![vec![0xa5; 73]]),
                "bit {at}"
            );
        }
        assert_eq!(scan(b"not a picture"), Err(ScanError::NotPng));
    }

    #[test]
    fn a_huge_picture_is_refused_before_anything_is_allocated() {
        let mut huge = picture(&[0xa5; 73]).unwrap();
        for (wide, high) in [
            (4_000_u32, 4_001_u32),
            (u32::MAX >> 1, 1 << 20),
            (1, 1 << 30),
        ] {
            huge[16..20].copy_from_slice(&wide.to_be_bytes());
            huge[20..24].copy_from_slice(&high.to_be_bytes());
            let check = crc(&huge[12..29]);
            huge[29..33].copy_from_slice(&check.to_be_bytes());
            let refused = scan(&huge).unwrap_err();
            assert!(matches!(
                refused,
                ScanError::TooLarge(_) | ScanError::NotPng
            ));
        }
    }

    #[test]
    fn noise_is_no_code_and_no_panic() {
        let mut state = 1_u32;
        for round in 0..40 {
            let grey: Vec<u8> = (0..64 * 64)
                .map(|at| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // Now noise, now blocks that look like the corners of a code.
                    if (at / 64 / (round % 8 + 1) + at % 64 / (round % 5 + 1)) % 3 == 0 {
                        state.to_be_bytes()[0]
                    } else {
                        255
                    }
                })
                .collect();
            let drawn = png_of(64, ColorType::Grayscale, &grey);
            assert_eq!(scan(&drawn), Err(ScanError::NoCode));
        }
    }

    fn png_of(side: u32, color: ColorType, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, side, side);
        encoder.set_color(color);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(bytes).unwrap();
        writer.finish().unwrap();
        out
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
            })
        })
    }
}
