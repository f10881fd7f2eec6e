//! Who was heard, and who is to be dialled when.
//!
//! ```text
//! heard ─► Waiting ─ due ─► Dialling ─► linked ─ link ends ─► Waiting …
//!             ▲                 │ fails
//!             └── 2…120 s ◄─────┘
//! ```
//!
//! Two devices that hear each other agree without a word on who dials: the one with the lower tag
//! does at once, the other after some 3 s, if no link came up by then. That happens when only one
//! of them hears, or is reachable.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::tags::Tag;
use crate::link::PeerId;

/// Devices remembered at once; beyond it the one not heard for longest is forgotten.
const MAX_NEIGHBOURS: usize = 256;

/// Addresses remembered for a device.
const MAX_ADDRESSES: usize = 8;

/// Dials to neighbours at once.
const MAX_DIALS: usize = 8;

/// Own tags remembered: the present one and those that may still be in others' memories.
const MAX_OWN: usize = 16;

/// How long the device with the higher tag waits for the other.
const PATIENCE: Duration = Duration::from_secs(3);

/// Random part of such waits, at most, lest neighbours dial in step.
const JITTER: Duration = Duration::from_secs(1);

/// How long to wait for a device that is not recognised as one of this network.
const PATIENCE_WITH_STRANGERS: Duration = Duration::from_secs(6);

/// First wait after a failure; doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// Longest wait after failures.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// A link that ends sooner counts as a failure.
const SHORT_LINK: Duration = Duration::from_secs(10);

/// Failures after which a device that was not heard for [`SILENCE`] is forgotten.
const MAX_FAILURES: u32 = 5;

/// See [`MAX_FAILURES`].
const SILENCE: Duration = Duration::from_secs(600);

/// A device that discovery heard of. It may speak another protocol or belong to another network.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Its tag of this run; random, and another after a restart.
    pub tag: [u8; 8],
    /// Where it says that it listens.
    pub addresses: Vec<SocketAddr>,
    /// Heard by multicast DNS.
    pub by_mdns: bool,
    /// Heard by its beacon.
    pub by_beacon: bool,
    /// Its device key, once a link proved it.
    pub peer: Option<PeerId>,
    /// What became of it.
    pub state: NeighbourState,
}

/// What became of a [`Neighbour`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NeighbourState {
    /// Heard, and about to be dialled or expected to dial.
    Seen,
    /// Being dialled.
    Dialling,
    /// At least one link is open.
    Linked,
    /// The last dial failed, or its link ended at once.
    Failed {
        /// Why.
        why: String,
        /// Dials that failed in a row.
        times: u32,
        /// Until the next.
        retry_in: Duration,
    },
}

/// How a device was heard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Heard {
    Mdns,
    Beacon,
}

/// An announcement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Announcement {
    pub(super) tag: Tag,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) how: Heard,
    /// Whether its tag is one of this network.
    pub(super) known: bool,
}

/// Who was heard.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    own: VecDeque<Tag>,
    known: BTreeMap<Tag, Entry>,
}

#[derive(Debug)]
struct Entry {
    addresses: Vec<SocketAddr>,
    by_mdns: bool,
    by_beacon: bool,
    heard: Instant,
    peer: Option<PeerId>,
    dialling: bool,
    due: Instant,
    failures: u32,
    why: String,
}

impl Neighbours {
    /// This device announces itself as `tag` from now on.
    pub(super) fn announce(&mut self, tag: Tag) {
        self.own.push_front(tag);
        self.own.truncate(MAX_OWN);
        self.known.remove(&tag);
    }

    /// Takes an announcement. `jitter` is a random number.
    pub(super) fn heard(&mut self, heard: Announcement, now: Instant, jitter: u32) {
        let Announcement {
            tag,
            addresses,
            how,
            known,
        } = heard;
        if self.own.contains(&tag) || addresses.is_empty() {
            return;
        }
        self.make_room(&tag);
        let first = self.own.front().is_some_and(|own| own < &tag);
        let patience = match (known, first) {
            (false, _) => PATIENCE_WITH_STRANGERS.saturating_add(part(JITTER, jitter)),
            (true, true) => part(Duration::from_millis(100), jitter),
            (true, false) => PATIENCE.saturating_add(part(JITTER, jitter)),
        };
        let new = || Entry {
            addresses: Vec::new(),
            by_mdns: false,
            by_beacon: false,
            heard: now,
            peer: None,
            dialling: false,
            due: after(now, patience),
            failures: 0,
            why: String::new(),
        };
        let entry = self.known.entry(tag).or_insert_with(new);
        entry.heard = now;
        match how {
            Heard::Mdns => entry.by_mdns = true,
            Heard::Beacon => entry.by_beacon = true,
        }
        for address in addresses {
            if entry.addresses.contains(&address) || entry.addresses.len() >= MAX_ADDRESSES {
                continue;
            }
            entry.addresses.push(address);
            if entry.failures > 0 {
                // Perhaps this one works.
                entry.due = entry.due.min(after(now, FIRST_WAIT));
            }
        }
    }

