//! The ledger: payments folded, days closed, and what accounts take in memory.

use std::time::Duration;

use anyhow::{Result, ensure};
use commune_crdt::{
    hash::{BlobHash, EntryId, NetworkId, blake3},
    keys::{DeviceKey, ExchangeKey, MemberKey, Signature},
    ledger::{Included, Ledger},
    params::Params,
    payload::{AccountFact, Comment, Imported, Join, MemberFact, Receiver, Transfer},
    time::{Height, Seconds},
    trust::{self, Closed, Founding, Membership},
};

use super::trust::{forget_peak, peak_mb};
use crate::yardstick::Watch;

const CHARTER: BlobHash = BlobHash([3; 32]);

const FOUNDED: Seconds = Seconds(1_704_067_200);
const DAY: u64 = 86_400;

/// What one size costs.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// A record that closes a day and includes nothing.
    pub day: Duration,
    /// A record that closes a day and includes all payments.
    pub payments: Duration,
    /// All leaves written.
    pub leaves: Duration,
    /// All balances added up.
    pub audit: Duration,
    /// Memory of the ledger alone, in MB.
    pub ledger_mb: u64,
}

/// Members with a device each.
#[derive(Debug)]
pub struct Town {
    people: Membership,
    keys: Vec<(MemberKey, DeviceKey)>,
}

/// People imported at once: their entries are larger than what is kept of them.
const CHUNK: usize = 100_000;

impl Town {
    /// A network that imported `members` members of whom nobody vouches: they are members for a month.
    #[must_use]
    pub fn of(members: u32) -> Self {
        let name = |number: u32, what| blake3(&[&number.to_be_bytes(), what]);
        let keys: Vec<_> = (0..members)
            .map(|it| {
                let member = MemberKey(name(it, b"member"));
                (member, DeviceKey(name(it, b"device")))
            })
            .collect();
        let mut people = Membership::founded(Founding {
            network: NetworkId([7; 32]),
            charter: CHARTER,
            params: Params::default(),
            time: FOUNDED,
            founders: Vec::new(),
        });
        for chunk in keys.chunks(CHUNK) {
            let rest = people.import(chunk.iter().map(joins).collect());
            debug_assert!(rest.is_empty());
        }
        Self { people, keys }
    }

    /// Closes records, one of them with `count` payments between people drawn from a seed.
    ///
    /// # Errors
    ///
    /// When money is lost, or fewer payments are made than balances cover.
    pub fn measure(&self, count: u32) -> Result<Cost> {
        forget_peak();
        let before = peak_mb()?;
        let mut ledger = Ledger::founded(&self.people);
        let ledger_mb = peak_mb()?.saturating_sub(before);
        let closed = |day: u64| Closed {
            time: FOUNDED.after(day.saturating_mul(DAY)),
            ..Closed::default()
        };
        let start = Watch::start();
        let _ = ledger.close(&self.people, &self.people, &closed(1), &[]);
        let day = start.elapsed();
        // Everybody has twenty days' money: the payments below are covered.
        let _ = ledger.close(&self.people, &self.people, &closed(20), &[]);
        let entries = self.payments(count);
        let start = Watch::start();
        let outcome = ledger.close(&self.people, &self.people, &closed(21), &entries);
        let payments = start.elapsed();
        ensure!(outcome.refused.is_empty(), "{:?}", outcome.refused.first());
        let start = Watch::start();
        ledger.audit()?;
        let audit = start.elapsed();
        let start = Watch::start();
        let leaves = ledger.leaves();
        let written = start.elapsed();
        ensure!(leaves.accounts.len() == self.keys.len());
        Ok(Cost {
            day,
            payments,
            leaves: written,
            audit,
            ledger_mb,
        })
    }

    /// Payments of one unit each, spread over all: entries in the order of their devices, as a
    /// record's frontier names logs.
    fn payments(&self, count: u32) -> Vec<Included> {
        let people = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        let mut entries: Vec<_> = (0..count)
            .filter_map(|it| {
                let from = it.checked_rem(people)?;
                // A number without a common divisor with any of the sizes, so that nobody is paid alone.
                let to = u64::from(it).wrapping_mul(7_368_787).wrapping_add(1);
                let to = u32::try_from(to.checked_rem(people.into())?).ok()?;
                let to = if to == from {
                    to.wrapping_add(1).checked_rem(people)?
                } else {
                    to
                };
                let seq = it.checked_div(people)?;
                let (_, author) = self.keys.get(usize::try_from(from).ok()?)?;
                let (receiver, _) = self.keys.get(usize::try_from(to).ok()?)?;
                Some(Included {
                    id: EntryId(blake3(&[author.as_bytes(), &seq.to_be_bytes()])),
                    author: *author,
                    seq,
                    anchor: Height(0),
                    fact: AccountFact::Transfer(Transfer {
                        to: Receiver::Member(*receiver),
                        amount: 1_000,
                        comment: Comment::None,
                    }),
                })
            })
            .collect();
        entries.sort_unstable_by_key(|it| (it.author, it.seq));
        entries
    }
}

/// The first entry of a member of the import.
fn joins((member, device): &(MemberKey, DeviceKey)) -> trust::Included {
    trust::Included {
        id: EntryId(*device.as_bytes()),
        author: *device,
        seq: 0,
        anchor: Height(0),
        fact: MemberFact::Join(Join {
            member: *member,
            name: "somebody".to_owned(),
            charter: CHARTER,
            exchange: ExchangeKey::default(),
            ml_kem: BlobHash::default(),
            imported: Some(Imported {
                index: 0,
                was_member: true,
                proof: Vec::new(),
            }),
            signature: Signature([0; 64]),
        }),
    }
}
