//! Rust source as a list of words, without what does not ship.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a reader that breaks fails the test"
)]

use std::{
    collections::BTreeSet,
    fmt, fs,
    iter::Peekable,
    path::{Path, PathBuf},
    str::Chars,
};

/// One source file: its path from the root of the workspace, and its words.
#[derive(Debug)]
pub(crate) struct File {
    path: String,
    words: Vec<String>,
    /// Modules in files of their own that only tests have.
    test_modules: Vec<String>,
}

/// All Rust files below a folder of the workspace that ship; none when there is no such folder.
pub(crate) fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root().join(&folder)) else {
            continue;
        };
        for name in entries.flatten().map(|entry| entry.file_name()) {
            let path = folder.join(name);
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let path = path.display().to_string();
                found.push(File::new(&path, &read(&path)));
            }
        }
    }
    let tests: Vec<String> = found.iter().flat_map(File::test_modules).collect();
    found.retain(|file| {
        let module = file.path.trim_end_matches(".rs");
        tests.iter().all(|test| {
            module
                .strip_prefix(&**test)
                .is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/'))
        })
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The packages that a section of a `Cargo.toml` names.
pub(crate) fn dependencies(manifest: &str, section: &str) -> BTreeSet<String> {
    let text = read(manifest);
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in text.lines() {
        if let Some(header) = line.trim().strip_prefix('[') {
            let header = header.trim_end_matches(']');
            inside = header == section || header.ends_with(&format!(".{section}"));
            // [dependencies.name]
            names.extend(
                header
                    .strip_prefix(&format!("{section}."))
                    .map(str::to_owned),
            );
        } else if inside && line.starts_with(|first: char| first.is_ascii_alphabetic()) {
            names.extend(line.split(['.', '=', ' ']).next().map(str::to_owned));
        }
    }
    names
}

/// The text of a file of the workspace.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (words, test_modules) = without_tests(&words(text));
        Self {
            path: path.to_owned(),
            words,
            test_modules,
        }
    }

    /// Paths of the modules that only tests have, without their ending.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let names = self.test_modules.iter();
        names.map(|name| format!("{folder}/{name}")).collect()
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether this is the root of its package, which names every module.
    pub(crate) fn is_root(&self) -> bool {
        self.path.ends_with("src/lib.rs") || self.path.ends_with("src/main.rs")
    }

    /// The module of the package's root that this file belongs to.
    pub(crate) fn module(&self) -> &str {
        let below = self.below();
        below.split('/').next().unwrap_or(below)
    }

    /// Whether the code says this name, whole.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.words.iter().any(|word| word == name)
    }

    /// Modules of the own package that the code uses, by `crate::` or by `super::`.
    pub(crate) fn modules_used(&self) -> BTreeSet<String> {
        let to_root = vec!["super"; self.below().split('/').count()].join("::");
        let mut used = self.paths_from("crate");
        used.extend(self.paths_from(&to_root));
        used.remove("super");
        used
    }

    /// The names that follow `start::`, those in braces too: `std::{fs, io::Read}` has `fs`, `io`.
    pub(crate) fn paths_from(&self, start: &str) -> BTreeSet<String> {
        let start = words(&format!("{start}::"));
        let places = self.words.windows(start.len()).enumerate();
        let places = places
            .filter(|(_, window)| *window == start)
            .map(|(at, _)| at);
        // `super::super::x` is no `super::x`.
        let places = places.filter(|at| {
            at.checked_sub(1)
                .is_none_or(|before| self.words[before] != "::")
        });
        places
            .flat_map(|at| first_names(&self.words[at + start.len()..]))
            .collect()
    }

    /// The path below `src/`, without its ending.
    fn below(&self) -> &str {
        let below = self
            .path
            .rsplit_once("src/")
            .map_or(&*self.path, |(_, below)| below);
        below.trim_end_matches(".rs")
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// The first names of the paths in `{a::b, c}`, or the one name that stands here.
fn first_names(words: &[String]) -> Vec<String> {
    if words.first().is_none_or(|first| first != "{") {
        return words.first().cloned().into_iter().collect();
    }
    let mut names = Vec::new();
    let (mut depth, mut first) = (0, true);
    for word in words {
        match &**word {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," => first = depth == 1,
            name if depth == 1 && first => {
                names.push(name.to_owned());
                first = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Leaves out `#[cfg(test)] mod … { … }`, and gives the names of those whose files are elsewhere.
fn without_tests(words: &[String]) -> (Vec<String>, Vec<String>) {
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut elsewhere) = (Vec::new(), Vec::new());
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let marked =
            rest.len() > marker.len() && rest.iter().zip(marker).all(|(word, mark)| word == mark);
        let item = if marked {
            item(&rest[marker.len()..])
        } else {
            &[]
        };
        if item.first().is_none_or(|word| word != "mod") {
            kept.push(word.clone());
            rest = after;
            continue;
        }
        if let [_, name, end, ..] = item
            && end == ";"
        {
            elsewhere.push(name.clone());
        }
        let mut depth = 0;
        let length = item.iter().position(|word| {
            depth += i32::from(word == "{") - i32::from(word == "}");
            depth == 0 && (word == "}" || word == ";")
        });
        rest = &item[length.map_or(item.len(), |last| last + 1)..];
    }
    (kept, elsewhere)
}

/// Passes over attributes and visibility, to the word that says what an item is.
fn item(mut words: &[String]) -> &[String] {
    while let Some(first) = words.first() {
        let closing = match &**first {
            "#" => "]",
            "(" => ")",
            "pub" => "pub",
            _ => break,
        };
        let mut depth = 0;
        let end = words.iter().position(|word| {
            depth += i32::from(word == "[") - i32::from(word == "]");
            depth == 0 && word == closing
        });
        words = &words[end.map_or(words.len(), |end| end + 1)..];
    }
    words
}

/// Names, `::` and single signs, without comments, literals and lifetimes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '/' if chars.next_if_eq(&'/').is_some() => skip_line(&mut chars),
            '/' if chars.next_if_eq(&'*').is_some() => skip_comment(&mut chars),
            '"' => skip_string(&mut chars),
            '\'' => skip_char_or_lifetime(&mut chars),
            ':' if chars.next_if_eq(&':').is_some() => words.push("::".to_owned()),
            _ if char.is_alphanumeric() || char == '_' => {
                let mut word = String::from(char);
                while let Some(next) = chars.next_if(|next| next.is_alphanumeric() || *next == '_')
                {
                    word.push(next);
                }
                let raw = matches!(&*word, "r" | "br" | "cr");
                if raw && matches!(chars.peek(), Some('#' | '"')) {
                    skip_raw(&mut chars);
                } else {
                    words.push(word);
                }
            }
            _ if char.is_whitespace() => {}
            _ => words.push(char.into()),
        }
    }
    words
}

