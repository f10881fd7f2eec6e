//! What would become of an entry, before it is signed: the same fold, with the entry in it.

use commune_crdt::{
    hash::{BlobHash, EntryId, derive_key},
    keys::{DeviceKey, ExchangeKey, MemberKey, Signature},
    params::Param,
    payload::{Device as DeviceFact, Join, MemberFact},
    time::{ClaimedMinutes, Height, Seconds},
    trust::{Included, Person, Refusal},
};

use super::{Stated, Trust};
use crate::{device::Device, store::StoreError};

/// What would become of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Foreseen {
    /// It acts at the next record.
    Acts,
    /// It waits in the queue of its author, until then at least.
    Waits(Seconds),
    /// A rule would give it no effect.
    Refused(Refusal),
}

impl Trust {
    /// What would become of `fact` if `device` stated it now, and who is a member then.
    ///
    /// Whoever is vouched for and not known here counts as having asked: their join may come later.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn foresee(
        device: &Device,
        at: Option<Seconds>,
        fact: MemberFact,
    ) -> Result<(Self, Foreseen), StoreError> {
        let now = Self::of(device, at)?;
        let vault = device.vault();
        let own = vault.device.device_key();
        let mut more = Vec::new();
        if now.membership.owner(&own).is_none() {
            let device = MemberFact::Device(DeviceFact {
                member: vault.member_key,
                label: vault.label.clone(),
                certificate: vault.certificate,
            });
            more.push(stated(own, u32::MAX.saturating_sub(1), at, device));
        }
        // Of two words in one record the one that ends wins, whichever came first: what stands
        // now counts.
        match &fact {
            MemberFact::Certification(it) if now.vouches(&own, &it.subject, true) => {
                return Ok((now, Foreseen::Refused(Refusal::AlreadyExists)));
            }
            MemberFact::Certification(it) if now.membership.find(&it.subject).is_none() => {
                let join = join(it.subject, device.genesis().charter_hash());
                more.push(stated(DeviceKey(it.subject.0), 0, at, join));
            }
            MemberFact::Withdrawal(it) => {
                let foreseen = if now.vouches(&own, &it.subject, false) {
                    Foreseen::Acts
                } else {
                    Foreseen::Refused(Refusal::DoesNotExist)
                };
                return Ok((now, foreseen));
            }
            _ => {}
        }
        let last = stated(own, u32::MAX, at, fact);
        let id = last.entry.id;
        more.push(last);
        let then = Self::with(device, at, more)?;
        let foreseen = then.fate(&own, &id);
        Ok((then, foreseen))
    }

    /// Whether the owner of `device` vouches for `subject`, or signed it ahead; with `lately`, only
    /// what is too young to be given again.
    fn vouches(&self, device: &DeviceKey, subject: &MemberKey, lately: bool) -> bool {
        let people = &self.membership;
        let (now, window) = (
            people.newest().time,
            people.params().get(Param::CertificationWindow),
        );
        let Some(own) = people.owner(device) else {
            return false;
        };
        let is_queued = |it: &Person| it.queue.iter().any(|it| it.subject == *subject);
        let person = people.find(subject).and_then(|it| people.person(it));
        people.person(own).is_some_and(is_queued)
            || person.is_some_and(|it| {
                it.live(now)
                    .any(|it| it.issuer == own && !(lately && now.since(it.emission) >= window))
            })
    }

    fn fate(&self, own: &DeviceKey, id: &EntryId) -> Foreseen {
        let refused = self.outcome.refused.iter().find(|(it, _)| it == id);
        if let Some((_, refusal)) = refused {
            return Foreseen::Refused(*refusal);
        }
        let people = &self.membership;
        let author = people.owner(own).and_then(|it| people.person(it));
        let waits = author.and_then(|it| people.queue(it).find(|(queued, _)| queued.id == *id));
        match waits {
            Some((_, until)) => Foreseen::Waits(until.unwrap_or_else(|| people.newest().time)),
            None => Foreseen::Acts,
        }
    }
}

/// An entry that nobody wrote. First entries are not verified again by the fold.
fn stated(author: DeviceKey, seq: u32, at: Option<Seconds>, fact: MemberFact) -> Stated {
    let name = derive_key("commune entry that nobody wrote v1", &[&seq.to_be_bytes()]);
    Stated {
        entry: Included {
            id: EntryId(name),
            author,
            seq,
            anchor: Height(0),
            fact,
        },
        claimed: ClaimedMinutes::from_unix_seconds(at.unwrap_or_default().0),
    }
}

fn join(member: MemberKey, charter: BlobHash) -> MemberFact {
    MemberFact::Join(Join {
        member,
        name: String::new(),
        charter,
        exchange: ExchangeKey([0; 32]),
        ml_kem: BlobHash([0; 32]),
        imported: None,
        signature: Signature([0; 64]),
    })
}