    /// mDNS says that a device has left.
    pub(super) fn gone(&mut self, tag: &Tag) {
        if let Some(entry) = self.known.get_mut(tag) {
            entry.by_mdns = false;
            if !entry.by_beacon && !entry.dialling {
                self.known.remove(tag);
            }
        }
    }

    /// The devices to dial now, with their addresses. [`Self::dialled`] must be called for each.
    pub(super) fn due(
        &mut self,
        now: Instant,
        is_linked: impl Fn(PeerId) -> bool,
    ) -> Vec<(Tag, Vec<SocketAddr>)> {
        self.known.retain(|_, entry| {
            let silent = now.saturating_duration_since(entry.heard) > SILENCE;
            entry.dialling || entry.failures < MAX_FAILURES || !silent
        });
        let dialling = self.known.values().filter(|entry| entry.dialling).count();
        let linked = |entry: &Entry| entry.peer.is_some_and(&is_linked);
        let ready = |entry: &Entry| !entry.dialling && entry.due <= now && !linked(entry);
        let free = MAX_DIALS.saturating_sub(dialling);
        let mut due: Vec<(&Tag, &mut Entry)> = self
            .known
            .iter_mut()
            .filter(|(_, entry)| ready(entry))
            .collect();
        // Who was met before, then who failed least: a flood of false announcements comes last.
        due.sort_by_key(|(_, entry)| (entry.peer.is_none(), entry.failures, entry.due));
        let dial = |(tag, entry): (&Tag, &mut Entry)| {
            entry.dialling = true;
            (*tag, entry.addresses.clone())
        };
        due.into_iter().take(free).map(dial).collect()
    }

    /// How a dial went.
    pub(super) fn dialled(
        &mut self,
        tag: &Tag,
        result: Result<PeerId, String>,
        now: Instant,
        jitter: u32,
    ) {
        let Some(entry) = self.known.get_mut(tag) else {
            return;
        };
        entry.dialling = false;
        match result {
            Ok(peer) => entry.peer = Some(peer),
            Err(why) => entry.fail(why, now, jitter),
        }
    }

    /// `tag` turned out to be this device itself.
    pub(super) fn is_oneself(&mut self, tag: &Tag) {
        self.known.remove(tag);
        self.own.insert(self.own.len().min(1), *tag);
        self.own.truncate(MAX_OWN);
    }

    /// A link with `peer` at `remote` came up.
    pub(super) fn link_up(&mut self, peer: PeerId, remote: SocketAddr) {
        for entry in self
            .known
            .values_mut()
            .filter(|e| e.addresses.contains(&remote))
        {
            entry.peer = Some(peer);
        }
    }

    /// A link with `peer` ended after `lived`, and was the last one.
    pub(super) fn link_down(&mut self, peer: PeerId, lived: Duration, now: Instant, jitter: u32) {
        let own = self.own.front().copied();
        for (tag, entry) in self.known.iter_mut().filter(|(_, e)| e.peer == Some(peer)) {
            if lived < SHORT_LINK {
                entry.fail(
                    format!("link ended after {} s", lived.as_secs()),
                    now,
                    jitter,
                );
            } else {
                entry.failures = 0;
                let patience = match own.is_some_and(|own| own < *tag) {
                    true => part(FIRST_WAIT, jitter),
                    false => PATIENCE.saturating_add(part(JITTER, jitter)),
                };
                entry.due = after(now, patience);
            }
        }
    }

    /// When [`Self::due`] will next have something, at the earliest.
    pub(super) fn next_due(&self, is_linked: impl Fn(PeerId) -> bool) -> Option<Instant> {
        let linked = |entry: &Entry| entry.peer.is_some_and(&is_linked);
        let waiting = self
            .known
            .values()
            .filter(|entry| !entry.dialling && !linked(entry));
        waiting.map(|entry| entry.due).min()
    }

