//! The member key as 24 words, and back: the one door to the BIP39 word lists.
//!
//! The words are the 32 bytes of the member seed and one byte of checksum, eleven bits a word, as
//! [BIP39](https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki) has it. They come from the
//! English or the French list; each list gives the same key back. The words *are* the key: there is
//! no further passphrase to them, and nothing is derived by the wallet rules of BIP39.
//!
//! What a person typed or scanned is read kindly: capitals, missing or decomposed accents, commas,
//! numbers before the words and lines that start with `#` do no harm.

use std::fmt;

use bip39::{Language, Mnemonic};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::messages::Lang;

/// Number of words.
pub const COUNT: usize = 24;

/// Most words that are proposed instead of an unknown one.
const MAX_NEAR: usize = 4;

/// A member seed as words. Erased from memory when dropped, and never printed by mistake.
#[derive(Clone)]
pub struct Words(Mnemonic);

impl Words {
    /// The words of `seed` from the list of `lang`.
    pub fn of(seed: &[u8; 32], lang: Lang) -> Option<Self> {
        Mnemonic::from_entropy_in(list(lang), seed).ok().map(Self)
    }

    /// Reads 24 words in either language; `lang` decides where a word is in both lists.
    ///
    /// # Errors
    ///
    /// [`WordsError`]: it names the word, counted from 1, and those of the list that look like it.
    pub fn parse(text: &str, lang: Lang) -> Result<Self, WordsError> {
        let typed = typed_words(text);
        if typed.len() != COUNT {
            return Err(WordsError::Count(typed.len()));
        }
        // A word list of one language, so the one that knows more of the words is meant.
        let mut lists = [lang, other(lang)];
        lists.sort_by_key(|lang| std::cmp::Reverse(known(&typed, *lang)));
        let [first, second] = lists;
        match Self::in_list(&typed, first) {
            Err(WordsError::Checksum) if known(&typed, second) == COUNT => {
                Self::in_list(&typed, second)
            }
            read => read,
        }
    }

    fn in_list(typed: &[Zeroizing<String>], lang: Lang) -> Result<Self, WordsError> {
        let mut spelled = Zeroizing::new(String::new());
        for (number, word) in (1..).zip(typed) {
            let Some(found) = find(word, lang) else {
                return Err(WordsError::Unknown {
                    number,
                    word: word.to_string(),
                    near: near(word, lang),
                });
            };
            spelled.push_str(found);
            spelled.push(' ');
        }
        Mnemonic::parse_in_normalized(list(lang), &spelled)
            .map(Self)
            .map_err(|_| WordsError::Checksum)
    }

