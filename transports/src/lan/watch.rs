//! Joins what is heard to what is dialled.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, sleep_until},
};

use super::{
    DiscoveryPorts, Shared, address,
    beacon::{self, Beacon, BeaconOptions},
    discovery::{self, Event, MdnsOptions},
    error::DialError,
    health::{Discovery, Place},
    interfaces::{self, Interface},
    neighbours::{Announcement, Heard},
    quic::Quic,
    random_u32,
    tags::{TAG_LEN, Tag},
};
use crate::link::Link;

/// How long a tag is used.
const TAG_LIFE: Duration = Duration::from_secs(15 * 60);

/// Between dials to two addresses of one device: the first that answers wins.
const STAGGER: Duration = Duration::from_millis(500);

/// Between two looks at who is due, at least.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// Between two looks at who is due, at most.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long a look at the interfaces holds.
const INTERFACES_LIFE: Duration = Duration::from_secs(1);

/// Events that may wait.
const WAITING_EVENTS: usize = 64;

/// Hears neighbours and dials them.
pub(super) struct Watch {
    quic: Arc<Quic>,
    shared: Arc<Shared>,
    place: Place,
    links: mpsc::Sender<Link>,
    dials: JoinSet<(Tag, Result<Link, DialError>)>,
    interfaces: Vec<Interface>,
    looked: Option<Instant>,
}

/// This device as it announces itself, and what comes back.
pub(super) struct Announced {
    tag: watch::Sender<Tag>,
    mdns: mpsc::Receiver<Event>,
    beacons: mpsc::Receiver<(Beacon, IpAddr)>,
}

impl Watch {
    pub(super) fn new(
        quic: Arc<Quic>,
        shared: Arc<Shared>,
        place: Place,
        links: mpsc::Sender<Link>,
    ) -> Self {
        let (dials, interfaces) = (JoinSet::new(), Vec::new());
        Self {
            quic,
            shared,
            place,
            links,
            dials,
            interfaces,
            looked: None,
        }
    }

    /// Begins to announce this device.
    pub(super) fn announce(
        &self,
        tasks: &mut JoinSet<()>,
        state: &Discovery,
        ports: DiscoveryPorts,
    ) -> Announced {
        let tag = self.draw_tag();
        let (tag, announced) = watch::channel(tag);
        let (mdns_events, mdns) = mpsc::channel(WAITING_EVENTS);
        let (beacon_events, beacons) = mpsc::channel(WAITING_EVENTS);
        let Shared {
            port, ipv4, ipv6, ..
        } = *self.shared;
        let loopback = self.place.loopback;
        let options = MdnsOptions {
            mdns_port: ports.mdns,
            port,
            loopback,
            ipv4,
            ipv6,
            tag: announced.clone(),
        };
        tasks.spawn(discovery::run(
            options,
            Arc::clone(&state.mdns),
            mdns_events,
        ));
        if ipv4 {
            let options = BeaconOptions {
                beacon_port: ports.beacon,
                port,
                loopback,
                tag: announced,
            };
            tasks.spawn(beacon::run(
                options,
                Arc::clone(&state.beacon),
                beacon_events,
            ));
        }
        Announced { tag, mdns, beacons }
    }

    fn draw_tag(&self) -> Tag {
        let mut random = [0; TAG_LEN];
        if getrandom::fill(&mut random).is_err() {
            tracing::warn!("the system gives no random bytes, the tag is not random");
        }
        let tag = self.shared.tags().draw(self.shared.port, random);
        self.shared.neighbours().announce(tag);
        tag
    }

    /// Hears and dials until it is dropped.
    pub(super) async fn run(mut self, announced: Option<Announced>) {
        let Some(Announced {
            tag,
            mut mdns,
            mut beacons,
        }) = announced
        else {
            return std::future::pending().await;
        };
        let mut redraw = Box::pin(sleep(TAG_LIFE));
        loop {
            self.dial_due();
            let next = self.next_look();
            tokio::select! {
                Some(event) = mdns.recv() => self.hear_mdns(event),
                Some((beacon, from)) = beacons.recv() => self.hear_beacon(beacon, from),
                Some(Ok((tag, result))) = self.dials.join_next() => {
                    self.dialled(tag, result).await;
                }
                () = self.shared.changed.notified() => {}
                () = sleep_until(next.into()) => {}
                () = &mut redraw => {
                    tag.send_replace(self.draw_tag());
                    redraw = Box::pin(sleep(TAG_LIFE));
                }
            }
        }
    }

