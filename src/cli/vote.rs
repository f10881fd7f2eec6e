//! `commune vote`: questions to all members, secret answers, results that everybody checks.

mod cast;
mod choice;
mod failures;
mod look;
mod open;
mod verify;

use std::sync::atomic::{AtomicU64, Ordering};

use clap::Subcommand;
use commune_crdt::{
    ballot::{Fate, Phase},
    codec::to_u64,
    payload::{QuestionKind, VoteFact},
    time::Seconds,
};
use serde_json::{Value as Json, json};

use super::{Context, Interrupt, Progress, Unit, member};
use crate::{
    failure::Failure,
    messages::key,
    trust::Trust,
    votes::{Known, Report, VotesError},
};

pub(super) use self::failures::failure;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Cast(cast::Cast),
    Challenge(cast::Challenge),
    Check(look::Check),
    List(look::List),
    Open(open::Open),
    Prepare(cast::Prepare),
    Result(look::Result_),
    Show(look::Show),
    Spoil(cast::Spoil),
    Verify(verify::Verify),
}

impl Command {
    /// Whether it works on what the device holds.
    pub(super) const fn needs_device(&self) -> bool {
        match self {
            Self::Verify(args) => args.needs_device(),
            _ => true,
        }
    }

    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Cast(args) => args.run(ctx),
            Self::Challenge(args) => args.run(ctx),
            Self::Check(args) => args.run(ctx),
            Self::List(args) => args.run(ctx),
            Self::Open(args) => args.run(ctx),
            Self::Prepare(args) => args.run(ctx),
            Self::Result(args) => args.run(ctx),
            Self::Show(args) => args.run(ctx),
            Self::Spoil(args) => args.run(ctx),
            Self::Verify(args) => args.run(ctx),
        }
    }
}

/// A bar that shows how far a work is, and whether its person has had enough.
struct Shown {
    progress: Progress,
    done: AtomicU64,
    interrupt: Interrupt,
}

impl Shown {
    fn new(ctx: &Context, label: &str) -> Self {
        Self {
            progress: ctx.progress(&ctx.text(label, &[]), 0, Unit::Count),
            done: AtomicU64::new(0),
            interrupt: ctx.caller.interrupt.clone(),
        }
    }

    fn report(&self, done: u64, total: u64) -> bool {
        self.progress.set_total(total);
        let before = self.done.swap(done, Ordering::Relaxed);
        self.progress.add(done.saturating_sub(before));
        !self.interrupt.requested()
    }
}

/// Works with a bar that shows how far it is, until it is done or somebody has had enough.
pub(super) fn with_progress<T>(
    ctx: &Context,
    label: &str,
    work: impl FnOnce(Report<'_>) -> Result<T, VotesError>,
) -> Result<T, Failure> {
    let shown = Shown::new(ctx, label);
    work(&|done, total| shown.report(done, total)).map_err(failure)
}

/// The word of a kind of question for scripts.
const fn kind_word(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::YesNo => "yes_no",
        QuestionKind::Approval => "approval",
        QuestionKind::ChooseOne => "choose_one",
        QuestionKind::Score { .. } => "score",
        QuestionKind::Majority => "majority",
        QuestionKind::Median => "median",
    }
}

const fn kind_key(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::YesNo => key("vote-kind-yes-no"),
        QuestionKind::Approval => key("vote-kind-approval"),
        QuestionKind::ChooseOne => key("vote-kind-choose-one"),
        QuestionKind::Score { .. } => key("vote-kind-score"),
        QuestionKind::Majority => key("vote-kind-majority"),
        QuestionKind::Median => key("vote-kind-median"),
    }
}

const fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "preparing",
        Phase::Voting => "voting",
        Phase::Receipting => "receipting",
        Phase::Locking => "locking",
        Phase::Opening => "opening",
        Phase::Failed => "failed",
    }
}

/// Where a vote stands, in a line.
pub(super) fn phase_line(ctx: &Context, known: &Known) -> String {
    let vote = &known.vote;
    let time = |at: Option<Seconds>| at.map(member::time).unwrap_or_default();
    let (text, at) = match vote.phase {
        Phase::Preparing => ("vote-phase-preparing", time(Some(vote.deadline))),
        Phase::Voting => ("vote-phase-voting", time(vote.end_at)),
        Phase::Receipting => ("vote-phase-receipting", time(vote.close_at)),
        Phase::Locking => ("vote-phase-locking", String::new()),
        Phase::Opening => ("vote-phase-opening", String::new()),
        Phase::Failed => ("vote-phase-failed", String::new()),
    };
    ctx.text(text, &[("time", at.into())])
}