    /// The member seed.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        let mut bits = self
            .0
            .word_indices()
            .flat_map(|index| (0..11).rev().map(move |bit| (index >> bit) & 1 == 1));
        let mut seed = Zeroizing::new([0; 32]);
        for byte in seed.iter_mut() {
            for _ in 0..8 {
                *byte = (*byte << 1) | u8::from(bits.next().unwrap_or(false));
            }
        }
        seed
    }

    /// The words in order, with accents in one piece as keyboards write them.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        self.0.words().map(composed)
    }

    /// Four lines of six words, each with its number.
    pub fn table(&self) -> Zeroizing<String> {
        let mut table = Zeroizing::new(String::new());
        for (number, word) in (1_usize..).zip(self.iter()) {
            let end = if number.is_multiple_of(6) { "\n" } else { " " };
            table.push_str(&format!("{number:>2} {word:<9}{end}"));
        }
        let lines = table.lines().map(str::trim_end).collect::<Vec<_>>();
        Zeroizing::new(lines.join("\n"))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

/// Six words that stand for `bytes`, to compare two screens by voice: 66 bits.
pub fn fingerprint(bytes: &[u8; 32], lang: Lang) -> String {
    spoken(bytes, 6, lang)
}

/// The first `count` words that stand for `bytes`, 11 bits each.
pub fn spoken(bytes: &[u8; 32], count: usize, lang: Lang) -> String {
    let bits = |at: usize| {
        bytes
            .get(at / 8)
            .is_some_and(|it| it & (0x80 >> (at % 8)) != 0)
    };
    let index = |word: usize| {
        (0..11).fold(0, |index, bit| {
            let at = word.saturating_mul(11).saturating_add(bit);
            (index << 1) | usize::from(bits(at))
        })
    };
    let word = |number| list(lang).word_list().get(index(number)).copied();
    (0..count)
        .filter_map(word)
        .map(composed)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether `text` is the first `count` words that stand for `bytes`, in either list.
pub fn are_spoken(text: &str, bytes: &[u8; 32], count: usize) -> bool {
    let typed = typed_words(text);
    Lang::ALL.iter().any(|lang| {
        let words = spoken(bytes, count, *lang);
        let mut pairs = typed.iter().zip(words.split(' '));
        typed.len() == count && pairs.all(|(typed, word)| letters(word).eq(letters(typed)))
    })
}

/// The 66 bits that six words stand for, in each list that has all of them: no person says which
/// list they read from.
pub fn heard(text: &str) -> Vec<[u8; 9]> {
    let typed = typed_words(text);
    if typed.len() != 6 {
        return Vec::new();
    }
    let in_list = |lang| {
        let word_list = list(lang).word_list();
        let mut bytes = [0; 9];
        for (number, word) in typed.iter().enumerate() {
            let index = word_list
                .iter()
                .position(|it| letters(it).eq(word.chars()))?;
            for bit in (0..11_usize).filter(|bit| index & (0x400 >> bit) != 0) {
                let at = number.saturating_mul(11).saturating_add(bit);
                *bytes.get_mut(at / 8)? |= 0x80 >> (at % 8);
            }
        }
        Some(bytes)
    };
    Lang::ALL.into_iter().filter_map(in_list).collect()
}

/// What was typed is not a member key.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum WordsError {
    /// More or fewer than 24.
    #[error("{0} words, 24 are needed")]
    Count(usize),
    /// A word that the list does not have.
    #[error("word {number} is not in the list")]
    Unknown {
        /// Its number, from 1.
        number: usize,
        /// As it was typed, without accents.
        word: String,
        /// Words of the list that look like it.
        near: Vec<String>,
    },
    /// All 24 are in the list, but one is another word or they are in another order.
    #[error("the words do not belong together")]
    Checksum,
}

const fn list(lang: Lang) -> Language {
    match lang {
        Lang::En => Language::English,
        Lang::Fr => Language::French,
    }
}

const fn other(lang: Lang) -> Lang {
    match lang {
        Lang::En => Lang::Fr,
        Lang::Fr => Lang::En,
    }
}

/// The words of a text, without what people write around them.
fn typed_words(text: &str) -> Vec<Zeroizing<String>> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split(|c: char| c.is_whitespace() || ",;.:)('\"-_/|".contains(c)))
        .filter(|word| !word.chars().all(char::is_numeric))
        .map(|word| Zeroizing::new(plain(word)))
        .collect()
}

/// Small letters without accents: the lists have no two words that differ only in them.
fn plain(word: &str) -> String {
    letters(word).collect()
}

fn letters(word: &str) -> impl Iterator<Item = char> + '_ {
    word.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(|c| match c {
            'à' | 'â' | 'ä' => 'a',
            'ç' => 'c',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            c => c,
        })
}

/// The French list writes its accents as marks of their own; keyboards and fonts like them in one.
fn composed(word: &str) -> String {
    word.replace("e\u{301}", "é").replace("e\u{300}", "è")
}

fn find(typed: &str, lang: Lang) -> Option<&'static str> {
    let list = list(lang).word_list();
    list.iter()
        .find(|word| letters(word).eq(typed.chars()))
        .copied()
}

fn known(typed: &[Zeroizing<String>], lang: Lang) -> usize {
    typed
        .iter()
        .filter(|word| find(word, lang).is_some())
        .count()
}

/// The words that look most like `typed`: the same four first letters (which name a word), then the
/// fewest letters changed.
fn near(typed: &str, lang: Lang) -> Vec<String> {
    let start: String = typed.chars().take(4).collect();
    let mut found: Vec<_> = list(lang)
        .word_list()
        .iter()
        .map(|word| (distance(typed, &plain(word)), *word))
        .filter(|(far, word)| *far <= 2 || (start.len() == 4 && plain(word).starts_with(&start)))
        .collect();
    found.sort_unstable();
    found.truncate(MAX_NEAR);
    found.into_iter().map(|(_, word)| composed(word)).collect()
}

