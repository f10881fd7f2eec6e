//! `commune trust stats`: figures of the network's health.

use commune_crdt::trust::{Distance, explain::Health};
use serde_json::json;

use super::explain::percent;
use crate::{
    cli::{Context, member},
    failure::Failure,
};

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let health = trust.membership.health();
        let text = shown(ctx, &health);
        let [candidates, members, lapsed, gone, revoked] = health.states;
        let [less, as_is, more] = health.passing;
        let object = json!({
            "candidates": candidates,
            "members": members,
            "lapsed": lapsed,
            "gone": gone,
            "revoked": revoked,
            "certifications": health.certifications,
            "steps": health.steps,
            "referent_min": health.referent_min,
            "referents": health.referents,
            "passing": {"one_step_less": less, "as_is": as_is, "one_step_more": more},
            "on_the_edge": health.on_the_edge,
            "silent": health.silent,
            "height": 0,
            "time": member::time(trust.membership.newest().time),
            "status": "pending",
        });
        ctx.emit(object, &text)
    }
}

fn shown(ctx: &Context, health: &Health) -> String {
    let [candidates, members, lapsed, gone, revoked] = health.states;
    let share = |part: u64| {
        percent(
            ctx,
            &Distance {
                referents: members,
                reached: part,
            },
        )
    };
    let [less, as_is, more] = health.passing;
    ctx.text(
        "trust-stats-shown",
        &[
            ("members", members.into()),
            ("candidates", candidates.into()),
            ("lapsed", lapsed.into()),
            ("gone", gone.into()),
            ("revoked", revoked.into()),
            ("certifications", health.certifications.into()),
            ("referents", health.referents.into()),
            ("least", health.referent_min.into()),
            ("steps", health.steps.into()),
            ("passing", share(as_is).into()),
            ("less", share(less).into()),
            ("more", share(more).into()),
            ("edge", share(health.on_the_edge).into()),
            ("silent", share(health.silent).into()),
        ],
    )
}
