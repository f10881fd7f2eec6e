//! What the fold knows of one person.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    hash::EntryId,
    keys::MemberKey,
    payload::MeetingId,
    time::{Height, Seconds},
};

use super::{Distance, Refusal};

/// A person by number, in the order in which the network came to know them.
pub type PersonId = u32;

/// Where a person stands.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum State {
    /// Asked to join.
    Candidate,
    /// Is a member.
    Member,
    /// Was one, and can be again by renewing.
    Lapsed,
    /// Left, or did not become a member in time; can ask anew.
    Gone,
    /// Ended the key, for ever.
    Revoked,
}

/// A person, as the records closed so far make them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// The key in use.
    pub key: MemberKey,
    /// Keys that they had before.
    pub former: BTreeSet<MemberKey>,
    /// The name they gave.
    pub name: String,
    /// Where they stand.
    pub state: State,
    /// Since when.
    pub since: Seconds,
    /// When the membership ends unless it is renewed. Of candidates: when they asked.
    pub until: Seconds,
    /// Certifications received, in the order in which they were taken. Some are over.
    pub received: Vec<Received>,
    /// When the last certification that they gave was taken.
    pub last_issue: Option<Seconds>,
    /// Certifications that they signed ahead.
    pub queue: VecDeque<Queued>,
    /// What awaits a verdict of the distance rule.
    pub ask: Option<Ask>,
    /// When the distance rule may judge them again, after a no.
    pub retry: Seconds,
    /// Members who object to the candidate.
    pub objections: BTreeSet<PersonId>,
    /// When the key last changed.
    pub key_changed: Option<Seconds>,
    /// Where they live, and since when.
    pub residence: Option<([u8; 16], Seconds)>,
    /// Came with the import: what they stated at the genesis counts as made there.
    pub is_imported: bool,
}

/// A certification that was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Received {
    /// Who gave it.
    pub issuer: PersonId,
    /// The time of the record that took it.
    pub emission: Seconds,
    /// When it is over: dead exactly then.
    pub end: Seconds,
    /// The meeting that it names.
    pub meeting: MeetingId,
}

impl Received {
    /// Whether it counts at `time`.
    pub fn is_live(&self, time: Seconds) -> bool {
        self.emission <= time && time < self.end
    }
}

/// A certification that waits until its issuer may give the next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Queued {
    /// The entry.
    pub id: EntryId,
    /// For whom.
    pub subject: MemberKey,
    /// The meeting that it names.
    pub meeting: MeetingId,
    /// The time of the record that included it.
    pub included: Seconds,
}

/// What awaits a verdict of the distance rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ask {
    /// The renewal; of a candidate none: five certifications are the question.
    pub renewal: Option<EntryId>,
    /// The record at which all was there.
    pub height: Height,
    /// Its time.
    pub time: Seconds,
    /// The first time at which it may be judged.
    pub not_before: Seconds,
    /// The last verdict.
    pub verdict: Option<Verdict>,
}

impl Ask {
    /// Whether the last verdict was a yes.
    pub fn is_passed(&self) -> bool {
        self.verdict.is_some_and(|it| it.holds)
    }
}

/// What the distance rule said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// The record whose seed drew the referents.
    pub height: Height,
    /// How near.
    pub distance: Distance,
    /// Near enough.
    pub holds: bool,
}

impl Person {
    pub(super) fn new(key: MemberKey, name: String, state: State, since: Seconds) -> Self {
        Self {
            key,
            former: BTreeSet::new(),
            name,
            state,
            since,
            until: since,
            received: Vec::new(),
            last_issue: None,
            queue: VecDeque::new(),
            ask: None,
            retry: Seconds(0),
            objections: BTreeSet::new(),
            key_changed: None,
            residence: None,
            is_imported: false,
        }
    }

    /// Certifications that count at `time`.
    pub fn live(&self, time: Seconds) -> impl Iterator<Item = &Received> {
        self.received.iter().filter(move |it| it.is_live(time))
    }

    /// When fewer than `needed` certifications remain, if no other comes.
    pub fn certified_until(&self, needed: usize) -> Option<Seconds> {
        let mut ends: Vec<_> = self.received.iter().map(|it| it.end).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        ends.get(needed.saturating_sub(1)).copied()
    }

    pub(super) fn become_(&mut self, state: State, time: Seconds) {
        self.state = state;
        self.since = time;
    }

    /// The certification by `issuer` that was taken last.
    pub(super) fn by(&mut self, issuer: PersonId) -> Option<&mut Received> {
        self.received
            .iter_mut()
            .rev()
            .find(|it| it.issuer == issuer)
    }
}

/// An entry that a rule gave no effect.
pub type Refused = (EntryId, Refusal);
