//! Shared accounts: some people hold one together, and a payment needs the word of several.
//!
//! | bytes | of a leaf |
//! |------:|---|
//! |    32 | id |
//! | var n × 4 | holders, people by number, ascending |
//! |     1 | how many of them a payment needs |
//! |  text | name |
//! |    16 | balance, thousandths |
//! | var n × … | proposals that wait, in order of their ids: id 32, device 4, place 4, receiver 1 + 32, amount 8, included 8, approved by var n × 4 ascending |
//!
//! Holders are people: who changes their key holds on. A proposal counts as its author's approval;
//! at the record at which enough holders have approved, it is in the account's queue, by the device
//! and the place of the proposal, and either carried out there or refused for good. The word of a
//! holder whose key was revoked since does not count.

use std::collections::BTreeSet;

use super::{AccountId, Ledger, Outcome, Refusal, index, number, spend::Payment, step::Authored};
use crate::{
    codec::{CodecError, Reader, Writer},
    hash::EntryId,
    params::Param,
    payload::{MAX_HOLDERS, MAX_SHARED_NAME_LEN, OpenShared, Receiver, SharedId, SharedTransfer},
    time::Seconds,
    trust::{Membership, PersonId, State},
};

/// Most proposals of one account that wait for approvals.
pub const MAX_PROPOSALS: usize = 32;

/// How long a proposal waits for its approvals, from the record that includes it.
pub const PROPOSAL_SECONDS: u64 = 60 * 86_400;

/// An account that several people hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shared {
    /// Its name in payments.
    pub id: SharedId,
    /// Who holds it, ascending.
    pub holders: Vec<PersonId>,
    /// How many of them a payment needs.
    pub threshold: u8,
    /// What people call it.
    pub name: String,
    /// What it holds, in thousandths.
    pub balance: u128,
    /// What waits for approvals, in order of their ids.
    pub proposals: Vec<Proposal>,
}

/// A payment that waits for approvals.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proposal {
    /// The entry.
    pub id: EntryId,
    /// The number of the device that proposed it.
    pub device: u32,
    /// The place in its log.
    pub seq: u32,
    /// Whom to pay.
    pub to: Receiver,
    /// How much, in thousandths.
    pub amount: u64,
    /// The time of the record that included it.
    pub included: Seconds,
    /// Holders who approved.
    pub approved: BTreeSet<PersonId>,
}

impl Shared {
    /// Writes the leaf.
    pub fn write(&self, out: &mut Writer) {
        out.raw(self.id.as_bytes()).var_len(self.holders.len());
        for holder in &self.holders {
            out.u32(*holder);
        }
        out.u8(self.threshold)
            .short_bytes(self.name.as_bytes())
            .raw(&self.balance.to_be_bytes())
            .var_len(self.proposals.len());
        for it in &self.proposals {
            out.raw(it.id.as_bytes()).u32(it.device).u32(it.seq);
            it.to.write(out);
            out.u64(it.amount)
                .u64(it.included.0)
                .var_len(it.approved.len());
            for holder in &it.approved {
                out.u32(*holder);
            }
        }
    }

    /// Reads a leaf.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is not of its form.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let id = SharedId(reader.array()?);
        let holders = read_people(reader)?;
        let threshold = reader.u8()?;
        let name = reader.text("name of the account", MAX_SHARED_NAME_LEN)?;
        let balance = u128::from_be_bytes(reader.array()?);
        let count = reader.var_max("proposals", MAX_PROPOSALS)?;
        let proposals = (0..count)
            .map(|_| Proposal::read(reader))
            .collect::<Result<Vec<_>, _>>()?;
        if !proposals.is_sorted_by(|a, b| a.id < b.id) {
            return Err(CodecError::NotCanonical("list of proposals"));
        }
        Ok(Self {
            id,
            holders,
            threshold,
            name,
            balance,
            proposals,
        })
    }

    /// The leaf.
    pub fn leaf(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    fn find(&self, proposal: &EntryId) -> Result<usize, usize> {
        self.proposals.binary_search_by(|it| it.id.cmp(proposal))
    }
}

impl Proposal {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            id: EntryId(reader.array()?),
            device: reader.u32()?,
            seq: reader.u32()?,
            to: Receiver::read(reader)?,
            amount: reader.u64()?,
            included: Seconds(reader.u64()?),
            approved: read_people(reader)?.into_iter().collect(),
        })
    }
}

fn read_people(reader: &mut Reader<'_>) -> Result<Vec<PersonId>, CodecError> {
    let count = reader.var_max("holders", MAX_HOLDERS)?;
    let people = (0..count)
        .map(|_| reader.u32())
        .collect::<Result<Vec<_>, _>>()?;
    if !people.is_sorted_by(|a, b| a < b) {
        return Err(CodecError::NotCanonical("list of holders"));
    }
    Ok(people)
}

impl Ledger {
    /// Ends proposals that waited too long before `now`.
    pub(super) fn expire_proposals(&mut self, now: Seconds, outcome: &mut Outcome) {
        let waiting: BTreeSet<u32> = self.waiting.values().copied().collect();
        for number in waiting {
            let Some(shared) = self.shared.get_mut(index(number)) else {
                continue;
            };
            let is_over = |it: &Proposal| now.since(it.included) > PROPOSAL_SECONDS;
            for it in shared.proposals.extract_if(.., |it| is_over(it)) {
                self.waiting.remove(&it.id);
                outcome.refused.push((it.id, Refusal::Expired));
                outcome.changed.push(AccountId::Shared(number));
            }
        }
    }

