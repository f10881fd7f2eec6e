//! Names of signers in note lines: `a-z`, `0-9` and `-`, so that no screen and no parser of others
//! reads two of them alike.
//!
//! Letters of the Latin alphabets lose their accents, spaces become `-`, other signs are left out,
//! and nothing left is `member`. The table is ours: that of Unicode changes with the compiler, and
//! the labels of a set are hashed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{hash::to_hex, keys::MemberKey};

/// Longest label, in bytes: a name of 64 and, at worst, a whole key in hexadecimal after `-`.
pub(super) const MAX_LABEL_LEN: usize = 64 + 1 + 64;

/// Whether `text` can be a label.
pub(super) fn is_label(text: &str) -> bool {
    let is_plain = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-');
    !text.is_empty() && text.len() <= MAX_LABEL_LEN && text.bytes().all(is_plain)
}

/// A label for each of `people`, all different. Those in `kept` have theirs already; of the others,
/// all whose plain label is another's too are told apart by 6 digits of their key, and by the whole
/// key where somebody took even that for a name.
pub(super) fn labels<'a>(
    people: impl Iterator<Item = (MemberKey, &'a str)>,
    kept: &BTreeMap<MemberKey, String>,
) -> BTreeMap<MemberKey, String> {
    let mut labels = kept.clone();
    let new: Vec<_> = people
        .filter(|(member, _)| !kept.contains_key(member))
        .map(|(member, name)| (member, plain(name)))
        .collect();
    let mut count = BTreeMap::<String, usize>::new();
    for label in new.iter().map(|it| &it.1).chain(kept.values()) {
        let count = count.entry(label.clone()).or_default();
        *count = count.saturating_add(1);
    }
    let is_shared = |label: &String| count.get(label).is_some_and(|it| *it > 1);
    let (shared, alone): (Vec<_>, Vec<_>) = new.into_iter().partition(|it| is_shared(&it.1));
    labels.extend(alone);

    let mut taken: BTreeSet<_> = labels.values().cloned().collect();
    let short = |(member, label): &(MemberKey, String)| {
        let digits = to_hex(&member.0);
        format!("{label}-{}", digits.get(..6).unwrap_or(&digits))
    };
    let mut seen = BTreeSet::new();
    for person in &shared {
        if !seen.insert(short(person)) {
            taken.insert(short(person));
        }
    }
    for person in shared {
        let short = short(&person);
        let (member, label) = person;
        let label = if taken.contains(&short) {
            format!("{label}-{}", to_hex(&member.0))
        } else {
            short
        };
        labels.insert(member, label);
    }
    labels
}

/// The label of a name that nobody else has.
fn plain(name: &str) -> String {
    let mut label = String::new();
    for letter in name.chars() {
        match letter {
            'a'..='z' | '0'..='9' => label.push(letter),
            'A'..='Z' => label.push(letter.to_ascii_lowercase()),
            ' ' | '-' | '_' | '.' | '\'' | '’' | '\u{a0}' | '\u{202f}' => {
                if !label.ends_with('-') {
                    label.push('-');
                }
            }
            _ => label.push_str(folded(letter)),
        }
    }
    let label = label.trim_matches('-');
    match label.get(..label.len().min(64)) {
        Some(label) if !label.is_empty() => label.to_owned(),
        _ => "member".to_owned(),
    }
}

/// Letters of Latin-1 and Latin Extended-A without their accents.
fn folded(letter: char) -> &'static str {
    match letter {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' => "a",
        'Æ' | 'æ' => "ae",
        'Ç' | 'ç' | 'Ć'..='č' => "c",
        'Ď'..='đ' | 'Ð' | 'ð' => "d",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => "e",
        'Ĝ'..='ģ' => "g",
        'Ĥ'..='ħ' => "h",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => "i",
        'Ĵ' | 'ĵ' => "j",
        'Ķ'..='ĸ' => "k",
        'Ĺ'..='ł' => "l",
        'Ñ' | 'ñ' | 'Ń'..='ŋ' => "n",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' => "o",
        'Œ' | 'œ' => "oe",
        'Ŕ'..='ř' => "r",
        'Ś'..='š' => "s",
        'ß' | 'ẞ' => "ss",
        'Ţ'..='ŧ' => "t",
        'Þ' | 'þ' => "th",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => "u",
        'Ŵ' | 'ŵ' => "w",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' => "y",
        'Ź'..='ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_labels_that_every_parser_reads() {
        for (name, label) in [
            ("Zoé", "zoe"),
            ("Karim", "karim"),
            ("Jean-Loup d’Artagnan", "jean-loup-d-artagnan"),
            ("  Œuvre  Ğ1 ", "oeuvre-g1"),
            ("ŁÓDŹ", "lodz"),
            ("Straße", "strasse"),
            ("張", "member"),
            ("— …", "member"),
            ("a+b c\u{202e}d", "ab-cd"),
        ] {
            assert_eq!(plain(name), label, "{name}");
            assert!(is_label(label));
        }
        // Two letters for one: a name of 64 bytes could become longer.
        assert!(is_label(&plain(&"ß".repeat(32))));
    }

    #[test]
    fn nobody_takes_the_label_of_another() {
        let people = [
            (MemberKey([1; 32]), "Zoé"),
            (MemberKey([2; 32]), "zoe"),
            (MemberKey([3; 32]), "zoe-010101"),
            (MemberKey([4; 32]), "zoe-050505"),
            (MemberKey([5; 32]), "Ana"),
        ];
        let kept = BTreeMap::from([(MemberKey([9; 32]), "ana".to_owned())]);
        let labels = labels(people.into_iter(), &kept);
        let all: BTreeSet<_> = labels.values().collect();
        assert_eq!(all.len(), 6, "{labels:?}");
        let label = |key| labels[&MemberKey([key; 32])].as_str();
        assert_eq!(label(1), format!("zoe-{}", "01".repeat(32)));
        assert_eq!(label(2), "zoe-020202");
        assert_eq!(label(3), "zoe-010101");
        assert_eq!(label(5), "ana-050505");
        assert_eq!(label(9), "ana");
    }
}
