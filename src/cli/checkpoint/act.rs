//! `commune checkpoint propose` and `sign`: every step that is possible now.

use commune_crdt::{codec::to_u64, time::Seconds};
use serde_json::json;

use crate::{
    cli::{Context, member},
    clock,
    failure::{Exit, Failure},
    finality::{SignError, Urge},
};

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Propose {}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Sign {}

impl Propose {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        act(ctx, Urge::Begin)
    }
}

impl Sign {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        act(ctx, Urge::Join)
    }
}

fn act(ctx: &mut Context, urge: Urge) -> Result<(), Failure> {
    let device = ctx.device()?;
    let now = ctx
        .at_time
        .map_or_else(clock::unix_seconds, |it| it.unix_seconds);
    let steps = device.sign(urge, Seconds(now), ctx.claimed_now())?;
    if !steps.is_signer {
        let is_none = device.with_finality(|it| Ok(it.tip().office.set().signers().is_empty()))?;
        return Err(if is_none {
            Failure::new(Exit::Refused, "checkpoint.no_signers")
        } else {
            Failure::new(Exit::Refused, "checkpoint.not_a_signer")
        });
    }
    let (height, stamps, precommits, quorum) = device.with_finality(|it| {
        let tally = it.pool().tally();
        Ok((
            it.pool().height(),
            it.pool().stamps().count(),
            tally.iter().map(|it| it.votes).max().unwrap_or(0),
            it.tip().quorum(),
        ))
    })?;
    let object = json!({
        "height": height.0,
        "said": steps.said,
        "new": steps.heights.iter().map(|it| it.0).collect::<Vec<_>>(),
        "stamps": stamps,
        "precommits": precommits,
        "quorum": quorum,
        "deadline": steps.deadline.map(|it| member::time(Seconds(it))),
    });
    let mut lines = Vec::new();
    for height in &steps.heights {
        lines.push(ctx.text(
            "checkpoint-decided",
            &[("height", u64::from(height.0).into())],
        ));
    }
    let mut said = steps.said.clone();
    said.dedup();
    if said.is_empty() {
        lines.push(ctx.text("checkpoint-nothing-to-say", &[]));
    } else {
        let said: Vec<_> = said.iter().map(|it| word(ctx, it)).collect();
        lines.push(ctx.text("checkpoint-said", &[("said", said.join(", ").into())]));
    }
    lines.push(ctx.text(
        "checkpoint-progress",
        &[
            ("height", u64::from(height.0).into()),
            ("stamps", to_u64(stamps).into()),
            ("precommits", to_u64(precommits).into()),
            ("quorum", to_u64(quorum).into()),
        ],
    ));
    ctx.emit(object, &lines.join("\n"))
}

/// What a signer said, in the person's language.
fn word(ctx: &Context, kind: &str) -> String {
    let key = match kind {
        "stamp" => "checkpoint-word-stamp",
        "proposal" => "checkpoint-word-proposal",
        "agreement_vote" => "checkpoint-word-vote",
        "cosignature" => "checkpoint-word-cosignature",
        "contradiction" => "checkpoint-word-contradiction",
        _ => return kind.to_owned(),
    };
    ctx.text(key, &[])
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Vault(error) => error.into(),
            SignError::Store(error) => error.into(),
            SignError::Write(error) => error.into(),
            SignError::OlderJournal(height) => Self::new(Exit::Fork, "checkpoint.older_journal")
                .with("height", u64::from(height.0)),
            error @ (SignError::Journal(_) | SignError::Signers(_)) => {
                Self::new(Exit::Failed, "checkpoint.journal").because(&error)
            }
        }
    }
}
