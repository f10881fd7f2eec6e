//! `commune vote list`, `show`, `check` and `result`.

use commune_crdt::{
    ballot::{BallotAt, Fate, Line, Outcome, Reason},
    codec::to_u64,
    hash::to_hex,
    payload::{Question, QuestionKind},
};
use serde_json::{Value as Json, json};

use super::{choice, failure, lines, object, phase_line, short, with_progress};
use crate::{
    cli::Context,
    device::Device,
    failure::{Exit, Failure},
    messages::key,
    vault::words,
    votes::{self, Counted, Known, Missing, tracker_words},
};

/// Nothing but the general flags.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {}

/// Which vote.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Show {
    #[arg(value_name = "VOTE")]
    vote: String,
}

/// Which vote, and whose ballot: one's own, unless a tracker is given.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Check {
    #[arg(value_name = "VOTE")]
    vote: String,
    #[arg(value_name = "TRACKER")]
    tracker: Vec<String>,
}

/// Which vote.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Result_ {
    #[arg(value_name = "VOTE")]
    vote: String,
}

impl List {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let (known, waiting) = votes::all(&device).map_err(failure)?;
        let mut rows: Vec<String> = known
            .iter()
            .map(|it| {
                let question = &it.vote.opening.question.text;
                format!(
                    "{}  {question}\n          {}",
                    short(it),
                    phase_line(ctx, it)
                )
            })
            .collect();
        for it in &waiting {
            let question = it.opening.as_ref().map(|it| it.question.text.clone());
            let id: String = it.id.to_string().chars().take(8).collect();
            let pending = ctx.text("vote-phase-pending", &[]);
            rows.push(format!(
                "{id}  {}\n          {pending}",
                question.unwrap_or_default()
            ));
        }
        if rows.is_empty() {
            rows.push(ctx.text("vote-none", &[]));
        }
        let object = json!({
            "votes": known.iter().map(|it| object(it, &trust)).collect::<Vec<_>>(),
            "pending": waiting.iter().map(|it| json!({
                "vote": it.id.to_string(),
                "question": it.opening.as_ref().map(|it| it.question.text.clone()),
            })).collect::<Vec<_>>(),
        });
        ctx.emit(object, &rows.join("\n"))
    }
}

impl Show {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        let object = object(&known, &trust);
        let lines = lines(ctx, &known, &trust);
        ctx.emit(object, &lines.join("\n"))
    }
}

impl Check {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        let text = self.tracker.join(" ");
        let ballot = find(&device, &known, &text);
        let ballot = ballot.ok_or_else(|| Failure::new(Exit::NotFound, "vote.no_ballot"))?;
        let proof = inclusion(&known, ballot);
        let counts = ballot.fate == Fate::Counts && known.vote.close.is_some();
        let text = match (&ballot.fate, &proof) {
            (Fate::Counts, Some(_)) => "vote-check-counts",
            (Fate::Counts, None) => "vote-check-will-count",
            (Fate::Waiting, _) => "vote-check-waits",
            (Fate::Refused(reason), _) => refused_key(*reason),
        };
        let args = [
            (
                "tracker",
                tracker_words(&ballot.cast.blob.hash, ctx.lang()).into(),
            ),
            ("receipts", to_u64(ballot.receipts.len()).into()),
            ("quorum", u64::from(known.vote.opening.quorum.quorum).into()),
        ];
        let mut text = ctx.text(text, &args);
        if let Some(proof) = &proof {
            let shown = proof_line(ctx, proof);
            text = format!("{text}\n{shown}");
        }
        let object = json!({
            "vote": known.vote.id.to_string(),
            "entry": ballot.id.to_string(),
            "tracker": ballot.cast.blob.hash.to_string(),
            "ward": ballot.ward,
            "receipts": ballot.receipts.len(),
            "counts": counts,
            "fate": fate_word(&ballot.fate),
            "proof": proof,
        });
        ctx.emit(object, &text)
    }
}

