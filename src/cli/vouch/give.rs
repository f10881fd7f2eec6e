//! `vouch give`: the rules are looked at first, then the words, then the questions; then it is
//! signed.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use commune_crdt::{
    entry::SignedEntry,
    genesis::{MeetAnswer, MeetRequest, Request, meet_text},
    history::Verdict,
    keys::MemberKey,
    params::Param,
    payload::{Certification, MeetingId, MemberFact, Statements},
    time::Seconds,
};
use serde_json::{Value as Json, json};

use super::{
    super::{
        Context, meetup,
        member::{day, short, time},
        rule, value,
    },
    code::{self, Shown},
    live,
    request::{no_randomness, test_network_only},
};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    intake::Fate,
    store::{Batch, Durability},
    trust::{Foreseen, Trust},
    vault::{
        exchange::{Answered, Exchange},
        random, words,
    },
};

/// Whom to vouch for.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Give {
    #[arg(value_name = "CARD", required_unless_present = "live")]
    card: Option<PathBuf>,
    #[arg(long, value_name = "WHO", num_args = 0..=1, conflicts_with = "card")]
    live: Option<Option<String>>,
    #[arg(long, value_name = "TIME", requires = "live", value_parser = value::duration)]
    wait: Option<Duration>,
    #[arg(long, value_name = "WORDS")]
    words: Option<String>,
    #[arg(long)]
    no_queue: bool,
    #[command(flatten)]
    shown: Shown,
}

/// Who is vouched for, and from when on it acts if not at once.
pub(super) struct Subject {
    key: MemberKey,
    name: String,
    waits_until: Option<Seconds>,
    meeting: MeetingId,
}

impl Give {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let Some(card) = &self.card else {
            let who = self.live.as_ref().and_then(Option::as_deref);
            let wait = self.wait.unwrap_or(live::WAIT);
            return live::give(ctx, who, self.words.as_deref(), self.no_queue, wait);
        };
        let codes = code::read(ctx, card)?;
        let met = code::first(card, &codes, MeetRequest::decode);
        match (met, codes.as_slice()) {
            (Ok(request), _) => self.to_person(ctx, request),
            (Err(_), [bytes]) => self.to_card(ctx, card, bytes),
            (Err(error), _) => Err(error),
        }
    }

    /// Over a file, on a test network: the card and the join come with it.
    fn to_card(&self, ctx: &mut Context, card: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let request = Request::decode(bytes).map_err(|it| code::unusable(card, &it))?;
        let device = ctx.device()?;
        test_network_only(&device)?;
        let join = request
            .verify(device.network())
            .map_err(|cause| Failure::new(Exit::Refused, "vouch.other_network").because(&cause))?;
        let person = request.card().person();
        let subject = allowed(
            ctx,
            &device,
            person.member,
            Some(&person.name),
            self.no_queue,
        )?;
        ask(ctx, &device, &subject)?;
        let mut batch = Batch::new();
        batch.put_blob(&person.ml_kem);
        device.store().commit(batch, Durability::Data)?;
        let waits =
            SignedEntry::decode(join.as_bytes()).map_err(|cause| code::unusable(card, &cause))?;
        let (taken, receipt) = device.take(vec![waits], Durability::Data)?;
        receipt.wait()?;
        if let Some((_, Fate::Judged(Verdict::Invalid(cause)))) = taken.verdicts.first() {
            return Err(code::unusable(card, cause));
        }
        sign(ctx, &device, &subject)
    }

    /// To a person in front of one: a code, an answer, six words.
    fn to_person(&self, ctx: &mut Context, request: MeetRequest) -> Result<(), Failure> {
        let device = ctx.device()?;
        if !request.is_for(device.network()) {
            return Err(Failure::new(Exit::Refused, "vouch.other_network"));
        }
        let subject = allowed(ctx, &device, *request.member(), None, self.no_queue)?;
        let now = ctx.claimed_now();
        let (dir, key) = (device.dir(), device.vault().store_key.bytes());
        let mut exchange = Exchange::read(dir, key, now)?;
        let answered = match exchange.answer_to(&request) {
            Some(before) if before.is_done => {
                return Err(Failure::new(Exit::Refused, "vouch.replayed"));
            }
            Some(before) => before.clone(),
            None => {
                let answered = Answered {
                    request,
                    answer: answer(&device)?,
                    since: now,
                    is_done: false,
                };
                exchange.answer(answered.clone());
                exchange.write(dir, key)?;
                answered
            }
        };
        let said = match &self.words {
            Some(words) => words.clone(),
            None => {
                let bytes = answered.answer.encode();
                let title = ctx.text("vouch-answer-title", &[("name", (&subject.name).into())]);
                let drawn = self.shown.draw(ctx, &bytes, &title)?;
                if ctx.json || ctx.no_input || ctx.caller.prompter.is_none() {
                    return emit(ctx, &subject, None, Some(&meet_text(&bytes)), &drawn);
                }
                ctx.print(&drawn)?;
                let question = ctx.text("vouch-ask-words", &[]);
                ctx.ask(&question, "--words")?
            }
        };
        let heard = words::heard(&said);
        let opening = heard
            .iter()
            .find(|it| request.opens(device.network(), &answered.answer, it));
        let Some(opening) = opening else {
            return Err(Failure::new(Exit::Damaged, "vouch.words"));
        };
        let same = code::words_of(ctx, opening);
        let text = ctx.text("vouch-words-agree", &[("words", same.into())]);
        ctx.note(&text);
        ask(ctx, &device, &subject)?;
        // Before it is signed: a code never serves twice, whatever happens now.
        if let Some(it) = exchange.answer_to(&request) {
            it.is_done = true;
        }
        exchange.write(dir, key)?;
        sign(ctx, &device, &subject)
    }
}

