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
//! 4. A key to which the owner of another hands over, as a placed entry in the log of a fully known
//!    member says and both keys signed, is known fully if the other is.
//! 5. A candidate's log counts up to [`MAX_CANDIDATE_LOG_LEN`](super::MAX_CANDIDATE_LOG_LEN).
//!
//! Each rule only ever adds, and each looks at entries below fork points alone. For a given set of
//! entries the result is therefore one, in whatever order they came. A new fork point can take
//! away: then the whole is computed again from the founders on ([`History::recount`]), since people
//! who vouch for each other in a ring must not hold each other up. What no longer counts keeps its
//! chain and its bytes, *suspended*, and counts again as soon as another sponsor's entry comes. So
//! that one sponsor who forks on purpose cannot silence anybody who has three, full standing asks
//! for two and not for the number that makes a member.

use super::{History, index};

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

/// Whose standing rose.
#[derive(Debug, Default)]
pub(super) struct Risen {
    pub(super) members: Vec<u32>,
    pub(super) devices: Vec<u32>,
}

impl History {
    /// Counts what may count now of all logs of `devices`, and of whom they lift in turn.
    pub(super) fn count_devices(&mut self, devices: Vec<u32>) -> Risen {
        self.count(Risen::default(), devices)
    }

    /// Counts what may count now that the standing of `members` rose.
    pub(super) fn count_members(&mut self, members: Vec<u32>) -> Risen {
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
            if let Some(owner) = self.people.owner(device)
                && self.people.proves_import(device)
                && self.people.set_imported(owner, true)
            {
                self.rise(owner, &mut risen, &mut work);
            }
            self.people.rank(device);
            let logs = self.people.device_at(device).map(|it| it.logs.clone());
            for log in logs.unwrap_or_default() {
                for member in self.count_log(log) {
                    self.rise(member, &mut risen, &mut work);
                }
            }
        }
        risen
    }

    /// Notes that the standing of `member` rose, and of those who go on from that key.
    fn rise(&mut self, member: u32, risen: &mut Risen, work: &mut Vec<u32>) {
        let mut members = vec![member];
        while let Some(member) = members.pop() {
            risen.members.push(member);
            if let Some(member) = self.people.member_at(member) {
                work.extend(&member.devices);
            }
            members.extend(self.people.lift_heirs(member));
        }
    }

    /// Counts what may count now of one log. Gives back whom that lifts.
    pub(super) fn count_log(&mut self, log: u32) -> Vec<u32> {
        let Some(log) = self.logs.get_mut(index(log)) else {
            return Vec::new();
        };
        let owner = self.people.owner(log.device);
        let standing = owner.and_then(|it| self.people.standing(it));
        log.count_as(standing);
        match owner {
            Some(owner) if standing > Some(Standing::Candidate) => log
                .vouched()
                .filter(|it| {
                    let is_credited = self.people.credit(it.subject, owner);
                    let old = it.old;
                    let is_heir = old.is_some_and(|old| self.people.hand_over(old, it.subject));
                    is_credited || is_heir
                })
                .map(|it| it.subject)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Counts everything again, from the founders and the imported on.
    pub(super) fn recount(&mut self) {
        for log in &mut self.logs {
            log.count_as(None);
        }
        let roots = self.people.reset();
        self.count_devices(roots);
    }
}