/// The ballot that people mean: by words or digits of a tracker, else one's own newest.
fn find<'a>(device: &Device, known: &'a Known, text: &str) -> Option<&'a BallotAt> {
    let own = device.vault().device.device_key();
    if text.is_empty() {
        let mut own = known
            .vote
            .ballots
            .iter()
            .filter(|it| it.device == own || known.person == Some(it.voter));
        // The one that counts, or else the newest.
        return own
            .clone()
            .find(|it| it.fate == Fate::Counts)
            .or_else(|| own.next_back());
    }
    let lower = text.to_lowercase();
    let ballots = known.vote.ballots.iter().rev();
    let mut found = ballots.filter(|it| {
        let hash = &it.cast.blob.hash;
        words::are_spoken(&lower, &hash.0, votes::TRACKER_WORDS)
            || (lower.len() >= 11 && hash.to_string().starts_with(&lower))
    });
    found.next()
}

/// What shows that a ballot is in the set that trustees locked and a checkpoint fixed.
fn inclusion(known: &Known, ballot: &BallotAt) -> Option<Json> {
    let unit = known.unit_of(ballot.ward?)?;
    let (index, size, path) = unit.proof(&ballot.id)?;
    let path: Vec<String> = path.iter().map(|it| to_hex(it)).collect();
    Some(json!({
        "ward": unit.ward,
        "root": to_hex(&unit.set),
        "index": index,
        "size": size,
        "path": path,
        "locked": unit.locked.map(|it| it.0.0),
    }))
}

fn proof_line(ctx: &Context, proof: &Json) -> String {
    let number = |name: &str| proof.get(name).and_then(Json::as_u64);
    let root = proof.get("root").and_then(Json::as_str).unwrap_or_default();
    let path = proof
        .get("path")
        .and_then(Json::as_array)
        .map_or(0, Vec::len);
    let args = [
        (
            "index",
            number("index").unwrap_or(0).saturating_add(1).into(),
        ),
        ("size", number("size").unwrap_or(0).into()),
        ("hashes", to_u64(path).into()),
        ("root", root.into()),
        ("height", number("locked").unwrap_or(0).into()),
    ];
    let text = match number("locked") {
        Some(_) => "vote-check-proof",
        None => "vote-check-proof-unlocked",
    };
    ctx.text(text, &args)
}

const fn fate_word(fate: &Fate) -> &'static str {
    match fate {
        Fate::Counts => "counts",
        Fate::Waiting => "waits",
        Fate::Refused(reason) => reason_word(*reason),
    }
}

/// The word of a reason for scripts.
const fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::NotElector => "not_elector",
        Reason::BeforeKey => "before_key",
        Reason::AfterEnd => "after_end",
        Reason::NotReceipted => "not_receipted",
        Reason::Replaced => "replaced",
        Reason::False => "false",
        Reason::WrongSize => "wrong_size",
        Reason::WrongWard => "wrong_ward",
    }
}

const fn refused_key(reason: Reason) -> &'static str {
    match reason {
        Reason::NotElector => key("vote-check-not-elector"),
        Reason::BeforeKey => key("vote-check-before-key"),
        Reason::AfterEnd => key("vote-check-after-end"),
        Reason::NotReceipted => key("vote-check-not-receipted"),
        Reason::Replaced => key("vote-check-replaced"),
        Reason::False => key("vote-check-false"),
        Reason::WrongSize => key("vote-check-wrong-size"),
        Reason::WrongWard => key("vote-check-wrong-ward"),
    }
}

impl Result_ {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        let counted = with_progress(ctx, "vote-progress-shares", |report| {
            known.count(&device, report)
        })?;
        let counted = counted.map_err(|it| missing(ctx, &it))?;
        let lines = counted_lines(ctx, &known, &counted);
        let object = counted_object(&known, &counted);
        ctx.emit(object, &lines.join("\n"))
    }
}

/// Why there is no result yet.
pub(super) fn missing(ctx: &Context, missing: &Missing) -> Failure {
    match missing {
        Missing::Close => Failure::new(Exit::NotFound, "vote.not_closed"),
        Missing::Sum(ward) => {
            Failure::new(Exit::Damaged, "vote.false_lock").with("ward", u64::from(*ward))
        }
        Missing::Lock(ward) => {
            let args = [("ward", u64::from(*ward).into())];
            no_result(ctx.text("vote-missing-lock", &args))
        }
        Missing::LockedSum(ward) => {
            let args = [("ward", u64::from(*ward).into())];
            no_result(ctx.text("vote-missing-sum", &args))
        }
        Missing::Ballots(ballots) => {
            let args = [("count", to_u64(ballots.len()).into())];
            no_result(ctx.text("vote-missing-ballots", &args))
        }
        Missing::Shares(ward, pieces) => {
            let args = [
                ("ward", u64::from(*ward).into()),
                ("count", to_u64(pieces.len()).into()),
            ];
            no_result(ctx.text("vote-missing-shares", &args))
        }
    }
}

