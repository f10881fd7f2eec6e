//! Members and devices by number.

use std::{collections::BTreeMap, mem};

use crate::{
    hash::EntryId,
    keys::{DeviceKey, MemberKey},
};

use super::{
    Roots,
    admission::{FULL_SPONSORS, Standing},
    index, number, push_tight,
};

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: MemberKey,
    is_founder: bool,
    is_imported: bool,
    /// Whether records made them a member once, below what is kept here.
    is_full: bool,
    /// Those who vouched for them below what is kept here.
    sponsors_before: Vec<u32>,
    /// Those who vouch for them with effect, as many as matter.
    sponsors: Vec<u32>,
    /// Whether they go on from a key with full standing.
    is_heir: bool,
    /// Those who go on from this key.
    heirs: Vec<u32>,
    /// Devices that say to be theirs.
    pub(super) devices: Vec<u32>,
}

impl Member {
    pub(super) fn standing(&self) -> Option<Standing> {
        match self.sponsors.len() {
            _ if self.is_founder => Some(Standing::Founder),
            _ if self.is_imported => Some(Standing::Imported),
            _ if self.is_heir || self.is_full => Some(Standing::Sponsored),
            0 => None,
            n if n < FULL_SPONSORS => Some(Standing::Candidate),
            _ => Some(Standing::Sponsored),
        }
    }

    pub(super) fn has_heirs(&self) -> bool {
        !self.heirs.is_empty()
    }
}

/// What the first entry of a device's member log says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) id: EntryId,
    pub(super) member: u32,
    /// With a proof that the genesis imported the member.
    pub(super) is_imported: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) key: DeviceKey,
    /// The founder whose first device it is.
    founder: Option<u32>,
    /// One, or both halves of the proof if the member log forks at its first entry.
    claims: Vec<Claim>,
    pub(super) logs: Vec<u32>,
    /// Its place in [`People::order`].
    rank: Option<u32>,
    /// Whether it had full standing when it was put there.
    is_ranked_fully: bool,
}

#[derive(Clone, Debug)]
pub(super) struct People {
    members: Vec<Member>,
    by_member: BTreeMap<MemberKey, u32>,
    devices: Vec<Device>,
    by_device: BTreeMap<DeviceKey, u32>,
    /// Known devices, each after those whose entries give it its standing. Who was a candidate
    /// before is there twice; the later place counts.
    order: Vec<u32>,
}

impl People {
    pub(super) fn new(roots: &Roots) -> Self {
        let mut people = Self {
            members: Vec::new(),
            by_member: BTreeMap::new(),
            devices: Vec::new(),
            by_device: BTreeMap::new(),
            order: Vec::new(),
        };
        for (member, device) in &roots.founders {
            let member = people.member(*member);
            let device = people.device(*device);
            if let Some(it) = people.members.get_mut(index(member)) {
                it.is_founder = true;
                it.devices.push(device);
            }
            if let Some(it) = people.devices.get_mut(index(device)) {
                it.founder = Some(member);
            }
            people.rank(device);
        }
        people
    }

    /// The number of a member, a new one if need be.
    pub(super) fn member(&mut self, key: MemberKey) -> u32 {
        *self.by_member.entry(key).or_insert_with(|| {
            let member = Member {
                key,
                is_founder: false,
                is_imported: false,
                is_full: false,
                sponsors_before: Vec::new(),
                sponsors: Vec::new(),
                is_heir: false,
                heirs: Vec::new(),
                devices: Vec::new(),
            };
            push_tight(&mut self.members, member)
        })
    }

    /// The number of a device, a new one if need be.
    pub(super) fn device(&mut self, key: DeviceKey) -> u32 {
        *self.by_device.entry(key).or_insert_with(|| {
            let device = Device {
                key,
                founder: None,
                claims: Vec::new(),
                logs: Vec::new(),
                rank: None,
                is_ranked_fully: false,
            };
            push_tight(&mut self.devices, device)
        })
    }

    pub(super) fn find_member(&self, key: &MemberKey) -> Option<u32> {
        self.by_member.get(key).copied()
    }

    pub(super) fn find_device(&self, key: &DeviceKey) -> Option<u32> {
        self.by_device.get(key).copied()
    }

    pub(super) fn member_at(&self, member: u32) -> Option<&Member> {
        self.members.get(index(member))
    }

    pub(super) fn device_at(&self, device: u32) -> Option<&Device> {
        self.devices.get(index(device))
    }

