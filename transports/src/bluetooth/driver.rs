//! Keeps an adapter at work: advertises, listens, dials whom the rules name, and opens channels.
//!
//! ```text
//! Adapter ─Sighting─► Dialler ─Decision─► Dials ─Bearer─┐
//!         ─Accepted──────────────────────────────────── ┴► channel ─Link─► who asked for links
//! ```
//!
//! One task an adapter, one a channel that is being opened. An adapter that is missing or switched
//! off is looked for again; nothing else stops.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, future, stream};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    AdapterError, BluetoothOptions, Status, Word,
    adapter::{Accepted, Adapter, Dials},
    advert::{ADVERT_LEN, Advert, OwnAdvert, Recogniser, Tag},
    channel::{self, ChannelKeys, Opened, Side},
    dial::{Decision, Dialler, LinkId},
    radio::{Bearer, Place, Sighting, Sightings},
    segment::{self, Role},
};
use crate::link::Link;

/// How often a missing adapter is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A dial with all its steps.
const DIAL_TIMEOUT: Duration = Duration::from_secs(25);

/// How long `BlueZ` is listened to before discovery begins anew: at times it hears nothing until then.
const SCAN_ROUNDS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
    Duration::from_secs(12),
];

/// Channels that neighbours may be opening at once.
const MAX_HALF_OPEN: usize = 4;

/// Addresses remembered at once.
const MAX_PLACES: usize = 1_024;

/// What the system is asked is answered within.
const SYSTEM_TIMEOUT: Duration = Duration::from_secs(5);

/// Refusals in a row by which an adapter does not work.
const MAX_REFUSED: u32 = 10;

/// When what the system refused is asked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// Bytes on their way when a link ended get so long before the connection is ended too.
const LAST_BYTES: Duration = Duration::from_millis(300);

/// What happened outside the loop.
enum Event {
    /// A connection that is over was ended.
    Forgotten,
    /// A dial that this device made is over.
    Dialled(Tag, Place, Option<Opened>),
    /// A conversation that a neighbour began has a channel, or has come to nothing.
    Met(Option<Opened>),
}

/// Works until nobody asks for links any more.
pub(super) async fn run(
    options: BluetoothOptions,
    links: mpsc::Sender<Link>,
    mut state: watch::Receiver<[u8; 32]>,
    mut words: mpsc::UnboundedReceiver<Word>,
    status: watch::Sender<Status>,
) {
    loop {
        let why = match Adapter::open(options.adapter.as_deref(), options.way).await {
            Ok(adapter) => {
                let (name, shows_its_address) = adapter.describe();
                status.send_replace(Status::Up {
                    name,
                    shows_its_address,
                    nearby: 0,
                });
                let driver = Driver::new(&options, adapter, &links, &state);
                match driver.work(&mut state, &mut words, &status).await {
                    Some(why) => why,
                    None => return,
                }
            }
            Err(why) => why,
        };
        tracing::info!(%why, "no Bluetooth");
        status.send_replace(Status::Down(why));
        let again = sleep(LOOK_EVERY);
        tokio::pin!(again);
        loop {
            tokio::select! {
                () = links.closed() => return,
                word = words.recv() => match word {
                    // Sessions that end meanwhile are of links that are gone.
                    Some(Word::Over(..)) => {}
                    Some(Word::Stop(_)) | None => return,
                },
                () = &mut again => break,
            }
        }
    }
}

/// An adapter at work.
struct Driver<'a> {
    options: &'a BluetoothOptions,
    keys: Arc<ChannelKeys>,
    adapter: Adapter,
    dials: Dials,
    dialler: Dialler,
    recogniser: Recogniser,
    own: OwnAdvert,
    advertised: Option<Advert>,
    /// When a failed attempt to advertise is repeated.
    advertise_again: Option<Instant>,
    links: &'a mpsc::Sender<Link>,
    open: HashMap<[u8; 32], Open>,
    last: LinkId,
    /// Channels that are being opened by neighbours.
    half_open: usize,
    /// Where devices were heard, and by which of the network's keys they advertise.
    places: HashMap<String, (Place, usize)>,
    tasks: JoinSet<Event>,
}