/// Looks at the rules before anything is shown or signed.
pub(super) fn allowed(
    ctx: &Context,
    device: &Device,
    key: MemberKey,
    name: Option<&str>,
    no_queue: bool,
) -> Result<Subject, Failure> {
    if key == device.vault().member_key {
        return Err(Failure::new(Exit::Refused, "rule.certify_self"));
    }
    if device.standing()?.is_none() {
        return Err(Failure::new(Exit::Refused, "rule.not_known"));
    }
    let at = ctx.at_time.map(|it| Seconds(it.unix_seconds));
    // Zeros where two met alone.
    let meetup = meetup::open(ctx, device)?;
    let meeting = meetup.as_ref().map_or([0; 16], |it| it.meeting);
    let stated = certification(ctx, key, meeting);
    let (trust, foreseen) = Trust::foresee(device, at, stated)?;
    let known = trust.membership.find(&key);
    let known = known.and_then(|it| trust.membership.person(it));
    let name = match (name, known) {
        (Some(name), _) => name.to_owned(),
        (None, Some(person)) if !person.name.is_empty() => trust.name(person),
        (None, _) => short(&key),
    };
    let waits_until = match foreseen {
        Foreseen::Acts => None,
        Foreseen::Waits(until) if no_queue => {
            return Err(
                Failure::new(Exit::Refused, "rule.certification_period").with("day", day(until))
            );
        }
        Foreseen::Waits(until) => Some(until),
        Foreseen::Refused(refusal) => return Err(rule::failure(ctx, refusal, &name)),
    };
    Ok(Subject {
        key,
        name,
        waits_until,
        meeting,
    })
}

fn answer(device: &Device) -> Result<MeetAnswer, Failure> {
    let secret = device.genesis().secret().cloned();
    let secret = secret.ok_or(Failure::new(Exit::Refused, "device.no_secret"))?;
    Ok(MeetAnswer::at_genesis(
        device.network(),
        device.vault().member_key,
        random::unique().map_err(no_randomness)?,
        secret,
    ))
}

fn certification(ctx: &Context, subject: MemberKey, meeting: MeetingId) -> MemberFact {
    MemberFact::Certification(Certification {
        subject,
        statements: Statements::ALL,
        met: ctx.claimed_now(),
        meeting,
    })
}

/// What a sponsor engages, and the three questions.
pub(super) fn ask(ctx: &mut Context, device: &Device, subject: &Subject) -> Result<(), Failure> {
    let name = || ("name", (&subject.name).into());
    let params = &device.genesis().body().params;
    let (life, most) = (params.get(Param::SigValidity), params.get(Param::SigStock));
    let days = life.checked_div(86_400).unwrap_or(0);
    let engages = [name(), ("days", days.into()), ("most", most.into())];
    for line in [
        ctx.text("vouch-ask", &[name()]),
        ctx.text("vouch-engages", &engages),
    ] {
        ctx.note(&line);
    }
    if subject.meeting != [0; 16] {
        let line = ctx.text("vouch-in-meetup", &[]);
        ctx.note(&line);
    }
    for key in ["vouch-ask-identity", "vouch-ask-age", "vouch-ask-charter"] {
        let question = ctx.text(key, &[name()]);
        if !ctx.agrees(&question)? {
            return Err(Failure::new(Exit::Failed, "vouch.not_affirmed"));
        }
    }
    Ok(())
}

fn sign(ctx: &mut Context, device: &Device, subject: &Subject) -> Result<(), Failure> {
    let (id, text) = certify(ctx, device, subject)?;
    emit(ctx, subject, Some(id), None, &text)
}

/// Signs: the name of the entry, and what is to be said of it.
pub(super) fn certify(
    ctx: &Context,
    device: &Device,
    subject: &Subject,
) -> Result<(String, String), Failure> {
    let fact = certification(ctx, subject.key, subject.meeting);
    let (id, _) = device.state(&fact, ctx.claimed_now())?;
    let name = ("name", (&subject.name).into());
    let text = match subject.waits_until {
        None => ctx.text("vouch-given", &[name]),
        Some(until) => ctx.text("vouch-given-queued", &[name, ("day", day(until).into())]),
    };
    Ok((id.to_string(), text))
}

fn emit(
    ctx: &mut Context,
    subject: &Subject,
    entry: Option<String>,
    answer: Option<&str>,
    text: &str,
) -> Result<(), Failure> {
    let object = subject.object(entry, answer);
    ctx.emit(object, text)
}

impl Subject {
    /// What a script reads of a certification, or of the way to it.
    pub(super) fn object(&self, entry: Option<String>, answer: Option<&str>) -> Json {
        json!({
            "entry": entry,
            "subject": self.key.to_string(),
            "name": self.name,
            "answer": answer,
            "waits_until": self.waits_until.map(time),
            "status": "pending",
        })
    }
}
