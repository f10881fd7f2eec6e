//! Others who reconcile sets, measured on the same sets as we are.

pub mod automerge;
pub mod negentropy;