    /// Known devices, each after those whose entries give it its standing.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Device> {
        let ranked = (0..).zip(&self.order);
        ranked
            .filter_map(|(rank, device)| self.device_at(*device).filter(|it| it.rank == Some(rank)))
    }

    pub(super) fn standing(&self, member: u32) -> Option<Standing> {
        self.member_at(member)?.standing()
    }

    /// The member whose device it is, known or not.
    pub(super) fn owner(&self, device: u32) -> Option<u32> {
        let device = self.device_at(device)?;
        match (device.founder, device.claims.as_slice()) {
            (Some(founder), _) => Some(founder),
            (None, [claim]) => Some(claim.member),
            (None, _) => None,
        }
    }

    /// Whether anything that its first entries say holds, even if they contradict each other.
    pub(super) fn is_known(&self, device: u32) -> bool {
        self.device_at(device).is_some_and(|it| {
            let mut claims = it.claims.iter();
            it.founder.is_some()
                || claims.any(|it| it.is_imported || self.standing(it.member).is_some())
        })
    }

    /// Whether its one first entry proves that the genesis imported its member.
    pub(super) fn proves_import(&self, device: u32) -> bool {
        let claims = self.device_at(device).map(|it| it.claims.as_slice());
        matches!(claims, Some([claim]) if claim.is_imported)
    }

    /// Adds a log to a device.
    pub(super) fn open(&mut self, device: u32, log: u32) {
        if let Some(it) = self.devices.get_mut(index(device)) {
            push_tight(&mut it.logs, log);
        }
    }

    /// Notes what a first entry of `device` says.
    pub(super) fn claim(&mut self, device: u32, claim: Claim) {
        if let Some(it) = self.members.get_mut(index(claim.member))
            && !it.devices.contains(&device)
        {
            push_tight(&mut it.devices, device);
        }
        if let Some(it) = self.devices.get_mut(index(device)) {
            push_tight(&mut it.claims, claim);
        }
    }

    /// Forgets what first entries of `device` say, but for the entry `kept`.
    pub(super) fn unclaim(&mut self, device: u32, kept: EntryId) {
        if let Some(it) = self.devices.get_mut(index(device)) {
            it.claims.retain(|claim| claim.id == kept);
        }
    }

    /// Puts a device whose standing may have risen behind those that rose before.
    pub(super) fn rank(&mut self, device: u32) {
        let owner = self.owner(device);
        let standing = owner.and_then(|it| self.standing(it));
        let is_full = standing > Some(Standing::Candidate);
        if let Some(it) = self.devices.get_mut(index(device))
            && (it.rank.is_none() || (is_full && !it.is_ranked_fully))
        {
            it.rank = Some(push_tight(&mut self.order, device));
            it.is_ranked_fully = is_full;
        }
    }

    /// Those who vouch for a member, as many as matter.
    #[cfg(test)]
    pub(super) fn sponsors_of(&self, member: u32) -> &[u32] {
        self.member_at(member).map_or(&[], |it| &it.sponsors)
    }

    /// Says that records made `member` somebody, on the word of `sponsors` or for good.
    pub(super) fn remember(&mut self, member: u32, sponsors: Vec<u32>, is_full: bool) {
        if let Some(it) = self.members.get_mut(index(member)) {
            it.is_full |= is_full;
            it.sponsors_before = sponsors;
            it.sponsors_before.truncate(FULL_SPONSORS);
        }
    }

    /// `sponsor` vouches for `subject` with effect. True if that lifts the subject's standing.
    pub(super) fn credit(&mut self, subject: u32, sponsor: u32) -> bool {
        let Some(member) = self.members.get_mut(index(subject)) else {
            return false;
        };
        if member.sponsors.len() >= FULL_SPONSORS || member.sponsors.contains(&sponsor) {
            return false;
        }
        let before = member.standing();
        push_tight(&mut member.sponsors, sponsor);
        member.standing() != before
    }

    /// The owner of `old` goes on as `new`. True if that lifts the standing of the new key.
    pub(super) fn hand_over(&mut self, old: u32, new: u32) -> bool {
        if let Some(it) = self.members.get_mut(index(old))
            && !it.heirs.contains(&new)
        {
            push_tight(&mut it.heirs, new);
        }
        self.standing(old) > Some(Standing::Candidate) && self.inherit(new)
    }

    /// Lifts those who go on from `old` if that has full standing. Gives back who rose.
    pub(super) fn lift_heirs(&mut self, old: u32) -> Vec<u32> {
        if self.standing(old) <= Some(Standing::Candidate) {
            return Vec::new();
        }
        let heirs = self.member_at(old).map(|it| it.heirs.clone());
        let mut heirs = heirs.unwrap_or_default();
        heirs.retain(|it| self.inherit(*it));
        heirs
    }

    fn inherit(&mut self, heir: u32) -> bool {
        let Some(member) = self.members.get_mut(index(heir)) else {
            return false;
        };
        let before = member.standing();
        member.is_heir = true;
        member.standing() != before
    }

    /// The genesis imported `member`, or nothing proves it any more. True if that is new.
    pub(super) fn set_imported(&mut self, member: u32, is_imported: bool) -> bool {
        let Some(member) = self.members.get_mut(index(member)) else {
            return false;
        };
        mem::replace(&mut member.is_imported, is_imported) != is_imported
    }

    /// Forgets who vouches for whom. Gives back the devices that are known even so.
    pub(super) fn reset(&mut self) -> Vec<u32> {
        for member in &mut self.members {
            member.is_imported = false;
            member.sponsors.clone_from(&member.sponsors_before);
            member.is_heir = false;
            member.heirs.clear();
        }
        for device in &mut self.devices {
            device.rank = None;
            device.is_ranked_fully = false;
        }
        self.order.clear();
        let devices = 0..number(self.devices.len());
        devices.filter(|device| self.is_known(*device)).collect()
    }
}
