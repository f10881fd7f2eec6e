//! The entries of one record: by whom they are, in which order they count, and what they do.

use super::{AccountId, Included, Ledger, Outcome, Refusal, index, spend::Payment};
use crate::{
    hash::EntryId,
    payload::AccountFact,
    time::Seconds,
    trust::{Membership, PersonId, State, membership::DeviceState},
};

/// An entry and who wrote it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authored {
    pub(super) device: u32,
    pub(super) seq: u32,
    pub(super) id: EntryId,
    pub(super) person: PersonId,
    /// Whether what they write there has effect.
    standing: Result<(), Refusal>,
    /// Where the entry stands in what was handed in.
    at: usize,
}

impl Ledger {
    /// Takes in the entries of a record: first who opens, proposes and approves, then payments.
    pub(super) fn take_entries(
        &mut self,
        after: &Membership,
        now: Seconds,
        entries: &[Included],
        outcome: &mut Outcome,
    ) {
        let authored = self.authored(after, entries, outcome);
        let facts = || {
            let fact = |it: &Authored| entries.get(it.at).map(|entry| &entry.fact);
            authored.iter().filter_map(move |it| Some((it, fact(it)?)))
        };
        self.expire_proposals(now, outcome);
        for (by, fact) in facts() {
            if let AccountFact::OpenShared(fact) = fact {
                let done = self.open(after, by, fact, outcome);
                outcome.tell(by.id, done);
            }
        }
        for (by, fact) in facts() {
            if let AccountFact::SharedTransfer(fact) = fact {
                let done = self.propose(after, now, by, fact, outcome);
                outcome.tell(by.id, done);
            }
        }
        for (by, fact) in facts() {
            if let AccountFact::Approval(fact) = fact {
                let done = self.approve(by, &fact.proposal, outcome);
                outcome.tell(by.id, done);
            }
        }
        let mut payments = self.approved(after, outcome);
        // Neighbours among the keys are neighbours in memory: among millions of people, to look
        // receivers up in order costs a fraction of looking them up by payer.
        let mut transfers: Vec<_> = facts()
            .filter_map(|(by, fact)| match fact {
                AccountFact::Transfer(fact) => Some((fact.to, fact.amount, by)),
                _ => None,
            })
            .collect();
        transfers.sort_unstable_by_key(|(to, ..)| *to);
        for (to, amount, by) in transfers {
            let from = AccountId::Person(by.person);
            match self.receiver(after, from, &to, amount) {
                Ok(to) => payments.push(Payment {
                    from,
                    device: by.device,
                    seq: by.seq,
                    id: by.id,
                    to,
                    amount,
                }),
                Err(refusal) => outcome.refused.push((by.id, refusal)),
            }
        }
        self.pay(payments, outcome);
    }

    /// Whose entries these are, in order of device and place, each place once; what a record
    /// included before is no news.
    fn authored(
        &mut self,
        after: &Membership,
        entries: &[Included],
        outcome: &mut Outcome,
    ) -> Vec<Authored> {
        let mut authored = Vec::with_capacity(entries.len());
        // Entries mostly come log by log.
        let mut last = None;
        for (at, entry) in entries.iter().enumerate() {
            let known = last.filter(|(author, _)| *author == entry.author);
            let (_, device) =
                known.unwrap_or_else(|| (entry.author, after.devices().get(&entry.author)));
            last = Some((entry.author, device));
            let Some(device) = device else {
                outcome.refused.push((entry.id, Refusal::UnknownDevice));
                continue;
            };
            authored.push(Authored {
                device: device.index,
                seq: entry.seq,
                id: entry.id,
                person: device.owner,
                standing: standing(after, device, entry.seq),
                at,
            });
        }
        authored.sort_unstable_by_key(|it| (it.device, it.seq, it.id));
        authored.dedup_by_key(|it| (it.device, it.seq));
        authored.retain(|it| self.next_place(it.device) <= it.seq);
        for it in &authored {
            self.pass(it.device, it.seq.saturating_add(1));
        }
        authored.retain(|it| {
            outcome.tell(it.id, it.standing);
            it.standing.is_ok()
        });
        authored
    }

    /// The first place of a device's account log that no record included yet.
    pub fn next_place(&self, device: u32) -> u32 {
        let next = self.places.get(index(device));
        next.copied().unwrap_or_default()
    }

    pub(super) fn pass(&mut self, device: u32, next: u32) {
        let at = index(device);
        if self.places.len() <= at {
            self.places.resize(at.saturating_add(1), 0);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = next;
        }
    }
}

/// Whether what `device` writes at `seq` has effect. Candidates, and people who lapsed or left, keep
/// what they have and may spend it.
fn standing(after: &Membership, device: &DeviceState, seq: u32) -> Result<(), Refusal> {
    if device.cut.is_some_and(|cut| seq >= cut.account) {
        return Err(Refusal::DeviceRevoked);
    }
    match after.person(device.owner).map(|it| it.state) {
        Some(State::Revoked) => Err(Refusal::AuthorRevoked),
        Some(_) => Ok(()),
        None => Err(Refusal::UnknownDevice),
    }
}
