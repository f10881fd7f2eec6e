//! A road for datagrams with loss, delay, reordering and duplication: a UDP relay.
//!
//! ```text
//!   client ──► front ──► [ weather ] ──► upstream socket, one a client ──► target
//!   client ◄── front ◄── [ weather ] ◄── upstream socket, one a client ◄── target
//! ```
//!
//! What happens to the n-th datagram of a direction is a pure function of the seed, the direction
//! and n, so a run is repeated as far as its senders repeat themselves. Reordering comes from
//! `jitter`. Started inside a namespace (`Lab::inside`), the relay stays in it.

use std::{
    collections::{BinaryHeap, HashMap},
    io,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// What the road does to datagrams, each direction alike.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) seed: u64,
    /// Lost, of 1,000.
    pub(crate) loss_per_mille: u64,
    /// Arriving twice, of 1,000.
    pub(crate) twice_per_mille: u64,
    /// Every datagram is this late.
    pub(crate) delay: Duration,
    /// And up to this much later, drawn for each: more than the gap between two datagrams reorders.
    pub(crate) jitter: Duration,
}

/// What has gone through, both directions together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) arrived: u64,
    pub(crate) lost: u64,
    pub(crate) twice: u64,
}

/// A running relay. Dropping it ends its threads and closes its sockets.
#[derive(Debug)]
pub(crate) struct Relay {
    road: Arc<Road>,
    address: SocketAddr,
    front: Option<JoinHandle<()>>,
    carrier: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Road {
    weather: Mutex<Weather>,
    cut: AtomicBool,
    stopped: AtomicBool,
    sent: [AtomicU64; 2],
    lost: AtomicU64,
    twice: AtomicU64,
    waiting: Mutex<BinaryHeap<Waiting>>,
    more: Condvar,
}

/// How long a thread waits for a datagram before it looks whether the relay has ended.
const GLANCE: Duration = Duration::from_millis(20);

/// Larger than any datagram.
const LARGEST: usize = 65_536;

impl Relay {
    /// Listens on `listen` (port 0: any) and passes datagrams on to `target` and back.
    pub(crate) fn start(
        listen: SocketAddr,
        target: SocketAddr,
        weather: Weather,
    ) -> io::Result<Self> {
        let front = Arc::new(UdpSocket::bind(listen)?);
        front.set_read_timeout(Some(GLANCE))?;
        let address = front.local_addr()?;
        let road = Arc::new(Road {
            weather: Mutex::new(weather),
            cut: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            sent: [AtomicU64::new(0), AtomicU64::new(0)],
            lost: AtomicU64::new(0),
            twice: AtomicU64::new(0),
            waiting: Mutex::new(BinaryHeap::new()),
            more: Condvar::new(),
        });
        let (on_front, on_road) = (Arc::clone(&road), Arc::clone(&road));
        Ok(Self {
            road,
            address,
            front: Some(thread::spawn(move || {
                hear_clients(&on_front, &front, target)
            })),
            carrier: Some(thread::spawn(move || on_road.carry())),
        })
    }

    /// Where clients send to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather for datagrams to come.
    pub(crate) fn set(&self, weather: Weather) {
        *self.road.weather.lock().unwrap() = weather;
    }

