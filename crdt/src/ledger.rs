//! Placeholder until the ledger lands.
use crate::{
    hash::EntryId,
    keys::DeviceKey,
    time::Height,
    trust::{Closed, Membership},
};
/// x
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome;
/// x
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ledger;
/// x
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Included {
    pub id: EntryId,
    pub author: DeviceKey,
    pub seq: u32,
    pub anchor: Height,
    pub fact: (),
}
#[allow(missing_docs)]
impl Ledger {
    pub fn founded(_: &Membership) -> Self {
        Self
    }
    pub fn close(
        &mut self,
        _: &Membership,
        _: &Membership,
        _: &Closed,
        _: Vec<Included>,
    ) -> Outcome {
        Outcome
    }
    pub fn mass(&self) -> u128 {
        0
    }
    pub fn dividend(&self) -> u64 {
        0
    }
}
