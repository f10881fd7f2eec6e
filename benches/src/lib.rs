//! Measures `commune` beside its peers, in one run on one machine: `make bench`.
//!
//! [`sets`] makes the same two sets for all who reconcile; [`ours`] is our side and `peers` are the
//! others (feature `peers`, since they are heavy to build); [`yardstick`] is what the machine itself can do. The binary `table` runs them and prints one table.

pub mod ours;
#[cfg(feature = "peers")]
pub mod peers;
pub mod sets;
pub mod yardstick;