    /// While cut, everything is lost.
    pub(crate) fn cut(&self, cut: bool) {
        self.road.cut.store(cut, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> Counts {
        let Road {
            sent: [up, down],
            lost,
            twice,
            ..
        } = &*self.road;
        Counts {
            arrived: up.load(Ordering::Relaxed) + down.load(Ordering::Relaxed),
            lost: lost.load(Ordering::Relaxed),
            twice: twice.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.road.stopped.store(true, Ordering::Relaxed);
        self.road.more.notify_all();
        for thread in [self.front.take(), self.carrier.take()]
            .into_iter()
            .flatten()
        {
            // A panic there has failed the test by what did not arrive.
            drop(thread.join());
        }
    }
}

fn hear_clients(road: &Arc<Road>, front: &Arc<UdpSocket>, target: SocketAddr) {
    let mut upstreams: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut threads = Vec::new();
    while let Some((bytes, client)) = road.hear(front) {
        let upstream = upstreams.entry(client).or_insert_with(|| {
            let any = if target.is_ipv4() {
                "0.0.0.0:0"
            } else {
                "[::]:0"
            };
            let upstream = Arc::new(UdpSocket::bind(any).unwrap());
            upstream.set_read_timeout(Some(GLANCE)).unwrap();
            upstream.connect(target).unwrap();
            let (road, front, ears) = (Arc::clone(road), Arc::clone(front), Arc::clone(&upstream));
            threads.push(thread::spawn(move || {
                while let Some((bytes, _)) = road.hear(&ears) {
                    road.send(1, bytes, &front, Some(client));
                }
            }));
            upstream
        });
        road.send(0, bytes, upstream, None);
    }
    for thread in threads {
        drop(thread.join());
    }
}

impl Road {
    /// The next datagram on a socket, or `None` when the relay has ended.
    fn hear(&self, socket: &UdpSocket) -> Option<(Vec<u8>, SocketAddr)> {
        let mut bytes = vec![0; LARGEST];
        while !self.stopped.load(Ordering::Relaxed) {
            // A timeout, or the target's port is closed at this moment: listen on.
            if let Ok((length, from)) = socket.recv_from(&mut bytes) {
                bytes.truncate(length);
                return Some((bytes, from));
            }
        }
        None
    }

    fn send(&self, direction: usize, bytes: Vec<u8>, by: &Arc<UdpSocket>, to: Option<SocketAddr>) {
        let number = self.sent[direction].fetch_add(1, Ordering::Relaxed);
        let weather = *self.weather.lock().unwrap();
        let mut fate = Fate::new(weather.seed, direction as u64, number);
        if fate.happens(weather.loss_per_mille) || self.cut.load(Ordering::Relaxed) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let copies = 1 + usize::from(fate.happens(weather.twice_per_mille));
        self.twice.fetch_add(copies as u64 - 1, Ordering::Relaxed);
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap();
        for _ in 0..copies {
            let due = now + weather.delay + fate.part_of(weather.jitter);
            let (bytes, by) = (bytes.clone(), Arc::clone(by));
            waiting.push(Waiting {
                due,
                order: (number, direction),
                bytes,
                by,
                to,
            });
        }
        self.more.notify_one();
    }

    /// Sends each datagram when it is due.
    fn carry(&self) {
        let mut waiting = self.waiting.lock().unwrap();
        while !self.stopped.load(Ordering::Relaxed) {
            let pause = match waiting.peek() {
                None => GLANCE,
                Some(next) => next.due.saturating_duration_since(Instant::now()),
            };
            if pause.is_zero()
                && let Some(next) = waiting.pop()
            {
                // A full or closed socket loses it, as a road does.
                drop(match next.to {
                    None => next.by.send(&next.bytes),
                    Some(client) => next.by.send_to(&next.bytes, client),
                });
                continue;
            }
            (waiting, _) = self.more.wait_timeout(waiting, pause.min(GLANCE)).unwrap();
        }
    }
}

/// A datagram on its way; the heap gives the one that is due first.
#[derive(Debug)]
struct Waiting {
    due: Instant,
    order: (u64, usize),
    bytes: Vec<u8>,
    by: Arc<UdpSocket>,
    to: Option<SocketAddr>,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.due, other.order).cmp(&(self.due, self.order))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

/// The draws for one datagram (splitmix64).
#[derive(Debug)]
struct Fate(u64);

impl Fate {
    fn new(seed: u64, direction: u64, number: u64) -> Self {
        let mut start = Self(seed ^ (direction << 63));
        Self(start.draw() ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn happens(&mut self, per_mille: u64) -> bool {
        self.draw() % 1000 < per_mille
    }

    fn part_of(&mut self, whole: Duration) -> Duration {
        whole.mul_f64((self.draw() >> 11) as f64 / (1_u64 << 53) as f64)
    }
}
