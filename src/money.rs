//! Money as this device knows it: what the newest record made final, and what would follow if the
//! next one closed now.
//!
//! ```text
//! finality ─► Ledger (final) ─┬─ entries of the account stream since ─► Ledger (pending)
//! trust ──────────────────────┘
//! ```
//!
//! Only final money can be spent: what is pending towards a person may yet turn out void.

mod amount;
mod chart;
pub mod note;
mod past;
mod payment;
pub mod standing;

use commune_crdt::{
    entry::{SignedEntry, Stream, VerifiedEntry},
    genesis::{Card, Person},
    hash::EntryId,
    keys::{DeviceKey, ExchangeKey, MemberKey},
    ledger::{AccountId, Included, Ledger, Outcome, Refusal},
    params::Param,
    payload::{AccountFact, Join, MemberFact, Receiver, Transfer},
    state::facts_of_accounts,
    time::{Height, Seconds},
    trust::{Closed, Membership, PersonId, State},
};

pub use self::{
    amount::{Amount, shown},
    chart::{Point, Words, svg},
    past::{Closing, Past},
    payment::{Effect, Payment, Payments, Risk, comment_of, keep_comment, receiver},
};
use crate::{device::Device, store::StoreError, trust::Trust};

/// Money as a device knows it.
#[derive(Debug)]
pub struct Money {
    /// The newest record.
    pub height: Height,
    /// Its time.
    pub time: Seconds,
    /// Who is who, as if the next record closed now.
    pub trust: Trust,
    /// Members as the newest record certifies them.
    pub people: Membership,
    /// What that record made final.
    pub ledger: Ledger,
    /// What would follow.
    pub then: Ledger,
    /// What the next record would do.
    pub outcome: Outcome,
    /// Entries of the account stream that no record has in.
    pub waiting: Vec<Included>,
    /// The next record, as it would close now.
    closed: Closed,
}

