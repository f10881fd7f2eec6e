//! What a task gives back when it ends, however it ends.

use std::{net::IpAddr, sync::Arc, time::Instant};

use super::{Shared, random_u32};
use crate::link::PeerId;

/// A handshake that the gate let in.
#[derive(Debug)]
pub(super) struct HandshakeGuard {
    shared: Arc<Shared>,
    ip: IpAddr,
    proven: bool,
}

impl HandshakeGuard {
    pub(super) fn new(shared: &Arc<Shared>, ip: IpAddr, proven: bool) -> Self {
        Self {
            shared: Arc::clone(shared),
            ip,
            proven,
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for HandshakeGuard {
    fn drop(&mut self) {
        self.shared.gate().leave(self.ip, self.proven);
    }
}

/// The place of a link.
#[derive(Debug)]
pub(super) struct LinkGuard {
    shared: Arc<Shared>,
    peer: PeerId,
    id: u64,
    since: Instant,
}

impl LinkGuard {
    pub(super) fn new(shared: &Arc<Shared>, peer: PeerId, id: u64) -> Self {
        Self {
            shared: Arc::clone(shared),
            peer,
            id,
            since: Instant::now(),
        }
    }
}

impl Drop for LinkGuard {
    fn drop(&mut self) {
        let is_last = {
            let mut links = self.shared.links();
            links.close(self.id);
            !links.has(self.peer)
        };
        let now = Instant::now();
        if is_last {
            let lived = now.saturating_duration_since(self.since);
            self.shared
                .neighbours()
                .link_down(self.peer, lived, now, random_u32());
        }
        self.shared.changed.notify_one();
    }
}
