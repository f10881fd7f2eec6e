//! What changed since somebody asked, so that a tree of leaves need not be built anew.

use std::collections::BTreeSet;

use crate::{keys::DeviceKey, trust::person::PersonId};

/// People and devices whose leaves may differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    pub(super) people: BTreeSet<PersonId>,
    pub(super) devices: BTreeSet<DeviceKey>,
}

/// It is a note on the way to a state, and no part of it.
impl PartialEq for Touched {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Touched {}
