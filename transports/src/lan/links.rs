//! Links that are open, and who is left alone for a while.
//!
//! A device has at most two links to another, one opened by each. A second one in the same
//! direction means that its opener has restarted, so it replaces the first, which would otherwise
//! stand in its way until it times out.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::link::PeerId;

/// Links at once.
pub(super) const MAX_LINKS: usize = 32;

/// Links at once that others opened: the rest is left for this device's own dials, so that
/// strangers cannot take every place.
pub(super) const MAX_ACCEPTED: usize = 24;

/// Devices that are left alone at once. Beyond it the one that is soonest free is forgiven.
const MAX_BACKED_OFF: usize = 1_024;

/// Links that are open.
#[derive(Debug, Default)]
pub(super) struct Links {
    open: HashMap<u64, Open>,
    next_id: u64,
    backed_off: HashMap<PeerId, Instant>,
}

#[derive(Debug)]
struct Open {
    peer: PeerId,
    remote: SocketAddr,
    dialled: bool,
    stop: oneshot::Sender<Stop>,
}

/// Why a link must end now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stop {
    /// Its opener opened another.
    Replaced,
    /// The device at its end misbehaved.
    BackedOff,
}

/// The devices that have a link, and where they are.
#[derive(Debug)]
pub(super) struct Linked(pub(super) Vec<(PeerId, SocketAddr)>);

impl Linked {
    pub(super) fn has(&self, peer: PeerId) -> bool {
        self.0.iter().any(|(linked, _)| *linked == peer)
    }

    /// How many devices they are.
    #[cfg(test)]
    pub(super) fn peers(&self) -> usize {
        let peers: std::collections::BTreeSet<PeerId> = self.0.iter().map(|(p, _)| *p).collect();
        peers.len()
    }
}

/// A place for a link.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) id: u64,
    pub(super) stop: oneshot::Receiver<Stop>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Denied {
    Full { open: usize, limit: usize },
    BackedOff { remaining: Duration },
}

impl Links {
    /// Takes a place for a link with `peer`.
    pub(super) fn open(
        &mut self,
        peer: PeerId,
        remote: SocketAddr,
        dialled: bool,
        now: Instant,
    ) -> Result<Place, Denied> {
        if let Some(remaining) = self.remaining(peer, now) {
            return Err(Denied::BackedOff { remaining });
        }
        let same = |open: &Open| open.peer == peer && open.dialled == dialled;
        let before = self
            .open
            .iter()
            .find(|(_, open)| same(open))
            .map(|(id, _)| *id);
        if let Some(open) = before.and_then(|id| self.open.remove(&id)) {
            let _ = open.stop.send(Stop::Replaced);
        }
        let accepted = self.open.values().filter(|open| !open.dialled).count();
        if self.open.len() >= MAX_LINKS {
            return Err(Denied::Full {
                open: self.open.len(),
                limit: MAX_LINKS,
            });
        }
        if !dialled && accepted >= MAX_ACCEPTED {
            return Err(Denied::Full {
                open: accepted,
                limit: MAX_ACCEPTED,
            });
        }
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        let (stop, stopped) = oneshot::channel();
        self.open.insert(
            id,
            Open {
                peer,
                remote,
                dialled,
                stop,
            },
        );
        Ok(Place { id, stop: stopped })
    }

    /// Gives a place back.
    pub(super) fn close(&mut self, id: u64) {
        self.open.remove(&id);
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there is a link with `peer`.
    pub(super) fn has(&self, peer: PeerId) -> bool {
        self.open.values().any(|open| open.peer == peer)
    }

    /// The devices that have a link, and where they are.
    pub(super) fn linked(&self) -> Linked {
        Linked(
            self.open
                .values()
                .map(|open| (open.peer, open.remote))
                .collect(),
        )
    }

    /// Leaves `peer` alone until `until`, and ends its links.
    pub(super) fn back_off(&mut self, peer: PeerId, until: Instant) {
        if self.backed_off.len() >= MAX_BACKED_OFF {
            let soonest = self.backed_off.iter().min_by_key(|(_, until)| **until);
            if let Some(soonest) = soonest.map(|(peer, _)| *peer) {
                self.backed_off.remove(&soonest);
            }
        }
        self.backed_off.insert(peer, until);
        let of_peer = |(id, open): (&u64, &Open)| (open.peer == peer).then_some(*id);
        let ids: Vec<u64> = self.open.iter().filter_map(of_peer).collect();
        for id in ids {
            if let Some(open) = self.open.remove(&id) {
                let _ = open.stop.send(Stop::BackedOff);
            }
        }
    }

    /// For how long `peer` is still left alone.
    pub(super) fn remaining(&mut self, peer: PeerId, now: Instant) -> Option<Duration> {
        let until = *self.backed_off.get(&peer)?;
        let remaining = until.saturating_duration_since(now);
        if remaining.is_zero() {
            self.backed_off.remove(&peer);
            return None;
        }
        Some(remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote() -> SocketAddr {
        "10.0.0.1:1".parse().unwrap()
    }

    fn peer(n: u8) -> PeerId {
        PeerId([n; 32])
    }

    #[test]
    fn strangers_cannot_take_every_place() {
        let now = Instant::now();
        let mut links = Links::default();
        for n in 0..30 {
            let expected = usize::from(n) < MAX_ACCEPTED;
            assert_eq!(links.open(peer(n), remote(), false, now).is_ok(), expected);
        }
        for n in 100..109 {
            let expected = n < 108;
            assert_eq!(links.open(peer(n), remote(), true, now).is_ok(), expected);
        }
        assert_eq!(links.len(), MAX_LINKS);
    }

    #[test]
    fn link_in_the_same_direction_replaces_the_older() {
        let now = Instant::now();
        let mut links = Links::default();
        let mut first = links.open(peer(1), remote(), false, now).unwrap();
        let mut other = links.open(peer(1), remote(), true, now).unwrap();
        let second = links.open(peer(1), remote(), false, now).unwrap();
        assert_eq!(first.stop.try_recv(), Ok(Stop::Replaced));
        assert!(other.stop.try_recv().is_err(), "the other direction stays");
        assert_eq!(links.len(), 2);
        links.close(first.id);
        assert_eq!(links.len(), 2, "its place was given back already");
        links.close(second.id);
        links.close(other.id);
        assert!(!links.has(peer(1)));
    }

    #[test]
    fn who_misbehaved_is_left_alone_for_the_time_given() {
        let now = Instant::now();
        let mut links = Links::default();
        let mut link = links.open(peer(1), remote(), false, now).unwrap();
        links.back_off(peer(1), now + Duration::from_secs(60));
        assert_eq!(link.stop.try_recv(), Ok(Stop::BackedOff));
        let at = |links: &mut Links, s| {
            links.open(peer(1), remote(), true, now + Duration::from_secs(s))
        };
        let remaining = Duration::from_secs(1);
        assert_eq!(
            at(&mut links, 59).unwrap_err(),
            Denied::BackedOff { remaining }
        );
        assert!(at(&mut links, 60).is_ok());
        for n in 0..5_000_u32 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_be_bytes());
            links.back_off(PeerId(key), now);
        }
        assert_eq!(links.backed_off.len(), MAX_BACKED_OFF);
    }
}
