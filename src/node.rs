//! The node: finds neighbours over all transports and keeps a session with each.
//!
//! ```text
//! Lan, Bluetooth ──Link──► meet (one session a device) ──► exchange::converse
//! news, deadlines ──► duties: the next record, if this device signs; payments that are due
//! mounts ──► sticks: what is plugged in is read and written
//! people ──socket──► control ──► the same commands, on this device
//! ```

pub mod control;
mod duties;
mod radio;
mod signing;
mod sticks;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use commune_crdt::{
    genesis::Purpose,
    keys::{DeviceKey, MemberKey},
    sync::{message::ByeReason, session::CloseReason},
};
use commune_transports::{
    bluetooth::Bluetooth,
    lan::{DialError, Lan, LanError, LanOptions, LayerReport},
    link::{Link, Medium, PeerId},
};
use thiserror::Error;
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
};

use self::duties::Duties;
pub use self::{radio::Radio, sticks::Visited};
use crate::{
    clock,
    device::Device,
    exchange::{self, Progress, Wish, gate::Gate},
    live::Live,
    peers::{self, Remembered},
};

/// How long a device that sent false signatures is left alone.
const BACK_OFF: Duration = Duration::from_secs(3_600);

/// How often remembered peers that are not linked are dialled again.
const REDIAL_EVERY: Duration = Duration::from_secs(60);

/// Remembered peers that are dialled in one round.
const REDIALS: usize = 16;

/// How long the last step of its duties may take when the node ends.
const LAST_STEP: Duration = Duration::from_secs(2);

/// How a node takes part.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes any.
    pub listen: SocketAddr,
    /// Find and be found on the local network.
    pub discovery: bool,
    /// Find and be found on this machine only.
    pub loopback: bool,
    /// Dial these at the start, and again while they are not linked.
    pub dial: Vec<SocketAddr>,
    /// Dial remembered peers too.
    pub redial: bool,
    /// Meet neighbours by Bluetooth too, and how.
    pub bluetooth: Option<Radio>,
    /// What it does by itself while it runs.
    pub duties: Option<Does>,
}

/// What a node does by itself: it takes in what signers decide, and pays standing orders.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Does {
    /// And signs, if this device is a signer.
    All,
    /// But signs nothing.
    AllButSigning,
}

