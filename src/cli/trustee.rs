//! `commune trustee`: one command for each step of who holds a part of a tally key.

use std::path::PathBuf;

use clap::Subcommand;
use commune_crdt::{
    ballot::Duty,
    codec::{CodecError, to_u64},
};
use serde_json::{Value as Json, json};

use super::{
    Access, Context, member,
    vote::{failure, with_progress},
    vouch::code,
};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    messages::key,
    qr,
    votes::{self, Done, Handed, Known, Step, hand_over, take_over},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Erase(Which),
    HandOver(HandOver),
    List(List),
    Lock(Which),
    Prepare(Which),
    Receipt(Which),
    Share(Which),
    TakeOver(TakeOver),
}

/// Nothing but the general flags.
#[derive(Debug, clap::Args)]
pub(super) struct List {}

/// Which vote.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    #[arg(value_name = "VOTE")]
    vote: String,
}

/// Which seeds go where.
#[derive(Debug, clap::Args)]
pub(super) struct HandOver {
    #[arg(value_name = "VOTE")]
    vote: String,
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "WHO")]
    to: Option<String>,
    #[arg(long)]
    qr: bool,
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
}

/// Where the seeds are.
#[derive(Debug, clap::Args)]
pub(super) struct TakeOver {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::List(_) => list(ctx),
            Self::Prepare(args) => args.act(ctx, Step::Prepare),
            Self::Receipt(args) => args.act(ctx, Step::Receipt),
            Self::Lock(args) => args.act(ctx, Step::Lock),
            Self::Share(args) => args.act(ctx, Step::Share),
            Self::Erase(args) => args.act(ctx, Step::Erase),
            Self::HandOver(args) => args.run(ctx),
            Self::TakeOver(args) => args.run(ctx),
        }
    }
}

/// A step that waits, as scripts name it.
const fn step_word(step: Step) -> &'static str {
    match step {
        Step::Prepare => "prepare",
        Step::Receipt => "receipt",
        Step::Lock => "lock",
        Step::Share => "share",
        Step::Erase => "erase",
    }
}

/// What waits for the owner of `device` as a trustee: lines for people, objects for scripts.
pub(super) fn duties(ctx: &Context, device: &Device) -> Result<(Vec<String>, Vec<Json>), Failure> {
    let (known, _) = votes::all(device).map_err(failure)?;
    let (mut lines, mut objects) = (Vec::new(), Vec::new());
    for it in &known {
        let mut last = None;
        for duty in it.duties() {
            let step = Step::of(&duty);
            // Pieces and their acknowledgement are one step.
            if last.replace(step) == Some(step) {
                continue;
            }
            let vote: String = it.vote.id.to_string().chars().take(8).collect();
            let args = [
                ("vote", vote.into()),
                ("question", (&it.vote.opening.question.text).into()),
                ("count", size(&duty).into()),
                ("step", step_word(step).into()),
            ];
            lines.push(ctx.text(duty_key(step), &args));
            objects.push(json!({
                "vote": it.vote.id.to_string(),
                "question": it.vote.opening.question.text,
                "step": step_word(step),
                "count": size(&duty),
            }));
        }
    }
    Ok((lines, objects))
}

const fn duty_key(step: Step) -> &'static str {
    match step {
        Step::Prepare => key("trustee-duty-prepare"),
        Step::Receipt => key("trustee-duty-receipt"),
        Step::Lock => key("trustee-duty-lock"),
        Step::Share => key("trustee-duty-share"),
        Step::Erase => key("trustee-duty-erase"),
    }
}

fn size(duty: &Duty) -> u64 {
    match duty {
        Duty::MakePieces(pieces) => to_u64(pieces.len()),
        Duty::Receipt(ballots) => to_u64(ballots.len()),
        Duty::Lock(wards) | Duty::Share(wards) => to_u64(wards.len()),
        Duty::Acknowledge | Duty::Erase => 1,
    }
}

fn list(ctx: &mut Context) -> Result<(), Failure> {
    let device = ctx.device()?;
    let (mut lines, objects) = duties(ctx, &device)?;
    if lines.is_empty() {
        lines.push(ctx.text("trustee-nothing", &[]));
    }
    ctx.emit(json!({"duties": objects}), &lines.join("\n"))
}

impl Which {
    fn act(&self, ctx: &mut Context, step: Step) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        if step == Step::Erase {
            let question = ctx.text("trustee-ask-erase", &[]);
            ctx.confirm(&question)?;
        }
        let claimed = ctx.claimed_now();
        let done = with_progress(ctx, "trustee-progress", |report| {
            known.act(&device, step, claimed, report)
        })?;
        let lines = said(ctx, &device, &known, step, &done)?;
        let object = json!({
            "vote": known.vote.id.to_string(),
            "step": step_word(step),
            "entries": done.entries.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "pieces": done.pieces,
            "acknowledged": done.acknowledged,
            "complaints": done.complaints,
            "unsealed": done.unsealed,
            "awaited": done.awaited,
            "receipts": done.receipts,
            "false_ballots": done.false_ballots.len(),
            "missing_ballots": done.lacking.len(),
            "wards": done.wards,
            "erased": done.erased,
        });
        ctx.emit(object, &lines.join("\n"))
    }
}