impl Money {
    /// What `device` knows; with a time, as if the next record closed then.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn of(device: &Device, at: Option<Seconds>) -> Result<Self, StoreError> {
        let trust = Trust::of(device, at)?;
        let (height, time, people, ledger, logs) = device.with_finality(|it| {
            let tip = it.tip();
            let state = &tip.state;
            let (people, ledger) = (state.membership().clone(), state.ledger().clone());
            Ok((tip.height, tip.time, people, ledger, state.logs().clone()))
        })?;
        let mut ids = Vec::new();
        {
            let history = device.history()?;
            for log in history
                .logs()
                .filter(|it| it.id().stream == Stream::ACCOUNT)
            {
                ids.extend_from_slice(log.ids_from(logs.next(log.id())));
            }
        }
        let mut entries: Vec<VerifiedEntry> = Vec::new();
        for id in ids {
            let bytes = device.store().entry(&id)?;
            let entry = bytes.and_then(|it| SignedEntry::decode(&it).ok());
            entries.extend(entry.map(SignedEntry::trust_sealed));
        }
        let waiting = facts_of_accounts(&entries);
        let mut then = ledger.clone();
        let closed = Closed {
            height: Height(height.0.saturating_add(1)),
            time: at.unwrap_or(time).max(time),
            members: people.members(),
            ..*people.newest()
        };
        let outcome = then.close(&people, &trust.membership, &closed, &waiting);
        Ok(Self {
            height,
            time,
            trust,
            people,
            ledger,
            then,
            outcome,
            waiting,
            closed,
        })
    }

    /// The account of a person, by any key that they ever had.
    pub fn account(&self, key: &MemberKey) -> Option<AccountId> {
        self.trust.membership.find(key).map(AccountId::Person)
    }

    /// Payments of a person that no record has in, by entry.
    pub fn sent(&self, person: PersonId) -> impl Iterator<Item = (&Included, &Transfer)> {
        self.waiting.iter().filter_map(move |it| {
            let owner = self.trust.membership.owner(&it.author);
            match &it.fact {
                AccountFact::Transfer(transfer) if owner == Some(person) => Some((it, transfer)),
                _ => None,
            }
        })
    }

    /// What a person may still spend.
    pub fn spendable(&self, person: PersonId) -> u128 {
        let pending = self.sent(person).map(|(_, it)| it.amount);
        self.ledger.spendable(AccountId::Person(person), pending)
    }

    /// What the next record would do if `device` stated `fact` as well, and the name under which
    /// that stands there.
    pub fn foresee(&self, device: &DeviceKey, fact: &AccountFact) -> (EntryId, Outcome) {
        // No entry has this name, and none can have a place behind it.
        let id = EntryId([u8::MAX; 32]);
        let mut entries = self.waiting.clone();
        entries.push(Included {
            id,
            author: *device,
            seq: u32::MAX,
            anchor: self.height,
            fact: fact.clone(),
        });
        let mut ledger = self.ledger.clone();
        let people = &self.trust.membership;
        let outcome = ledger.close(&self.people, people, &self.closed, &entries);
        (id, outcome)
    }

    /// Why a payment from the owner of `device` would have no effect.
    pub fn refuse(&self, device: &DeviceKey, transfer: &Transfer) -> Option<Refusal> {
        let people = &self.trust.membership;
        let Some(payer) = people.owner(device) else {
            return Some(Refusal::UnknownDevice);
        };
        let is_revoked = |it: PersonId| {
            let person = people.person(it);
            person.is_some_and(|it| it.state == State::Revoked)
        };
        if is_revoked(payer) {
            return Some(Refusal::AuthorRevoked);
        }
        if let Receiver::Shared(id) = transfer.to
            && self.then.find_shared(&id).is_none()
        {
            return Some(Refusal::UnknownReceiver);
        }
        if let Receiver::Member(key) = transfer.to {
            match people.find(&key) {
                None => return Some(Refusal::UnknownReceiver),
                Some(it) if it == payer => return Some(Refusal::SelfPayment),
                Some(it) if is_revoked(it) => return Some(Refusal::ReceiverRevoked),
                Some(_) => {}
            }
        }
        match transfer.amount {
            0 => Some(Refusal::ZeroAmount),
            it if it < people.params().get(Param::Dust) => Some(Refusal::BelowDust),
            it if u128::from(it) > self.spendable(payer) => Some(Refusal::InsufficientBalance),
            _ => None,
        }
    }

    /// Where to seal what only the owner of `key` may read: from their card in the genesis, or from
    /// what they signed when they joined. Anybody can state a join in another's name.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn exchange_key(
        device: &Device,
        key: &MemberKey,
    ) -> Result<Option<ExchangeKey>, StoreError> {
        if let Some(founder) = founder(device, key) {
            return Ok(Some(founder.exchange));
        }
        Ok(join(device, key)?.map(|it| it.exchange))
    }

    /// As [`exchange_key`](Self::exchange_key), with the ML-KEM-768 key beside it; none while its bytes
    /// are on their way.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn sealing_keys(
        device: &Device,
        key: &MemberKey,
    ) -> Result<Option<(ExchangeKey, Vec<u8>)>, StoreError> {
        if let Some(founder) = founder(device, key) {
            return Ok(Some((founder.exchange, founder.ml_kem.clone())));
        }
        let Some(join) = join(device, key)? else {
            return Ok(None);
        };
        let ml_kem = device.store().blob(&join.ml_kem)?;
        Ok(ml_kem.map(|it| (join.exchange, it)))
    }
}

/// What a founder's card in the genesis says.
fn founder<'a>(device: &'a Device, key: &MemberKey) -> Option<&'a Person> {
    let founders = device.genesis().body().founders.iter();
    let mut founders = founders.map(Card::person);
    founders.find(|it| it.member == *key)
}

/// What the owner of `key` signed when they joined.
fn join(device: &Device, key: &MemberKey) -> Result<Option<Join>, StoreError> {
    for bytes in device.store().entries() {
        let Ok(entry) = SignedEntry::decode(&bytes?) else {
            continue;
        };
        let Ok(Some(fact)) = MemberFact::of(entry.claim()) else {
            continue;
        };
        if let MemberFact::Join(join) = &fact
            && join.member == *key
            && join.imported.is_none()
            && fact.verify(device.network(), &entry.author()).is_ok()
        {
            return Ok(Some(join.clone()));
        }
    }
    Ok(None)
}
