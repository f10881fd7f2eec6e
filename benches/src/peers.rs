//! Others who do what we do, measured on the same work: who reconcile sets, and who count ballots.

pub mod automerge;
pub mod elgamal;
pub mod negentropy;
