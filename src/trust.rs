//! Trust as this device knows it: who is a member, folded from what is placed.
//!
//! ```text
//! finality ─► Book: people as the newest record certifies them, and what came since
//! store, news ─►   └─► Trust: the rest as if the next record closed now
//! ```
//!
//! Before the first record, the people are those of the founding.
//!
//! The book stays in memory and learns from the news, so that one more entry costs a fold and not
//! the reading of the store.

mod around;
mod foresee;
mod margin;
#[cfg(feature = "simulated-clock")]
mod series;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, channel},
    },
};

use commune_crdt::{
    entry::{LogId, SignedEntry, Stream, Tag},
    history::History,
    keys::{DeviceKey, MemberKey},
    payload::{MemberFact, Roster},
    state::Logs,
    time::{ClaimedMinutes, Height, Seconds},
    trust::{Closed, Included, Membership, Outcome, Person, State},
};

pub use self::{foresee::Foreseen, margin::Margin};
use crate::{
    device::{Device, News},
    store::StoreError,
};

/// Who is a member, as if the next record closed now.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Everybody.
    pub membership: Membership,
    /// What that record would do; of a made-up series, what all its records did.
    pub outcome: Outcome,
    /// What devices stated of who was at a meeting, since the newest record.
    pub rosters: Vec<(DeviceKey, Roster)>,
    /// Everybody as the newest record certifies them; without a record nothing is final.
    pub certified: Option<Membership>,
    names: BTreeMap<MemberKey, String>,
}

/// An entry of the member stream, with the time that its author claims.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    pub(crate) entry: Included,
    pub(crate) claimed: ClaimedMinutes,
}

/// What a device knows of trust, kept up by the news.
#[derive(Debug)]
pub(crate) struct Book {
    /// The newest record.
    height: Height,
    founding: Membership,
    /// How far each log is in.
    logs: Logs,
    rest: Vec<Stated>,
    news: Receiver<Arc<News>>,
}

impl Trust {
    /// What `device` knows. With a time, and in a build with a simulated clock, as if records had
    /// closed day by day until then.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn of(device: &Device, at: Option<Seconds>) -> Result<Self, StoreError> {
        Self::with(device, at, Vec::new())
    }

    /// As [`of`](Self::of), as if `more` were placed as well.
    fn with(device: &Device, at: Option<Seconds>, more: Vec<Stated>) -> Result<Self, StoreError> {
        // Looked at first: taking a record in forgets the book.
        let height = device.with_finality(|it| Ok(it.tip().height))?;
        let mut book = match take(device).filter(|it| it.height == height) {
            Some(book) => book,
            None => Book::read(device)?,
        };
        if !book.catch_up(device)? {
            book = Book::read(device)?;
        }
        let mut trust = book.fold(at, more);
        trust.rosters = book.rosters();
        trust.certified = (book.height > Height(0)).then(|| book.founding.clone());
        let mut slot = device.book().lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(book);
        Ok(trust)
    }

    /// The height of the newest record; 0 before the first.
    pub fn height(&self) -> Height {
        let certified = self.certified.as_ref();
        certified.map_or(Height(0), |it| it.newest().height)
    }

    /// The time of the newest record.
    pub fn certified_time(&self) -> Option<Seconds> {
        self.certified.as_ref().map(|it| it.newest().time)
    }

    /// Whether the newest record certifies just these members.
    pub fn members_status(&self) -> &'static str {
        let members = |people: &Membership| {
            let all = people.people().iter();
            let members = all.filter(|it| it.state == State::Member);
            members.map(|it| it.key).collect::<BTreeSet<_>>()
        };
        let certified = self.certified.as_ref().map(members);
        match certified {
            Some(certified) if certified == members(&self.membership) => "final",
            _ => "pending",
        }
    }

    /// Whether what is shown of the person with `key` is what the newest record certifies.
    pub fn is_final(&self, key: &MemberKey) -> bool {
        let person = |people: &Membership| Some(people.person(people.find(key)?)?.clone());
        let certified = self.certified.as_ref().and_then(person);
        let shown = person(&self.membership);
        certified.zip(shown).is_some_and(|(certified, shown)| {
            let now = self.membership.newest().time;
            let live = |it: &Person| it.live(now).copied().collect::<Vec<_>>();
            (certified.state, certified.until, &certified.key)
                == (shown.state, shown.until, &shown.key)
                && live(&certified) == live(&shown)
        })
    }

    fn new(membership: Membership, outcome: Outcome) -> Self {
        let names = membership.people().iter().map(|it| it.key);
        let names = names.zip(membership.shown_names()).collect();
        Self {
            membership,
            outcome,
            rosters: Vec::new(),
            certified: None,
            names,
        }
    }

    /// The name under which a person is shown; no two have the same.
    pub fn name(&self, person: &Person) -> String {
        let shown = self.names.get(&person.key);
        shown.unwrap_or(&person.name).clone()
    }

    /// How people tell the member with that key from others; the key itself for who is not known.
    pub fn name_of(&self, key: &MemberKey) -> String {
        let person = self.membership.find(key);
        let person = person.and_then(|it| self.membership.person(it));
        person.map_or_else(|| key.to_string(), |it| self.name(it))
    }
}

