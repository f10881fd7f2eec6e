//! `commune meetup`: one nonce that all who meet share, and the roster on which they agree.

mod status;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use commune_crdt::{
    genesis::{MAX_MEET_TEXT, MeetingCode, meet_text, read_meet_text},
    hash::to_hex,
    keys::MemberKey,
    payload::{MeetingId, MemberFact, Roster},
    trust::Person,
};
use serde_json::json;

use super::{
    Context, member,
    vouch::code::{self, Shown},
};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    trust::Trust,
    vault::{
        meetup::{MAX_TITLE_LEN, Meetup},
        random,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Start(Start),
    Join(Join),
    Status(status::Args),
    End(End),
}

/// What to call it.
#[derive(Debug, clap::Args)]
pub(super) struct Start {
    #[arg(long, value_name = "TITLE", default_value = "")]
    title: String,
    #[command(flatten)]
    shown: Shown,
}

/// The code of another.
#[derive(Debug, clap::Args)]
pub(super) struct Join {
    #[arg(value_name = "CODE")]
    code: PathBuf,
    #[arg(long, value_name = "TITLE", default_value = "")]
    title: String,
}

/// Who was there.
#[derive(Debug, clap::Args)]
pub(super) struct End {
    #[arg(long, value_name = "WHO", num_args = 1..)]
    with: Vec<String>,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Start(args) => args.run(ctx),
            Self::Join(args) => args.run(ctx),
            Self::Status(args) => args.run(ctx),
            Self::End(args) => args.run(ctx),
        }
    }
}

impl Start {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let drawn = random::unique();
        let meeting: MeetingId =
            drawn.map_err(|cause| Failure::new(Exit::Failed, "vault.random").because(&cause))?;
        keep(ctx, &device, meeting, &self.title)?;
        let bytes = MeetingCode::new(device.network(), meeting).encode();
        let title = ctx.text("meetup-started", &[]);
        let drawn = self.shown.draw(ctx, &bytes, &title)?;
        let object = json!({
            "meeting": to_hex(&meeting),
            "title": self.title,
            "code": meet_text(&bytes),
        });
        ctx.emit(object, &drawn)
    }
}

impl Join {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let codes = match self.code.to_str().filter(|it| it.len() <= MAX_MEET_TEXT) {
            Some(text) if let Some(code) = read_meet_text(text) => {
                vec![code.map_err(|cause| unusable(&self.code).because(&cause))?]
            }
            _ => code::read(ctx, &self.code)?,
        };
        let code = codes.iter().find_map(|it| MeetingCode::decode(it).ok());
        let code = code.ok_or_else(|| unusable(&self.code))?;
        if code != MeetingCode::new(device.network(), code.meeting) {
            return Err(Failure::new(Exit::Refused, "meetup.other_network"));
        }
        keep(ctx, &device, code.meeting, &self.title)?;
        let text = ctx.text("meetup-joined", &[]);
        let object = json!({"meeting": to_hex(&code.meeting), "title": self.title});
        ctx.emit(object, &text)
    }
}

impl End {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let Some(meetup) = open(ctx, &device)? else {
            return Err(Failure::new(Exit::NotFound, "meetup.none"));
        };
        let trust = ctx.trust(&device)?;
        let own = device.vault().member_key;
        let mut keys = vec![own];
        for who in &self.with {
            keys.push(member::find(&trust, who)?.1.key);
        }
        if self.with.is_empty() {
            keys.extend(met(&trust, Some(&own), meetup.meeting));
        }
        keys.sort_unstable();
        keys.dedup();
        if keys == [own] {
            return Err(Failure::new(Exit::NotFound, "meetup.alone"));
        }
        let roster = Roster::of(meetup.meeting, keys.iter().copied());
        let (entry, _) = device.state(&MemberFact::Roster(roster), ctx.claimed_now())?;
        Meetup::end(device.dir())?;

        let start = |it: &Roster| to_hex(&it.keys).chars().take(8).collect::<String>();
        let args = [
            ("people", u64::from(roster.people).into()),
            ("hash", start(&roster).into()),
        ];
        let mut lines = vec![ctx.text("meetup-ended", &args)];
        let mut others = Vec::new();
        let others_of = rosters(&trust, meetup.meeting).filter(|(by, _)| by.key != own);
        for (person, other) in others_of {
            let agrees = *other == roster;
            let args = [
                ("name", trust.name(person).into()),
                ("people", u64::from(other.people).into()),
                ("hash", start(other).into()),
            ];
            let key = if agrees {
                "meetup-agrees"
            } else {
                "meetup-differs"
            };
            lines.push(ctx.text(key, &args));
            others.push(json!({
                "member": person.key.to_string(),
                "name": trust.name(person),
                "people": other.people,
                "roster": to_hex(&other.keys),
                "agrees": agrees,
            }));
        }
        let object = json!({
            "entry": entry.to_string(),
            "meeting": to_hex(&meetup.meeting),
            "title": meetup.title,
            "people": roster.people,
            "members": keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "roster": to_hex(&roster.keys),
            "others": others,
            "status": "pending",
        });
        ctx.emit(object, &lines.join("\n"))
    }
}

/// The meeting that is open on `device`.
pub(super) fn open(ctx: &Context, device: &Device) -> Result<Option<Meetup>, Failure> {
    let key = device.vault().store_key.bytes();
    Ok(Meetup::read(device.dir(), key, ctx.claimed_now())?)
}

fn keep(ctx: &Context, device: &Device, meeting: MeetingId, title: &str) -> Result<(), Failure> {
    if title.len() > MAX_TITLE_LEN {
        return Err(
            Failure::new(Exit::Usage, "meetup.title").with("most", MAX_TITLE_LEN.to_string())
        );
    }
    // Another nonce would split those who took over the first.
    if open(ctx, device)?.is_some_and(|it| it.meeting != meeting) {
        return Err(Failure::new(Exit::Refused, "meetup.open"));
    }
    let meetup = Meetup {
        meeting,
        since: ctx.claimed_now(),
        title: title.to_owned(),
    };
    Ok(meetup.write(device.dir(), device.vault().store_key.bytes())?)
}

fn unusable(from: &Path) -> Failure {
    Failure::new(Exit::Damaged, "meetup.code").with("path", from)
}

/// Those whom a certification of `meeting` names, and who wants only those of `own` gets those alone.
fn met(trust: &Trust, own: Option<&MemberKey>, meeting: MeetingId) -> BTreeSet<MemberKey> {
    let people = &trust.membership;
    let mut met = BTreeSet::new();
    let mut add = |a: MemberKey, b: MemberKey| {
        if own.is_none_or(|own| a == *own || b == *own) {
            met.extend([a, b]);
        }
    };
    for person in people.people() {
        for it in person.received.iter().filter(|it| it.meeting == meeting) {
            if let Some(issuer) = people.person(it.issuer) {
                add(issuer.key, person.key);
            }
        }
        for it in person.queue.iter().filter(|it| it.meeting == meeting) {
            add(person.key, it.subject);
        }
    }
    met
}

/// What everybody stated of `meeting`, with who did.
fn rosters(trust: &Trust, meeting: MeetingId) -> impl Iterator<Item = (&Person, &Roster)> {
    let rosters = trust
        .rosters
        .iter()
        .filter(move |(_, it)| it.meeting == meeting);
    rosters.filter_map(|(device, roster)| {
        let people = &trust.membership;
        Some((people.person(people.owner(device)?)?, roster))
    })
}
