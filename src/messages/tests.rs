//! Both languages have the same texts, every text that the sources name exists, and none is unused.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::*;

/// Key, or key and attribute, with the places of the text.
type Places = BTreeMap<String, BTreeSet<String>>;

#[test]
fn both_languages_have_the_same_keys_and_places() {
    let (en, fr) = (places(Lang::En), places(Lang::Fr));
    let lines = |of: &Places| -> BTreeSet<String> {
        of.iter()
            .map(|(key, places)| format!("{key} {places:?}"))
            .collect()
    };
    let (en, fr) = (lines(&en), lines(&fr));
    let only_en: Vec<_> = en.difference(&fr).collect();
    let only_fr: Vec<_> = fr.difference(&en).collect();
    assert!(
        only_en.is_empty() && only_fr.is_empty(),
        "en: {only_en:#?}\nfr: {only_fr:#?}"
    );
}

#[test]
fn the_files_parse_and_hold_each_key_once() {
    for lang in Lang::ALL {
        for source in lang.sources() {
            if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
                panic!("{lang:?}: {errors:?}");
            }
        }
        let mut seen = BTreeSet::new();
        for key in source(lang).lines().filter_map(head) {
            assert!(seen.insert(key.to_owned()), "{lang:?} has {key} twice");
        }
    }
}

#[test]
fn every_text_named_in_the_sources_exists() {
    let (known, sources) = (places(Lang::En), sources());
    let mut missing = BTreeSet::new();
    for source in &sources {
        for call in [".text(", "key("] {
            missing.extend(
                literals_after(source, call)
                    .filter(|key| !known.contains_key(*key))
                    .map(str::to_owned),
            );
        }
        for code in codes(source) {
            missing.extend(
                keys_of(code)
                    .into_iter()
                    .filter(|key| !known.contains_key(key)),
            );
        }
    }
    assert!(missing.is_empty(), "no text for {missing:#?}");
}

#[test]
fn every_text_is_used() {
    let mut used: BTreeSet<String> = crate::cli::help_keys()
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    // A flag of builds with a simulated clock.
    used.insert("help-global-at-time".to_owned());
    for source in sources() {
        used.extend(source.split('"').map(str::to_owned));
        used.extend(codes(&source).flat_map(keys_of));
    }
    let text = source(Lang::En);
    let unused: Vec<_> = places(Lang::En)
        .into_keys()
        .filter(|key| !used.contains(key.split('.').next().unwrap_or(key)))
        .filter(|key| !text.contains(&format!("{{ {key} }}")))
        .collect();
    assert!(unused.is_empty(), "nobody uses {unused:#?}");
}

#[test]
fn every_command_and_argument_has_its_help() {
    let known = places(Lang::En);
    let mut seen = BTreeMap::new();
    for (key, owner) in crate::cli::help_keys() {
        assert!(known.contains_key(&key), "no help for {owner}: write {key}");
        if let Some(other) = seen.insert(key.clone(), owner.clone()) {
            panic!("{key} is the help of both {other} and {owner}");
        }
    }
}