/// The book that somebody left, if nobody else has it.
fn take(device: &Device) -> Option<Book> {
    let mut slot = device.book().lock().unwrap_or_else(PoisonError::into_inner);
    slot.take()
}

impl Book {
    fn read(device: &Device) -> Result<Self, StoreError> {
        // The news first: what is placed meanwhile comes twice, and is known by its name.
        let (tell, news) = channel();
        let tell = Mutex::new(tell);
        device.subscribe(Box::new(move |it| {
            let tell = tell.lock().unwrap_or_else(PoisonError::into_inner);
            tell.send(Arc::clone(it)).is_ok()
        }));
        let (height, founding, logs) = device.with_finality(|it| {
            let state = &it.tip().state;
            let (people, logs) = (state.membership().clone(), state.logs().clone());
            Ok((it.tip().height, people, logs))
        })?;
        let mut book = Self {
            height,
            founding,
            logs,
            rest: Vec::new(),
            news,
        };
        let history = device.history()?;
        let mut stated = Vec::new();
        for bytes in device.store().entries() {
            stated.extend(read(&bytes?, &history));
        }
        drop(history);
        stated.retain(|it| book.is_above(it));
        book.add(stated);
        Ok(book)
    }

    /// Takes in what is new. False if all has to be read again: something ended that counted before,
    /// or more people of an import came.
    fn catch_up(&mut self, device: &Device) -> Result<bool, StoreError> {
        let news: Vec<_> = self.news.try_iter().collect();
        if news.iter().any(|it| !it.forks.is_empty()) {
            return Ok(false);
        }
        let mut stated = Vec::new();
        let history = device.history()?;
        let ranges = news.iter().flat_map(|it| &it.ranges);
        for (log, from, to) in ranges.filter(|(log, ..)| log.stream == Stream::MEMBER) {
            for id in ids(&history, log, *from, *to) {
                if let Some(bytes) = device.store().entry(&id)? {
                    stated.extend(read(&bytes, &history));
                }
            }
        }
        drop(history);
        // People are numbered in the order of their keys, those of an import as of one record.
        if stated.iter().any(|it| is_imported_join(&it.entry)) {
            return Ok(false);
        }
        stated.retain(|it| self.is_above(it));
        stated.retain(|it| !self.rest.iter().any(|known| known.entry.id == it.entry.id));
        self.add(stated);
        Ok(true)
    }

    /// Whether the newest record has it not in yet.
    fn is_above(&self, stated: &Stated) -> bool {
        let log = LogId {
            author: stated.entry.author,
            stream: Stream::MEMBER,
            tag: Tag::default(),
        };
        stated.entry.seq >= self.logs.next(&log)
    }

    fn add(&mut self, stated: Vec<Stated>) {
        if self.height > Height(0) {
            self.rest.extend(stated);
            return;
        }
        let claimed: BTreeMap<_, _> = stated.iter().map(|it| (it.entry.id, it.claimed)).collect();
        let entries = stated.into_iter().map(|it| it.entry).collect();
        let rest = self.founding.import(entries);
        self.rest.extend(rest.into_iter().map(|entry| Stated {
            claimed: claimed.get(&entry.id).copied().unwrap_or_default(),
            entry,
        }));
    }

    fn rosters(&self) -> Vec<(DeviceKey, Roster)> {
        let rosters = self.rest.iter().filter_map(|it| match it.entry.fact {
            MemberFact::Roster(roster) => Some((it.entry.author, roster)),
            _ => None,
        });
        rosters.collect()
    }

    fn fold(&self, at: Option<Seconds>, more: Vec<Stated>) -> Trust {
        #[cfg(feature = "simulated-clock")]
        if let Some(at) = at {
            let all: Vec<_> = self.rest.iter().cloned().chain(more).collect();
            return series::fold(self.founding.clone(), &all, at);
        }
        let mut membership = self.founding.clone();
        let newest = *membership.newest();
        let closed = Closed {
            height: Height(newest.height.0.saturating_add(1)),
            time: at.unwrap_or(newest.time),
            members: membership.members(),
            ..newest
        };
        let rest = self.rest.iter().map(|it| it.entry.clone());
        let entries = rest.chain(more.into_iter().map(|it| it.entry)).collect();
        let outcome = membership.close(closed, entries);
        Trust::new(membership, outcome)
    }
}

fn is_imported_join(entry: &Included) -> bool {
    matches!(&entry.fact, MemberFact::Join(it) if it.imported.is_some())
}

fn ids(history: &History, log: &LogId, from: u32, to: u32) -> Vec<commune_crdt::hash::EntryId> {
    let log = history.log(log);
    let ids = (from..to).map_while(|seq| log?.id_at(seq));
    ids.collect()
}

/// What stored bytes state, if they are of the member stream and have their place.
fn read(bytes: &[u8], history: &History) -> Option<Stated> {
    let entry = SignedEntry::decode(bytes).ok()?;
    let claim = entry.claim();
    if claim.kind.stream() != Stream::MEMBER {
        return None;
    }
    let fact = MemberFact::of(claim).ok()??;
    history.place_of(&entry.id())?;
    Some(Stated {
        claimed: claim.claimed,
        entry: Included {
            id: entry.id(),
            author: entry.author(),
            seq: claim.seq,
            anchor: claim.anchor.height,
            fact,
        },
    })
}
