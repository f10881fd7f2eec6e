//! The trees under the state root.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{LiveTree, Logs};
use crate::{
    codec::to_u64,
    ledger::{AccountId, Ledger, Outcome},
    merkle::TreeHash,
    trust::{Membership, Person},
};

const DOMAIN: &[u8] = b"commune/state-root/v1";

/// What a leaf is about. The number is the place of the tree's root under the state root.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// People, by their number.
    People,
    /// Accounts of people, by their number.
    Accounts,
    /// Shared accounts, by their number.
    Shared,
    /// Devices, by their number.
    Devices,
    /// Logs, by their number.
    Logs,
    /// Times of the records, by height.
    Times,
    /// One leaf each: what is left of membership, the dividend, the parameters, the signers, refused
    /// devices, what the record before fixes.
    Rest,
}

/// Leaves of [`Kind::Rest`].
pub(super) mod rest {
    pub(in super::super) const MEMBERSHIP: u32 = 0;
    pub(in super::super) const DIVIDEND: u32 = 1;
    pub(in super::super) const PARAMS: u32 = 2;
    pub(in super::super) const OFFICE: u32 = 3;
    pub(in super::super) const REFUSED: u32 = 4;
    pub(in super::super) const NEWEST: u32 = 5;
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::People,
        Self::Accounts,
        Self::Shared,
        Self::Devices,
        Self::Logs,
        Self::Times,
        Self::Rest,
    ];
}

/// A tree for each kind.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    trees: [LiveTree; 7],
    /// Leaves that are others than when somebody last asked.
    changed: BTreeMap<(Kind, u32), Vec<u8>>,
}

impl Trees {
    /// The tree of `kind`.
    pub fn of(&mut self, kind: Kind) -> &mut LiveTree {
        let [people, accounts, shared, devices, logs, times, rest] = &mut self.trees;
        match kind {
            Kind::People => people,
            Kind::Accounts => accounts,
            Kind::Shared => shared,
            Kind::Devices => devices,
            Kind::Logs => logs,
            Kind::Times => times,
            Kind::Rest => rest,
        }
    }

    /// The root over all of them.
    pub fn root(&mut self) -> TreeHash {
        root_of(&self.roots())
    }

    /// The roots that [`root`](Self::root) hashes, with the number of their leaves: what leads from
    /// the root of one tree to the state root.
    pub fn roots(&mut self) -> Vec<(u64, TreeHash)> {
        let roots = self.trees.iter_mut();
        roots.map(|it| (to_u64(it.len()), it.root())).collect()
    }

    /// Gives a leaf its content, and notes it if that is another than before.
    pub(super) fn put(&mut self, kind: Kind, number: u32, leaf: Vec<u8>) {
        if self.of(kind).set(index(number), &leaf) {
            self.changed.insert((kind, number), leaf);
        }
    }

    /// Leaves that are others than at the last call; at the first all.
    pub(super) fn take_changed(&mut self) -> BTreeMap<(Kind, u32), Vec<u8>> {
        std::mem::take(&mut self.changed)
    }

    /// Takes in what changed of `membership`.
    pub(super) fn take_people(&mut self, membership: &mut Membership) {
        let (people, devices) = membership.take_touched();
        for id in people {
            if let Some(leaf) = membership.person(id).map(Person::leaf) {
                self.put(Kind::People, id, leaf);
            }
        }
        for key in devices {
            let number = membership.devices().get(&key).map(|it| it.index);
            if let Some((number, leaf)) = number.zip(membership.device_leaf(&key)) {
                self.put(Kind::Devices, number, leaf);
            }
        }
        let known = self.of(Kind::Times).len();
        for (height, time) in (0..).zip(membership.times()).skip(known) {
            self.put(Kind::Times, height, time.0.to_be_bytes().to_vec());
        }
        self.put(Kind::Rest, rest::MEMBERSHIP, membership.rest_leaf());
    }

    /// Takes in what a record did to `ledger`.
    pub(super) fn take_accounts(&mut self, ledger: &Ledger, done: &Outcome) {
        for account in &done.changed {
            let (kind, number) = match account {
                AccountId::Person(number) => (Kind::Accounts, *number),
                AccountId::Shared(number) => (Kind::Shared, *number),
            };
            if let Some(leaf) = ledger.leaf(*account) {
                self.put(kind, number, leaf);
            }
        }
        self.put(Kind::Rest, rest::DIVIDEND, ledger.dividend().leaf());
    }

    /// Takes in how far those logs are in.
    pub(super) fn take_logs(&mut self, logs: &Logs, moved: &[u32]) {
        for number in moved {
            if let Some(leaf) = logs.leaf(*number) {
                self.put(Kind::Logs, *number, leaf);
            }
        }
    }
}

/// The state root of trees with those `roots`, as [`Trees::roots`] gives them.
pub fn root_of(roots: &[(u64, TreeHash)]) -> TreeHash {
    let mut hash = Sha256::new().chain_update(DOMAIN);
    for (len, root) in roots {
        hash = hash.chain_update(len.to_be_bytes()).chain_update(root);
    }
    hash.finalize().into()
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
