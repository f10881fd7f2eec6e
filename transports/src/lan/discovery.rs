//! Multicast DNS service discovery (RFC 6762, RFC 6763). The only file that names mdns-sd.
//!
//! A device announces the service `_commune._udp` under its tag in hexadecimal, as instance and as
//! host: random names that change with each start. Its TXT record has nothing but `v=1`: no name,
//! no key. What is announced is the UDP port for links, and the addresses of each interface on that
//! interface.
//!
//! Everything heard is a stranger's: names that are no tag, port 0 and addresses that are not near
//! are dropped. The library keeps what it hears until its time to live ends, without a limit, so it
//! is ended for a minute when it holds too much. It closes a subscription whose events nobody reads,
//! so they are always read, and the subscription is renewed if a flood closed it all the same.

use std::{
    net::{SocketAddr, SocketAddrV6},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use mdns_sd::{
    DaemonEvent, Error, IfKind, Receiver, ResolvedService, ScopedIp, ServiceDaemon, ServiceEvent,
    ServiceInfo,
};
use tokio::{
    sync::{mpsc, watch},
    time::MissedTickBehavior,
};

use super::tags::{TAG_LEN, Tag};

const SERVICE: &str = "_commune._udp.local.";

/// Addresses taken from one announcement.
const MAX_ADDRESSES: usize = 8;

/// Seconds between looks at the interfaces: a cable plugged in late is noticed within 1 s.
const INTERFACE_CHECK_S: u32 = 1;

/// Pause before a subscription or the whole daemon is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// Records of others that the library may hold: 8 each of 256 neighbours. It has no limit itself.
const MAX_RECORDS: i64 = 2_048;

/// Between two looks at how many there are.
const RECORDS_CHECK: Duration = Duration::from_secs(2);

/// Pause after there were too many: what a flood costs is a thirtieth of what it would. The beacon
/// goes on.
const FLOOD_PAUSE: Duration = Duration::from_secs(60);

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// What was heard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Event {
    /// A device announces itself; more addresses may follow.
    Here {
        tag: Tag,
        port: u16,
        addresses: Vec<SocketAddr>,
    },
    /// A device has left, or was not heard for too long.
    Gone { tag: Tag },
}

/// What discovery did so far, for `doctor`.
#[derive(Debug, Default)]
pub(super) struct MdnsState {
    pub(super) error: Option<String>,
    pub(super) resolved: u64,
}

/// Where and what to announce.
#[derive(Debug)]
pub(super) struct MdnsOptions {
    /// Port of multicast DNS itself.
    pub(super) mdns_port: u16,
    /// Port for links.
    pub(super) port: u16,
    /// On the loopback interfaces only, or on all others.
    pub(super) loopback: bool,
    /// Whether links are possible over each.
    pub(super) ipv4: bool,
    pub(super) ipv6: bool,
    pub(super) tag: watch::Receiver<Tag>,
}

/// Why the library's thread was ended.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("{0}")]
    Failed(#[from] Error),
    #[error("flooded: {records} records, the limit is {MAX_RECORDS}; silent for {} s", FLOOD_PAUSE.as_secs())]
    Flooded { records: i64 },
}

impl Stopped {
    fn pause(&self) -> Duration {
        match self {
            Self::Failed(_) => PAUSE,
            Self::Flooded { .. } => FLOOD_PAUSE,
        }
    }
}

/// Announces and looks until nobody listens to `events` any more.
pub(super) async fn run(
    mut options: MdnsOptions,
    state: Arc<Mutex<MdnsState>>,
    events: mpsc::Sender<Event>,
) {
    loop {
        note(&state, |state| state.error = None);
        let Err(stopped) = attend(&mut options, &state, &events).await else {
            return;
        };
        tracing::debug!(%stopped, "multicast DNS stopped");
        note(&state, |state| state.error = Some(stopped.to_string()));
        tokio::select! {
            () = tokio::time::sleep(stopped.pause()) => {}
            () = events.closed() => return,
        }
    }
}

async fn attend(
    options: &mut MdnsOptions,
    state: &Mutex<MdnsState>,
    events: &mpsc::Sender<Event>,
) -> Result<(), Stopped> {
    let daemon = Daemon::start(options)?;
    let result = daemon.watch(options, state, events).await;
    daemon.stop().await;
    result
}

/// The library's thread. Dropping it says goodbye and ends it.
struct Daemon(ServiceDaemon);