    /// Opens a shared account.
    pub(super) fn open(
        &mut self,
        after: &Membership,
        by: &Authored<'_>,
        fact: &OpenShared,
        outcome: &mut Outcome,
    ) -> Result<(), Refusal> {
        if after.person(by.person).map(|it| it.state) != Some(State::Member) {
            return Err(Refusal::NotMember);
        }
        let most = after.params().get(Param::MultisigMax);
        if crate::codec::to_u64(fact.holders.len()) > most {
            return Err(Refusal::TooManyHolders);
        }
        let mut holders = Vec::with_capacity(fact.holders.len());
        for key in &fact.holders {
            let holder = after.find(key).ok_or(Refusal::UnknownHolder)?;
            if after.person(holder).map(|it| it.state) == Some(State::Revoked) {
                return Err(Refusal::UnknownHolder);
            }
            holders.push(holder);
        }
        holders.sort_unstable();
        if !holders.is_sorted_by(|a, b| a < b) {
            return Err(Refusal::DuplicateHolder);
        }
        if !holders.contains(&by.person) {
            return Err(Refusal::NotHolder);
        }
        let number = number(self.shared.len());
        let id = SharedId::of(&by.id());
        self.by_id.insert(id, number);
        self.shared.push(Shared {
            id,
            holders,
            threshold: fact.threshold,
            name: fact.name.clone(),
            balance: 0,
            proposals: Vec::new(),
        });
        outcome.opened.push((by.id(), number));
        outcome.changed.push(AccountId::Shared(number));
        Ok(())
    }

    /// Notes a proposal.
    pub(super) fn propose(
        &mut self,
        after: &Membership,
        now: Seconds,
        by: &Authored<'_>,
        fact: &SharedTransfer,
        outcome: &mut Outcome,
    ) -> Result<(), Refusal> {
        let number = self.by_id.get(&fact.from).copied();
        let number = number.ok_or(Refusal::UnknownAccount)?;
        let from = AccountId::Shared(number);
        self.receiver(after, from, &fact.to, fact.amount)?;
        let shared = self.shared.get_mut(index(number));
        let shared = shared.ok_or(Refusal::UnknownAccount)?;
        if !shared.holders.contains(&by.person) {
            return Err(Refusal::NotHolder);
        }
        if shared.proposals.len() >= MAX_PROPOSALS {
            return Err(Refusal::TooManyProposals);
        }
        let at = shared.find(&by.id()).unwrap_or_else(|at| at);
        let proposal = Proposal {
            id: by.id(),
            device: by.device,
            seq: by.seq(),
            to: fact.to,
            amount: fact.amount,
            included: now,
            approved: BTreeSet::from([by.person]),
        };
        shared.proposals.insert(at, proposal);
        self.waiting.insert(by.id(), number);
        outcome.changed.push(from);
        Ok(())
    }

    /// Notes that a holder approves.
    pub(super) fn approve(
        &mut self,
        by: &Authored<'_>,
        proposal: &EntryId,
        outcome: &mut Outcome,
    ) -> Result<(), Refusal> {
        let number = self.waiting.get(proposal).copied();
        let number = number.ok_or(Refusal::UnknownProposal)?;
        let shared = self.shared.get_mut(index(number));
        let shared = shared.ok_or(Refusal::UnknownProposal)?;
        if !shared.holders.contains(&by.person) {
            return Err(Refusal::NotHolder);
        }
        let at = shared.find(proposal).ok();
        let it = at.and_then(|at| shared.proposals.get_mut(at));
        let it = it.ok_or(Refusal::UnknownProposal)?;
        if !it.approved.insert(by.person) {
            return Err(Refusal::AlreadyApproved);
        }
        outcome.changed.push(AccountId::Shared(number));
        Ok(())
    }

    /// Takes the proposals that enough holders approved out of those that wait.
    pub(super) fn approved(&mut self, after: &Membership, outcome: &mut Outcome) -> Vec<Payment> {
        let counts = |person: &&PersonId| {
            let state = after.person(**person).map(|it| it.state);
            state.is_some_and(|it| it != State::Revoked)
        };
        let waiting: BTreeSet<u32> = self.waiting.values().copied().collect();
        let mut ripe = Vec::new();
        for number in waiting {
            let Some(shared) = self.shared.get_mut(index(number)) else {
                continue;
            };
            let threshold = usize::from(shared.threshold);
            let is_ripe = |it: &Proposal| it.approved.iter().filter(counts).count() >= threshold;
            let taken = shared.proposals.extract_if(.., |it| is_ripe(it));
            ripe.extend(taken.map(|it| (AccountId::Shared(number), it)));
        }
        let mut payments = Vec::with_capacity(ripe.len());
        for (from, it) in ripe {
            self.waiting.remove(&it.id);
            outcome.changed.push(from);
            // The receiver may have ended their key since it was proposed.
            match self.receiver(after, from, &it.to, it.amount) {
                Ok(to) => payments.push(Payment {
                    from,
                    device: it.device,
                    seq: it.seq,
                    id: it.id,
                    to,
                    amount: it.amount,
                }),
                Err(refusal) => outcome.refused.push((it.id, refusal)),
            }
        }
        payments
    }
}
