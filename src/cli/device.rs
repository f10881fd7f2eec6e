//! `commune device`: the devices of a member.

mod pair;

use std::collections::{BTreeMap, BTreeSet};

use clap::Subcommand;
use commune_crdt::{
    entry::{LogId, SignedEntry, Stream, Tag},
    hash::EntryId,
    history::Log,
    keys::{DeviceKey, MemberKey},
    payload::{DeviceRevocation, LastGood, MAX_HEADS, MemberFact},
};
use serde_json::json;

use self::pair::{Accept, Pair};
use super::Context;
use crate::{
    device::Device,
    failure::{Exit, Failure},
    identity,
    messages::key,
};

/// Fewer digits of a key are more likely a slip than a name.
const MIN_DIGITS: usize = 4;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Accept(Accept),
    List(List),
    Pair(Pair),
    Revoke(Revoke),
}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(super) struct List {}

/// Which device, and how far it can be trusted.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    #[arg(value_name = "DEVICE")]
    device: String,
    #[arg(long, value_name = "NUMBER")]
    last_good: Option<u32>,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Accept(args) => args.run(ctx),
            Self::List(_) => list(ctx),
            Self::Pair(args) => args.run(ctx),
            Self::Revoke(args) => args.run(ctx),
        }
    }

    /// Whether it needs the opened device, which a node may hold.
    pub(super) const fn goes_through_node(&self) -> bool {
        matches!(self, Self::List(_) | Self::Revoke(_))
    }
}

/// A device of the member, as the entries at hand tell.
struct Known {
    key: DeviceKey,
    label: String,
    /// Entries of its member log.
    entries: usize,
    is_forked: bool,
    is_revoked: bool,
}

/// The devices of `member`: known by the genesis, by their first entry, or this one.
fn devices(device: &Device, member: MemberKey) -> Result<Vec<Known>, Failure> {
    let own = device.vault().device.device_key();
    let mut known: BTreeMap<DeviceKey, Known> = BTreeMap::new();
    let mut revoked = BTreeSet::new();
    let mut add = |key, label| {
        known.entry(key).or_insert(Known {
            key,
            label,
            entries: 0,
            is_forked: false,
            is_revoked: false,
        });
    };
    add(own, device.vault().label.clone());
    let history = device.history()?;
    for (owner, key) in &history.roots().founders {
        if *owner == member {
            add(*key, String::new());
        }
    }
    let logs: Vec<(DeviceKey, Vec<EntryId>, bool)> = history
        .logs()
        .filter(|log| log.id().stream == Stream::MEMBER)
        .filter(|log| history.member_of(&log.id().author) == Some(member))
        .map(|log| (log.id().author, log.ids().to_vec(), log.fork().is_some()))
        .collect();
    drop(history);
    for (key, ids, is_forked) in logs {
        let mut label = None;
        for id in &ids {
            match fact(device, id)? {
                Some(MemberFact::Device(it)) => label = Some(it.label),
                Some(MemberFact::DeviceRevocation(it)) if it.member == member => {
                    revoked.insert(it.device);
                }
                _ => {}
            }
        }
        let known = known.entry(key).or_insert(Known {
            key,
            label: String::new(),
            entries: 0,
            is_forked,
            is_revoked: false,
        });
        known.entries = ids.len();
        known.is_forked = is_forked;
        known.label = label.unwrap_or_else(|| std::mem::take(&mut known.label));
    }
    Ok(known
        .into_values()
        .map(|it| Known {
            is_revoked: revoked.contains(&it.key),
            ..it
        })
        .collect())
}

fn fact(device: &Device, id: &EntryId) -> Result<Option<MemberFact>, Failure> {
    let bytes = device.store().entry(id)?;
    Ok(bytes
        .and_then(|it| SignedEntry::decode(&it).ok())
        .and_then(|it| MemberFact::of(it.claim()).ok().flatten()))
}

fn list(ctx: &mut Context) -> Result<(), Failure> {
    let device = ctx.device()?;
    let vault = device.vault();
    let own = vault.device.device_key();
    let (mut objects, mut lines) = (Vec::new(), Vec::new());
    for known in devices(&device, vault.member_key)? {
        let state = match &known {
            it if it.is_revoked => key("device-revoked"),
            it if it.is_forked => key("device-forked"),
            it if it.key == own => key("device-own"),
            _ => key("device-other"),
        };
        let state = ctx.text(state, &[("count", known.entries.into())]);
        lines.push(
            format!("{}  {:<16} {state}", short(&known.key), known.label)
                .trim_end()
                .to_owned(),
        );
        objects.push(json!({
            "device": known.key.to_string(),
            "label": known.label,
            "this": known.key == own,
            "entries": known.entries,
            "forked": known.is_forked,
            "revoked": known.is_revoked,
        }));
    }
    let object = json!({"member": vault.member_key.to_string(), "devices": objects});
    ctx.emit(object, &lines.join("\n"))
}