struct Open {
    id: LinkId,
    /// Where the neighbour is.
    address: String,
    dialled: bool,
}

impl<'a> Driver<'a> {
    fn new(
        options: &'a BluetoothOptions,
        adapter: Adapter,
        links: &'a mpsc::Sender<Link>,
        state: &watch::Receiver<[u8; 32]>,
    ) -> Self {
        let now = Instant::now();
        let recogniser = Recogniser::new(options.tag_keys.clone());
        let digest = *state.borrow();
        let own = OwnAdvert::draw(&recogniser, random(), &digest, now);
        Self {
            options,
            keys: Arc::new(ChannelKeys::new(&options.channel_keys, &options.device)),
            dials: adapter.dialler(),
            dialler: Dialler::new(recogniser.clone(), &own.advert(), digest)
                .with_links(options.links),
            adapter,
            recogniser,
            own,
            advertised: None,
            advertise_again: None,
            links,
            open: HashMap::new(),
            last: 0,
            half_open: 0,
            places: HashMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Works until the adapter fails, and says why; or until nobody asks for links, and says nothing.
    async fn work(
        mut self,
        state: &mut watch::Receiver<[u8; 32]>,
        words: &mut mpsc::UnboundedReceiver<Word>,
        status: &watch::Sender<Status>,
    ) -> Option<AdapterError> {
        let gone = self.adapter.gone();
        tokio::pin!(gone);
        let links = self.links.clone();
        let mut ear = Ear::default();
        loop {
            if let Err(why) = self.advertise().await {
                return Some(why);
            }
            let until = match self.dialler.next(Instant::now()) {
                Decision::Dial { address, tag } => {
                    ear.rest();
                    self.dial(&address, tag);
                    continue;
                }
                Decision::End(id) => {
                    // Dropped without a word: what was saved is not asked for again.
                    self.open.retain(|_, it| it.id != id);
                    continue;
                }
                Decision::Wait(until) => until,
            };
            if !self.dialler.is_dialling()
                && let Err(why) = ear.listen(&self.adapter).await
            {
                return Some(why);
            }
            let wake = [
                until,
                ear.until(),
                self.advertise_again,
                Some(self.own.expires()),
            ];
            let wake = wake.into_iter().flatten().min();
            tokio::select! {
                sighting = ear.hear() => self.heard(sighting),
                accepted = self.adapter.accept() => match accepted {
                    Ok(accepted) => self.meet(accepted),
                    Err(why) => return Some(why),
                },
                Some(event) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    // A task that panicked has taken nothing with it.
                    if let Ok(event) = event {
                        self.on(event).await;
                    }
                }
                word = words.recv() => match word {
                    Some(Word::Over(binding, well)) => self.over(&binding, well),
                    Some(Word::Stop(done)) => {
                        self.end().await;
                        let _ = done.send(());
                        return None;
                    }
                    None => return None,
                },
                changed = state.changed() => {
                    if changed.is_err() {
                        return None;
                    }
                    self.state_is(*state.borrow_and_update());
                }
                why = &mut gone => return Some(why),
                () = links.closed() => return None,
                () = sleep_until(wake) => self.renew(*state.borrow()),
            }
            let now = Instant::now();
            ear.turn(now);
            let nearby = self.dialler.nearby(now);
            status.send_if_modified(|it| it.saw(nearby));
        }
    }

    /// Keeps on the air what is to be heard: nothing while all places are taken.
    async fn advertise(&mut self) -> Result<(), AdapterError> {
        let wanted = (self.open.len() < self.options.links).then(|| self.own.advert());
        let may = self.advertise_again.is_none_or(|it| it <= Instant::now());
        if wanted != self.advertised && may {
            self.advertise_again = None;
            let data = wanted.map(|it| it.encode());
            let data = data.as_ref().map(<[u8; ADVERT_LEN]>::as_slice);
            match timeout(SYSTEM_TIMEOUT, self.adapter.advertise(data)).await {
                Ok(Ok(())) => self.advertised = wanted,
                // A busy system refuses at times: the next turn tries again.
                Ok(Err(why)) => {
                    tracing::debug!(%why, "not advertised");
                    self.advertise_again = Instant::now().checked_add(AGAIN);
                }
                Err(_) => return Err(AdapterError::Failed("it does not answer".into())),
            }
            tracing::debug!(?wanted, "advertised");
        }
        Ok(())
    }

    /// Draws another advertisement when the one before has served its time.
    fn renew(&mut self, digest: [u8; 32]) {
        let now = Instant::now();
        if now >= self.own.expires() {
            self.own = OwnAdvert::draw(&self.recogniser, random(), &digest, now);
            self.dialler.announce(&self.own.advert());
        }
    }

    fn state_is(&mut self, digest: [u8; 32]) {
        self.own.refresh(&self.recogniser, &digest);
        self.dialler.state_is(digest, Instant::now());
    }

    fn heard(&mut self, sighting: Sighting) {
        let Some(advert) = Advert::decode(&sighting.data) else {
            return;
        };
        let Place { address, .. } = &sighting.place;
        let (now, random) = (Instant::now(), random_u32());
        if self.dialler.heard(address, advert, now, random) {
            if !self.places.contains_key(address) {
                tracing::debug!(address, "nearby");
            }
            if self.places.len() >= MAX_PLACES {
                self.places.clear();
            }
            let key = self.recogniser.knows(&advert).unwrap_or_default();
            self.places.insert(address.clone(), (sighting.place, key));
        }
    }

    fn dial(&mut self, address: &str, tag: Tag) {
        let Some((place, key)) = self.places.get(address).cloned() else {
            self.dialler.failed(&tag, Instant::now(), random_u32());
            return;
        };
        let (dials, keys) = (self.dials.clone(), Arc::clone(&self.keys));
        let own = self.own.advert().tag();
        tracing::debug!(%place, "dialling");
        self.tasks.spawn(async move {
            let attempt = async {
                let bearer = dials.reach(&place).await.map_err(|it| it.to_string())?;
                open(bearer, Side::Dialler(key), &keys, own, &place.address).await
            };
            let opened = match timeout(DIAL_TIMEOUT, attempt).await {
                Ok(Ok(opened)) => Some(opened),
                Ok(Err(why)) => {
                    tracing::info!(%place, why, "dial failed");
                    None
                }
                Err(_) => None,
            };
            if opened.is_none() {
                dials.forget(&place.address).await;
            }
            Event::Dialled(tag, place, opened)
        });
    }

    /// A neighbour began a conversation.
    fn meet(&mut self, accepted: Accepted) {
        if self.half_open >= MAX_HALF_OPEN {
            return;
        }
        self.half_open = self.half_open.saturating_add(1);
        let keys = Arc::clone(&self.keys);
        let own = self.own.advert().tag();
        self.tasks.spawn(async move {
            let Accepted { bearer, from } = accepted;
            let opened = open(bearer, Side::Listener, &keys, own, &from).await;
            if let Err(why) = &opened {
                tracing::info!(from, why, "refused");
            }
            Event::Met(opened.ok())
        });
    }

    async fn on(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Dialled(tag, place, Some(opened)) => {
                tracing::debug!(%place, "linked");
                let id = self.linked(&opened, place.address);
                self.dialler.linked(id, &tag, now);
                self.hand_over(opened).await;
            }
            Event::Dialled(tag, _, None) => self.dialler.failed(&tag, now, random_u32()),
            Event::Met(met) => {
                self.half_open = self.half_open.saturating_sub(1);
                let Some(opened) = met else { return };
                if self.open.len() >= self.options.links {
                    self.dialler.knocked(now);
                    return;
                }
                let id = self.linked(&opened, opened.link.remote.clone());
                self.dialler.linked(id, &opened.tag, now);
                self.hand_over(opened).await;
            }
            Event::Forgotten => {}
        }
    }

