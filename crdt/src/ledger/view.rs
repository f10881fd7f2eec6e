//! What people ask of the ledger before they pay or accept.

use super::{AccountId, Day, Ledger, Relative};
use crate::{
    codec::to_u64,
    keys::DeviceKey,
    params::Param,
    trust::{Membership, PersonId, State},
};

/// What may be pending from one member before a receiver is warned. It is never a rule of finality.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OfflineCap {
    /// From all devices of the member together, in thousandths.
    pub member: u128,
    /// From this device: an equal share, rounded down.
    pub device: u128,
}

impl OfflineCap {
    /// Nothing.
    pub const NONE: Self = Self {
        member: 0,
        device: 0,
    };
}

/// How many of the first of `days`, which a record closed, `person` was a member on: `before` are
/// the members of the record before it.
pub fn earned_days(before: &Membership, person: PersonId, days: &[Day]) -> usize {
    let member = before.person(person).filter(|it| it.state == State::Member);
    let lapse = member.map(|it| before.lapse_time(it));
    let earned = days.iter().take_while(|day| lapse > Some(day.due));
    earned.count()
}

impl Ledger {
    /// What an account may still spend: its final balance without its own payments that are
    /// pending. What is pending towards it does not count, so that a payment which turns out void
    /// drags no other with it.
    pub fn spendable(&self, account: AccountId, pending: impl IntoIterator<Item = u64>) -> u128 {
        let own = pending.into_iter().map(u128::from);
        let pending = own.fold(0_u128, u128::saturating_add);
        self.balance(account).saturating_sub(pending)
    }

    /// How much may be pending from `device`, by the last final record: some dividends for each
    /// member, shared equally by their devices. A device that is not final yet, or is revoked, has
    /// nothing, and who is no member has no dividends to come.
    pub fn offline_cap(&self, people: &Membership, device: &DeviceKey) -> OfflineCap {
        let Some(known) = people.devices().get(device).filter(|it| it.cut.is_none()) else {
            return OfflineCap::NONE;
        };
        let state = people.person(known.owner).map(|it| it.state);
        if state != Some(State::Member) {
            return OfflineCap::NONE;
        }
        let devices = people.devices().values();
        let own = devices.filter(|it| it.owner == known.owner && it.cut.is_none());
        let devices = u128::from(to_u64(own.count()));
        let dividends = people.params().get(Param::OfflineCap);
        let member = u128::from(dividends).saturating_mul(self.dividend.amount.into());
        OfflineCap {
            member,
            device: member.checked_div(devices).unwrap_or_default(),
        }
    }

    /// An amount in dividends of today.
    pub fn relative(&self, amount: u128) -> Relative {
        Relative {
            amount,
            dividend: self.dividend.amount,
        }
    }
}
