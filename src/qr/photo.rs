//! What cameras make: the one door to the JPEG decoder.
//!
//! A photo comes from a stranger. How large it is stands in its head and is bounded before its pixels
//! are decoded. A progressive one goes over all pixels once a scan, so scans are counted first: a file
//! of some bytes a scan could ask for hours.

use jpeg_decoder::{Decoder, PixelFormat};

use super::scan::{MAX_PIXELS, ScanError, luma, pixels_of};

/// What every JPEG begins with.
const JPEG: &[u8] = b"\xff\xd8\xff";

/// What begins a scan. Within one it is written otherwise.
const SCAN: [u8; 2] = [0xff, 0xda];

/// Most scans of a photo, those of the small picture that it may hold included: cameras make 1, tools
/// that shrink files some ten.
const MAX_SCANS: usize = 64;

/// Whether `bytes` claim to be a photo.
pub(super) fn is_photo(bytes: &[u8]) -> bool {
    bytes.starts_with(JPEG)
}

/// Width, and lines of one byte a pixel: dark is low.
pub(super) fn decode(photo: &[u8]) -> Result<(usize, Vec<u8>), ScanError> {
    let scans = photo.windows(2).filter(|it| *it == SCAN).count();
    if scans > MAX_SCANS {
        return Err(ScanError::NotJpeg);
    }
    let mut decoder = Decoder::new(photo);
    decoder.read_info().map_err(|_| ScanError::NotJpeg)?;
    let about = decoder.info().ok_or(ScanError::NotJpeg)?;
    let pixels = u64::from(about.width).saturating_mul(about.height.into());
    if pixels > MAX_PIXELS {
        return Err(ScanError::TooLarge(pixels));
    }
    let bytes = decoder.decode().map_err(|_| ScanError::NotJpeg)?;
    let grey = match about.pixel_format {
        PixelFormat::L8 => bytes,
        PixelFormat::RGB24 => pixels_of::<3>(&bytes, luma),
        PixelFormat::L16 | PixelFormat::CMYK32 => return Err(ScanError::NotJpeg),
    };
    Ok((about.width.into(), grey))
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    use super::{
        super::{picture, scan, scan::decode as decode_png},
        *,
    };

    #[test]
    fn a_photo_of_a_code_is_read_at_any_quality_that_cameras_use() {
        for quality in [40, 75, 95] {
            for progressive in [false, true] {
                let photo = photo(quality, progressive);
                assert_eq!(scan(&photo), Ok(vec![content()]), "{quality} {progressive}");
            }
        }
    }

    #[test]
    fn a_grey_photo_is_read() {
        let (wide, grey) = decode_png(&picture(&content()).unwrap()).unwrap();
        let side = u16::try_from(wide).unwrap();
        let mut photo = Vec::new();
        let encoder = Encoder::new(&mut photo, 90);
        encoder.encode(&grey, side, side, ColorType::Luma).unwrap();
        assert_eq!(scan(&photo), Ok(vec![content()]));
    }

    #[test]
    fn a_cut_or_damaged_photo_is_no_panic_and_no_other_code() {
        for progressive in [false, true] {
            let whole = photo(75, progressive);
            for len in (0..whole.len()).step_by(whole.len() / 150) {
                judge(&whole[..len], &format!("cut at {len}"));
            }
            for at in (0..whole.len() * 8).step_by(whole.len() * 8 / 250) {
                let mut changed = whole.clone();
                changed[at / 8] ^= 1 << (at % 8);
                judge(&changed, &format!("bit {at}"));
            }
        }
        assert_eq!(scan(JPEG), Err(ScanError::NotJpeg));
    }

    fn judge(photo: &[u8], what: &str) {
        let read = scan(photo);
        assert!(read.is_err() || read == Ok(vec![content()]), "{what}");
    }

    #[test]
    fn a_huge_photo_is_refused_before_its_pixels_are_decoded() {
        let mut huge = photo(75, false);
        let head = huge.windows(2).position(|it| it == [0xff, 0xc0]).unwrap();
        for (high, wide) in [(4_001_u16, 4_000_u16), (u16::MAX, u16::MAX)] {
            huge[head + 5..head + 7].copy_from_slice(&high.to_be_bytes());
            huge[head + 7..head + 9].copy_from_slice(&wide.to_be_bytes());
            let pixels = u64::from(high) * u64::from(wide);
            assert_eq!(scan(&huge), Err(ScanError::TooLarge(pixels)));
        }
    }

    #[test]
    fn a_photo_of_thousands_of_scans_is_refused() {
        let whole = photo(75, true);
        let scan_at = whole.windows(2).position(|it| it == SCAN).unwrap();
        let next = whole[scan_at + 2..].windows(2);
        let next = next.clone().position(|it| it == SCAN).unwrap() + scan_at + 2;
        let mut long = whole[..next].to_vec();
        for _ in 0..5_000 {
            long.extend(&whole[next..next + 40]);
        }
        assert_eq!(scan(&long), Err(ScanError::NotJpeg));
    }

    fn content() -> Vec<u8> {
        vec![0xa5; 73]
    }

    fn photo(quality: u8, progressive: bool) -> Vec<u8> {
        let (wide, grey) = decode_png(&picture(&content()).unwrap()).unwrap();
        let side = u16::try_from(wide).unwrap();
        // A little blue, as lamps are not white.
        let colour: Vec<u8> = grey
            .iter()
            .flat_map(|it| [it & 0xdf, it & 0xdf, *it])
            .collect();
        let mut photo = Vec::new();
        let mut encoder = Encoder::new(&mut photo, quality);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.set_progressive(progressive);
        encoder.encode(&colour, side, side, ColorType::Rgb).unwrap();
        photo
    }
}