impl Daemon {
    fn start(options: &MdnsOptions) -> Result<Self, Error> {
        let daemon = Self(ServiceDaemon::new_with_port(options.mdns_port)?);
        let Self(this) = &daemon;
        this.set_ip_check_interval(INTERFACE_CHECK_S)?;
        if options.loopback {
            // The last word counts: nothing, then loopback.
            this.disable_interface(IfKind::All)?;
            this.enable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])?;
        } else {
            this.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])?;
        }
        if !options.ipv4 {
            this.disable_interface(IfKind::IPv4)?;
        }
        if !options.ipv6 {
            this.disable_interface(IfKind::IPv6)?;
        }
        Ok(daemon)
    }

    /// Reads events until nobody wants them, or something fails.
    async fn watch(
        &self,
        options: &mut MdnsOptions,
        state: &Mutex<MdnsState>,
        events: &mpsc::Sender<Event>,
    ) -> Result<(), Stopped> {
        let mut name = self.announce(options)?;
        let monitor = self.0.monitor()?;
        let mut found = self.0.browse(SERVICE)?;
        let mut look = tokio::time::interval(RECORDS_CHECK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = events.closed() => return Ok(()),
                event = found.recv_async() => match event {
                    Ok(event) => {
                        if let Some(event) = heard(event, options) {
                            note(state, |state| state.count(&event));
                            if events.send(event).await.is_err() {
                                return Ok(());
                            }
                        }
                    }
                    Err(_) => found = self.browse_again().await?,
                },
                event = monitor.recv_async() => match event {
                    Ok(DaemonEvent::Error(error)) => {
                        tracing::debug!(%error, "multicast DNS");
                        note(state, |state| state.error = Some(error.to_string()));
                    }
                    Ok(_) => {}
                    Err(_) => return Err(Error::Msg("multicast DNS ended".into()).into()),
                },
                changed = options.tag.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    drop(self.0.unregister(&name));
                    name = self.announce(options)?;
                }
                _ = look.tick() => {
                    let records = self.records().await?;
                    if records > MAX_RECORDS {
                        return Err(Stopped::Flooded { records });
                    }
                }
            }
        }
    }

    /// Records of others that the library holds.
    async fn records(&self) -> Result<i64, Error> {
        let metrics = self.0.get_metrics()?;
        let metrics = tokio::time::timeout(RECORDS_CHECK, metrics.recv_async()).await;
        let Ok(Ok(metrics)) = metrics else {
            return Err(Error::Msg("multicast DNS does not answer".into()));
        };
        let cached = metrics
            .iter()
            .filter(|(name, _)| name.starts_with("cached-"));
        Ok(cached.fold(0, |sum, (_, count)| sum.saturating_add(*count)))
    }

    /// Says goodbye to the neighbours.
    async fn stop(self) {
        if let Ok(status) = self.0.shutdown() {
            drop(tokio::time::timeout(GOODBYE, status.recv_async()).await);
        }
    }

    /// Announces the present tag, and gives the name under which it is.
    fn announce(&self, options: &mut MdnsOptions) -> Result<String, Error> {
        let tag = hex(&options.tag.borrow_and_update());
        let host = format!("{tag}.local.");
        let text = &[("v", "1")][..];
        let mut info =
            ServiceInfo::new(SERVICE, &tag, &host, "", options.port, text)?.enable_addr_auto();
        // Random names are nobody else's, so nobody needs to be asked first: saves 0.75 s.
        info.set_requires_probe(false);
        let name = info.get_fullname().to_owned();
        self.0.register(info)?;
        Ok(name)
    }

    async fn browse_again(&self) -> Result<Receiver<ServiceEvent>, Error> {
        tokio::time::sleep(PAUSE).await;
        drop(self.0.stop_browse(SERVICE));
        self.0.browse(SERVICE)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.shutdown());
    }
}

impl MdnsState {
    fn count(&mut self, event: &Event) {
        if let Event::Here { .. } = event {
            self.resolved = self.resolved.saturating_add(1);
        }
    }
}

fn heard(event: ServiceEvent, options: &MdnsOptions) -> Option<Event> {
    match event {
        ServiceEvent::ServiceResolved(service) => {
            let tag = tag_of(service.get_fullname())?;
            let is_own = tag == *options.tag.borrow();
            let addresses = addresses(&service);
            let port = service.get_port();
            let is_useful = !is_own && port != 0 && !addresses.is_empty();
            is_useful.then_some(Event::Here {
                tag,
                port,
                addresses,
            })
        }
        ServiceEvent::ServiceRemoved(_, name) => tag_of(&name).map(|tag| Event::Gone { tag }),
        _ => None,
    }
}

