//! `commune meetup status`: who is here, and who should meet whom.

use std::collections::BTreeSet;

use commune_crdt::{
    codec::to_u64,
    hash::to_hex,
    keys::MemberKey,
    trust::{PersonId, radar::Need},
};
use serde_json::{Value as Json, json};

use super::{met, open, rosters};
use crate::{
    cli::{
        Context,
        member::{day, find, pending, short, state_key, state_word, time},
    },
    failure::{Exit, Failure},
    trust::Trust,
    vault::meetup::Meetup,
};

/// Most people who are told whom to meet; a room does not read a longer list.
const MAX_SHOWN: usize = 20;

/// Who else is here.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(long, value_name = "WHO", num_args = 1..)]
    here: Vec<String>,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let Some(meetup) = open(ctx, &device)? else {
            return Err(Failure::new(Exit::NotFound, "meetup.none"));
        };
        let trust = ctx.trust(&device)?;
        let mut here = present(&trust, &meetup);
        here.insert(device.vault().member_key);
        for who in &self.here {
            here.insert(find(&trust, who)?.1.key);
        }
        let people = &trust.membership;
        let known: Vec<_> = here.iter().filter_map(|key| people.find(key)).collect();
        let mut needs = people.radar(&known);
        let left_out = needs.len().saturating_sub(MAX_SHOWN);
        needs.truncate(MAX_SHOWN);

        let mut names: Vec<_> = here.iter().map(|key| name_of(&trust, key)).collect();
        names.sort_by_key(|it| it.to_lowercase());
        let mut lines = Vec::new();
        if !meetup.title.is_empty() {
            lines.push(ctx.text("meetup-title", &[("title", (&meetup.title).into())]));
        }
        let count = to_u64(here.len());
        let args = [("count", count.into()), ("names", names.join(", ").into())];
        lines.push(ctx.text("meetup-here", &args));
        if needs.is_empty() {
            lines.push(ctx.text("meetup-nobody-needs", &[]));
        }
        lines.extend(needs.iter().filter_map(|it| line(ctx, &trust, it)));
        if left_out > 0 {
            let args = [("count", to_u64(left_out).into())];
            lines.push(ctx.text("meetup-more", &args));
        }
        let should_meet: Vec<_> = needs.iter().filter_map(|it| object(&trust, it)).collect();
        let mut here: Vec<_> = here.iter().collect();
        here.sort_by_cached_key(|key| (name_of(&trust, key).to_lowercase(), **key));
        let here: Vec<_> = here.into_iter().map(|key| human(&trust, key)).collect();
        let object = json!({
            "meeting": to_hex(&meetup.meeting),
            "title": meetup.title,
            "since": time(meetup.since.into()),
            "people": count,
            "here": here,
            "should_meet": should_meet,
            "left_out": left_out,
            "height": 0,
            "time": pending(people),
            "status": "pending",
        });
        ctx.emit(object, &lines.join("\n"))
    }
}

/// Those of whom this device heard that they are at the meeting.
fn present(trust: &Trust, meetup: &Meetup) -> BTreeSet<MemberKey> {
    let mut here = met(trust, None, meetup.meeting);
    here.extend(rosters(trust, meetup.meeting).map(|(by, _)| by.key));
    here
}

fn name_of(trust: &Trust, key: &MemberKey) -> String {
    let person = trust.membership.find(key);
    let person = person.and_then(|it| trust.membership.person(it));
    person.map_or_else(|| short(key), |it| trust.name(it))
}

fn human(trust: &Trust, key: &MemberKey) -> Json {
    let person = trust.membership.find(key);
    let person = person.and_then(|it| trust.membership.person(it));
    json!({
        "member": key.to_string(),
        "name": name_of(trust, key),
        "state": person.map(|it| state_word(it.state)),
    })
}

/// One line: who, what they lack until when, and whom they should meet.
fn line(ctx: &Context, trust: &Trust, need: &Need) -> Option<String> {
    let people = &trust.membership;
    let now = people.newest().time;
    let person = people.person(need.person)?;
    let sponsors = need.sponsors.iter().filter_map(|it| {
        let name = trust.name(people.person(it.person)?);
        let from = (it.acts > now).then(|| day(it.acts));
        Some(match (it.ends, from) {
            (Some(end), _) => {
                let args = [("name", name.into()), ("day", day(end).into())];
                ctx.text("meetup-renews", &args)
            }
            (None, Some(from)) => {
                let args = [("name", name.into()), ("day", from.into())];
                ctx.text("meetup-acts", &args)
            }
            (None, None) => name,
        })
    });
    let args = [
        ("name", trust.name(person).into()),
        ("state", ctx.text(state_key(person.state), &[]).into()),
        ("lacks", need.lacks.into()),
        ("day", day(need.before).into()),
        ("sponsors", sponsors.collect::<Vec<_>>().join(", ").into()),
    ];
    Some(ctx.text("meetup-need", &args))
}

fn object(trust: &Trust, need: &Need) -> Option<Json> {
    let people = &trust.membership;
    let person = people.person(need.person)?;
    let name = |id: PersonId| {
        people
            .person(id)
            .map(|it| (it.key.to_string(), trust.name(it)))
    };
    let sponsors = need.sponsors.iter().filter_map(|it| {
        let (member, name) = name(it.person)?;
        Some(json!({
            "member": member,
            "name": name,
            "acts": time(it.acts),
            "ends": it.ends.map(time),
        }))
    });
    Some(json!({
        "member": person.key.to_string(),
        "name": trust.name(person),
        "state": state_word(person.state),
        "lacks": need.lacks,
        "before": time(need.before),
        "sponsors": sponsors.collect::<Vec<_>>(),
    }))
}
