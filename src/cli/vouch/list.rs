//! `vouch list`: what one gave and received, and what waits.

use std::time::Duration;

use commune_crdt::{
    keys::MemberKey,
    time::Seconds,
    trust::{Person, PersonId},
};
use serde_json::json;

use super::super::{
    Context,
    member::{day, pending, short, time},
    value,
};
use crate::{failure::Failure, trust::Trust};

/// What to list.
#[derive(Debug, clap::Args)]
pub(in super::super) struct List {
    #[arg(long, value_name = "DURATION", value_parser = value::duration)]
    expiring: Option<Duration>,
}

/// A certification, seen from one end.
struct Row<'a> {
    other: &'a Person,
    from: Seconds,
    until: Seconds,
}

impl List {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let people = &trust.membership;
        let now = people.newest().time;
        let limit = self.expiring.map(|it| now.after(it.as_secs()));
        let own = people.find(&device.vault().member_key);
        let given = rows(&trust, limit, |to, by| (Some(by) == own).then_some(to));
        let received = rows(&trust, limit, |to, by| (Some(to) == own).then_some(by));
        let me = own.and_then(|it| people.person(it));
        let queue: Vec<_> = me
            .filter(|_| limit.is_none())
            .map(|it| people.queue(it).collect())
            .unwrap_or_default();

        let mut lines = Vec::new();
        let of = |key, row: &Row<'_>| {
            let args = [
                ("name", trust.name(row.other).into()),
                ("from", day(row.from).into()),
                ("until", day(row.until).into()),
            ];
            ctx.text(key, &args)
        };
        lines.extend(given.iter().map(|it| of("vouch-list-given", it)));
        lines.extend(received.iter().map(|it| of("vouch-list-received", it)));
        for (queued, until) in &queue {
            let name = ("name", name_of(&trust, &queued.subject).into());
            lines.push(match until {
                Some(until) => ctx.text("vouch-list-queued", &[name, ("day", day(*until).into())]),
                None => ctx.text("vouch-list-unknown", &[name]),
            });
        }
        if lines.is_empty() {
            lines.push(ctx.text("vouch-list-none", &[]));
        }
        let object = |it: &Row<'_>| {
            json!({
                "member": it.other.key.to_string(),
                "name": trust.name(it.other),
                "emission": time(it.from),
                "end": time(it.until),
            })
        };
        let waiting = queue.iter().map(|(queued, until)| {
            json!({
                "entry": queued.id.to_string(),
                "member": queued.subject.to_string(),
                "name": name_of(&trust, &queued.subject),
                "until": until.map(time),
            })
        });
        ctx.emit(
            json!({
                "given": given.iter().map(object).collect::<Vec<_>>(),
                "received": received.iter().map(object).collect::<Vec<_>>(),
                "queue": waiting.collect::<Vec<_>>(),
                "height": 0,
                "time": pending(people),
                "status": "pending",
            }),
            &lines.join("\n"),
        )
    }
}

/// The live certifications of which `other` names the far end, the first to end first.
fn rows(
    trust: &Trust,
    limit: Option<Seconds>,
    other: impl Fn(PersonId, PersonId) -> Option<PersonId>,
) -> Vec<Row<'_>> {
    let people = &trust.membership;
    let now = people.newest().time;
    let mut rows: Vec<_> = (0..)
        .zip(people.people())
        .flat_map(|(to, person)| person.live(now).map(move |it| (to, it)))
        .filter(|(_, it)| limit.is_none_or(|limit| it.end <= limit))
        .filter_map(|(to, it)| {
            Some(Row {
                other: people.person(other(to, it.issuer)?)?,
                from: it.emission,
                until: it.end,
            })
        })
        .collect();
    rows.sort_by_key(|it| (it.until, trust.name(it.other)));
    rows
}

fn name_of(trust: &Trust, key: &MemberKey) -> String {
    let person = trust.membership.find(key);
    let person = person.and_then(|it| trust.membership.person(it));
    person.map_or_else(|| short(key), |it| trust.name(it))
}