    fn next_look(&self) -> Instant {
        let linked = self.shared.linked();
        let due = self.shared.neighbours().next_due(|peer| linked.has(peer));
        let now = Instant::now();
        let after = |wait| now.checked_add(wait).unwrap_or(now);
        let latest = after(LONGEST_WAIT);
        due.unwrap_or(latest).clamp(after(SHORTEST_WAIT), latest)
    }

    fn hear_mdns(&mut self, event: Event) {
        match event {
            Event::Here {
                tag,
                port,
                addresses,
            } => self.hear(tag, port, addresses, Heard::Mdns),
            Event::Gone { tag } => self.shared.neighbours().gone(&tag),
        }
    }

    fn hear_beacon(&mut self, Beacon { port, tag }: Beacon, from: IpAddr) {
        self.hear(tag, port, vec![SocketAddr::new(from, port)], Heard::Beacon);
    }

    fn hear(&mut self, tag: Tag, port: u16, mut addresses: Vec<SocketAddr>, how: Heard) {
        addresses.retain(|address| self.is_near(address.ip()));
        let known = {
            let tags = self.shared.tags();
            !tags.has_keys() || tags.knows(&tag, port)
        };
        if self.shared.hidden && !known {
            return;
        }
        let heard = Announcement {
            tag,
            addresses,
            how,
            known,
        };
        let linked = self.shared.linked();
        let mut neighbours = self.shared.neighbours();
        neighbours.heard(heard, Instant::now(), random_u32());
        // A device may have dialled before it was heard.
        for (peer, remote) in linked.0 {
            neighbours.link_up(peer, remote);
        }
    }

    /// Whether what was heard may make this device send something to `ip`.
    fn is_near(&mut self, ip: IpAddr) -> bool {
        if ip.is_loopback() || self.place.loopback {
            return ip.is_loopback() && self.place.loopback;
        }
        if address::is_near(ip) {
            return true;
        }
        let now = Instant::now();
        let old = |looked: Instant| now.saturating_duration_since(looked) > INTERFACES_LIFE;
        if self.looked.is_none_or(old) {
            self.interfaces = interfaces::list(false).unwrap_or_default();
            self.looked = Some(now);
        }
        let networks = self
            .interfaces
            .iter()
            .flat_map(|interface| &interface.networks);
        // A network of all addresses is a tunnel, not a neighbourhood.
        networks
            .into_iter()
            .any(|network| network.prefix_len >= 8 && network.has(ip))
    }

    fn dial_due(&mut self) {
        let linked = self.shared.linked();
        let due = self
            .shared
            .neighbours()
            .due(Instant::now(), |peer| linked.has(peer));
        for (tag, addresses) in due {
            let quic = Arc::clone(&self.quic);
            self.dials
                .spawn(async move { (tag, dial_any(quic, addresses).await) });
        }
    }

    async fn dialled(&self, tag: Tag, result: Result<Link, DialError>) {
        let now = Instant::now();
        match result {
            Ok(link) => {
                self.shared
                    .neighbours()
                    .dialled(&tag, Ok(link.peer), now, random_u32());
                // Nobody takes links any more: this task is about to be ended.
                drop(self.links.send(link).await);
            }
            Err(DialError::Oneself { .. }) => self.shared.neighbours().is_oneself(&tag),
            Err(error) => {
                let error = Err(error.to_string());
                self.shared
                    .neighbours()
                    .dialled(&tag, error, now, random_u32());
            }
        }
    }
}

/// Dials the addresses of one device, one after the other and soon together.
async fn dial_any(quic: Arc<Quic>, addresses: Vec<SocketAddr>) -> Result<Link, DialError> {
    let mut rest = addresses.into_iter();
    let mut dials = JoinSet::new();
    let mut failed = DialError::Closed;
    loop {
        if let Some(address) = rest.next() {
            let quic = Arc::clone(&quic);
            dials.spawn(async move { quic.dial(address).await });
        } else if dials.is_empty() {
            return Err(failed);
        }
        tokio::select! {
            Some(done) = dials.join_next() => match done {
                Ok(Ok(link)) => return Ok(link),
                // What answered says more than silence.
                Ok(Err(error)) => if !matches!(error, DialError::NoAnswer { .. })
                    || matches!(failed, DialError::Closed)
                {
                    failed = error;
                },
                Err(_) => {}
            },
            () = sleep(STAGGER), if rest.len() > 0 => {}
        }
    }
}
