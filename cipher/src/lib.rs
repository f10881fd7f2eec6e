//! Secret ballots that add up without being opened, and the shares that open their sum: one door to
//! the lattice encryption and the zero-knowledge proofs that this takes.
//!
//! | step | who | what |
//! |------|-----|------|
//! | key | trustees | a [`Seed`] of each piece gives a [`KeySeed`], its [`Public`] value, and all of them the [`ElectionKey`] |
//! | ballot | a voter | [`Ballot::cast`]: slots of 0 or 1, encrypted and proven |
//! | sum | every device | [`Ballot::verify`], then [`Sum::add`] |
//! | share | a holder of each piece | [`KeySeed::share`]: all holders of a piece make the same bytes |
//! | opening | every device | [`Share::verify`], then [`open()`] |
//!
//! Everything is a function of its arguments: the same chance gives the same ballot byte for byte,
//! so that a second device can recompute a ballot that its voter gave up.
//!
//! What the proofs rest on (elliptic curves, a [`Reference`] of which one contributor was honest)
//! falls to quantum computers, what the secrecy rests on (lattices) does not. The library that
//! computes keeps copies of secrets in memory that it does not wipe.

mod ballot;
mod chance;
#[cfg(any(test, feature = "cheat"))]
pub mod cheat;
mod lattice;
mod layout;
mod open;
mod params;
mod piece;
mod proof;
mod quorum;
pub mod reference;
mod ring;
mod share;
mod sum;
#[cfg(test)]
mod tests;

pub use ballot::{Ballot, BallotError, CastError};
pub use lattice::Reference;
pub use layout::{Layout, LayoutError};
pub use open::{OpenError, Tally, open};
pub use params::{
    DIMENSION, MAX_GROUPS, MAX_SLOTS, NOISE_BITS, PUBLIC_LEN, SHARE_SLOTS, SMUDGE_BITS, TALLY_BITS,
    Use,
};
pub use piece::{Context, ElectionKey, KeySeed, Public, PublicError, Seed};
pub use proof::{PROOF_LEN, ProofError};
pub use quorum::{cap, pieces_of, smudging_bits};
pub use share::{Share, ShareError};
pub use sum::{Sum, SumError};
