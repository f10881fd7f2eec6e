//! Bundles: entries and detached bytes in a file, for a stick or any other one-way road.
//!
//! ```text
//! holdings ─► plan (tickets, or all) ─► sections ─► sealed ─► chunks, parts ─► stick
//! stick ─► chunks, damage ─► opened ─► sections ─► gate ─► store
//! ```
//!
//! The container of chunks is that of `commune_transports`, the contents of a chunk are those of
//! `commune_crdt::sync::oneway`; here they are joined, and sealed to the network ([`seal`]).
//!
//! A bundle is read as a stream, one chunk at a time, and nothing in it inflates. Every intact
//! entry gets in, whatever happened to the rest, and the report says what did not and where. To
//! import one twice, or half of it and then all, changes nothing.

mod create;
mod examine;
mod import;
mod plan;
mod read;
pub mod seal;
mod sink;
mod snapshot;
mod ticket;

use std::path::PathBuf;

use commune_crdt::{codec::CodecError, hash::NetworkId};
use commune_transports::bundle::{OpenError, ReadError, WriteError};
use thiserror::Error;

pub use self::{
    create::{Created, Options, Output, create},
    examine::{Examined, examine},
    import::{Import, Lost, Parts, Report, Why},
    plan::held_by_all,
    read::{BundleReader, Finding, Salvaged},
    seal::BundleKey,
    sink::{DeviceSink, DrySink, Sink},
    snapshot::Snapshot,
    ticket::{MAX_FILE_LEN as MAX_TICKET_FILE_LEN, SealedTicket, TicketFileError, ticket_of},
};
use crate::{store::StoreError, vault::random::RandomError};

/// The generation of the network's key: only a law raises it.
pub const GENERATION: u32 = 0;

/// What is told while a long work goes on: how many bytes or entries are done since the last call.
/// It says whether to go on.
pub type Step<'a> = &'a mut dyn FnMut(u64) -> bool;

/// Why a bundle was not written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file cannot be read on, or is no bundle.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The output refuses.
    #[error("cannot write the bundle")]
    Output(#[source] std::io::Error),
    /// The folder of the file does not exist, or the path names none.
    #[error("{} names no file", .0.display())]
    Path(PathBuf),
    /// Sealed, and no key at hand opens it.
    #[error("it is sealed, and no network of this device opens it")]
    Sealed,
    /// Clear, and of another network.
    #[error("it is of the network {found}, this device is in {own}")]
    OtherNetwork {
        /// The network that it names.
        found: NetworkId,
        /// The device's own.
        own: NetworkId,
    },
    /// Written by a later program.
    #[error(transparent)]
    Format(#[from] CodecError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Whoever asked for it wants no more.
    #[error("stopped")]
    Stopped,
}