/// Why a node cannot start.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The local network.
    #[error(transparent)]
    Lan(#[from] LanError),
    /// The runtime.
    #[error("cannot start the node")]
    Runtime(#[from] io::Error),
}

/// A session, as people see it.
#[derive(Clone, Debug)]
pub struct PeerState {
    /// The device at the other end.
    pub device: DeviceKey,
    /// Whose it is, once it said so.
    pub member: Option<MemberKey>,
    /// What carries the link.
    pub medium: Medium,
    /// Where it is.
    pub remote: String,
    /// Since when.
    pub since: Instant,
    /// When it ended, if it did.
    pub ended: Option<Instant>,
    /// How it goes.
    pub progress: Progress,
}

impl PeerState {
    /// Whether both sides said hello and go on.
    pub fn is_connected(&self) -> bool {
        self.progress.member.is_some() && self.ended.is_none()
    }
}

#[derive(Debug)]
struct Slot {
    /// Tells two links to one device apart.
    number: u64,
    medium: Medium,
    remote: String,
    since: Instant,
    /// The key of the side that opened the link.
    initiator: PeerId,
    progress: watch::Receiver<Progress>,
    wish: watch::Sender<Wish>,
}

impl Slot {
    fn state(&self, peer: PeerId, ended: Option<Instant>) -> PeerState {
        let progress = self.progress.borrow().clone();
        PeerState {
            device: DeviceKey(peer.0),
            member: progress.member.flatten(),
            medium: self.medium,
            remote: self.remote.clone(),
            since: self.since,
            ended,
            progress,
        }
    }
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    device: Arc<Device>,
    lan: Lan,
    bluetooth: Option<Bluetooth>,
    gate: Gate,
    options: Options,
    open: Mutex<(u64, BTreeMap<PeerId, Slot>)>,
    /// Sessions that are over, the newest of each device.
    over: Mutex<BTreeMap<PeerId, PeerState>>,
    /// Why addresses that were dialled gave no link.
    failed_dials: Mutex<BTreeMap<SocketAddr, String>>,
    stop: watch::Sender<bool>,
    live: Arc<Live>,
}

impl Node {
    /// Starts to listen and to look for neighbours.
    ///
    /// Must be called within a tokio runtime of several threads.
    ///
    /// # Errors
    ///
    /// [`NodeError`] if no socket can be bound.
    pub fn start(device: Arc<Device>, options: Options) -> Result<Arc<Self>, NodeError> {
        let secret = device.genesis().secret();
        let lan = Lan::start(LanOptions {
            listen: options.listen,
            discovery: options.discovery,
            loopback: options.loopback,
            network_keys: secret
                .map(|it| it.key(Purpose::Tag, 0))
                .into_iter()
                .collect(),
            ..LanOptions::new(device.vault().device.seed())
        })?;
        let (stop, _) = watch::channel(false);
        let bluetooth = options.bluetooth.as_ref().map(|it| it.start(&device));
        Ok(Arc::new(Self {
            bluetooth,
            gate: Gate::open(Arc::clone(&device)),
            live: Live::new(&device),
            device,
            lan,
            options,
            open: Mutex::default(),
            over: Mutex::default(),
            failed_dials: Mutex::default(),
            stop,
        }))
    }

    /// Takes links and dials until [`Self::stop`].
    pub async fn run(self: &Arc<Self>) {
        let mut stop = self.stop.subscribe();
        let dialler = {
            let node = Arc::clone(self);
            tokio::spawn(async move { node.dial_again_and_again().await })
        };
        let duties = self.options.duties.map(|duties| {
            let duties = Duties {
                device: Arc::clone(&self.device),
                signs: duties == Does::All,
                paid: None,
                settled: None,
            };
            tokio::spawn(duties.keep(self.stop.subscribe()))
        });
        let radio = {
            let (node, stop) = (Arc::clone(self), self.stop.subscribe());
            tokio::spawn(async move { radio::attend(&node, stop).await })
        };
        loop {
            tokio::select! {
                link = self.lan.next_link() => match link {
                    Some(link) => self.meet(link),
                    None => break,
                },
                _ = stop.wait_for(|it| *it) => break,
            }
        }
        dialler.abort();
        radio.abort();
        for slot in self.open().1.values() {
            slot.wish.send_replace(Wish::End(ByeReason::Leaving));
        }
        // Byes on their way get a moment; nothing is lost without them.
        tokio::time::sleep(Duration::from_millis(100)).await;
        if let Some(bluetooth) = &self.bluetooth {
            let _ = tokio::time::timeout(LAST_STEP, bluetooth.stop()).await;
        }
        if let Some(duties) = duties {
            self.stop();
            // A step that is under way; one that is broken off goes on at the next start.
            let _ = tokio::time::timeout(LAST_STEP, duties).await;
        }
    }

    /// Reads and writes each stick that is plugged in until [`Self::stop`], and tells what it did.
    pub fn attend_to_sticks(self: &Arc<Self>) -> mpsc::UnboundedReceiver<Visited> {
        let (tell, told) = mpsc::unbounded_channel();
        let (node, stop) = (Arc::clone(self), self.stop.subscribe());
        tokio::task::spawn_blocking(move || sticks::attend(&node, &stop, &tell));
        told
    }

    /// Ends the node.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// The device that it runs on.
    pub fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// Its live meetings.
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// The UDP port that it listens on.
    pub fn port(&self) -> u16 {
        self.lan.local_port()
    }

    /// Sessions that are open or were, the newest of each device.
    pub fn peers(&self) -> Vec<PeerState> {
        let mut all = self
            .over
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for (peer, slot) in &self.open().1 {
            all.insert(*peer, slot.state(*peer, None));
        }
        all.into_values().collect()
    }

    /// Why addresses that were dialled gave no link, as it was last.
    pub fn failed_dials(&self) -> BTreeMap<SocketAddr, String> {
        self.failed_dials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends the session with a device, if one is open.
    pub fn hang_up(&self, device: &DeviceKey) {
        if let Some(slot) = self.open().1.get(&PeerId(device.0)) {
            slot.wish.send_replace(Wish::End(ByeReason::Leaving));
        }
    }

    /// Bluetooth, if it takes part.
    pub fn bluetooth(&self) -> Option<&Bluetooth> {
        self.bluetooth.as_ref()
    }

    /// The layers of the local network, for `doctor`.
    pub async fn health(&self) -> Vec<LayerReport> {
        self.lan.health().await
    }

    /// Opens a session with whoever is at `address`.
    ///
    /// # Errors
    ///
    /// [`DialError`] if no link came of it.
    pub async fn dial(self: &Arc<Self>, address: SocketAddr) -> Result<PeerId, DialError> {
        let result = self.lan.dial(address).await;
        let mut failed = self
            .failed_dials
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(link) => {
                failed.remove(&address);
                drop(failed);
                let peer = link.peer;
                self.meet(link);
                Ok(peer)
            }
            Err(error) => {
                failed.insert(address, error.to_string());
                Err(error)
            }
        }
    }

    async fn dial_again_and_again(self: Arc<Self>) {
        loop {
            let mut addresses = self.options.dial.clone();
            if self.options.redial {
                let remembered = peers::all(self.device.store()).unwrap_or_default();
                let rest = remembered.into_iter().filter(|it| !it.is_blocked);
                addresses.extend(rest.filter_map(|it| it.address).take(REDIALS));
            }
            addresses.sort_unstable();
            addresses.dedup();
            for address in addresses {
                let is_linked = self
                    .open()
                    .1
                    .values()
                    .any(|slot| slot.remote == address.to_string());
                if !is_linked {
                    let node = Arc::clone(&self);
                    // The reason is kept in `failed_dials`.
                    tokio::spawn(async move {
                        let _ = node.dial(address).await;
                    });
                }
            }
            tokio::time::sleep(REDIAL_EVERY).await;
        }
    }

    fn open(&self) -> MutexGuard<'_, (u64, BTreeMap<PeerId, Slot>)> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session over `link`, unless a better link to the same device is open.
    fn meet(self: &Arc<Self>, link: Link) {
        let (medium, binding) = (link.medium, link.channel_binding);
        if self.begin(link).is_none() {
            // Somebody is linked already, or unwanted: no dial has failed.
            self.over(medium, &binding, true);
        }
    }

    /// See [`Self::meet`]; `None` if no session began.
    fn begin(self: &Arc<Self>, link: Link) -> Option<()> {
        let (peer, medium, binding) = (link.peer, link.medium, link.channel_binding);
        let known = peers::all(self.device.store()).unwrap_or_default();
        if known
            .iter()
            .any(|it| it.is_blocked && it.device == Some(DeviceKey(peer.0)))
        {
            return None;
        }
        let initiator = if link.dialled {
            self.lan.peer_id()
        } else {
            peer
        };
        let setup = exchange::setup(&self.device, &link).ok()?;
        let (progress, progress_seen) = watch::channel(Progress::default());
        let (wish, wish_seen) = watch::channel(Wish::Stay);
        let (wish_to_end, progress_of_round) = (wish.clone(), progress_seen.clone());
        let number = {
            let mut open = self.open();
            if let Some(other) = open.1.get(&peer) {
                let (open, new) = ((other.medium, &other.initiator), (medium, &initiator));
                if !takes_place(open, new) {
                    return None;
                }
                other.wish.send_replace(Wish::End(ByeReason::Duplicate));
            }
            open.0 = open.0.wrapping_add(1);
            let number = open.0;
            let slot = Slot {
                number,
                medium: link.medium,
                remote: link.remote.clone(),
                since: Instant::now(),
                initiator,
                progress: progress_seen,
                wish,
            };
            open.1.insert(peer, slot);
            number
        };
        if medium == Medium::Bluetooth {
            let (wish, progress) = (wish_to_end, progress_of_round);
            Handle::current().spawn(radio::round(progress, wish));
        }
        let node = Arc::clone(self);
        let (device, gate) = (Arc::clone(&self.device), self.gate.clone());
        let live = Arc::clone(&self.live);
        Handle::current().spawn(async move {
            let talk = exchange::converse(device, gate, setup, link, progress, wish_seen, live);
            if let Err(error) = talk.await {
                tracing::error!(%error, "a session ended since the store failed");
            }
            let well = node.part(peer, number);
            node.over(medium, &binding, well);
        });
        Some(())
    }

    /// Tells the transport that the session over one of its links is over.
    fn over(&self, medium: Medium, channel_binding: &[u8; 32], well: bool) {
        if let Some(bluetooth) = self
            .bluetooth
            .as_ref()
            .filter(|_| medium == Medium::Bluetooth)
        {
            bluetooth.over(channel_binding, well);
        }
    }

    /// Takes note of the end of a session. Answers whether both sides were in sync.
    fn part(&self, peer: PeerId, number: u64) -> bool {
        let slot = {
            let mut open = self.open();
            match open.1.get(&peer) {
                Some(slot) if slot.number == number => open.1.remove(&peer),
                _ => None,
            }
        };
        // Another link to the same device took its place.
        let Some(slot) = slot else { return true };
        let state = slot.state(peer, Some(Instant::now()));
        let well = state.progress.is_in_sync;
        if let Some(reason) = &state.progress.closed {
            tracing::info!(peer = %peer, %reason, "session over");
            if matches!(reason, CloseReason::Strikes) {
                self.lan.back_off(peer, BACK_OFF);
            }
        }
        if state.progress.member.is_some() {
            let remembered = Remembered {
                device: Some(state.device),
                member: state.member,
                address: state.remote.parse().ok(),
                last_heard: clock::unix_seconds(),
                is_blocked: false,
            };
            // Only a convenience for the next start.
            let _ = peers::remember(self.device.store(), &remembered);
        }
        self.over
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(peer, state);
        well
    }
}

/// Whether a `new` link takes the place of an `open` one, each told by what carries it and who began it.
///
/// Both ends decide alike. The faster medium stays; on one medium the link whose initiator has the lower
/// key stays. Who dials again has lost the link before, of which this end may not know yet, and is met
/// again.
fn takes_place(open: (Medium, &PeerId), new: (Medium, &PeerId)) -> bool {
    let rank = |(medium, initiator)| (medium == Medium::Bluetooth, initiator);
    rank(new) <= rank(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_keep_the_same_link_and_who_dials_again_is_met_again() {
        let (low, high) = (PeerId([1; 32]), PeerId([2; 32]));
        for medium in [Medium::Bluetooth, Medium::Lan] {
            for one in [low, high] {
                assert!(takes_place((medium, &one), (medium, &one)), "again");
            }
            // Whichever of two links comes first, the one that the lower key began stays.
            assert!(takes_place((medium, &high), (medium, &low)));
            assert!(!takes_place((medium, &low), (medium, &high)));
        }
    }

    #[test]
    fn a_cable_takes_the_place_of_bluetooth_and_not_the_other_way_round() {
        let (low, high) = (PeerId([1; 32]), PeerId([2; 32]));
        for (a, b) in [(low, high), (high, low), (low, low)] {
            assert!(takes_place((Medium::Bluetooth, &a), (Medium::Lan, &b)));
            assert!(!takes_place((Medium::Lan, &a), (Medium::Bluetooth, &b)));
        }
    }
}
