//! `commune checkpoint`: what a quorum made final, how far the next is, and proofs for others.

mod act;
mod look;
mod office;
mod verify;

use clap::Subcommand;
use commune_crdt::{
    checkpoint::{Checker, Examined, Note, SignerSet},
    time::Height,
};

use super::Context;
use crate::{device::Device, failure::Failure, finality::Finality, store::StoreError};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Appoint(office::Appoint),
    Enrol(office::Enrol),
    Export(verify::Export),
    Forks(look::Forks),
    List(look::List),
    Propose(act::Propose),
    Quorum(look::Quorum),
    Show(look::Show),
    Sign(act::Sign),
    Verify(verify::Verify),
}

impl Command {
    /// Whether it works on what the device holds.
    pub(super) const fn needs_device(&self) -> bool {
        match self {
            Self::Verify(args) => args.needs_device(),
            _ => true,
        }
    }

    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Appoint(args) => args.run(ctx),
            Self::Enrol(args) => args.run(ctx),
            Self::Export(args) => args.run(ctx),
            Self::Forks(args) => args.run(ctx),
            Self::List(args) => args.run(ctx),
            Self::Propose(args) => args.run(ctx),
            Self::Quorum(args) => args.run(ctx),
            Self::Show(args) => args.run(ctx),
            Self::Sign(args) => args.run(ctx),
            Self::Verify(args) => args.run(ctx),
        }
    }
}

/// A note with what its signers make of it.
struct Seen {
    note: Note,
    set: SignerSet,
    examined: Examined,
}

/// The checkpoint of `height` as this device knows it; `None` without one.
fn seen(device: &Device, finality: &Finality, height: Height) -> Result<Option<Seen>, StoreError> {
    let note = finality.note(device, height)?;
    let set = finality.set_of(device, height)?;
    let (Some(note), Some(set)) = (note, set) else {
        return Ok(None);
    };
    let examined = Checker::new(set.clone()).examine(&note).unwrap_or_default();
    Ok(Some(Seen {
        note,
        set,
        examined,
    }))
}