    /// Everyone, for people to see.
    pub(super) fn list(&self, now: Instant, is_linked: impl Fn(PeerId) -> bool) -> Vec<Neighbour> {
        let show = |(tag, entry): (&Tag, &Entry)| Neighbour {
            tag: *tag,
            addresses: entry.addresses.clone(),
            by_mdns: entry.by_mdns,
            by_beacon: entry.by_beacon,
            peer: entry.peer,
            state: match entry {
                entry if entry.peer.is_some_and(&is_linked) => NeighbourState::Linked,
                Entry { dialling: true, .. } => NeighbourState::Dialling,
                Entry { failures: 0, .. } => NeighbourState::Seen,
                Entry {
                    failures, why, due, ..
                } => NeighbourState::Failed {
                    why: why.clone(),
                    times: *failures,
                    retry_in: due.saturating_duration_since(now),
                },
            },
        };
        self.known.iter().map(show).collect()
    }

    fn make_room(&mut self, tag: &Tag) {
        if self.known.len() < MAX_NEIGHBOURS || self.known.contains_key(tag) {
            return;
        }
        let idle = self.known.iter().filter(|(_, entry)| !entry.dialling);
        if let Some(oldest) = idle.min_by_key(|(_, entry)| (entry.peer.is_some(), entry.heard)) {
            let oldest = *oldest.0;
            self.known.remove(&oldest);
        }
    }
}

impl Entry {
    fn fail(&mut self, why: String, now: Instant, jitter: u32) {
        let doublings = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        let wait = FIRST_WAIT.saturating_mul(doublings).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.why = why;
        // From three quarters to five quarters of it, lest neighbours dial in step.
        let least = wait.saturating_sub(wait.checked_div(4).unwrap_or_default());
        self.due = after(
            now,
            least.saturating_add(part(wait.checked_div(2).unwrap_or_default(), jitter)),
        );
    }
}

