//! Live meetings of this device: the desk of the rules, joined to the links that are open.
//!
//! ```text
//! people ─command─► ask, answer ─┐
//!                                ├─► Desk ─body─► Line ─► Session ─frame─► neighbour
//! neighbour ─frame─► Session ────┘
//! ```
//!
//! What is decided, the [`Desk`] decides. Here it gets its time, its randomness and its turn.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use commune_crdt::{
    keys::{DeviceKey, MemberKey},
    sync::{
        live::{Asking, Desk, End, LiveError, LiveNonce, Met},
        session::Peer,
    },
};
use thiserror::Error;
use tokio::sync::mpsc;

use crate::{
    clock::Monotonic,
    device::Device,
    vault::random::{self, RandomError},
};

/// Bodies that wait for one link: an exchange has one under way in each direction.
pub const LINE_CAPACITY: usize = 4;

/// The live meetings of one running device.
#[derive(Debug)]
pub struct Live {
    clock: Monotonic,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    desk: Desk,
    /// Own requests so far: the number of the newest.
    requests: u64,
    lines: BTreeMap<DeviceKey, (End, mpsc::Sender<Vec<u8>>)>,
}

/// An open link, for as long as this is held.
#[derive(Debug)]
pub struct Line {
    live: Arc<Live>,
    end: End,
    say: mpsc::Sender<Vec<u8>>,
}

/// Why nobody could be answered.
#[derive(Debug, Error)]
pub enum AnswerError {
    /// They do not ask any more.
    #[error(transparent)]
    Rule(#[from] LiveError),
    /// No nonce.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The link is gone.
    #[error("the link is gone")]
    Parted,
}

impl Live {
    /// The meetings of `device`, none yet.
    pub fn new(device: &Device) -> Arc<Self> {
        let vault = device.vault();
        let own = End {
            member: vault.member_key,
            device: vault.device.device_key(),
        };
        let desk = Desk::new(*device.network(), own, vault.name.clone());
        Arc::new(Self {
            clock: Monotonic::start(),
            inner: Mutex::new(Inner {
                desk,
                requests: 0,
                lines: BTreeMap::new(),
            }),
        })
    }

    /// Takes note of a link to `peer`; what is to be said there goes into `say`. `None` for a device
    /// that is nobody's.
    pub fn connected(self: &Arc<Self>, peer: &Peer, say: &mpsc::Sender<Vec<u8>>) -> Option<Line> {
        let end = End {
            member: peer.member?,
            device: peer.device,
        };
        let mut inner = self.inner();
        // What was half said over another link to the same device is said anew over this one.
        inner.desk.parted(&end.device);
        inner.lines.insert(end.device, (end, say.clone()));
        self.invite(&mut inner);
        drop(inner);
        Some(Line {
            live: Arc::clone(self),
            end,
            say: say.clone(),
        })
    }

    /// Opens a request to everybody who is linked or will be, or to one member, in place of the one
    /// before. Answers its number.
    pub fn ask(&self, of: Option<MemberKey>) -> u64 {
        let mut inner = self.inner();
        inner.take_back();
        inner.requests = inner.requests.wrapping_add(1);
        inner.desk.ask(self.clock.now(), of);
        self.invite(&mut inner);
        inner.requests
    }

    /// Ends the own request with this number, unless another took its place.
    pub fn withdraw(&self, request: u64) {
        let mut inner = self.inner();
        if inner.requests == request {
            inner.take_back();
        }
    }

    /// Answers who asks from `device`. The words follow within moments, see [`met`](Self::met).
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if they ask no more, the link is gone, or there is no randomness.
    pub fn answer(&self, device: &DeviceKey) -> Result<(), AnswerError> {
        let nonce = LiveNonce(random::unique()?);
        let mut inner = self.inner();
        let body = inner.desk.answer(self.clock.now(), device, nonce)?;
        let line = inner.lines.get(device);
        let (_, say) = line.ok_or(AnswerError::Parted)?;
        say.try_send(body).map_err(|_| AnswerError::Parted)
    }

    /// Who asks now, of those who are linked.
    pub fn asking(&self) -> Vec<Asking> {
        self.inner()
            .desk
            .asking(self.clock.now())
            .cloned()
            .collect()
    }

    /// With whom there are words that did not serve yet.
    pub fn met(&self) -> Vec<Met> {
        self.inner().desk.met(self.clock.now()).cloned().collect()
    }

    /// The words with `device` served, or did not agree. False if somebody was faster.
    pub fn end(&self, device: &DeviceKey) -> bool {
        self.inner().desk.end(device).is_some()
    }

    /// Devices that are linked and belong to somebody.
    pub fn linked(&self) -> usize {
        self.inner().lines.len()
    }

    /// Asks whoever is linked and was not asked yet.
    fn invite(&self, inner: &mut Inner) {
        let now = self.clock.now();
        for (end, say) in inner.lines.values() {
            if !inner.desk.wants(now, end) {
                continue;
            }
            let Ok(nonce) = random::unique() else {
                tracing::error!("no randomness to ask with");
                return;
            };
            if let Some(body) = inner.desk.invite(now, end, LiveNonce(nonce)) {
                // A link that takes no more is about to end.
                let _ = say.try_send(body);
            }
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn take_back(&mut self) {
        for (end, body) in self.desk.withdraw() {
            if let Some((_, say)) = self.lines.get(&end.device) {
                // Where it gets lost the request ends by its time.
                let _ = say.try_send(body);
            }
        }
    }
}

impl Line {
    /// Takes what the other end said.
    pub fn heard(&self, body: &[u8]) {
        let now = self.live.clock.now();
        match self.live.inner().desk.handle(now, &self.end, body) {
            Ok(None) => {}
            Ok(Some(reply)) => {
                // A link that takes no more is about to end.
                let _ = self.say.try_send(reply);
            }
            Err(error) => tracing::debug!(%error, "a frame of a live meeting counts for nothing"),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut inner = self.live.inner();
        let line = inner.lines.get(&self.end.device);
        // A newer link to the same device may have taken the place.
        if line.is_some_and(|(_, say)| say.same_channel(&self.say)) {
            inner.lines.remove(&self.end.device);
            inner.desk.parted(&self.end.device);
        }
    }
}