fn skip_line(chars: &mut Peekable<Chars<'_>>) {
    for char in chars.by_ref() {
        if char == '\n' {
            break;
        }
    }
}

fn skip_comment(chars: &mut Peekable<Chars<'_>>) {
    let mut depth = 1;
    while let Some(char) = chars.next() {
        match char {
            '/' if chars.next_if_eq(&'*').is_some() => depth += 1,
            '*' if chars.next_if_eq(&'/').is_some() => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
}

fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    while let Some(char) = chars.next() {
        match char {
            '\\' => drop(chars.next()),
            '"' => break,
            _ => {}
        }
    }
}

/// After `r`: `#…"…"#…`, or the name of a raw identifier.
fn skip_raw(chars: &mut Peekable<Chars<'_>>) {
    let mut hashes = 0;
    while chars.next_if_eq(&'#').is_some() {
        hashes += 1;
    }
    if chars.next_if_eq(&'"').is_none() {
        return;
    }
    let mut closing = None;
    for char in chars.by_ref() {
        closing = match (char, closing) {
            ('"', _) => Some(0),
            ('#', Some(seen)) => Some(seen + 1),
            _ => None,
        };
        if closing == Some(hashes) {
            break;
        }
    }
}

/// After `'`: a character and its closing sign, or the name of a lifetime.
fn skip_char_or_lifetime(chars: &mut Peekable<Chars<'_>>) {
    match chars.next() {
        Some('\\') => {
            chars.next();
            for char in chars.by_ref() {
                if char == '\'' {
                    break;
                }
            }
        }
        Some(first)
            if chars.next_if_eq(&'\'').is_none() && (first.is_alphanumeric() || first == '_') =>
        {
            while chars
                .next_if(|next| next.is_alphanumeric() || *next == '_')
                .is_some()
            {}
        }
        _ => {}
    }
}
