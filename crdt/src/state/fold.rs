//! One record after the other: members, then money.

use std::collections::BTreeSet;

use super::{Kind, Logs, Moves, Trees, leaves::REST};
use crate::{
    codec::Writer,
    entry::{LogId, Stream, Tag, VerifiedEntry},
    genesis::Genesis,
    hash::{BlobHash, derive_key},
    keys::DeviceKey,
    ledger::{self, AccountId, Ledger},
    merkle::TreeHash,
    payload::{AccountFact, MemberFact},
    trust::{self, Closed, Founding, Membership, membership::Cut},
};

/// What a record did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Done {
    /// To people.
    pub trust: trust::Outcome,
    /// To money.
    pub money: ledger::Outcome,
}

/// What the records so far make of the entries that they have in.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) membership: Membership,
    pub(super) ledger: Ledger,
    pub(super) logs: Logs,
    pub(super) charter: BlobHash,
    /// Devices that said two things at one place, as records judged.
    pub(super) refused: BTreeSet<DeviceKey>,
    pub(super) trees: Trees,
}

impl State {
    /// The state that a genesis fixes.
    pub fn founded(genesis: &Genesis) -> Self {
        let membership = Membership::founded(Founding::from(genesis));
        let mut state = Self {
            ledger: Ledger::founded(&membership),
            membership,
            logs: Logs::default(),
            charter: genesis.charter_hash(),
            refused: BTreeSet::new(),
            trees: Trees::default(),
        };
        state.trees.take_people(&mut state.membership);
        let all = (0..state.ledger.people()).map(AccountId::Person);
        let all = ledger::Outcome {
            changed: all.collect(),
            ..ledger::Outcome::default()
        };
        state.trees.take_accounts(&state.ledger, &all);
        state
    }

    /// Closes a record that moves the logs on by `moves`, which MUST go forward. `included` are the
    /// entries between the frontier before and the new one, each log's in order.
    pub fn close(&mut self, closed: Closed, moves: &Moves, included: &[VerifiedEntry]) -> Done {
        let before = self.membership.clone();
        let done = Done {
            trust: self.membership.close(closed, facts_of_members(included)),
            money: self.ledger.close(
                &before,
                &self.membership,
                &closed,
                &facts_of_accounts(included),
            ),
        };
        let moved = self.logs.apply(moves);
        self.trees.take_logs(&self.logs, &moved);
        self.trees.take_people(&mut self.membership);
        self.trees.take_accounts(&self.ledger, &done.money);
        done
    }

    /// Takes every effect from what `device` writes from here on.
    pub fn refuse_device(&mut self, device: &DeviceKey) {
        self.refused.insert(*device);
        let next = |stream| {
            self.logs.next(&LogId {
                author: *device,
                stream,
                tag: Tag::default(),
            })
        };
        let cut = Cut {
            member: next(Stream::MEMBER),
            account: next(Stream::ACCOUNT),
        };
        self.membership.refuse_device(device, cut);
        self.trees.take_people(&mut self.membership);
    }

    /// Whether a record judged that `device` said two things at one place.
    pub fn is_refused(&self, device: &DeviceKey) -> bool {
        self.refused.contains(device)
    }

    /// Who is a member.
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Who has what.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How far each log is in.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Root over how far each log is in.
    pub fn frontier_root(&mut self) -> TreeHash {
        self.trees.of(Kind::Logs).root()
    }

    /// Hash over the parameters and the laws in force.
    pub fn laws_hash(&self) -> [u8; 32] {
        let mut params = Writer::new();
        self.membership.params().write(&mut params);
        derive_key(
            "commune laws in force v1",
            &[self.charter.as_bytes(), params.as_bytes()],
        )
    }

    /// The state root, with the leaf of who signs.
    pub fn root(&mut self, office: &[u8]) -> TreeHash {
        for (number, leaf) in (0..).zip(self.rest_leaves(office)) {
            self.trees.put(Kind::Rest, number, leaf);
        }
        self.trees.root()
    }

    /// The leaves of [`Kind::Rest`], by number.
    pub(super) fn rest_leaves(&self, office: &[u8]) -> [Vec<u8>; REST] {
        let mut params = Writer::new();
        self.membership.params().write(&mut params);
        let refused = self.refused.iter().flat_map(|it| it.0);
        let closed = self.membership.newest();
        let mut newest = Writer::new();
        newest.raw(&closed.seed).u64(closed.members);
        [
            self.membership.rest_leaf(),
            self.ledger.dividend().leaf(),
            params.finish(),
            office.to_vec(),
            refused.collect(),
            newest.finish(),
        ]
    }

    /// The trees under the root, for proofs.
    pub fn trees(&mut self) -> &mut Trees {
        &mut self.trees
    }
}

/// What included entries state of members.
pub fn facts_of_members(included: &[VerifiedEntry]) -> Vec<trust::Included> {
    let facts = included.iter().filter_map(|entry| {
        let claim = entry.entry();
        Some(trust::Included {
            id: entry.id(),
            author: entry.author(),
            seq: claim.seq,
            anchor: claim.anchor.height,
            fact: MemberFact::of(claim).ok()??,
        })
    });
    facts.collect()
}

/// What included entries state of accounts.
pub fn facts_of_accounts(included: &[VerifiedEntry]) -> Vec<ledger::Included> {
    let accounts = included
        .iter()
        .filter(|entry| entry.log().stream == Stream::ACCOUNT);
    let facts = accounts.filter_map(|entry| {
        let claim = entry.entry();
        Some(ledger::Included {
            id: entry.id(),
            author: entry.author(),
            seq: claim.seq,
            anchor: claim.anchor.height,
            fact: AccountFact::of(claim).ok()??,
        })
    });
    facts.collect()
}
