//! `commune money supply`: all money, day by day.

use std::path::Path;

use clap::ValueEnum;
use commune_crdt::ledger::Day;
use serde_json::{Value as Json, json};

use super::{look::number, unit::Unit};
use crate::{
    cli::{Access, Context, member},
    failure::Failure,
    money::{Past, Point, Words, svg},
};

/// In which form.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Form {
    Text,
    Csv,
    Svg,
}

/// The form.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Supply {
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    format: Form,
}

impl Supply {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let past = Past::of(&device, false)?;
        let days: Vec<Day> = past
            .closings
            .iter()
            .flat_map(|it| it.outcome.days.iter().copied())
            .collect();
        let shown = |it: u128| unit.shown(past.tip.state.ledger(), it);
        let title = ctx.text("money-supply-title", &[]);
        match self.format {
            Form::Csv if !ctx.json => {
                let mut text = "day,due,members,dividend,mass\n".to_owned();
                for it in &days {
                    let (dividend, mass) = (shown(it.amount.into()), shown(it.mass));
                    let (day, due, members) = (it.day, member::time(it.due), it.members);
                    text.push_str(&format!("{day},{due},{members},{dividend},{mass}\n"));
                }
                ctx.print(&text)
            }
            Form::Svg if !ctx.json => {
                let points: Vec<_> = days
                    .iter()
                    .map(|it| Point {
                        day: it.day,
                        members: it.members,
                        dividend: it.amount,
                        mass: it.mass,
                    })
                    .collect();
                let words = Words {
                    title,
                    day: ctx.text("money-supply-day", &[]),
                    members: ctx.text("money-supply-members", &[]),
                    dividend: ctx.text("money-supply-dividend", &[]),
                    mass: ctx.text("money-supply-mass", &[]),
                };
                let picture = svg(&points, &words, &shown);
                ctx.save(Path::new("-"), picture.as_bytes(), Access::Everyone)
            }
            _ => {
                let objects: Vec<Json> = days
                    .iter()
                    .map(|it| {
                        json!({
                            "day": it.day,
                            "due": member::time(it.due),
                            "members": it.members,
                            "dividend": it.amount,
                            "mass": number(it.mass),
                        })
                    })
                    .collect();
                let last = days.last();
                let text = ctx.text(
                    "money-supply",
                    &[
                        ("days", last.map_or(0, |it| u64::from(it.day)).into()),
                        ("members", last.map_or(0, |it| it.members).into()),
                        ("mass", shown(last.map_or(0, |it| it.mass)).into()),
                        (
                            "dividend",
                            shown(last.map_or(0, |it| it.amount).into()).into(),
                        ),
                    ],
                );
                let height = past.tip.height.0;
                ctx.emit(
                    json!({"days": objects, "height": height, "status": "final"}),
                    &text,
                )
            }
        }
    }
}
