//! Holds what `--json` prints to the schemas in `docs/json`: the part of JSON Schema that they use.

use std::{collections::BTreeMap, fs, iter::Peekable, path::Path, str::Chars};

use serde_json::Value;

/// All schemas by the name of their file.
pub(crate) struct Schemas(BTreeMap<String, Value>);

/// Words of the schema language that [`Schemas::check`] understands, and those that only explain.
const KNOWN: [&str; 15] = [
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "items",
    "minimum",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
];

impl Schemas {
    pub(crate) fn read(folder: &Path) -> Self {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let schemas = files
            .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
            .map(|path| {
                let text = fs::read_to_string(&path).unwrap();
                let schema = serde_json::from_str(&text)
                    .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
                (
                    path.file_stem().unwrap().to_str().unwrap().to_owned(),
                    schema,
                )
            });
        Self(schemas.collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The schema that a printed line keeps, or what is wrong with it. The line comes from one of
    /// `commands`, given by their words.
    pub(crate) fn check_line(&self, commands: &[Vec<&str>], line: &str) -> Result<String, String> {
        let object: Value = serde_json::from_str(line).map_err(|why| format!("not JSON: {why}"))?;
        let mut wrong = "write its schema in docs/json".to_owned();
        for words in commands {
            let Some(name) = self.name_of(words) else {
                continue;
            };
            match self.check(&self.0[name], &object, "object") {
                Ok(()) => return Ok(name.to_owned()),
                Err(why) => wrong = format!("docs/json/{name}.json: {why}"),
            }
        }
        Err(format!("{wrong}: {line}"))
    }

    /// The longest name that is in the words of a command, flags being anywhere among them. A word of
    /// two parts is two parts of the name.
    fn name_of(&self, words: &[&str]) -> Option<&str> {
        let words: Vec<&str> = words
            .iter()
            .flat_map(|it| it.split(if it.starts_with('-') { '\0' } else { '-' }))
            .collect();
        let said = |name: &&str| {
            let name: Vec<&str> = name.split('-').collect();
            words.windows(name.len()).any(|some| some == name)
        };
        self.names().filter(said).max_by_key(|name| name.len())
    }

    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (word, rule) in schema.as_object().ok_or("a schema is an object")? {
            if !KNOWN.contains(&word.as_str()) {
                return Err(format!("{word} is not understood here"));
            }
            let holds = match word.as_str() {
                "$ref" => {
                    let name = rule
                        .as_str()
                        .and_then(|name| name.strip_prefix("common.json#/$defs/"));
                    let target = name.and_then(|name| self.0["common"]["$defs"].get(name));
                    self.check(
                        target.ok_or_else(|| format!("{rule} leads nowhere"))?,
                        value,
                        at,
                    )?;
                    true
                }
                "type" => is_of_type(rule, value),
                "anyOf" => {
                    let mut any = rule.as_array().into_iter().flatten();
                    any.any(|schema| self.check(schema, value, at).is_ok())
                }
                "const" => rule == value,
                "enum" => rule
                    .as_array()
                    .is_some_and(|allowed| allowed.contains(value)),
                "minimum" => value
                    .as_f64()
                    .is_none_or(|number| Some(number) >= rule.as_f64()),
                "pattern" => value
                    .as_str()
                    .is_none_or(|text| fits(rule.as_str().unwrap_or_default(), text)),
                "required" => {
                    let names = rule
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str);
                    if let Some(name) = names.into_iter().find(|name| value.get(name).is_none()) {
                        return Err(format!("{at} lacks {name}"));
                    }
                    true
                }
                "properties" => {
                    for (name, schema) in rule.as_object().into_iter().flatten() {
                        if let Some(value) = value.get(name) {
                            self.check(schema, value, &format!("{at}.{name}"))?;
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = |name: &String| schema["properties"].get(name).is_some();
                    for (name, value) in value.as_object().into_iter().flatten() {
                        match rule {
                            Value::Bool(true) => {}
                            _ if known(name) => {}
                            Value::Bool(false) => {
                                return Err(format!("{at} has {name}, which is not described"));
                            }
                            schema => self.check(schema, value, &format!("{at}.{name}"))?,
                        }
                    }
                    true
                }
                "items" => {
                    for (place, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, value, &format!("{at}[{place}]"))?;
                    }
                    true
                }
                _ => true,
            };
            if !holds {
                return Err(format!("{at} is {value}, not {word} {rule}"));
            }
        }
        Ok(())
    }
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    if let Some(any) = rule.as_array() {
        return any.iter().any(|rule| is_of_type(rule, value));
    }
    match rule.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

/// Whether `text` fits an anchored pattern of characters and classes, each once, `{n}`, `*` or `+`
/// times. What repeats without a number takes all it can.
fn fits(pattern: &str, text: &str) -> bool {
    let pattern = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix('$'));
    let mut pattern = pattern
        .unwrap_or_else(|| panic!("{pattern:?} is not anchored"))
        .chars()
        .peekable();
    let mut text = text.chars().peekable();
    while let Some(first) = pattern.next() {
        let class = match first {
            '[' => class(&mut pattern),
            '\\' => vec![(pattern.peek().copied().unwrap(), pattern.next().unwrap())],
            c => vec![(c, c)],
        };
        let (least, most) = match pattern.peek() {
            Some('{') => {
                let number: String = pattern.by_ref().skip(1).take_while(|c| *c != '}').collect();
                (number.parse().unwrap(), number.parse().unwrap())
            }
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            _ => (1, 1),
        };
        pattern.next_if(|c| matches!(c, '*' | '+'));
        let mut seen = 0;
        let in_class = |c: &char| class.iter().any(|(from, to)| (from..=to).contains(&c));
        while seen < most && text.next_if(in_class).is_some() {
            seen += 1;
        }
        if seen < least {
            return false;
        }
    }
    text.next().is_none()
}

fn class(pattern: &mut Peekable<Chars<'_>>) -> Vec<(char, char)> {
    let mut ranges = Vec::new();
    while let Some(from) = pattern.next().filter(|c| *c != ']') {
        match pattern.next_if_eq(&'-') {
            Some(_) => ranges.push((from, pattern.next().unwrap())),
            None => ranges.push((from, from)),
        }
    }
    ranges
}

#[test]
fn patterns_are_read_as_regular_expressions() {
    assert!(fits("^[0-9a-f]{4}$", "09af") && !fits("^[0-9a-f]{4}$", "09aF"));
    assert!(!fits("^[0-9a-f]{4}$", "09afa") && !fits("^[0-9a-f]{4}$", "09a"));
    assert!(fits("^[a-z_]+\\.[a-z_]+$", "store.locked") && !fits("^[a-z_]+\\.[a-z_]+$", "store."));
    assert!(fits("^a*b$", "b") && fits("^a*b$", "aab") && !fits("^a*b$", "aac"));
}