impl Revoke {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let vault = device.vault();
        let member = identity::member(vault)?;
        let known = self.find(devices(&device, vault.member_key)?)?;
        if known.key == vault.device.device_key() {
            return Err(Failure::new(Exit::Refused, "rule.revoke_self"));
        }
        if known.is_revoked {
            return Err(Failure::new(Exit::Refused, "rule.revoked_already"));
        }
        let heads = self.heads(&device, known.key)?;
        if heads.is_empty() {
            let warning = ctx.text("device-revoke-nothing", &[]);
            ctx.warn(&warning);
        }
        let question = ctx.text(
            "device-revoke-ask",
            &[
                ("device", short(&known.key).into()),
                ("label", named(ctx, &known.label).into()),
            ],
        );
        ctx.confirm(&question)?;
        let fact = DeviceRevocation::sign(device.network(), known.key, heads.clone(), &member);
        let (id, _) = device.state(&MemberFact::DeviceRevocation(fact), ctx.claimed_now())?;
        let text = ctx.text(
            "device-revoke-done",
            &[("device", short(&known.key).into())],
        );
        let heads: Vec<_> = heads
            .iter()
            .map(|it| json!({"stream": it.stream.name(), "seq": it.seq, "head": it.head.to_string()}))
            .collect();
        let object = json!({
            "entry": id.to_string(),
            "device": known.key.to_string(),
            "last_good": heads,
            "status": "pending",
        });
        ctx.emit(object, &text)
    }

    /// The device that is meant, by the whole key or its first digits.
    fn find(&self, devices: Vec<Known>) -> Result<Known, Failure> {
        let wanted = self.device.to_lowercase();
        let mut found = devices
            .into_iter()
            .filter(|it| it.key.to_string().starts_with(&wanted));
        match (found.next(), found.next()) {
            _ if wanted.len() < MIN_DIGITS => Err(Failure::new(Exit::Usage, "device.ambiguous")),
            (Some(one), None) => Ok(one),
            (None, _) => Err(Failure::new(Exit::NotFound, "device.not_yours")),
            _ => Err(Failure::new(Exit::Usage, "device.ambiguous")),
        }
        .map_err(|failure| failure.with("device", &self.device))
    }

    /// The newest entries of the device that count: all that are here, or up to `--last-good`.
    fn heads(&self, device: &Device, key: DeviceKey) -> Result<Vec<LastGood>, Failure> {
        let history = device.history()?;
        let mut heads = Vec::new();
        if let Some(wanted) = self.last_good {
            let log = LogId {
                author: key,
                stream: Stream::MEMBER,
                tag: Tag::default(),
            };
            let here = history.log(&log).map_or(0, Log::len);
            if wanted >= here {
                return Err(Failure::new(Exit::NotFound, "device.no_such_entry")
                    .with("seq", wanted)
                    .with("here", here));
            }
        }
        for log in history.logs().filter(|log| log.id().author == key) {
            let newest = log.len().checked_sub(1);
            let wanted = self.last_good.filter(|_| log.id().stream == Stream::MEMBER);
            heads.extend(wanted.or(newest).and_then(|seq| last_good(log, seq)));
        }
        drop(history);
        heads.sort_unstable_by_key(|it| (it.stream, it.tag));
        heads.truncate(MAX_HEADS);
        Ok(heads)
    }
}

/// A label as people read it.
fn named(ctx: &Context, label: &str) -> String {
    if label.is_empty() {
        return ctx.text("device-unnamed", &[]);
    }
    label.to_owned()
}

/// The first digits of a key, as people compare and type them.
fn short(key: &DeviceKey) -> String {
    key.to_string().chars().take(16).collect()
}

fn last_good(log: &Log, seq: u32) -> Option<LastGood> {
    let id = log.id();
    let head = log.id_at(seq)?;
    Some(LastGood {
        stream: id.stream,
        tag: id.tag,
        seq,
        head,
    })
}
