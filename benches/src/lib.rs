//! Measures `commune` beside its peers, in one run on one machine: `make bench`.
//!
//! [`sets`] makes the same two sets for all who reconcile, and [`graphs`] the graphs for all who judge
//! distances; [`ours`] is our side and `peers` are the others (feature `peers`, since they are heavy to
//! build; [`walks`] are theirs in our words, [`dubp`] is one in a process of its own); [`yardstick`] is what the machine itself can do. The binary `table` runs them and prints one table.

pub mod dubp;
mod folder;
pub mod graphs;
pub mod ours;
#[cfg(feature = "peers")]
pub mod peers;
pub mod process;
pub mod sets;
pub mod walks;
pub mod yardstick;