    fn linked(&mut self, opened: &Opened, address: String) -> LinkId {
        self.last = self.last.wrapping_add(1);
        let open = Open {
            id: self.last,
            address,
            dialled: opened.link.dialled,
        };
        self.open.insert(opened.link.channel_binding, open);
        self.last
    }

    async fn hand_over(&self, opened: Opened) {
        // Whoever asked for links and stopped is noticed by the loop.
        let _ = self.links.send(opened.link).await;
    }

    /// The session on a link is over, and its ends are dropped.
    fn over(&mut self, binding: &[u8; 32], well: bool) {
        let Some(open) = self.open.remove(binding) else {
            return;
        };
        self.dialler
            .ended(open.id, well, Instant::now(), random_u32());
        // Two links to one neighbour share a connection.
        if self.open.values().any(|it| it.address == open.address) {
            return;
        }
        let wait = match open.dialled {
            true => LAST_BYTES,
            // The other side ends it, unless it fell over.
            false => LAST_BYTES.saturating_mul(4),
        };
        let dials = self.dials.clone();
        self.tasks.spawn(async move {
            sleep(wait).await;
            dials.forget(&open.address).await;
            Event::Forgotten
        });
    }

    /// Ends all connections: one that is left open keeps the neighbour from being met again.
    async fn end(mut self) {
        self.tasks.abort_all();
        for open in self.open.values() {
            self.dials.forget(&open.address).await;
        }
        let _ = self.adapter.advertise(None).await;
    }
}

