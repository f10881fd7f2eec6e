//! `commune member`: who is a member, who asked, and whose time runs out.

use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use commune_crdt::{
    codec::to_u64,
    keys::MemberKey,
    time::Seconds,
    trust::{Membership, Person, PersonId, State},
};
use serde_json::{Value as Json, json};

use super::{
    Context, rule,
    value::{self, Moment},
};
use crate::{
    failure::{Exit, Failure},
    messages::key,
    trust::{Margin, Trust},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    List(List),
    Show(Show),
    Find(Find),
}

/// Whom to list.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[arg(long, value_enum)]
    state: Option<StateName>,
    #[arg(long, value_name = "DURATION", value_parser = value::duration)]
    expiring: Option<Duration>,
}

/// One person.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[arg(value_name = "WHO")]
    who: String,
}

/// Part of a name or key.
#[derive(Debug, clap::Args)]
pub(super) struct Find {
    #[arg(value_name = "TEXT")]
    text: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StateName {
    Candidate,
    Member,
    Lapsed,
    Gone,
    Revoked,
}

impl From<StateName> for State {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Candidate => Self::Candidate,
            StateName::Member => Self::Member,
            StateName::Lapsed => Self::Lapsed,
            StateName::Gone => Self::Gone,
            StateName::Revoked => Self::Revoked,
        }
    }
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let people = &trust.membership;
        match self {
            Self::List(args) => {
                let state = args.state.map(State::from);
                let until = args
                    .expiring
                    .map(|it| people.newest().time.after(it.as_secs()));
                let wanted = |person: &Person| {
                    state.is_none_or(|it| it == person.state)
                        && until.is_none_or(|until| {
                            person.state == State::Member && people.lapse_time(person) <= until
                        })
                };
                list(ctx, &trust, wanted)
            }
            Self::Find(args) => {
                let text = args.text.to_lowercase();
                let wanted = |person: &Person| {
                    person.name.to_lowercase().contains(&text)
                        || person.key.to_string().starts_with(&text)
                };
                list(ctx, &trust, wanted)
            }
            Self::Show(args) => show(ctx, &trust, &args.who),
        }
    }
}

fn list(ctx: &mut Context, trust: &Trust, wanted: impl Fn(&Person) -> bool) -> Result<(), Failure> {
    let people = &trust.membership;
    let found = (0..).zip(people.people()).filter(|(_, it)| wanted(it));
    let mut found: Vec<(PersonId, &Person)> = found.collect();
    found.sort_by_key(|(_, person)| (person.name.to_lowercase(), person.key));
    let objects: Vec<_> = found.iter().map(|(_, it)| object(trust, it)).collect();
    let mut lines: Vec<_> = found
        .iter()
        .map(|(_, person)| {
            let margin = Margin::of(people, &person.key);
            format!(
                "{}  {:<10} {:>3}/{}  {}  {}",
                short(&person.key),
                ctx.text(state_key(person.state), &[]),
                margin.received,
                margin.needed,
                day(person.until),
                trust.name(person),
            )
        })
        .collect();
    let (height, status) = (trust.height(), trust.members_status());
    let counted = if status == "final" {
        "member-count-final"
    } else if height.0 > 0 {
        "member-count-since"
    } else {
        "member-count"
    };
    lines.push(ctx.text(
        counted,
        &[
            ("shown", to_u64(found.len()).into()),
            ("members", people.members().into()),
            ("height", u64::from(height.0).into()),
            (
                "time",
                trust.certified_time().map(time).unwrap_or_default().into(),
            ),
        ],
    ));
    let freshness = pending(people);
    ctx.emit(
        json!({
            "people": objects,
            "members": people.members(),
            "height": height.0,
            "time": freshness,
            "status": status,
        }),
        &lines.join("\n"),
    )
}

fn show(ctx: &mut Context, trust: &Trust, who: &str) -> Result<(), Failure> {
    let people = &trust.membership;
    let (id, person) = find(trust, who)?;
    let margin = Margin::of(people, &person.key);
    let now = people.newest().time;
    let mut lines = vec![
        trust.name(person),
        ctx.text("member-key", &[("key", person.key.to_string().into())]),
        standing_line(ctx, &margin),
        final_line(ctx, trust, person),
    ];
    if person.state == State::Candidate
        && let Some(refusal) = people.sponsors_lack(&people.graph(now), id, now)
    {
        let what = ctx.text(rule::key(refusal), &[]);
        lines.push(ctx.text("trust-explain-missing", &[("what", what.into())]));
    }
    for received in person.live(now) {
        if let Some(issuer) = people.person(received.issuer) {
            lines.push(ctx.text(
                "member-sponsor",
                &[
                    ("name", trust.name(issuer).into()),
                    ("until", day(received.end).into()),
                ],
            ));
        }
    }
    ctx.emit(object(trust, person), &lines.join("\n"))
}

