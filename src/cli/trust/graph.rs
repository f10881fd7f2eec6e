//! `commune trust graph`: who vouches for whom around somebody, as a picture and a table.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use commune_crdt::{codec::to_u64, trust::State};
use serde_json::{Value as Json, json};

use crate::{
    cli::{Access, Context, SCHEMA, context::one_line, member, value},
    failure::Failure,
    messages::printable,
    picture::{Picture, Words},
    trust::Trust,
};

/// Around whom, how far, and into which file.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(long, value_enum, default_value = "svg")]
    format: Format,
    #[arg(long, value_name = "WHO")]
    around: Option<String>,
    #[arg(long, value_name = "N", default_value = "2", value_parser = value::steps)]
    depth: u32,
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Svg,
    Dot,
    Json,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let own = device.vault().member_key.to_string();
        let who = self.around.as_ref().unwrap_or(&own);
        let (middle, person) = member::find(&trust, who)?;
        let depth = usize::try_from(self.depth).unwrap_or(usize::MAX);
        let picture = trust.around(middle, depth);
        let words = words(ctx, &picture, &trust.name(person));
        let object = self.object(&trust, &picture);
        let file = match self.format {
            Format::Svg => picture.svg(&words),
            Format::Dot => picture.dot(&words),
            Format::Json => one_line(&object),
        };
        match &self.out {
            Some(out) => {
                // Who knows whom is for the people of the network: whoever made it hands it on.
                ctx.save(out, file.as_bytes(), Access::Owner)?;
                let table = table(ctx, &picture, &words);
                ctx.emit(object, &table)
            }
            None if ctx.json || self.format == Format::Json => {
                ctx.json = true;
                ctx.emit(object, "")
            }
            None => ctx.save(Path::new("-"), file.as_bytes(), Access::Owner),
        }
    }

    fn object(&self, trust: &Trust, picture: &Picture) -> Json {
        let nodes = picture.people().iter().map(|it| {
            json!({
                "member": it.key,
                "name": it.name,
                "state": member::state_word(it.state),
                "received": it.received,
                "issued": it.issued,
                "depth": it.depth,
            })
        });
        json!({
            "schema": SCHEMA,
            "depth": self.depth,
            "nodes": nodes.collect::<Vec<_>>(),
            "edges": picture.edges(),
            "more": picture.more(),
            "height": 0,
            "time": member::pending(&trust.membership),
            "status": "pending",
        })
    }
}

fn words(ctx: &Context, picture: &Picture, name: &str) -> Words {
    let at = |depth: usize| {
        picture
            .people()
            .iter()
            .filter(|it| it.depth == depth)
            .count()
    };
    let (people, certifications) = (picture.people().len(), picture.edges().len());
    let counts = [
        ("people", to_u64(people).into()),
        ("certifications", to_u64(certifications).into()),
    ];
    let seen = [
        ("name", name.into()),
        ("near", to_u64(at(1)).into()),
        ("people", to_u64(people).into()),
        ("certifications", to_u64(certifications).into()),
    ];
    let state = |it: State| ctx.text(member::state_key(it), &[]);
    Words {
        title: ctx.text("trust-graph-title", &[("name", name.into())]),
        counts: ctx.text("trust-graph-counts", &counts),
        rest: match picture.more() {
            0 => String::new(),
            more => ctx.text("trust-graph-rest", &[("count", more.into())]),
        },
        description: ctx.text("trust-graph-description", &seen),
        arrow: ctx.text("trust-graph-arrow", &[]),
        own: ctx.text("trust-graph-own", &[]),
        number: ctx.text("trust-graph-number", &[]),
        columns: ctx.text("trust-graph-columns", &[]),
        states: [
            state(State::Candidate),
            state(State::Member),
            state(State::Lapsed),
            state(State::Gone),
            state(State::Revoked),
        ],
    }
}

/// Who is drawn, a line each, under the words for the columns.
fn table(ctx: &Context, picture: &Picture, words: &Words) -> String {
    let mut rows = vec![[
        ctx.text("trust-graph-column-number", &[]),
        ctx.text("trust-graph-column-state", &[]),
        ctx.text("trust-graph-column-received", &[]),
        ctx.text("trust-graph-column-issued", &[]),
        ctx.text("trust-graph-column-steps", &[]),
        ctx.text("trust-graph-column-name", &[]),
    ]];
    for (number, person) in (1_usize..).zip(picture.people()) {
        rows.push([
            number.to_string(),
            ctx.text(member::state_key(person.state), &[]),
            person.received.to_string(),
            person.issued.to_string(),
            person.depth.to_string(),
            printable(&person.name).into_owned(),
        ]);
    }
    let widths = rows.iter().fold([0; 6], |mut widths: [usize; 6], row| {
        for (wide, cell) in widths.iter_mut().zip(row) {
            *wide = cell.chars().count().max(*wide);
        }
        widths
    });
    let [
        number_wide,
        state_wide,
        received_wide,
        issued_wide,
        steps_wide,
        _,
    ] = widths;
    let lines = rows
        .iter()
        .map(|[number, state, received, issued, steps, name]| {
            format!(
                "{number:>number_wide$}  {state:<state_wide$}  {received:>received_wide$}  \
             {issued:>issued_wide$}  {steps:>steps_wide$}  {name}"
            )
        });
    let mut lines: Vec<_> = lines.collect();
    lines.push(words.counts.clone());
    if !words.rest.is_empty() {
        lines.push(words.rest.clone());
    }
    lines.join("\n")
}
