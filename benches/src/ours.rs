//! Our own side of the comparisons.

pub mod ballots;
pub mod bundle;
pub mod checkpoint;
pub mod intake;
pub mod membership;
pub mod money;
pub mod session;
pub mod signers;
pub mod sketch;
pub mod state;
pub mod sticks;
pub mod sync;
pub mod trust;
