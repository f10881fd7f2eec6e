//! `commune join`: adopt a network.

use std::path::PathBuf;

use commune_crdt::{
    checkpoint::RecordHash,
    genesis::{Genesis, MAX_GENESIS_LEN},
    time::Height,
};
use serde_json::json;

use super::{Context, value};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    identity,
};

/// Which network.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "GENESIS")]
    genesis: PathBuf,
    #[arg(long, value_name = "HEIGHT:HASH", value_parser = value::record)]
    at: Option<(Height, RecordHash)>,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let bytes = ctx.read(&self.genesis, MAX_GENESIS_LEN)?;
        let genesis = Genesis::decode(&bytes).map_err(|cause| {
            Failure::new(Exit::Damaged, "genesis.unreadable")
                .with("path", &self.genesis)
                .because(&cause)
        })?;
        let vault = identity::open(ctx)?;
        let device = Device::join(ctx.data_dir()?, vault, &genesis)?;
        if let Some(told) = self.at
            && !device.learn_record(told)?
        {
            let failure = Failure::new(Exit::Fork, "checkpoint.contradicted");
            return Err(failure.with("height", u64::from(told.0.0)));
        }
        let body = genesis.body();
        let is_founder = body
            .founders
            .iter()
            .any(|it| it.person().member == device.vault().member_key);
        let object = json!({
            "network": genesis.network().to_string(),
            "test_network": body.test_network,
            "founder": is_founder,
            "members": body.import.as_ref().map_or_else(
                || commune_crdt::codec::to_u64(body.founders.len()),
                |it| it.members.into(),
            ),
        });
        let text = ctx.text(
            if is_founder {
                "join-done-founder"
            } else {
                "join-done"
            },
            &[("network", genesis.network().to_string().into())],
        );
        if body.test_network {
            let warning = ctx.text("join-test-network", &[]);
            ctx.note(&warning);
        }
        ctx.emit(object, &text)
    }
}
