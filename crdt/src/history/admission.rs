//! Whose logs count.
//!
//! A log counts once something says whose device its author is, and somebody vouches for that
//! member. Both are entries themselves, so the answer is the smallest set that is closed under:
//!
//! 1. Founders, and members whose placed join proves that the genesis imported them, are known.
//! 2. A device is its member's if the genesis says so, or the first entry of its member log. Only
//!    the devices of known members count.
//! 3. A member is known, as a candidate, once a placed entry of one other vouches for them; fully
//!    once entries of [`FULL_SPONSORS`] do. Of a log only the first
//!    [`MAX_CANDIDATES`](super::MAX_CANDIDATES) people vouched for count, and a candidate's own
//!    entries vouch for nobody.
//! 4. A candidate's log counts up to [`MAX_CANDIDATE_LOG_LEN`](super::MAX_CANDIDATE_LOG_LEN).
//!
//! Each rule only ever adds, and each looks at entries below fork points alone. For a given set of
//! entries the result is therefore one, in whatever order they came. A new fork point can take
//! away: then the whole is computed again from the founders on ([`History::recount`]), since people
//! who vouch for each other in a ring must not hold each other up. What no longer counts keeps its
//! chain and its bytes, *suspended*, and counts again as soon as another sponsor's entry comes. So
//! that one sponsor who forks on purpose cannot silence anybody who has three, full standing asks
//! for two and not for the number that makes a member.

use std::{collections::BTreeMap, mem};

use crate::{
    entry::{Stream, VerifiedEntry},
    hash::EntryId,
    keys::{DeviceKey, MemberKey},
    payload::MemberFact,
};

use super::{History, Roots, verdict::Invalid};

/// Sponsors after whom a candidate's logs are bounded as everybody's are, and vouch in turn.
///
/// One careless sponsor must not open the disks of all to a stranger and those he vouches for.
pub const FULL_SPONSORS: usize = 2;

/// Why a log counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Standing {
    /// One known member vouches for its member.
    Candidate,
    /// [`FULL_SPONSORS`] or more do.
    Sponsored,
    /// Its member is in the list that the genesis imported.
    Imported,
    /// Its member signed the genesis.
    Founder,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: MemberKey,
    is_founder: bool,
    is_imported: bool,
    /// Those who vouch for them with effect, as many as matter.
    sponsors: Vec<u32>,
    devices: Vec<u32>,
}

impl Member {
    pub(super) fn standing(&self) -> Option<Standing> {
        match self.sponsors.len() {
            _ if self.is_founder => Some(Standing::Founder),
            _ if self.is_imported => Some(Standing::Imported),
            0 => None,
            n if n < FULL_SPONSORS => Some(Standing::Candidate),
            _ => Some(Standing::Sponsored),
        }
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
    pub(super) claims: Vec<Claim>,
    pub(super) logs: Vec<u32>,
    /// Whether it is among [`People::order`].
    is_ordered: bool,
}

/// Members and devices by number.
#[derive(Clone, Debug)]
pub(super) struct People {
    members: Vec<Member>,
    by_member: BTreeMap<MemberKey, u32>,
    devices: Vec<Device>,
    by_device: BTreeMap<DeviceKey, u32>,
    /// Known devices, each after those whose entries make it known.
    pub(super) order: Vec<u32>,
}

/// Whose standing rose.
#[derive(Debug, Default)]
pub(super) struct Risen {
    pub(super) members: Vec<u32>,
    pub(super) devices: Vec<u32>,
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
        let next = number(self.members.len());
        *self.by_member.entry(key).or_insert_with(|| {
            self.members.push(Member {
                key,
                is_founder: false,
                is_imported: false,
                sponsors: Vec::new(),
                devices: Vec::new(),
            });
            next
        })
    }

