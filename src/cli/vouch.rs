//! `commune vouch`: ask members who met you to vouch for you, vouch for whom you met, and take it
//! back.
//!
//! ```text
//! who asks                              sponsor
//! request --qr  ──── picture, text ───► give CODE           looks at the rules, shows the answer
//! request --answer ◄── picture, text ──     │
//!    six words  ──────── aloud ───────► give CODE --words   asks the questions, signs
//! ```
//!
//! Between two running nodes that are linked, `--live` on both sides does without the codes: both
//! show the same words, see [`live`].
//!
//! Card files do without meeting, and so serve test networks only.

pub(super) mod code;
mod give;
mod list;
mod live;
mod recover;
mod request;
pub(super) mod word;

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Give(give::Give),
    List(list::List),
    Object(word::Object),
    Recover(recover::Recover),
    Renew(word::Renew),
    Request(request::Ask),
    Withdraw(word::Withdraw),
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Give(args) => args.run(ctx),
            Self::List(args) => args.run(ctx),
            Self::Object(args) => args.run(ctx),
            Self::Recover(args) => args.run(ctx),
            Self::Renew(args) => args.run(ctx),
            Self::Request(args) => args.run(ctx),
            Self::Withdraw(args) => args.run(ctx),
        }
    }
}
