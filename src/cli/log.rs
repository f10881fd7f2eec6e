//! `commune log`: what this device holds, the newest last.

use std::{sync::mpsc, time::Duration};

use commune_crdt::{
    entry::{LogId, SignedEntry},
    payload::MemberFact,
};
use serde_json::{Value as Json, json};

use super::{Context, value};
use crate::{device::Device, failure::Failure};

/// How much, and for how long.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(short, long)]
    follow: bool,
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    last: usize,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let (to_us, news) = mpsc::channel();
        if self.follow {
            device.subscribe(Box::new(move |it| to_us.send(it.clone()).is_ok()));
        }
        let mut entries = Vec::new();
        for bytes in device.store().entries() {
            if let Ok(entry) = SignedEntry::decode(&bytes?) {
                entries.push((entry.claim().claimed, entry.log(), entry.claim().seq, entry));
            }
        }
        entries.sort_unstable_by_key(|(claimed, log, seq, _)| (*claimed, *log, *seq));
        let from = entries.len().saturating_sub(self.last);
        let shown = entries.split_off(from);
        drop(entries);
        let objects: Vec<_> = shown.iter().map(|(.., entry)| object(entry)).collect();
        let lines: Vec<_> = shown.iter().map(|(.., entry)| line(entry)).collect();
        if !(self.follow && ctx.json) {
            ctx.emit(json!({ "entries": objects }), &lines.join("\n"))?;
        }
        if !self.follow {
            return Ok(());
        }
        let _guard = ctx.caller.interrupt.guard();
        loop {
            ctx.check_interrupt()?;
            let Ok(news) = news.recv_timeout(Duration::from_millis(200)) else {
                continue;
            };
            for (log, from, to) in &news.ranges {
                for seq in *from..*to {
                    if let Some(entry) = entry_at(&device, log, seq)? {
                        ctx.emit(object(&entry), &line(&entry))?;
                    }
                }
            }
        }
    }
}

fn entry_at(device: &Device, log: &LogId, seq: u32) -> Result<Option<SignedEntry>, Failure> {
    let id = {
        let history = device.history()?;
        history.log(log).and_then(|it| it.id_at(seq))
    };
    let Some(id) = id else { return Ok(None) };
    let bytes = device.store().entry(&id)?;
    Ok(bytes.and_then(|bytes| SignedEntry::decode(&bytes).ok()))
}

pub(super) fn object(entry: &SignedEntry) -> Json {
    json!({
        "id": entry.id().to_string(),
        "device": entry.author().to_string(),
        "stream": entry.log().stream.name(),
        "seq": entry.claim().seq,
        "kind": MemberFact::kind_name(entry.claim().kind),
        "claimed": value::rfc3339(entry.claim().claimed.unix_seconds()),
        "anchor": entry.claim().anchor.height.0,
        "bytes": entry.as_bytes().len(),
    })
}

fn line(entry: &SignedEntry) -> String {
    let id: String = entry.id().to_string().chars().take(12).collect();
    let device: String = entry.author().to_string().chars().take(8).collect();
    format!(
        "{}  {device} {:>4}  {:<17} {id}",
        value::rfc3339(entry.claim().claimed.unix_seconds()),
        entry.claim().seq,
        MemberFact::kind_name(entry.claim().kind),
    )
}