/// How many ballots count, may still count, and do not.
pub(super) fn tallied(known: &Known) -> (usize, usize, usize) {
    let ballots = &known.vote.ballots;
    let count = |fate: &dyn Fn(&Fate) -> bool| ballots.iter().filter(|it| fate(&it.fate)).count();
    (
        count(&|it| *it == Fate::Counts),
        count(&|it| *it == Fate::Waiting),
        count(&|it| matches!(it, Fate::Refused(_))),
    )
}

/// What a script reads of a vote.
pub(super) fn object(known: &Known, trust: &Trust) -> Json {
    let vote = &known.vote;
    let question = &vote.opening.question;
    let (counted, waiting, refused) = tallied(known);
    let people = &trust.membership;
    let seats = (0_u8..).zip(&vote.seats).map(|(seat, person)| {
        let person = people.person(*person);
        json!({
            "member": person.map(|it| it.key.to_string()),
            "name": person.map(|it| trust.name(it)),
            "acknowledged": vote.acknowledged.contains(&seat),
        })
    });
    let own = known
        .own
        .iter()
        .any(|it| matches!(it.fact, VoteFact::Ballot(_)));
    json!({
        "vote": vote.id.to_string(),
        "question": question.text,
        "kind": kind_word(question.kind),
        "options": question.options,
        "phase": phase_word(vote.phase),
        "opened": vote.opened.0.0,
        "round": vote.round,
        "quorum": vote.opening.quorum.quorum,
        "trustees": seats.collect::<Vec<_>>(),
        "key": vote.key.map(|it| it.0.0),
        "ends": vote.end_at.map(member::time),
        "closes": vote.close_at.map(member::time),
        "closed": vote.close.map(|it| it.0.0),
        "electors": known.roll.electors(),
        "wards": known.roll.wards(),
        "counted": counted,
        "waiting": waiting,
        "refused": refused,
        "voted": own,
        "incomplete": known.missing.len(),
    })
}

/// The lines that show a vote to people: the question, its options, where it stands.
pub(super) fn lines(ctx: &Context, known: &Known, trust: &Trust) -> Vec<String> {
    let vote = &known.vote;
    let question = &vote.opening.question;
    let kind = ctx.text(kind_key(question.kind), &[]);
    let mut lines = vec![ctx.text(
        "vote-shown",
        &[
            ("vote", short(known).into()),
            ("question", (&question.text).into()),
            ("kind", kind.into()),
        ],
    )];
    for (number, option) in (1_u64..).zip(&question.options) {
        let args = [("number", number.into()), ("option", option.into())];
        lines.push(ctx.text("vote-option", &args));
    }
    lines.push(phase_line(ctx, known));
    let people = &trust.membership;
    let name = |(seat, person): (u8, &u32)| {
        let name = people.person(*person).map(|it| trust.name(it));
        let mark = if vote.acknowledged.contains(&seat) {
            "✔"
        } else {
            "…"
        };
        format!("{} {mark}", name.unwrap_or_default())
    };
    let seats: Vec<String> = (0_u8..).zip(&vote.seats).map(name).collect();
    lines.push(ctx.text(
        "vote-trustees",
        &[
            ("quorum", u64::from(vote.opening.quorum.quorum).into()),
            ("of", to_u64(vote.seats.len()).into()),
            ("names", seats.join(", ").into()),
        ],
    ));
    let (counted, waiting, refused) = tallied(known);
    lines.push(ctx.text(
        "vote-ballots",
        &[
            ("counted", to_u64(counted).into()),
            ("waiting", to_u64(waiting).into()),
            ("refused", to_u64(refused).into()),
            ("electors", to_u64(known.roll.electors()).into()),
            ("wards", u64::from(known.roll.wards()).into()),
        ],
    ));
    if !known.missing.is_empty() {
        let args = [("count", to_u64(known.missing.len()).into())];
        lines.push(ctx.text("vote-parts-missing", &args));
    }
    lines
}

/// Enough of a vote's name to say which.
pub(super) fn short(known: &Known) -> String {
    known.vote.id.to_string().chars().take(8).collect()
}