/// Letters to add, drop or change to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, a) in (1_usize..).zip(one.chars()) {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), line);
        let mut left = line;
        for (cell, b) in row.iter_mut().skip(1).zip(other.chars()) {
            let changed = diagonal.saturating_add(usize::from(a != b));
            let moved = left.min(*cell).saturating_add(1);
            diagonal = std::mem::replace(cell, changed.min(moved));
            left = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_give_the_seed_back_in_both_languages() {
        for byte in (0..=255_u8).step_by(15) {
            let mut seed = [byte; 32];
            seed[7] = byte.wrapping_mul(37);
            for lang in Lang::ALL {
                let words = Words::of(&seed, lang).unwrap();
                let text = words.iter().collect::<Vec<_>>().join(" ");
                for preferred in Lang::ALL {
                    assert_eq!(*Words::parse(&text, preferred).unwrap().seed(), seed);
                }
                assert_eq!(*Words::parse(&words.table(), lang).unwrap().seed(), seed);
            }
        }
    }

    #[test]
    fn a_known_vector_of_bip39_holds() {
        let words = Words::of(&[0x7f; 32], Lang::En).unwrap();
        let text = words.iter().collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("legal winner thank year wave sausage worth useful legal"));
        assert!(text.ends_with("worth title"));
    }

    #[test]
    fn what_people_write_around_the_words_does_no_harm() {
        let seed = [0xa7; 32];
        let words: Vec<_> = Words::of(&seed, Lang::Fr).unwrap().iter().collect();
        let accented = words.iter().any(|word| !word.is_ascii());
        assert!(accented, "{words:?}");
        let decomposed = words
            .join(" ")
            .replace('é', "e\u{301}")
            .replace('è', "e\u{300}");
        let numbered = (1..)
            .zip(&words)
            .map(|(n, word)| format!("{n}. {word},\r\n"));
        let numbered = format!("# mes mots\n{}", numbered.collect::<String>());
        let bare = words
            .iter()
            .map(|word| plain(word))
            .collect::<Vec<_>>()
            .join("\t");
        for text in [words.join("  ").to_uppercase(), decomposed, numbered, bare] {
            assert_eq!(
                *Words::parse(&text, Lang::En).unwrap().seed(),
                seed,
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_word_is_named_and_near_ones_proposed() {
        let mut words: Vec<_> = Words::of(&[0x7f; 32], Lang::En).unwrap().iter().collect();
        words[1] = "Winer".to_owned();
        let error = Words::parse(&words.join(" "), Lang::Fr).unwrap_err();
        let WordsError::Unknown { number, word, near } = error else {
            panic!("{error:?}");
        };
        assert_eq!((number, word.as_str()), (2, "winer"));
        assert!(near.contains(&"winner".to_owned()), "{near:?}");
        assert!(near.len() <= MAX_NEAR);
    }

    #[test]
    fn missing_and_swapped_words_are_told_apart() {
        let words: Vec<_> = Words::of(&[3; 32], Lang::Fr).unwrap().iter().collect();
        let short = words[1..].join(" ");
        assert_eq!(
            Words::parse(&short, Lang::Fr).unwrap_err(),
            WordsError::Count(23)
        );
        assert_eq!(
            Words::parse("", Lang::Fr).unwrap_err(),
            WordsError::Count(0)
        );
        let mut swapped = words;
        swapped.swap(0, 23);
        let swapped = swapped.join(" ");
        assert_eq!(
            Words::parse(&swapped, Lang::Fr).unwrap_err(),
            WordsError::Checksum
        );
    }

    #[test]
    fn accents_never_tell_two_words_apart() {
        for lang in Lang::ALL {
            let list = list(lang).word_list();
            for word in list {
                assert_eq!(find(&plain(word), lang), Some(*word));
                assert_eq!(plain(&composed(word)), plain(word));
                assert!(plain(word).is_ascii(), "{word}");
            }
        }
    }

    #[test]
    fn what_is_heard_is_what_was_said_in_either_language() {
        for byte in (0..=255_u8).step_by(5) {
            let mut said = [byte; 32];
            said[3] = byte.wrapping_mul(37);
            let mut bits = [0; 9];
            bits.copy_from_slice(&said[..9]);
            bits[8] &= 0xc0;
            for lang in Lang::ALL {
                let words = fingerprint(&said, lang);
                assert!(heard(&words).contains(&bits), "{words}");
                assert!(heard(&words.to_uppercase()).contains(&bits));
            }
        }
        for text in [
            "",
            "legal winner thank year wave",
            "legal winner thank year wave xyzzy",
        ] {
            assert!(heard(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_fingerprint_is_six_words_and_changes_with_any_of_its_bits() {
        let bytes = [0x5a; 32];
        let words = fingerprint(&bytes, Lang::En);
        assert_eq!(words.split(' ').count(), 6);
        for bit in 0..66 {
            let mut other = bytes;
            other[bit / 8] ^= 0x80 >> (bit % 8);
            assert_ne!(fingerprint(&other, Lang::En), words);
        }
    }
}