/// A random part of `whole`: `jitter` of 2³² of it.
pub(super) fn part(whole: Duration, jitter: u32) -> Duration {
    let nanos = whole.as_nanos().saturating_mul(u128::from(jitter)) >> 32;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn after(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: PeerId = PeerId([7; 32]);

    /// This device is 0x50…; `n` is another.
    fn world() -> (Neighbours, Instant) {
        let mut neighbours = Neighbours::default();
        neighbours.announce([0x50; 8]);
        (neighbours, Instant::now())
    }

    fn address(n: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, n], 4433))
    }

    fn hear(neighbours: &mut Neighbours, n: u8, now: Instant) {
        let heard = Announcement {
            tag: [n; 8],
            addresses: vec![address(n)],
            how: Heard::Mdns,
            known: true,
        };
        neighbours.heard(heard, now, 0);
    }

    fn due(neighbours: &mut Neighbours, now: Instant, seconds: u64) -> Vec<u8> {
        let due = neighbours.due(after(now, Duration::from_secs(seconds)), |_| false);
        due.iter().map(|(tag, _)| tag[0]).collect()
    }

    #[test]
    fn lower_tag_dials_at_once_and_the_higher_waits_three_seconds() {
        let (mut neighbours, now) = world();
        hear(&mut neighbours, 0x40, now);
        hear(&mut neighbours, 0x60, now);
        hear(&mut neighbours, 0x50, now);
        assert_eq!(due(&mut neighbours, now, 0), [0x60], "own tag is 0x50");
        assert_eq!(due(&mut neighbours, now, 2), []);
        assert_eq!(due(&mut neighbours, now, 3), [0x40]);
        assert_eq!(due(&mut neighbours, now, 99), [], "both are being dialled");
    }

    #[test]
    fn link_that_came_from_there_saves_the_dial() {
        let (mut neighbours, now) = world();
        hear(&mut neighbours, 0x40, now);
        neighbours.link_up(PEER, address(0x40));
        assert_eq!(neighbours.due(now + PATIENCE, |peer| peer == PEER), []);
        assert_eq!(
            neighbours.list(now, |_| true)[0].state,
            NeighbourState::Linked
        );
        neighbours.link_down(PEER, Duration::from_secs(100), now + PATIENCE, 0);
        assert_eq!(
            due(&mut neighbours, now, 5),
            [],
            "the lower tag dials again first"
        );
        assert_eq!(due(&mut neighbours, now, 6), [0x40]);
    }

    #[test]
    fn failures_are_tried_again_later_and_later() {
        let (mut neighbours, now) = world();
        hear(&mut neighbours, 0x60, now);
        let mut at = 0;
        for expected in [2, 4, 8, 16, 32, 64, 120, 120] {
            assert_eq!(due(&mut neighbours, now, at), [0x60]);
            let failed = now + Duration::from_secs(at);
            neighbours.dialled(
                &[0x60; 8],
                Err("no answer".into()),
                failed,
                u32::MAX / 2 + 1,
            );
            assert_eq!(due(&mut neighbours, now, at + expected - 1), []);
            at += expected;
        }
        let NeighbourState::Failed { why, times, .. } = &neighbours.list(now, |_| false)[0].state
        else {
            panic!()
        };
        assert_eq!((why.as_str(), *times), ("no answer", 8));
        assert_eq!(
            due(&mut neighbours, now, 700),
            [],
            "not heard for ten minutes"
        );
        assert_eq!(neighbours.list(now, |_| false).len(), 0);
    }

    #[test]
    fn link_that_ends_at_once_is_a_failure() {
        let (mut neighbours, now) = world();
        hear(&mut neighbours, 0x60, now);
        due(&mut neighbours, now, 0);
        neighbours.dialled(&[0x60; 8], Ok(PEER), now, 0);
        neighbours.link_down(PEER, Duration::from_secs(1), now, 0);
        assert_eq!(due(&mut neighbours, now, 1), []);
        assert_eq!(due(&mut neighbours, now, 2), [0x60]);
    }

    #[test]
    fn new_address_is_tried_soon_after_failures() {
        let (mut neighbours, now) = world();
        hear(&mut neighbours, 0x60, now);
        for _ in 0..6 {
            due(&mut neighbours, now, 500);
            neighbours.dialled(&[0x60; 8], Err(String::new()), now, 0);
        }
        assert_eq!(due(&mut neighbours, now, 2), []);
        let heard = Announcement {
            tag: [0x60; 8],
            addresses: vec![address(1), address(2)],
            how: Heard::Beacon,
            known: true,
        };
        neighbours.heard(heard, now, 0);
        let due = neighbours.due(now + FIRST_WAIT, |_| false);
        assert_eq!(due[0].1, [address(0x60), address(1), address(2)]);
    }

    #[test]
    fn flood_of_announcements_is_bounded_and_dials_stay_few() {
        let (mut neighbours, now) = world();
        hear(&mut neighbours, 0x60, now);
        neighbours.link_up(PEER, address(0x60));
        for n in 0..10_000_u64 {
            let heard = Announcement {
                tag: (n << 32).to_be_bytes(),
                addresses: (0..50).map(address).collect(),
                how: Heard::Beacon,
                known: false,
            };
            neighbours.heard(heard, now + Duration::from_millis(n), 0);
        }
        let list = neighbours.list(now, |peer| peer == PEER);
        assert_eq!(list.len(), MAX_NEIGHBOURS);
        assert!(list.iter().all(|n| n.addresses.len() <= MAX_ADDRESSES));
        assert!(
            list.iter().any(|n| n.peer == Some(PEER)),
            "who is linked stays"
        );
        assert_eq!(due(&mut neighbours, now, 60).len(), MAX_DIALS);
    }

    #[test]
    fn device_that_left_is_forgotten_unless_its_beacon_is_heard() {
        let (mut neighbours, now) = world();
        hear(&mut neighbours, 0x60, now);
        hear(&mut neighbours, 0x61, now);
        let heard = Announcement {
            tag: [0x61; 8],
            addresses: vec![address(0x61)],
            how: Heard::Beacon,
            known: true,
        };
        neighbours.heard(heard, now, 0);
        neighbours.gone(&[0x60; 8]);
        neighbours.gone(&[0x61; 8]);
        assert_eq!(due(&mut neighbours, now, 1), [0x61]);
    }

    #[test]
    fn jitter_is_a_part_of_the_whole() {
        let whole = Duration::from_secs(4);
        assert_eq!(part(whole, 0), Duration::ZERO);
        assert_eq!(part(whole, 1 << 31), Duration::from_secs(2));
        assert!(part(whole, u32::MAX) < whole);
    }
}