    /// The number of a device, a new one if need be.
    pub(super) fn device(&mut self, key: DeviceKey) -> u32 {
        let next = number(self.devices.len());
        *self.by_device.entry(key).or_insert_with(|| {
            self.devices.push(Device {
                key,
                founder: None,
                claims: Vec::new(),
                logs: Vec::new(),
                is_ordered: false,
            });
            next
        })
    }

    pub(super) fn find_member(&self, key: &MemberKey) -> Option<u32> {
        self.by_member.get(key).copied()
    }

    pub(super) fn find_device(&self, key: &DeviceKey) -> Option<u32> {
        self.by_device.get(key).copied()
    }

    pub(super) fn device_at(&self, device: u32) -> Option<&Device> {
        self.devices.get(index(device))
    }

    pub(super) fn device_mut(&mut self, device: u32) -> Option<&mut Device> {
        self.devices.get_mut(index(device))
    }

    pub(super) fn member_at(&self, member: u32) -> Option<&Member> {
        self.members.get(index(member))
    }

    /// Whether the genesis names it, so that its first entry need not certify it.
    pub(super) fn is_first_of_founder(&self, key: &DeviceKey) -> bool {
        self.find_device(key)
            .and_then(|it| self.device_at(it))
            .is_some_and(|it| it.founder.is_some())
    }

    pub(super) fn is_founder(&self, key: &MemberKey) -> bool {
        self.find_member(key).and_then(|it| self.standing(it)) == Some(Standing::Founder)
    }

    /// Notes what the first entry of `device` says.
    pub(super) fn claim(&mut self, device: u32, claim: Claim) {
        if let Some(it) = self.members.get_mut(index(claim.member))
            && !it.devices.contains(&device)
        {
            it.devices.push(device);
        }
        if let Some(it) = self.devices.get_mut(index(device)) {
            it.claims.push(claim);
        }
    }

    /// Whether anything that its first entries say holds, even if they contradict each other.
    pub(super) fn is_known(&self, device: &Device) -> bool {
        device.founder.is_some()
            || device
                .claims
                .iter()
                .any(|it| it.is_imported || self.standing(it.member).is_some())
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

    pub(super) fn device_standing(&self, device: u32) -> Option<Standing> {
        self.standing(self.owner(device)?)
    }

    /// Puts a device that is known now behind those that were before.
    fn rank(&mut self, device: u32) {
        if let Some(it) = self.devices.get_mut(index(device))
            && !mem::replace(&mut it.is_ordered, true)
        {
            self.order.push(device);
        }
    }

    /// `sponsor` vouches for `subject` with effect. True if that lifts the subject's standing.
    fn credit(&mut self, subject: u32, sponsor: u32) -> bool {
        let Some(member) = self.members.get_mut(index(subject)) else {
            return false;
        };
        if member.sponsors.len() >= FULL_SPONSORS || member.sponsors.contains(&sponsor) {
            return false;
        }
        let before = member.standing();
        member.sponsors.push(sponsor);
        member.standing() != before
    }

    /// The one claim of `device` proves an import. True if that lifts the member's standing.
    fn import(&mut self, device: u32) -> bool {
        let member = match self.device_at(device).map(|it| it.claims.as_slice()) {
            Some([claim]) if claim.is_imported => claim.member,
            _ => return false,
        };
        let Some(member) = self.members.get_mut(index(member)) else {
            return false;
        };
        let before = member.standing();
        member.is_imported = true;
        member.standing() != before
    }
}

impl History {
    /// Counts what may count now of all logs of `devices`, and of whom they lift in turn.
    pub(super) fn count_devices(&mut self, devices: Vec<u32>) -> Risen {
        self.count(Risen::default(), devices)
    }

    /// Counts what may count now that the standing of `members` rose.
    pub(super) fn lift(&mut self, members: Vec<u32>) -> Risen {
        let mut risen = Risen::default();
        let mut work = Vec::new();
        for member in members {
            self.rise(member, &mut risen, &mut work);
        }
        self.count(risen, work)
    }

