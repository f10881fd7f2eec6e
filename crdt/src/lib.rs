//! Signed entries, and the deterministic rules that turn them into a network's state.
//!
//! Nothing here reads a clock, draws a random number, opens a file or touches a network. The same
//! entries give the same state on every device, in whatever order they came; that property is what
//! lets a quorum sign a checkpoint of a state that each signer computed alone.
//!
//! # Where to start
//!
//! Modules stand on floors. A module uses those listed above it and no others.
//!
//! 1. [`codec`], [`time`], [`params`] — bounded bytes, time as an argument, the numbers members set.
//! 2. [`hash`], [`keys`], [`merkle`] — names, signatures, proofs.
//! 3. [`entry`], [`payload`], [`genesis`] — the envelope in which every fact travels, the facts,
//!    and what names a network.
//! 4. [`checkpoint`] — what a quorum of signers fixed, and how anybody verifies it.
//! 5. [`history`] — which entries have their place.
//! 6. [`sync`] — what two devices say to find and send what differs.
//! 7. [`trust`], [`ledger`] — who is a member, and who has how much.
//! 8. [`ballot`] — votes as a fold; no number of a ballot is looked at.
//! 9. [`state`] — what the records make of all entries, under one root.

pub mod ballot;
pub mod checkpoint;
pub mod codec;
pub mod entry;
pub mod genesis;
pub mod hash;
pub mod history;
pub mod keys;
pub mod ledger;
pub mod merkle;
pub mod params;
pub mod payload;
pub mod state;
pub mod sync;
pub mod time;
pub mod trust;
