//! Base64 of RFC 4648, section 4, as C2SP's text formats use it: padded, and one spelling a value.
//!
//! | bytes left | digits | bits of the last digit that MUST be zero |
//! |-----------:|-------:|-----------------------------------------:|
//! | 3 | 4 | 0 |
//! | 2 | 3 and `=` | 2 |
//! | 1 | 2 and `==` | 4 |
//!
//! A reader that let those bits pass would take several texts for one signature, and a checkpoint
//! that two people hold could differ without a difference.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes `bytes` in base64.
pub fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let (a, b, c) = match chunk {
            [a, b, c] => (*a, *b, *c),
            [a, b] => (*a, *b, 0),
            [a, ..] => (*a, 0, 0),
            [] => continue,
        };
        let digits = [
            a >> 2,
            (a & 3) << 4 | b >> 4,
            (b & 15) << 2 | c >> 6,
            c & 63,
        ];
        for (place, digit) in digits.iter().enumerate() {
            let digit = DIGITS.get(usize::from(*digit)).copied().unwrap_or(b'=');
            text.push(char::from(if place > chunk.len() { b'=' } else { digit }));
        }
    }
    text
}

/// Reads what [`to_base64`] writes, and nothing else.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    let mut bytes = Vec::with_capacity((text.len() / 4).saturating_mul(3));
    let mut chunks = text.chunks(4).peekable();
    while let Some(chunk) = chunks.next() {
        let is_last = chunks.peek().is_none();
        match *chunk {
            [a, b, b'=', b'='] if is_last => {
                let (a, b) = (value(a)?, value(b)?);
                if b & 15 != 0 {
                    return None;
                }
                bytes.push(a << 2 | b >> 4);
            }
            [a, b, c, b'='] if is_last => {
                let (a, b, c) = (value(a)?, value(b)?, value(c)?);
                if c & 3 != 0 {
                    return None;
                }
                bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2]);
            }
            [a, b, c, d] => {
                let (a, b, c, d) = (value(a)?, value(b)?, value(c)?, value(d)?);
                bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            }
            _ => return None,
        }
    }
    Some(bytes)
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => digit.checked_sub(b'A'),
        b'a'..=b'z' => digit.wrapping_sub(b'a').checked_add(26),
        b'0'..=b'9' => digit.wrapping_sub(b'0').checked_add(52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 10 of RFC 4648.
    #[test]
    fn texts_are_those_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(to_base64(bytes.as_bytes()), text);
            assert_eq!(from_base64(text).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn every_value_comes_back_and_has_one_spelling() {
        let bytes: Vec<u8> = (0..=255).collect();
        for len in 0..bytes.len() {
            let text = to_base64(&bytes[..len]);
            assert_eq!(from_base64(&text).as_deref(), Some(&bytes[..len]));
            // Any one letter changed is another value, or none.
            for at in 0..text.len() {
                for other in ["A", "/", "=", "-", "\n", "b"] {
                    let changed = [&text[..at], other, &text[at + 1..]].concat();
                    let read = from_base64(&changed);
                    assert!(changed == text || read.as_deref() != Some(&bytes[..len]));
                    assert!(read.is_none_or(|it| to_base64(&it) == changed));
                }
            }
        }
        for wrong in [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==Zg==", "=", "Zg= ", "Z g=",
        ] {
            assert_eq!(from_base64(wrong), None, "{wrong}");
        }
    }
}