fn no_result(why: String) -> Failure {
    Failure::new(Exit::NotFound, "vote.no_result").because_words(why)
}

/// A result as people read it.
pub(super) fn counted_lines(ctx: &Context, known: &Known, counted: &Counted) -> Vec<String> {
    let question = &known.vote.opening.question;
    let outcome = &counted.outcome;
    let mut lines = vec![ctx.text("vote-result", &[("question", (&question.text).into())])];
    if question.kind == QuestionKind::YesNo {
        let yes = outcome.lines.first().map_or(0, |it| it.count);
        let args = [
            ("yes", u64::from(yes).into()),
            ("no", u64::from(outcome.ballots.saturating_sub(yes)).into()),
        ];
        lines.push(ctx.text("vote-result-yes-no", &args));
        let word = match outcome.accepted {
            Some(true) => "vote-result-accepted",
            _ => "vote-result-rejected",
        };
        lines.push(ctx.text(word, &[]));
    } else {
        for (at, line) in outcome.lines.iter().enumerate() {
            lines.push(option_line(
                ctx,
                question,
                line,
                outcome.leaders.contains(&at),
            ));
        }
    }
    let args = [
        ("ballots", u64::from(counted.ballots).into()),
        ("electors", to_u64(known.roll.electors()).into()),
        ("shares", to_u64(counted.shares).into()),
        ("bits", smudging(counted).into()),
    ];
    lines.push(ctx.text("vote-result-ballots", &args));
    if counted.taken > 0 {
        let args = [
            ("added", u64::from(counted.added).into()),
            ("taken", u64::from(counted.taken).into()),
        ];
        lines.push(ctx.text("vote-result-sums", &args));
    }
    if !counted.false_shares.is_empty() {
        let args = [("count", to_u64(counted.false_shares.len()).into())];
        lines.push(ctx.text("vote-result-false-shares", &args));
    }
    lines
}

fn smudging(counted: &Counted) -> String {
    match counted.smudging.is_finite() {
        true => format!("{:.0}", counted.smudging),
        false => "0".to_owned(),
    }
}

fn option_line(ctx: &Context, question: &Question, line: &Line, leads: bool) -> String {
    let mark = if leads { "✔" } else { " " };
    let value = match question.kind {
        QuestionKind::Score { .. } => {
            let mean = line.mean_hundredths.unwrap_or(0);
            let (whole, rest) = (mean / 100, mean % 100);
            format!("{whole}.{rest:02}")
        }
        QuestionKind::Majority => choice::grade_word(ctx, line.grade.unwrap_or(6)),
        _ => line.count.to_string(),
    };
    format!("{mark} {:<30} {value}", line.label)
}

/// A result as scripts read it.
pub(super) fn counted_object(known: &Known, counted: &Counted) -> Json {
    let Outcome {
        ballots,
        lines,
        leaders,
        accepted,
    } = &counted.outcome;
    let lines = lines.iter().map(|it| {
        json!({
            "option": it.label,
            "count": it.count,
            "grades": it.grades,
            "mean_hundredths": it.mean_hundredths,
            "grade": it.grade,
        })
    });
    json!({
        "vote": known.vote.id.to_string(),
        "question": known.vote.opening.question.text,
        "ballots": ballots,
        "electors": known.roll.electors(),
        "options": lines.collect::<Vec<_>>(),
        "leaders": leaders,
        "accepted": accepted,
        "smudging_bits": smudging(counted).parse::<u64>().unwrap_or(0),
        "sums_added": counted.added,
        "sums_taken": counted.taken,
        "shares": counted.shares,
        "false_shares": counted.false_shares.len(),
    })
}
