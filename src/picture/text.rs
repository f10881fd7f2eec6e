//! Names of strangers in a picture: made printable, measured, cut and escaped.

use crate::messages::printable;

/// Characters of a name that are looked at; what is longer does not fit anyway.
const MAX_CHARS: usize = 64;

/// Marks that stand above or below one letter; more of them would climb over the line.
const MAX_MARKS: usize = 2;

/// What is shown of a name: nothing that steers a line, no towers of marks, of bounded length.
pub(super) fn clean(name: &str) -> String {
    // Escaping makes a character up to nine longer, never shorter.
    let start: String = name.chars().take(MAX_CHARS.saturating_add(1)).collect();
    let mut shown = String::new();
    let mut marks = 0_usize;
    for (place, c) in printable(&start).chars().enumerate() {
        if place == MAX_CHARS {
            shown.push('…');
            break;
        }
        marks = if is_mark(c) {
            marks.saturating_add(1)
        } else {
            0
        };
        if marks <= MAX_MARKS {
            shown.push(c);
        }
    }
    shown
}

/// `text` as it is if it is at most `room` wide at `size`, else as much of it as fits, and `…`.
pub(super) fn cut(text: &str, room: f64, size: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut wide = em('…') * size;
    let mut shown = String::new();
    for c in text.chars() {
        wide += em(c) * size;
        if wide > room {
            break;
        }
        shown.push(c);
    }
    format!("{}…", shown.trim_end())
}

/// How wide `text` is at most, in letters of `size`.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// Escaped for XML, as content and in attributes.
pub(super) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML has no such characters, not even escaped; the other controls are gone before.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Widths of the usual letters without serifs, rounded up to a class: what a viewer draws with is
/// not known, so the widest of the common fonts (Verdana or its kin) count.
fn em(c: char) -> f64 {
    match c {
        c if is_mark(c) => 0.0,
        'i' | 'j' | 'l' | 'I' | '\'' | '’' | ' ' | '.' | ',' | ':' | ';' | '|' | '!' | '·' => {
            0.36
        }
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' => 0.42,
        'm' | 'M' | 'W' | '…' | '@' | '%' | '—' | '→' | '←' | '↑' | '↓' => 1.0,
        'w' | 'O' | 'Q' | 'G' | 'D' | 'H' | 'N' | 'U' | '+' | '=' | '<' | '>' | '~' | '&' => 0.84,
        'A'..='Z' | 'À'..='Þ' => 0.74,
        ' '..='~' | '\u{a0}' | '\u{202f}' | 'ß'..='ÿ' => 0.64,
        // Pictures stand wider than the line is high.
        '\u{1f000}'.. => 1.4,
        // Letters of all other scripts: few are wider than high, some that join are.
        '\u{100}'..='\u{24f}' | '\u{370}'..='\u{52f}' => 0.9,
        _ => 1.1,
    }
}

const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{200b}'..='\u{200d}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
}
