//! Trust: who is a member, why, and until when.
//!
//! ```text
//! entries ─► membership ─► people
//!              │   ▲
//!              ▼   │
//! graph ─► distance, sweep (all at once), sample (referents by lot), sponsors (local checks)
//! ```

pub mod distance;
pub mod explain;
pub mod graph;
pub mod membership;
mod nearby;
pub mod person;
pub mod radar;
mod refusal;
pub mod sample;
pub mod sponsors;
pub mod sweep;
#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests;

pub use self::{
    distance::{Distance, NodeSet, Walker, referent_min, steps},
    graph::{Dropped, Graph, Node},
    membership::{Closed, Founder, Founding, Included, Membership, Outcome},
    person::{Person, PersonId, State},
    refusal::Refusal,
    sweep::Sweep,
};

fn index(node: u32) -> usize {
    usize::try_from(node).unwrap_or(usize::MAX)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
