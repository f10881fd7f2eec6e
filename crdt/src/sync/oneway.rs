//! Sync one way: what a bundle says to a device that cannot answer, and the ticket by which that
//! device said beforehand what it holds.
//!
//! ```text
//! destination ──Ticket──► writer: Ticket::held ──► sections ──chunks on a stick──► destination
//! ```
//!
//! Here are the bodies of chunks, before any sealing. Who frames, hashes and seals them is outside.
//!
//! | class | body |
//! |------:|---|
//! | 0–4, 6 | entries of that priority ([`SectionWriter`], [`Section`]) |
//! | 5 | detached bytes ([`BlobWriter`], [`BlobPart`]) |
//! | 16 | what the bundle is ([`Introduction`], [`Description`]); at the start of each part |
//! | 17 | the [`Ticket`] of the writer, so that couriers know what it lacks |
//! | 18 | a checkpoint with its state ([`CarriedPart`]), before the entries above it |
//! | 31 | who signs for the part ([`Closing`]); its last chunk |
//!
//! A reader MUST ignore classes that it does not know.

mod bits;
mod blob;
mod carried;
mod coverage;
mod introduction;
mod section;
mod ticket;

pub use self::{
    blob::{BlobPart, BlobWriter, MAX_BLOB_HEAD_LEN, read_blob_parts},
    carried::{CarriedPart, carried_bodies},
    coverage::Coverage,
    introduction::{Closing, Contents, Description, Introduction, VERSION},
    section::{RESTART_EVERY, Section, SectionWriter},
    ticket::{
        Held, LogView, MAX_TICKET_LEN, MAX_TICKET_LOGS, MAX_TICKET_WANTS, Ticket, TicketError,
    },
};

/// Longest body of a chunk, in bytes: what a reader holds of a bundle at once.
pub const MAX_BODY_LEN: usize = 64 * 1_024;

/// Priorities; 0 goes first.
pub const PRIORITIES: usize = 7;

/// Priority of proofs of forks.
pub const FORK_CLASS: u8 = 0;

/// Class of detached bytes.
pub const BLOB_CLASS: u8 = 5;

/// Class of the [`Introduction`].
pub const INTRODUCTION_CLASS: u8 = 16;

/// Class of a [`Ticket`].
pub const TICKET_CLASS: u8 = 17;

/// Class of a checkpoint with its state.
pub const CARRIED_CLASS: u8 = 18;

/// Class of the [`Closing`].
pub const CLOSING_CLASS: u8 = 31;

/// Whether chunks of that class hold entries.
pub const fn is_entry_class(class: u8) -> bool {
    matches!(class, 0..=4 | 6)
}
