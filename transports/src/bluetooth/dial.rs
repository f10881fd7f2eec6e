//! Who is to be dialled, and when.
//!
//! ```text
//! advertisement ─ of this network, state differs ─► due ─ a place is free ─► dialling ─► linked
//!                                                   ▲  ▲                        │ fails     │
//!                                                   │  └────── 2…300 s ◄────────┘           │
//!                                                   └── 10…300 s, or a state changes ◄──────┘ ends well
//! ```
//!
//! Two devices that hear each other agree without a word: the one with the lower tag dials at once,
//! the other after some 3 s if no link came up by then. That happens when only one of them hears
//! the other, or can be dialled.
//!
//! Devices in equal states do not connect. After a round that ended well they are left alone while
//! neither state changes: what one of them cannot take (an entry that waits for another) keeps
//! states apart for long, so a pause follows that doubles.
//!
//! Anybody can repeat an advertisement, with any summary and from any address. Whatever is heard,
//! a tag whose dials fail is dialled later and later, a round that brought nothing is not repeated
//! within 10 s, and who is new is dialled before those that failed.

mod entry;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use self::entry::Entry;
use super::{
    MAX_LINKS,
    advert::{Advert, Recogniser, Tag},
};

/// Devices remembered at once; beyond it the one not heard for longest is forgotten.
const MAX_TAGS: usize = 1_024;

/// Who was not heard for so long is not dialled: addresses change, people walk.
const FRESH: Duration = Duration::from_secs(30);

/// How long the device with the higher tag waits for the other.
const PATIENCE: Duration = Duration::from_secs(3);

/// Random part of such waits, at most, lest neighbours dial in step.
const JITTER: Duration = Duration::from_secs(1);

/// First wait after a dial failed; doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// Longest wait after dials that failed, and after rounds that changed nothing.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// First pause after a round that ended well; doubles while neither state changes.
const PAUSE: Duration = Duration::from_secs(10);

/// Pause after a round if this device's state changed since.
const PAUSE_WITH_NEWS: Duration = Duration::from_secs(3);

/// A link that ended badly sooner counts as a dial that failed.
const SHORT_LINK: Duration = Duration::from_secs(10);

/// How long a link may keep its place while others wait for one.
const ROUND: Duration = Duration::from_secs(60);

/// Other tags that a link is known by: its neighbour draws another every 15 minutes.
const MAX_TAGS_OF_LINK: usize = 8;

/// What to do now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Dial; [`Dialler::linked`] or [`Dialler::failed`] MUST follow, within a time that the caller
    /// bounds.
    Dial {
        /// Where the device was heard last.
        address: String,
        /// Who it is.
        tag: Tag,
    },
    /// End this link, which has had its round: another device waits for its place.
    End(LinkId),
    /// Nothing before then, unless something is heard or changes.
    Wait(Option<Instant>),
}

/// Names a link; the caller numbers them.
pub type LinkId = u64;

/// Decides who is dialled. One for each adapter.
#[derive(Debug)]
pub struct Dialler {
    recogniser: Recogniser,
    own: Tag,
    digest: [u8; 32],
    known: BTreeMap<Tag, Entry>,
    links: BTreeMap<LinkId, Linked>,
    dialling: Option<Tag>,
    max_links: usize,
    /// Somebody waits at the door, who was not let in for want of a place.
    knocked: Option<Instant>,
    turns: u64,
}

/// An open link.
#[derive(Debug)]
struct Linked {
    tags: Vec<Tag>,
    since: Instant,
    told_to_end: bool,
}

impl Dialler {
    /// For a device that advertises `own` and is in the state of `digest`.
    pub fn new(recogniser: Recogniser, own: &Advert, digest: [u8; 32]) -> Self {
        Self {
            recogniser,
            own: own.tag(),
            digest,
            known: BTreeMap::new(),
            links: BTreeMap::new(),
            dialling: None,
            max_links: MAX_LINKS,
            knocked: None,
            turns: 0,
        }
    }

    /// With so many links at once, not [`MAX_LINKS`].
    pub fn with_links(self, max_links: usize) -> Self {
        Self { max_links, ..self }
    }

    /// Whether a dial is under way.
    pub fn is_dialling(&self) -> bool {
        self.dialling.is_some()
    }

    /// This device advertises `own` from now on.
    pub fn announce(&mut self, own: &Advert) {
        self.own = own.tag();
        self.known.remove(&self.own);
    }

    /// This device's state is that of `digest` now.
    pub fn state_is(&mut self, digest: [u8; 32], now: Instant) {
        if self.digest == digest {
            return;
        }
        self.digest = digest;
        let (own, recogniser) = (self.own, &self.recogniser);
        for (tag, entry) in &mut self.known {
            let is_equal = entry
                .advert
                .is_some_and(|it| recogniser.is_equal_state(&it, &digest));
            entry.own_state_changed(is_equal, patience(own, *tag, entry.jitter), now);
        }
    }

    /// An advertisement came from `address`. `random` is a random number.
    ///
    /// Answers whether it is of this network.
    pub fn heard(&mut self, address: &str, advert: Advert, now: Instant, random: u32) -> bool {
        let tag = advert.tag();
        if tag == self.own {
            return false;
        }
        // Marks of a known tag were compared when it was heard first.
        if !self.known.contains_key(&tag) {
            if self.recogniser.knows(&advert).is_none() {
                return false;
            }
            self.make_room();
        }
        let known = self
            .known
            .entry(tag)
            .or_insert_with(|| Entry::new(now, random));
        let patience = patience(self.own, tag, known.jitter);
        if known.advert != Some(advert) {
            let is_equal = self.recogniser.is_equal_state(&advert, &self.digest);
            known.advertised(advert, is_equal, patience, now);
        }
        known.heard_at(address, patience, now);
        true
    }