/// The field's word for how settled something is.
pub(super) fn standing(is_final: bool) -> &'static str {
    if is_final { "final" } else { "pending" }
}

/// Whether what is said of a person is final, and how fresh it is.
fn final_line(ctx: &Context, trust: &Trust, person: &Person) -> String {
    let key = if trust.is_final(&person.key) {
        "member-final"
    } else {
        "member-pending"
    };
    let args = [
        ("height", u64::from(trust.height().0).into()),
        (
            "time",
            trust.certified_time().map(time).unwrap_or_default().into(),
        ),
    ];
    ctx.text(key, &args)
}

/// Whom people mean by a name, or by the first 6 or more digits of a key.
pub(super) fn find<'a>(trust: &'a Trust, who: &str) -> Result<(PersonId, &'a Person), Failure> {
    let people = &trust.membership;
    let lower = who.to_lowercase();
    let is_key = lower.len() >= 6 && lower.bytes().all(|it| it.is_ascii_hexdigit());
    let all = || (0..).zip(people.people());
    let exact: Vec<_> = all().filter(|(_, it)| trust.name(it) == who).collect();
    let found = if exact.is_empty() {
        all()
            .filter(|(_, it)| {
                it.name.to_lowercase() == lower
                    || (is_key && it.key.to_string().starts_with(&lower))
            })
            .collect()
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::new(Exit::NotFound, "member.unknown").with("who", who)),
        _ => Err(Failure::new(Exit::NotFound, "member.several")
            .with("who", who)
            .with("count", to_u64(found.len()))),
    }
}

/// What a script reads of a person.
pub(super) fn object(trust: &Trust, person: &Person) -> Json {
    let people = &trust.membership;
    let now = people.newest().time;
    let margin = Margin::of(people, &person.key);
    let name_of = |id: PersonId| people.person(id).map(|it| it.key.to_string());
    let received: Vec<_> = person
        .live(now)
        .map(|it| {
            json!({
                "issuer": name_of(it.issuer),
                "emission": time(it.emission),
                "end": time(it.end),
            })
        })
        .collect();
    json!({
        "member": person.key.to_string(),
        "name": trust.name(person),
        "state": state_word(person.state),
        "since": time(person.since),
        "until": time(person.until),
        "received": received,
        "needed": margin.needed,
        "queued": margin.queued,
        "turn": margin.turn.map(time),
        "status": standing(trust.is_final(&person.key)),
    })
}

/// What a person reads of their standing: where they stand, and the margin.
pub(super) fn standing_line(ctx: &Context, margin: &Margin) -> String {
    let state = margin.state.map_or(key("member-state-unknown"), state_key);
    let mut text = ctx.text(
        "member-margin",
        &[
            ("state", ctx.text(state, &[]).into()),
            ("received", margin.received.into()),
            ("needed", margin.needed.into()),
        ],
    );
    let separator = ctx.text("member-margin-separator", &[]);
    let mut add = |line: String| {
        text.push_str(&separator);
        text.push_str(&line);
    };
    if let Some(end) = margin.first_end {
        let args = [("day", day(end).into()), ("count", margin.can_renew.into())];
        add(ctx.text("member-margin-first", &args));
    }
    match (margin.state, margin.turn) {
        (Some(State::Candidate), Some(turn)) => {
            add(ctx.text("member-margin-admission", &[("day", day(turn).into())]));
        }
        (Some(State::Member), Some(turn)) => {
            let args = [
                ("year", day(margin.until).into()),
                ("lapse", day(turn).into()),
            ];
            add(ctx.text("member-margin-until", &args));
        }
        _ => {}
    }
    if margin.queued > 0 {
        add(ctx.text("member-margin-queued", &[("count", margin.queued.into())]));
    }
    text
}

pub(super) const fn state_word(state: State) -> &'static str {
    match state {
        State::Candidate => "candidate",
        State::Member => "member",
        State::Lapsed => "lapsed",
        State::Gone => "gone",
        State::Revoked => "revoked",
    }
}

pub(super) const fn state_key(state: State) -> &'static str {
    match state {
        State::Candidate => key("member-state-candidate"),
        State::Member => key("member-state-member"),
        State::Lapsed => key("member-state-lapsed"),
        State::Gone => key("member-state-gone"),
        State::Revoked => key("member-state-revoked"),
    }
}

/// A moment as scripts read it.
pub(super) fn time(at: Seconds) -> String {
    Moment { unix_seconds: at.0 }.to_string()
}

/// The day of a moment.
pub(super) fn day(at: Seconds) -> String {
    time(at).chars().take(10).collect()
}

/// The time up to which what is shown was folded.
pub(super) fn pending(people: &Membership) -> String {
    time(people.newest().time)
}

/// Enough of a key to name it.
pub(super) fn short(key: &MemberKey) -> String {
    key.to_string().chars().take(12).collect()
}