#[test]
fn commands_that_texts_name_exist() {
    let commands: BTreeSet<String> = crate::cli::help_keys()
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    let mut missing = Vec::new();
    for lang in Lang::ALL {
        for line in source(lang).lines().filter(|line| !line.starts_with('#')) {
            for code in line.split('`').skip(1).step_by(2) {
                let mut words = code.split(' ');
                if words.next() != Some("commune") {
                    continue;
                }
                let mut key = "help".to_owned();
                for word in words.take_while(|word| word.bytes().all(|c| c.is_ascii_lowercase())) {
                    key = format!("{key}-{word}");
                }
                if key != "help" && !commands.contains(&key) {
                    missing.push(format!("{}: {code}", lang.code()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "there is no such command: {missing:#?}");
}

#[test]
fn errors_and_hints_are_one_line_without_full_stop() {
    for lang in Lang::ALL {
        let mut key = "";
        for line in source(lang).lines() {
            key = head(line).unwrap_or(key);
            if ["error", "hint", "why"]
                .iter()
                .any(|kind| key.starts_with(kind))
            {
                assert!(
                    !line.ends_with('.') || line.starts_with('#'),
                    "{lang:?} {key}: {line}"
                );
                assert!(line.contains('=') || line.starts_with([' ', '}', '#']) || line.is_empty());
            }
        }
    }
}

#[test]
fn french_is_set_as_french() {
    let mut texts = Vec::new();
    for line in source(Lang::Fr)
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        // Code in backquotes is as people type it.
        let prose: String = line.split('`').step_by(2).collect();
        for (bad, good) in [
            ("'", "’"),
            (" :", "a no-break space before the colon"),
            (" ;", "a narrow no-break space before the semicolon"),
            (" ?", "a narrow no-break space before the question mark"),
            (" !", "a narrow no-break space before the exclamation mark"),
            ("« ", "a no-break space after «"),
            (" »", "a no-break space before »"),
            ("...", "…"),
        ] {
            if prose.contains(bad) {
                texts.push(format!("{good}: {line}"));
            }
        }
    }
    assert!(texts.is_empty(), "{texts:#?}");
}

#[test]
fn french_counts_nothing_as_one() {
    // In French 0 is singular: [one] would say « un pair » of none.
    let source = source(Lang::Fr);
    let wrong: Vec<_> = source
        .lines()
        .filter(|line| line.trim_start().starts_with("[one]") && !line.contains("{ $"))
        .collect();
    assert!(
        wrong.is_empty(),
        "write [1], and perhaps [0], for {wrong:#?}"
    );
}

#[test]
fn the_language_is_chosen_by_flag_then_variables() {
    let env = |pairs: &'static [(&'static str, &'static str)]| {
        move |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        }
    };
    let choose = |args: &[&'static str], pairs| Lang::choose(args.iter().copied(), env(pairs));
    assert_eq!(
        choose(&["commune", "--lang", "fr"], &[("LC_ALL", "en_GB")]),
        Lang::Fr
    );
    assert_eq!(
        choose(&["commune", "--lang=en"], &[("COMMUNE_LANG", "fr")]),
        Lang::En
    );
    assert_eq!(choose(&["commune", "--", "--lang=fr"], &[]), Lang::En);
    assert_eq!(
        choose(&[], &[("COMMUNE_LANG", "fr"), ("LC_ALL", "en")]),
        Lang::Fr
    );
    assert_eq!(
        choose(&[], &[("LC_ALL", ""), ("LANG", "fr_FR.UTF-8")]),
        Lang::Fr
    );
    assert_eq!(
        choose(&[], &[("LC_ALL", "C.UTF-8"), ("LANG", "fr_FR")]),
        Lang::En
    );
    assert_eq!(choose(&[], &[("LANG", "de_DE")]), Lang::En);
}

#[test]
fn numbers_are_grouped_as_the_language_does() {
    let text = |lang, count: i64| {
        Messages::new(lang).text(
            "man-written",
            &[("count", count.into()), ("dir", "d".into())],
        )
    };
    assert_eq!(text(Lang::En, 1), "one page written to d");
    assert_eq!(text(Lang::En, 2026), "2026 pages written to d");
    assert_eq!(text(Lang::En, 1_234_567), "1,234,567 pages written to d");
    assert_eq!(text(Lang::Fr, 90_919), "90\u{202f}919 pages écrites dans d");
    assert_eq!(text(Lang::En, -90_919), "-90,919 pages written to d");
}

#[test]
fn what_a_stranger_wrote_cannot_steer_the_terminal() {
    let hostile = "a\u{1b}[2J\u{9b}31m\r\nb\u{202e}c\u{7f}\u{e0041}";
    let clean = printable(hostile);
    assert_eq!(
        clean,
        "a\\u{1b}[2J\\u{9b}31m\\u{d}\\nb\\u{202e}c\\u{7f}\\u{e0041}"
    );
    assert_eq!(printable(&clean), clean);
    let text = Messages::new(Lang::En).text("hint-answer-needed", &[("flag", hostile.into())]);
    assert!(text.contains(&format!("with {clean},")), "{text}");
    assert_eq!(printable_lines("é\n\tœ\u{a0}!"), "é\n\tœ\u{a0}!");
}

#[test]
fn no_file_is_forgotten() {
    for lang in Lang::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/messages")
            .join(lang.code());
        let files = fs::read_dir(folder).unwrap().count();
        assert_eq!(
            lang.sources().len(),
            files + 1,
            "name each file in messages.rs"
        );
    }
}

/// All files of a language, one after the other.
fn source(lang: Lang) -> String {
    lang.sources().join("\n")
}

/// The key that a line of a Fluent file begins, if it does.
fn head(line: &str) -> Option<&str> {
    line.starts_with(|c: char| c.is_ascii_lowercase())
        .then(|| line.split(' ').next())
        .flatten()
}

fn places(lang: Lang) -> Places {
    let mut found = Places::new();
    let (mut key, mut own) = (String::new(), String::new());
    for line in source(lang).lines().filter(|line| !line.starts_with('#')) {
        if let Some(head) = head(line) {
            own = head.to_owned();
            key = head.to_owned();
        } else if let Some(attribute) = line.trim().strip_prefix('.') {
            key = format!("{own}.{}", attribute.split(' ').next().unwrap_or_default());
        }
        if line.trim().is_empty() {
            continue;
        }
        let of_key = found.entry(key.clone()).or_default();
        of_key.extend(line.split('$').skip(1).map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
                .collect()
        }));
    }
    found
}

/// All sources of this package but the tests of the messages.
fn sources() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs")
                && !path.ends_with("messages/tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                let code: Vec<&str> = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect();
                found.push(code.join("\n"));
            }
        }
    }
    assert!(found.len() > 5);
    found
}

/// Literals that open the arguments of `call`, where that is not the end of a longer name. What
/// follows one of `.text(` is a slice, else it is another function.
fn literals_after<'a>(source: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    source.match_indices(call).filter_map(move |(at, _)| {
        let (before, rest) = source.split_at(at);
        let longer = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = rest.strip_prefix(call)?.trim_start();
        let (literal, rest) = rest.strip_prefix('"')?.split_once('"')?;
        let ours = match call {
            ".text(" => rest.trim_start_matches([',', ' ', '\n']).starts_with('&'),
            _ => !longer,
        };
        ours.then_some(literal)
    })
}

/// The codes of failures made in `source`.
fn codes(source: &str) -> impl Iterator<Item = &str> {
    let made = source
        .split("Failure::new(")
        .chain(source.split("Self::new("))
        .filter_map(|rest| {
            let (exit, rest) = rest.split_once(',')?;
            exit.trim()
                .starts_with("Exit::")
                .then(|| rest.trim_start().strip_prefix('"'))??
                .split('"')
                .next()
        });
    made.chain(literals_after(source, "usage("))
        .chain(literals_after(source, "prompter("))
}

fn keys_of(code: &str) -> [String; 2] {
    let tail = code.replace(['.', '_'], "-");
    [format!("error-{tail}"), format!("hint-{tail}")]
}