/// What was done, in lines.
fn said(
    ctx: &Context,
    device: &Device,
    known: &Known,
    step: Step,
    done: &Done,
) -> Result<Vec<String>, Failure> {
    let count =
        |it: usize| -> [(&str, crate::messages::Value); 1] { [("count", to_u64(it).into())] };
    let mut lines = Vec::new();
    let mut add = |is: bool, key: &str, number: usize| {
        if is {
            lines.push(ctx.text(key, &count(number)));
        }
    };
    let some = |it: usize| it > 0;
    add(some(done.pieces), "trustee-made", done.pieces);
    add(done.acknowledged, "trustee-acknowledged", 1);
    add(
        some(done.complaints.len()),
        "trustee-complained",
        done.complaints.len(),
    );
    add(
        some(done.unsealed.len()),
        "trustee-unsealed",
        done.unsealed.len(),
    );
    add(
        some(done.awaited.len()),
        "trustee-awaited",
        done.awaited.len(),
    );
    add(some(done.receipts), "trustee-receipted", done.receipts);
    add(
        some(done.false_ballots.len()),
        "trustee-false-ballots",
        done.false_ballots.len(),
    );
    add(
        some(done.lacking.len()),
        "trustee-lacking",
        done.lacking.len(),
    );
    let is_lock = step == Step::Lock && some(done.wards.len());
    add(is_lock, "trustee-locked", done.wards.len());
    let is_share = step == Step::Share && some(done.wards.len());
    add(is_share, "trustee-shared", done.wards.len());
    add(step == Step::Erase, "trustee-erased", done.erased);
    if !done.keyless.is_empty() {
        let trust = ctx.trust(device)?;
        let names = done.keyless.iter().filter_map(|it| {
            let person = trust.membership.person(*it)?;
            Some(trust.name(person))
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.dedup();
        let vote: String = known.vote.id.to_string().chars().take(8).collect();
        let args = [("names", names.join(", ").into()), ("vote", vote.into())];
        lines.push(ctx.text("trustee-keyless", &args));
    }
    if lines.is_empty() {
        lines.push(ctx.text("trustee-nothing-now", &[]));
    }
    Ok(lines)
}

impl HandOver {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known = votes::one(&device, &self.vote).map_err(failure)?;
        let to = self
            .to
            .as_ref()
            .map(|who| seat_of(ctx, &device, &known, who))
            .transpose()?;
        let question = ctx.text("trustee-ask-hand-over", &[]);
        ctx.confirm(&question)?;
        let handed = hand_over(&device, &known, to).map_err(failure)?;
        let bytes = handed.encode();
        // What cannot be drawn is said before a file is written.
        let drawn = match self.qr {
            true => qr::terminal(&bytes).map_err(code::too_long)?,
            false => String::new(),
        };
        let title = ctx.text(
            "trustee-page",
            &[("question", (&known.vote.opening.question.text).into())],
        );
        let page = self.image.as_ref();
        let page = page
            .map(|path| code::picture(path, &bytes, &title).map(|it| (path, it)))
            .transpose()?;
        ctx.save(&self.file, &bytes, Access::Owner)?;
        if let Some((path, page)) = page {
            ctx.save(path, &page, Access::Owner)?;
        }
        let text = ctx.text(
            "trustee-handed",
            &[("count", to_u64(handed.seeds.len()).into())],
        );
        let object = json!({"vote": known.vote.id.to_string(), "seeds": handed.seeds.len()});
        ctx.emit(object, &format!("{drawn}{text}"))
    }
}

fn seat_of(ctx: &Context, device: &Device, known: &Known, who: &str) -> Result<u8, Failure> {
    let trust = ctx.trust(device)?;
    let (person, _) = member::find(&trust, who)?;
    let seat = known.vote.seats.iter().position(|it| *it == person);
    let seat = seat.and_then(|it| u8::try_from(it).ok());
    seat.ok_or_else(|| Failure::new(Exit::NotFound, "trustee.not_one").with("who", who))
}

impl TakeOver {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let handed = self.read(ctx)?;
        let device = ctx.device()?;
        let known = votes::one(&device, &handed.vote.to_string()).map_err(failure)?;
        let taken = take_over(&device, &known, &handed).map_err(failure)?;
        let text = ctx.text("trustee-taken", &[("count", to_u64(taken).into())]);
        ctx.emit(
            json!({"vote": handed.vote.to_string(), "seeds": taken}),
            &text,
        )
    }

    /// The seeds in the file: as bytes, or as a picture of their code.
    fn read(&self, ctx: &mut Context) -> Result<Handed, Failure> {
        let mut last = CodecError::NotCanonical("head of handed seeds");
        for bytes in code::read(ctx, &self.file)? {
            match Handed::decode(&bytes) {
                Ok(handed) => return Ok(handed),
                Err(error) => last = error,
            }
        }
        Err(Failure::new(Exit::Damaged, "vote.file").because(&last))
    }
}