fn addresses(service: &ResolvedService) -> Vec<SocketAddr> {
    let port = service.get_port();
    let address = |ip: &ScopedIp| match ip {
        ScopedIp::V6(v6) => {
            let scope = match v6.addr().is_unicast_link_local() {
                true => v6.scope_id().index,
                false => 0,
            };
            SocketAddrV6::new(*v6.addr(), port, 0, scope).into()
        }
        other => SocketAddr::new(other.to_ip_addr(), port),
    };
    let mut addresses: Vec<SocketAddr> = service.get_addresses().iter().map(address).collect();
    // A set has no order; IPv4 first, as its routes are set up sooner.
    addresses.sort();
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

/// The tag in `<16 hex digits>._commune._udp.local.`
fn tag_of(name: &str) -> Option<Tag> {
    let digits = name.strip_suffix(SERVICE)?.strip_suffix('.')?;
    let mut tag = [0; TAG_LEN];
    if digits.len() != 2 * TAG_LEN || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, place) in (0..).step_by(2).zip(&mut tag) {
        let pair = digits.get(at..)?.get(..2)?;
        *place = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(tag)
}

fn hex(tag: &Tag) -> String {
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn note(state: &Mutex<MdnsState>, change: impl FnOnce(&mut MdnsState)) {
    change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sixteen_hex_digits_of_our_service_are_a_tag() {
        let tag = [0, 1, 2, 3, 0xFC, 0xFD, 0xFE, 0xFF];
        assert_eq!(tag_of(&format!("{}.{SERVICE}", hex(&tag))), Some(tag));
        for name in [
            "",
            SERVICE,
            "00010203fcfdfeff._other._udp.local.",
            "00010203fcfdfef._commune._udp.local.",
            "00010203fcfdfeff0._commune._udp.local.",
            "00010203fcfdfef+._commune._udp.local.",
            "é0010203fcfdfef._commune._udp.local.",
            "00010203fcfdfeff_commune._udp.local.",
        ] {
            assert_eq!(tag_of(name), None, "{name}");
        }
    }

    #[tokio::test]
    async fn two_devices_hear_each_other_on_loopback() {
        let mdns_port = crate::lan::tests::free_port();
        let (_a, first) = watch::channel([0xA1; 8]);
        let (_b, second) = watch::channel([0xB2; 8]);
        let options = |tag, port| MdnsOptions {
            mdns_port,
            port,
            loopback: true,
            ipv4: true,
            ipv6: true,
            tag,
        };
        let (events_a, mut heard_a) = mpsc::channel(16);
        let (events_b, mut heard_b) = mpsc::channel(16);
        let a = tokio::spawn(run(options(first, 1), Arc::default(), events_a));
        let b = tokio::spawn(run(options(second, 2), Arc::default(), events_b));
        let wait = Duration::from_secs(10);
        let at_a = tokio::time::timeout(wait, heard_a.recv())
            .await
            .unwrap()
            .unwrap();
        let at_b = tokio::time::timeout(wait, heard_b.recv())
            .await
            .unwrap()
            .unwrap();
        let Event::Here {
            tag,
            port,
            addresses,
        } = at_a
        else {
            panic!("{at_a:?}")
        };
        assert_eq!((tag, port), ([0xB2; 8], 2));
        assert!(
            addresses
                .iter()
                .all(|a| a.ip().is_loopback() && a.port() == 2),
            "{addresses:?}"
        );
        assert!(matches!(
            at_b,
            Event::Here {
                tag: [0xA1, ..],
                port: 1,
                ..
            }
        ));
        drop(heard_b);
        b.await.unwrap();
        let left = tokio::time::timeout(wait, async {
            while let Some(event) = heard_a.recv().await {
                if event == (Event::Gone { tag: [0xB2; 8] }) {
                    return true;
                }
            }
            false
        });
        assert!(left.await.unwrap(), "who leaves says goodbye");
        a.abort();
    }

    /// A response of multicast DNS that names `count` services of our kind, at random.
    fn false_services(seed: u32, count: u16) -> Vec<u8> {
        let service = b"\x08_commune\x04_udp\x05local\0";
        let mut packet = vec![0, 0, 0x84, 0, 0, 0];
        packet.extend(count.to_be_bytes());
        packet.extend([0; 4]);
        for n in 0..count {
            let hash = blake3::hash(&[seed.to_be_bytes(), u32::from(n).to_be_bytes()].concat());
            packet.extend(service);
            packet.extend([0, 12, 0, 1, 0, 0, 0x11, 0x94, 0, 19, 16]);
            packet.extend(&hash.to_hex().as_bytes()[..16]);
            packet.extend([0xC0, 12]);
        }
        packet
    }

    #[tokio::test]
    async fn flood_of_false_services_ends_in_silence_and_not_in_a_full_memory() {
        let mdns_port = crate::lan::tests::free_port();
        let (_tag, tag) = watch::channel([0xA1; 8]);
        let options = MdnsOptions {
            mdns_port,
            port: 1,
            loopback: true,
            ipv4: true,
            ipv6: false,
            tag,
        };
        let (events, mut heard) = mpsc::channel(16);
        let state = Arc::new(Mutex::new(MdnsState::default()));
        let running = tokio::spawn(run(options, Arc::clone(&state), events));
        let shouting = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None);
        let shouting = shouting.unwrap();
        shouting
            .set_multicast_if_v4(&std::net::Ipv4Addr::LOCALHOST)
            .unwrap();
        let shouting = std::net::UdpSocket::from(shouting);
        let flood = async {
            for seed in 0.. {
                shouting
                    .send_to(&false_services(seed, 20), ("224.0.0.251", mdns_port))
                    .unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
                let error = state.lock().unwrap().error.clone();
                if error.is_some_and(|error| error.starts_with("flooded")) {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), flood)
            .await
            .unwrap();
        assert!(
            heard.try_recv().is_err(),
            "names without an address are nobody"
        );
        running.abort();
    }
}
