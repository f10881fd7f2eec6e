//! The state of a network: what the records so far make of the entries that they include.
//!
//! ```text
//! moves (how far each log is in) ─┐
//! entries newly in ───────────────┴─► State ─► leaves ─► trees ─► state root
//! ```
//!
//! Everything that the fold of the next record reads is under the root, so that a newcomer can go on
//! from leaves instead of years of entries.
//!
//! Root: `SHA-256("commune/state-root/v1" ‖ for each kind: leaves u64 ‖ root of its tree)`, kinds in
//! the order of [`Kind`].

mod carried;
mod fold;
mod hash;
mod leaves;
mod logs;
mod office;
mod root;
#[cfg(test)]
mod tests;
mod tip;
mod tree;

pub use self::{
    carried::{Carried, CarriedError, MAX_CARRIED_LEN, carry},
    fold::{Done, State, facts_of_accounts, facts_of_members},
    hash::{state_hash, state_hash_above},
    leaves::LeavesError,
    logs::{GoesBack, Logs, MAX_MOVES, Moves, Reach},
    office::Office,
    root::{Kind, Trees, root_of},
    tip::{Draft, Fault, MAX_AHEAD_SECONDS, RULES, Tip},
    tree::LiveTree,
};
