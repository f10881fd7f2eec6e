//! `commune trust explain` and `path`: why somebody is a member or not, and who could fix it.

use commune_crdt::{
    codec::to_u64,
    trust::{Distance, PersonId},
};
use serde_json::json;

use crate::{
    cli::{Context, member, rule},
    failure::{Exit, Failure},
    messages::Lang,
    trust::{Margin, Trust},
};

/// Whose standing to explain.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(value_name = "WHO")]
    who: Option<String>,
}

/// From whom, to whom.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Path {
    #[arg(value_name = "A")]
    from: String,
    #[arg(value_name = "B")]
    to: String,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let people = &trust.membership;
        let own = device.vault().member_key.to_string();
        let who = self.who.as_ref().unwrap_or(&own);
        let (id, person) = member::find(&trust, who)?;
        let Some(why) = people.explain(id) else {
            return Err(Failure::new(Exit::NotFound, "member.unknown").with("who", who));
        };
        let margin = Margin::of(people, &person.key);
        let mut lines = vec![trust.name(person), member::standing_line(ctx, &margin)];
        lines.push(ctx.text(
            "trust-explain-distance",
            &[
                ("reached", why.distance.reached.into()),
                ("referents", why.distance.referents.into()),
                ("share", percent(ctx, &why.distance).into()),
                ("asked", why.percent.into()),
                ("steps", why.steps.into()),
            ],
        ));
        let sponsors = sponsors(&trust, id);
        lines.push(ctx.text(
            "trust-explain-sponsors",
            &[("names", sponsors.join(", ").into())],
        ));
        for refusal in &why.missing {
            let text = ctx.text(rule::key(*refusal), &[]);
            lines.push(ctx.text("trust-explain-missing", &[("what", text.into())]));
        }
        if why.missing.is_empty() {
            lines.push(ctx.text("trust-explain-nothing-missing", &[]));
        }
        let mut helpers = Vec::new();
        for (helper, nearer) in &why.helpers {
            let Some(helper) = people.person(*helper) else {
                continue;
            };
            helpers.push(json!({
                "member": helper.key.to_string(),
                "name": trust.name(helper),
                "reached": nearer.reached,
                "referents": nearer.referents,
            }));
            let args = [
                ("name", trust.name(helper).into()),
                ("share", percent(ctx, nearer).into()),
            ];
            if !why.missing.is_empty() || why.distance.reached < nearer.reached {
                lines.push(ctx.text("trust-explain-helper", &args));
            }
        }
        let mut object = json!({ "person": member::object(&trust, person) });
        let missing: Vec<_> = why.missing.iter().map(|it| it.code()).collect();
        if let Some(fields) = object.as_object_mut() {
            fields.insert("steps".to_owned(), why.steps.into());
            fields.insert("referent_min".to_owned(), why.referent_min.into());
            fields.insert("referents".to_owned(), why.distance.referents.into());
            fields.insert("reached".to_owned(), why.distance.reached.into());
            fields.insert("asked_percent".to_owned(), why.percent.into());
            fields.insert("missing".to_owned(), missing.into());
            fields.insert("helpers".to_owned(), helpers.into());
        }
        ctx.emit(object, &lines.join("\n"))
    }
}

impl Path {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let (from, _) = member::find(&trust, &self.from)?;
        let (to, _) = member::find(&trust, &self.to)?;
        let Some(path) = trust.membership.path(from, to) else {
            return Err(Failure::new(Exit::NotFound, "trust.no_path")
                .with("from", &self.from)
                .with("to", &self.to));
        };
        let (mut names, mut objects) = (Vec::new(), Vec::new());
        for person in path.iter().filter_map(|it| trust.membership.person(*it)) {
            names.push(trust.name(person));
            objects.push(json!({"member": person.key.to_string(), "name": trust.name(person)}));
        }
        let steps = to_u64(names.len()).saturating_sub(1);
        let text = ctx.text(
            "trust-path-shown",
            &[("names", names.join(" → ").into()), ("steps", steps.into())],
        );
        ctx.emit(json!({"steps": steps, "path": objects}), &text)
    }
}

/// Names of those who vouch for a person now, in order.
fn sponsors(trust: &Trust, person: PersonId) -> Vec<String> {
    let people = &trust.membership;
    let now = people.newest().time;
    let Some(person) = people.person(person) else {
        return Vec::new();
    };
    let issuers = person.live(now).filter_map(|it| people.person(it.issuer));
    let mut names: Vec<_> = issuers.map(|it| trust.name(it)).collect();
    names.sort_unstable();
    names
}

/// A share as people read it: `83.4` or `83,4`, rounded down.
pub(super) fn percent(ctx: &Context, distance: &Distance) -> String {
    let tenths = distance.basis_points() / 10;
    let comma = match ctx.lang() {
        Lang::En => '.',
        Lang::Fr => ',',
    };
    format!("{}{comma}{}", tenths / 10, tenths % 10)
}
