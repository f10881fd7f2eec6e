//! `commune vote cast`, and a ballot on its way there: prepare, spoil, challenge.

use std::path::PathBuf;

use commune_crdt::codec::to_u64;
use serde_json::json;

use super::{choice, failure, short};
use crate::{
    cli::{Access, Context},
    failure::{Exit, Failure},
    qr,
    votes::{self, Known, MAX_CHALLENGE_LEN, Tracker, challenge, read_challenge, tracker_words},
};

/// What to answer, or to cast what was prepared.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Cast {
    #[arg(value_name = "VOTE")]
    vote: String,
    #[arg(value_name = "ANSWER", required_unless_present = "prepared")]
    answer: Vec<String>,
    #[arg(long, conflicts_with = "answer")]
    prepared: bool,
    #[arg(long)]
    qr: bool,
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
}

/// What to answer.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Prepare {
    #[arg(value_name = "VOTE")]
    vote: String,
    #[arg(value_name = "ANSWER", required = true)]
    answer: Vec<String>,
}

/// Where the opened ballot goes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Spoil {
    #[arg(value_name = "VOTE")]
    vote: String,
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// The opened ballot of another device.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Challenge {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(value_name = "TRACKER")]
    tracker: Vec<String>,
}

impl Cast {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        let ballot = if self.prepared {
            known.kept(&device).map_err(failure)?
        } else {
            known.may_vote().map_err(failure)?;
            let slots = slots(ctx, &known, &self.answer)?;
            say_limits(ctx, &known);
            known.encrypt(&device, slots).map_err(failure)?
        };
        let words = tracker_words(&ballot.tracker, ctx.lang());
        let args = [
            ("question", (&known.vote.opening.question.text).into()),
            ("answer", self.answer.join(" ").into()),
            ("tracker", (&words).into()),
        ];
        let question = if self.prepared {
            "vote-ask-cast-prepared"
        } else {
            "vote-ask-cast"
        };
        let question = ctx.text(question, &args);
        ctx.confirm(&question)?;
        let entry = known
            .cast(&device, &ballot, ctx.claimed_now())
            .map_err(failure)?;
        let code = format!("commune:ballot/{}/{}", known.vote.id, ballot.tracker);
        let mut drawn = String::new();
        let too_long = |cause| Failure::new(Exit::Failed, "qr.too_long").because(&cause);
        if self.qr {
            drawn = qr::terminal(code.as_bytes()).map_err(too_long)?;
        }
        if let Some(path) = &self.image {
            let title = ctx.text("vote-tracker", &[("tracker", (&words).into())]);
            let picture = match path.extension().and_then(|it| it.to_str()) {
                Some("svg") => qr::svg(code.as_bytes(), &title)
                    .map_err(too_long)?
                    .into_bytes(),
                _ => qr::picture(code.as_bytes()).map_err(too_long)?,
            };
            ctx.replace(path, &picture, Access::Owner)?;
        }
        let text = ctx.text("vote-cast", &args);
        let object = json!({
            "vote": known.vote.id.to_string(),
            "entry": entry.to_string(),
            "tracker": ballot.tracker.to_string(),
            "words": words,
            "bytes": ballot.len(),
            "code": code,
            "status": "pending",
        });
        ctx.emit(object, &format!("{drawn}{text}"))
    }
}

impl Prepare {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        known.may_vote().map_err(failure)?;
        let slots = slots(ctx, &known, &self.answer)?;
        say_limits(ctx, &known);
        let ballot = known.encrypt(&device, slots).map_err(failure)?;
        known.keep(&device, &ballot).map_err(failure)?;
        told(ctx, &known, &ballot.tracker, "vote-prepared", ballot.len())
    }
}

impl Spoil {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        let (tracker, bytes) = known.spoil(&device).map_err(failure)?;
        ctx.save(&self.file, &bytes, Access::Everyone)?;
        told(ctx, &known, &tracker, "vote-spoiled", bytes.len())
    }
}

fn told(
    ctx: &mut Context,
    known: &Known,
    tracker: &Tracker,
    key: &str,
    len: usize,
) -> Result<(), Failure> {
    let words = tracker_words(tracker, ctx.lang());
    let args = [("tracker", (&words).into()), ("vote", short(known).into())];
    let text = ctx.text(key, &args);
    let object = json!({
        "vote": known.vote.id.to_string(),
        "tracker": tracker.to_string(),
        "words": words,
        "bytes": len,
    });
    ctx.emit(object, &text)
}

impl Challenge {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let bytes = ctx.read(&self.file, MAX_CHALLENGE_LEN)?;
        let challenged = read_challenge(&bytes)
            .map_err(|cause| Failure::new(Exit::Damaged, "vote.file").because(&cause))?;
        let device = ctx.device()?;
        let known = votes::one(&device, &challenged.vote.to_string()).map_err(failure)?;
        let tracker = challenge(&device, &known, &challenged).map_err(failure)?;
        let words = tracker_words(&tracker, ctx.lang());
        let shown = self.tracker.join(" ");
        let is_shown = shown.is_empty()
            || [crate::messages::Lang::En, crate::messages::Lang::Fr]
                .iter()
                .any(|lang| tracker_words(&tracker, *lang) == shown.to_lowercase());
        let agrees = tracker == challenged.tracker && is_shown;
        let question = &known.vote.opening.question;
        let said = choice::said(ctx, question, challenged.slots());
        let object = json!({
            "vote": known.vote.id.to_string(),
            "tracker": tracker.to_string(),
            "words": words,
            "says": said,
            "agrees": agrees,
        });
        let args = [
            ("tracker", (&words).into()),
            ("answer", said.join(", ").into()),
        ];
        if !agrees {
            return Err(Failure::new(Exit::Damaged, "vote.challenge").with("tracker", words));
        }
        let key = if shown.is_empty() {
            "vote-challenge-unseen"
        } else {
            "vote-challenge-holds"
        };
        let text = ctx.text(key, &args);
        ctx.emit(object, &text)
    }
}

fn slots(ctx: &Context, known: &Known, answer: &[String]) -> Result<Vec<bool>, Failure> {
    let question = &known.vote.opening.question;
    let choice = choice::read(ctx, question, answer)?;
    question.slots_of(&choice).map_err(|it| failure(it.into()))
}

/// What the vote does not protect, where one votes.
fn say_limits(ctx: &mut Context, known: &Known) {
    let quorum = known.vote.opening.quorum;
    let pieces = commune_crdt::ballot::holders(&quorum).len();
    let bits = commune_cipher::smudging_bits(pieces, known.roll.largest_sum());
    let args = [
        ("quorum", u64::from(quorum.quorum).into()),
        ("of", u64::from(quorum.trustees).into()),
        ("bits", format!("{bits:.0}").into()),
        ("electors", to_u64(known.roll.electors()).into()),
    ];
    let text = ctx.text("vote-limits", &args);
    ctx.note(&text);
}