    fn count(&mut self, mut risen: Risen, mut work: Vec<u32>) -> Risen {
        while let Some(device) = work.pop() {
            risen.devices.push(device);
            self.people.rank(device);
            if self.people.import(device)
                && let Some(owner) = self.people.owner(device)
            {
                self.rise(owner, &mut risen, &mut work);
            }
            let logs = self
                .people
                .device_at(device)
                .map(|it| it.logs.clone())
                .unwrap_or_default();
            for log in logs {
                for member in self.count_log(device, log) {
                    self.rise(member, &mut risen, &mut work);
                }
            }
        }
        risen
    }

    fn rise(&self, member: u32, risen: &mut Risen, work: &mut Vec<u32>) {
        risen.members.push(member);
        if let Some(member) = self.people.member_at(member) {
            work.extend(&member.devices);
        }
    }

    /// Counts what may count now of one log. Gives back whom that lifts.
    pub(super) fn count_log(&mut self, device: u32, log: u32) -> Vec<u32> {
        let standing = self.people.device_standing(device);
        let owner = self.people.owner(device);
        let Some(log) = self.logs.get_mut(index(log)) else {
            return Vec::new();
        };
        log.set_placed(log.allowed(standing));
        match owner {
            Some(owner) if standing > Some(Standing::Candidate) => log
                .vouched()
                .filter(|subject| self.people.credit(*subject, owner))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Counts everything again, from the founders and the imported on.
    pub(super) fn recount(&mut self) {
        for log in &mut self.logs {
            log.set_placed(0);
        }
        for member in &mut self.people.members {
            member.is_imported = false;
            member.sponsors.clear();
        }
        self.people.order.clear();
        for device in &mut self.people.devices {
            device.is_ordered = false;
        }
        // Nobody is vouched for now.
        let roots = (0..)
            .zip(&self.people.devices)
            .filter(|(_, device)| self.people.is_known(device))
            .map(|(number, _)| number)
            .collect();
        self.count_devices(roots);
    }
}

/// What an entry means to admission.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fact {
    /// Nothing.
    Other,
    /// It vouches.
    Vouch(MemberKey),
    /// It says whose device its author is.
    Claim {
        member: MemberKey,
        is_imported: bool,
    },
}

impl Fact {
    /// Reads an entry that [`check_first`] found in order.
    pub(super) fn of(entry: &VerifiedEntry, people: &People) -> Self {
        let is_first = entry.entry().seq == 0 && !people.is_first_of_founder(&entry.author());
        match MemberFact::of(entry.entry()) {
            Ok(Some(MemberFact::Join(join))) if is_first => Self::Claim {
                member: join.member,
                is_imported: join.imported.is_some(),
            },
            Ok(Some(MemberFact::Device(device))) if is_first => Self::Claim {
                member: device.member,
                is_imported: false,
            },
            Ok(Some(MemberFact::Certification(it))) => Self::Vouch(it.subject),
            _ => Self::Other,
        }
    }
}

/// Checks what makes a first entry worthless to everybody: a function of its bytes and the genesis.
///
/// An entry that fails is evidence of nothing, not even of a fork.
pub(super) fn check_first(
    entry: &VerifiedEntry,
    roots: &Roots,
    people: &People,
) -> Result<(), Invalid> {
    let is_first = entry.log().stream == Stream::MEMBER && entry.entry().seq == 0;
    if !is_first || people.is_first_of_founder(&entry.author()) {
        return Ok(());
    }
    let fact = MemberFact::of(entry.entry()).map_err(Invalid::Payload)?;
    let Some(fact @ (MemberFact::Join(_) | MemberFact::Device(_))) = fact else {
        return Err(Invalid::NoCertificate);
    };
    if let MemberFact::Join(join) = &fact
        && join.imported.is_some()
        && !roots
            .import
            .is_some_and(|it| join.is_imported(&it.root, it.size, &entry.author()))
    {
        return Err(Invalid::ImportProof {
            member: join.member,
        });
    }
    fact.verify(&roots.network, &entry.author())
        .map_err(Invalid::Signature)
}

pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
