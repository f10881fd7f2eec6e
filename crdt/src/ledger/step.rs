//! The entries of one record: by whom they are, in which order they count, and what they do.

use super::{AccountId, Included, Ledger, Outcome, Refusal, index, spend::Payment};
use crate::{
    hash::EntryId,
    payload::{AccountFact, Receiver, Transfer},
    time::Seconds,
    trust::{Membership, PersonId, State, membership::DeviceState},
};

/// An entry and who wrote it.
///
/// Small, since a record may have millions of them to put in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authored<'a> {
    entry: &'a Included,
    pub(super) device: u32,
    pub(super) person: PersonId,
    /// Whether what they write there has effect.
    standing: Result<(), Refusal>,
}

impl Authored<'_> {
    pub(super) fn id(&self) -> EntryId {
        self.entry.id
    }

    pub(super) fn seq(&self) -> u32 {
        self.entry.seq
    }
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
        let facts = || authored.iter().map(|it| (it, &it.entry.fact));
        self.expire_proposals(now, outcome);
        for (by, fact) in facts() {
            if let AccountFact::OpenShared(fact) = fact {
                let done = self.open(after, by, fact, outcome);
                outcome.tell(by.id(), done);
            }
        }
        for (by, fact) in facts() {
            if let AccountFact::SharedTransfer(fact) = fact {
                let done = self.propose(after, now, by, fact, outcome);
                outcome.tell(by.id(), done);
            }
        }
        for (by, fact) in facts() {
            if let AccountFact::Approval(fact) = fact {
                let done = self.approve(by, &fact.proposal, outcome);
                outcome.tell(by.id(), done);
            }
        }
        let mut payments = self.approved(after, outcome);
        let transfers = facts().filter_map(|(by, fact)| match fact {
            AccountFact::Transfer(fact) => Some((by, fact)),
            _ => None,
        });
        let transfers: Vec<_> = transfers.collect();
        let receivers = self.receivers(after, &transfers);
        for ((by, fact), to) in transfers.into_iter().zip(receivers) {
            match to {
                Ok(to) => payments.push(Payment {
                    from: AccountId::Person(by.person),
                    device: by.device,
                    seq: by.seq(),
                    id: by.id(),
                    to,
                    amount: fact.amount,
                }),
                Err(refusal) => outcome.refused.push((by.id(), refusal)),
            }
        }
        self.pay(payments, outcome);
    }

    /// Whose account each of `transfers` goes to.
    ///
    /// Neighbours among the keys are neighbours in memory: among millions of people, to look receivers
    /// up in order costs a fraction of looking them up by payer.
    fn receivers(
        &self,
        after: &Membership,
        transfers: &[(&Authored<'_>, &Transfer)],
    ) -> Vec<Result<AccountId, Refusal>> {
        let mut order: Vec<(u64, usize)> = (0..)
            .zip(transfers)
            .map(|(at, (_, it))| (start_of(&it.to), at))
            .collect();
        order.sort_unstable();
        let mut found = vec![Err(Refusal::UnknownReceiver); transfers.len()];
        for (_, at) in order {
            if let (Some((by, it)), Some(slot)) = (transfers.get(at), found.get_mut(at)) {
                let from = AccountId::Person(by.person);
                *slot = self.receiver(after, from, &it.to, it.amount);
            }
        }
        found
    }

    /// Whose entries these are, in order of device and place, each place once; what a record
    /// included before is no news.
    fn authored<'a>(
        &mut self,
        after: &Membership,
        entries: &'a [Included],
        outcome: &mut Outcome,
    ) -> Vec<Authored<'a>> {
        let mut authored = Vec::with_capacity(entries.len());
        // Entries mostly come log by log.
        let mut last = None;
        for entry in entries {
            let known = last.filter(|(author, _)| *author == entry.author);
            let (_, device) =
                known.unwrap_or_else(|| (entry.author, after.devices().get(&entry.author)));
            last = Some((entry.author, device));
            let Some(device) = device else {
                outcome.refused.push((entry.id, Refusal::UnknownDevice));
                continue;
            };
            authored.push(Authored {
                entry,
                device: device.index,
                person: device.owner,
                standing: standing(after, device, entry.seq),
            });
        }
        authored.sort_unstable_by(|a, b| {
            let places = (a.device, a.seq()).cmp(&(b.device, b.seq()));
            places.then_with(|| a.entry.id.cmp(&b.entry.id))
        });
        authored.dedup_by_key(|it| (it.device, it.seq()));
        authored.retain(|it| self.next_place(it.device) <= it.seq());
        for it in &authored {
            self.pass(it.device, it.seq().saturating_add(1));
        }
        authored.retain(|it| {
            outcome.tell(it.id(), it.standing);
            it.standing.is_ok()
        });
        authored
    }

    /// The first place of a device's account log that no record included yet.
    pub fn next_place(&self, device: u32) -> u32 {
        let next = self.places.get(index(device));
        next.copied().unwrap_or_default()
    }

    /// Says that the places of a device's account log below `next` are in.
    pub(crate) fn pass(&mut self, device: u32, next: u32) {
        let at = index(device);
        if self.places.len() <= at {
            self.places.resize(at.saturating_add(1), 0);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = next;
        }
    }
}

/// First bytes of the key of a receiver, as a number.
fn start_of(receiver: &Receiver) -> u64 {
    let bytes = match receiver {
        Receiver::Member(key) => key.as_bytes(),
        Receiver::Shared(id) => &id.0,
    };
    let start = bytes.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(start)
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
