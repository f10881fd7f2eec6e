//! How to take part by Bluetooth, and how it is said that this does not go.

use clap::ValueEnum;
use commune_transports::bluetooth::{AdapterError, Status, Way};

use super::Context;
use crate::{messages::key, node::Radio};

/// How to take part by Bluetooth.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RadioArgs {
    #[arg(long)]
    no_bluetooth: bool,
    #[arg(long, value_name = "NAME", conflicts_with = "no_bluetooth")]
    adapter: Option<String>,
    #[arg(
        long,
        value_name = "WAY",
        default_value = "any",
        conflicts_with = "no_bluetooth"
    )]
    bluetooth_way: WayName,
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = clap::value_parser!(u8).range(1..=8),
        conflicts_with = "no_bluetooth"
    )]
    bluetooth_links: u8,
}

/// By which way neighbours are talked to.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum WayName {
    Any,
    Gatt,
    Portable,
}

impl RadioArgs {
    pub(super) fn radio(&self) -> Option<Radio> {
        (!self.no_bluetooth).then(|| Radio {
            adapter: self.adapter.clone(),
            way: match self.bluetooth_way {
                WayName::Any => Way::Any,
                WayName::Gatt => Way::Gatt,
                WayName::Portable => Way::Portable,
            },
            links: self.bluetooth_links.into(),
        })
    }
}

/// Says how Bluetooth is, and whether all is well.
pub(super) fn describe(ctx: &Context, status: &Status) -> (bool, String) {
    let why = match status {
        Status::Up {
            name,
            shows_its_address,
            nearby,
        } => {
            let key = match shows_its_address {
                true => key("bluetooth-up-address"),
                false => key("bluetooth-up"),
            };
            let args = [
                ("name", name.as_str().into()),
                ("nearby", nearby.to_string().into()),
            ];
            return (!shows_its_address, ctx.text(key, &args));
        }
        Status::Down(why) => why,
        _ => return (true, ctx.text("bluetooth-starting", &[])),
    };
    let text = match why {
        AdapterError::LeftOut => ctx.text("bluetooth-left-out", &[]),
        AdapterError::NoService => ctx.text("bluetooth-no-service", &[]),
        AdapterError::NoAdapter => ctx.text("bluetooth-no-adapter", &[]),
        AdapterError::Off => ctx.text("bluetooth-off", &[]),
        other => ctx.text("bluetooth-failed", &[("why", other.to_string().into())]),
    };
    (false, text)
}
