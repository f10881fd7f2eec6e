//! Measures `commune` beside its peers, in one run on one machine: `make bench`.
//!
//! [`sets`] makes the same two sets for all who reconcile; [`peers`] are the others; [`yardstick`]
//! is what the machine itself can do. The binary `table` runs them and prints one table.

#[cfg(feature = "peers")]
pub mod peers;
pub mod sets;
pub mod yardstick;
