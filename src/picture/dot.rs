//! A picture for Graphviz, which lays it out by itself: <https://graphviz.org/doc/info/lang.html>.

use std::fmt::Write;

use commune_crdt::trust::State;

use super::{Picture, Words, text};

impl Picture {
    /// The same people and certifications in the language of Graphviz.
    pub fn dot(&self, words: &Words) -> String {
        let mut dot = String::from("digraph trust {\n");
        // Writing to a String never fails.
        let _ = write!(
            dot,
            "  graph [label={}, overlap=prism];\n  node [fontsize=10];\n  edge [arrowsize=0.5];\n",
            quoted(&format!("{}\n{}", text::clean(&words.title), words.counts)),
        );
        for (place, person) in self.people().iter().enumerate() {
            let label = format!(
                "{}\n{}",
                text::clean(&person.name),
                words.state(person.state)
            );
            let shape = match person.state {
                State::Member => "ellipse, penwidth=2",
                State::Candidate => "ellipse, style=dashed",
                State::Lapsed => "box",
                State::Gone => "diamond",
                State::Revoked => "octagon",
            };
            let _ = writeln!(
                dot,
                "  n{place} [label={}, shape={shape}, tooltip={}];",
                quoted(&label),
                quoted(&person.key)
            );
        }
        for (issuer, receiver) in self.edges() {
            let _ = writeln!(dot, "  n{issuer} -> n{receiver};");
        }
        dot.push_str("}\n");
        dot
    }
}

/// A quoted string of the language. Graphviz reads `\N` and the like, and `&lt;` as HTML does.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '&' => quoted.push_str("&amp;"),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