/// Opens the channel over what carries it.
async fn open(
    bearer: Bearer,
    side: Side,
    keys: &ChannelKeys,
    own: Tag,
    remote: &str,
) -> Result<Opened, String> {
    let stream = match bearer {
        Bearer::Stream(stream) => stream,
        Bearer::Datagrams(pipe) => {
            let (role, number) = match (side, pipe.conversation) {
                (Side::Dialler(_), _) => (Role::Central, u16::from_be_bytes(random())),
                (Side::Listener, number) => (Role::Peripheral, number),
            };
            Box::new(segment::open(pipe, role, number))
        }
    };
    channel::open(stream, side, keys, &own, remote)
        .await
        .map_err(|it| it.to_string())
}

/// Listens in rounds: `BlueZ` at times hears nothing until discovery begins anew.
#[derive(Default)]
struct Ear {
    heard: Option<Sightings>,
    until: Option<Instant>,
    rounds: usize,
    /// Times in a row that the system refused.
    refused: u32,
}

impl Ear {
    /// Listens, if it does not yet.
    async fn listen(&mut self, adapter: &Adapter) -> Result<(), AdapterError> {
        if self.heard.is_none() {
            let scan = timeout(SYSTEM_TIMEOUT, adapter.scan()).await;
            let scan = scan.map_err(|_| AdapterError::Failed("it does not answer".into()))?;
            match scan {
                Ok(scan) => self.heard = Some(scan),
                Err(why @ AdapterError::Failed(_)) if self.refused < MAX_REFUSED => {
                    tracing::debug!(%why, "not listening");
                    self.refused = self.refused.saturating_add(1);
                    self.heard = Some(Box::pin(stream::pending()));
                    self.until = Instant::now().checked_add(AGAIN);
                    return Ok(());
                }
                Err(why) => return Err(why),
            }
            tracing::debug!(round = self.rounds, "listening");
            self.refused = 0;
            let round = SCAN_ROUNDS.get(self.rounds).or(SCAN_ROUNDS.last());
            let round = round.copied().unwrap_or(LOOK_EVERY);
            self.until = Instant::now().checked_add(round);
            self.rounds = self.rounds.saturating_add(1);
        }
        Ok(())
    }

    /// The next that is heard; nothing while it rests.
    async fn hear(&mut self) -> Sighting {
        if let Some(heard) = &mut self.heard
            && let Some(sighting) = heard.next().await
        {
            return sighting;
        }
        // Ended by itself: the round ends soon, or the adapter is off.
        future::pending().await
    }

    fn until(&self) -> Option<Instant> {
        self.heard.as_ref().and(self.until)
    }

    /// Ends a round that is over.
    fn turn(&mut self, now: Instant) {
        if self.until().is_some_and(|it| it <= now) {
            self.rest();
        }
    }

    fn rest(&mut self) {
        self.heard = None;
    }
}

/// Waits until then, or for ever.
async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => future::pending().await,
    }
}

/// Random bytes. Without any there is no tag to be recognised by, and none to be followed by.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = getrandom::fill(&mut bytes);
    bytes
}

fn random_u32() -> u32 {
    u32::from_be_bytes(random())
}