    /// What to do now. To be asked again whenever something was told, and when its wait is over.
    pub fn next(&mut self, now: Instant) -> Decision {
        if self.dialling.is_some() {
            return Decision::Wait(None);
        }
        let waiting = self.waiting(now);
        let is_due = waiting.is_some_and(|(_, due)| due <= now);
        if self.links.len() >= self.max_links && (is_due || self.is_knocked(now)) {
            return self.end_a_round(now);
        }
        match waiting {
            Some((tag, due)) if due <= now => self.dial(tag),
            Some((_, due)) => Decision::Wait(Some(due)),
            None => Decision::Wait(None),
        }
    }

    /// The dial to `tag` came to nothing. `random` is a random number.
    pub fn failed(&mut self, tag: &Tag, now: Instant, random: u32) {
        self.dialling.take_if(|it| it == tag);
        if let Some(entry) = self.known.get_mut(tag) {
            entry.failed(now, random);
        }
    }

    /// A link came up, by this device's dial or the other's, with the device that advertises
    /// `tag`, as it said itself. A device may lie and so keep another from being dialled while the
    /// link lasts; the other still dials.
    pub fn linked(&mut self, link: LinkId, tag: &Tag, now: Instant) {
        self.dialling.take_if(|it| it == tag);
        let linked = self.links.entry(link).or_insert_with(|| Linked {
            tags: Vec::new(),
            since: now,
            told_to_end: false,
        });
        if !linked.tags.contains(tag) && linked.tags.len() < MAX_TAGS_OF_LINK {
            linked.tags.push(*tag);
        }
    }

    /// `link` ended; `well` if both sides were in sync. `random` is a random number.
    pub fn ended(&mut self, link: LinkId, well: bool, now: Instant, random: u32) {
        let Some(ended) = self.links.remove(&link) else {
            return;
        };
        let lived = now.saturating_duration_since(ended.since);
        for tag in ended.tags {
            if well && !self.known.contains_key(&tag) {
                self.make_room();
                self.known.insert(tag, Entry::new(now, random));
            }
            let (own, digest) = (self.own, self.digest);
            let Some(entry) = self.known.get_mut(&tag) else {
                continue;
            };
            match (well, lived < SHORT_LINK) {
                (true, _) => entry.rest(digest, patience(own, tag, random), now),
                (false, true) => entry.failed(now, random),
                (false, false) => entry.again(now, patience(own, tag, random)),
            }
        }
    }

    /// Somebody dialled this device, and there was no place.
    pub fn knocked(&mut self, now: Instant) {
        self.knocked = Some(now);
    }

    /// Devices of this network heard within the last 30 s.
    pub fn nearby(&self, now: Instant) -> usize {
        self.known.values().filter(|it| it.is_fresh(now)).count()
    }

    fn dial(&mut self, tag: Tag) -> Decision {
        self.turns = self.turns.wrapping_add(1);
        self.dialling = Some(tag);
        let address = self.known.get(&tag).map(|entry| entry.address.clone());
        Decision::Dial {
            address: address.unwrap_or_default(),
            tag,
        }
    }

    /// Who is to be dialled next, and from when on.
    fn waiting(&self, now: Instant) -> Option<(Tag, Instant)> {
        let linked = |tag: &Tag| self.links.values().any(|link| link.tags.contains(tag));
        let waiting = self
            .known
            .iter()
            .filter(|(tag, entry)| entry.is_fresh(now) && entry.wants_a_round() && !linked(tag));
        // Every other turn is for who failed least, and the rest for who waited longest, so that
        // neither repeated advertisements nor newcomers keep the others waiting for ever.
        let by_failures = self.turns.is_multiple_of(2);
        let order = |entry: &Entry| {
            let due = entry.due.max(now);
            let failures = if by_failures { entry.failures } else { 0 };
            (due, failures, entry.due)
        };
        waiting
            .min_by_key(|(_, entry)| order(entry))
            .map(|(tag, entry)| (*tag, entry.due))
    }

    fn is_knocked(&self, now: Instant) -> bool {
        let since = |at: Instant| now.saturating_duration_since(at);
        self.knocked.is_some_and(|at| since(at) <= ROUND)
    }

    /// The link that has lasted longest, if it has had its round; else when it will have.
    fn end_a_round(&mut self, now: Instant) -> Decision {
        if self.links.values().any(|link| link.told_to_end) {
            return Decision::Wait(None);
        }
        let Some((id, link)) = self.links.iter_mut().min_by_key(|(_, link)| link.since) else {
            return Decision::Wait(None);
        };
        let until = after(link.since, ROUND);
        if until > now {
            return Decision::Wait(Some(until));
        }
        link.told_to_end = true;
        self.knocked = None;
        Decision::End(*id)
    }

    fn make_room(&mut self) {
        if self.known.len() < MAX_TAGS {
            return;
        }
        let idle = self
            .known
            .iter()
            .filter(|(tag, _)| self.dialling != Some(**tag));
        if let Some((oldest, _)) = idle.min_by_key(|(_, entry)| entry.heard) {
            let oldest = *oldest;
            self.known.remove(&oldest);
        }
    }
}

/// How long this device waits for the other to dial.
fn patience(own: Tag, other: Tag, random: u32) -> Duration {
    match own < other {
        true => Duration::ZERO,
        false => PATIENCE.saturating_add(part(JITTER, random)),
    }
}

/// A random part of `whole`: `random` of 2³² of it.
fn part(whole: Duration, random: u32) -> Duration {
    let nanos = whole.as_nanos().saturating_mul(u128::from(random)) >> 32;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn after(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests;
