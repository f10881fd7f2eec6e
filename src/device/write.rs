//! What a device states itself.

use commune_crdt::{
    codec::CodecError,
    entry::{Entry, Kind, LogId, Payload, SignedEntry, Stream, Tag},
    hash::EntryId,
    history::{History, Log, Refusal, Roots, Standing, Verdict},
    payload::{Device as DeviceFact, MemberFact},
    time::ClaimedMinutes,
};
use thiserror::Error;

use super::{Device, StoreError};
use crate::{intake::Fate, store::Durability};

/// Why the device could not state something.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Its log says different things in two places.
    #[error("the log of this device is forked at entry {0}")]
    Forked(u32),
    /// Its log is full until the next checkpoint.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The device is not known in the network, and this is not how it gets known.
    #[error("nobody has vouched for this device's member yet")]
    Unknown,
    /// The fact does not fit an entry.
    #[error(transparent)]
    Form(#[from] CodecError),
    /// The gate did not take it.
    #[error("the entry was not taken: {0:?}")]
    NotTaken(Box<Fate>),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Device {
    /// States `fact`, claiming to do so at `claimed`, and returns when it is saved.
    ///
    /// A further device of a member first states whose it is.
    ///
    /// # Errors
    ///
    /// [`WriteError`]: nothing was stated.
    pub fn state(
        &self,
        fact: &MemberFact,
        claimed: ClaimedMinutes,
    ) -> Result<(EntryId, Verdict), WriteError> {
        let members = self.own_log(Stream::MEMBER, Tag::default());
        let is_first = self.next_place(&members)?.0 == 0;
        let says_whose = matches!(fact, MemberFact::Join(_) | MemberFact::Device(_));
        let is_founder = self.is_first_of_founder();
        if is_first && !says_whose && !is_founder {
            self.say_whose(claimed)?;
        }
        self.write(fact.kind(), Tag::default(), fact.payload(), claimed)
    }

    /// States what belongs to another stream than the member's.
    ///
    /// # Errors
    ///
    /// [`WriteError`]: nothing was stated.
    pub fn state_in(
        &self,
        kind: Kind,
        payload: Payload,
        claimed: ClaimedMinutes,
    ) -> Result<(EntryId, Verdict), WriteError> {
        self.state_about(Tag::default(), kind, payload, claimed)
    }

    /// States what is about one vote, text or action, in a log of its own.
    ///
    /// # Errors
    ///
    /// [`WriteError`]: nothing was stated.
    pub fn state_about(
        &self,
        tag: Tag,
        kind: Kind,
        payload: Payload,
        claimed: ClaimedMinutes,
    ) -> Result<(EntryId, Verdict), WriteError> {
        let members = self.own_log(Stream::MEMBER, Tag::default());
        if self.next_place(&members)?.0 == 0 && !self.is_first_of_founder() {
            self.say_whose(claimed)?;
        }
        self.write(kind, tag, payload, claimed)
    }

    /// The place that the next entry of this device about `tag` in `stream` has.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if its log is forked, or the store cannot be read.
    pub fn next_seq(&self, stream: Stream, tag: Tag) -> Result<u32, WriteError> {
        Ok(self.next_place(&self.own_log(stream, tag))?.0)
    }

    /// The first entry of a further device.
    fn say_whose(&self, claimed: ClaimedMinutes) -> Result<(EntryId, Verdict), WriteError> {
        let fact = MemberFact::Device(DeviceFact {
            member: self.vault().member_key,
            label: self.vault().label.clone(),
            certificate: self.vault().certificate,
        });
        self.write(fact.kind(), Tag::default(), fact.payload(), claimed)
    }

    fn is_first_of_founder(&self) -> bool {
        let device = self.vault().device.device_key();
        let roots = Roots::of(self.genesis());
        roots.founders.iter().any(|(_, key)| *key == device)
    }

    fn write(
        &self,
        kind: Kind,
        tag: Tag,
        payload: Payload,
        claimed: ClaimedMinutes,
    ) -> Result<(EntryId, Verdict), WriteError> {
        let (seq, previous) = self.next_place(&self.own_log(kind.stream(), tag))?;
        let signed = Entry {
            kind,
            tag,
            seq,
            previous,
            anchor: self.anchor()?,
            claimed,
            parents: vec![],
            payload,
        }
        .sign(self.network(), &self.vault().device)?;
        let entry = SignedEntry::decode(signed.as_bytes())?;
        let (taken, receipt) = self.take(vec![entry], Durability::All)?;
        receipt.wait()?;
        match taken.verdicts.into_iter().next() {
            Some((id, Fate::Judged(verdict @ (Verdict::Placed | Verdict::Pending(_))))) => {
                Ok((id, verdict))
            }
            Some((_, Fate::Judged(Verdict::Refused(refusal)))) => Err(refusal.into()),
            Some((_, fate)) => Err(WriteError::NotTaken(Box::new(fate))),
            None => Err(WriteError::Unknown),
        }
    }

    /// Whether this device stated that its member goes on under the next key of the vault.
    pub(super) fn has_changed_key(&self) -> Result<bool, StoreError> {
        let Some(next) = self.vault().next_key() else {
            return Ok(false);
        };
        let changes = |entry: &SignedEntry| {
            let fact = MemberFact::of(entry.claim());
            matches!(fact, Ok(Some(MemberFact::KeyChange(it))) if it.new == next)
        };
        let own = self.own_log(Stream::MEMBER, Tag::default());
        let history = self.history()?;
        let ids = history.log(&own).map(|it| it.ids()).unwrap_or_default();
        for id in ids.iter().rev() {
            let bytes = self.store().entry(id)?;
            let entry = bytes.and_then(|it| SignedEntry::decode(&it).ok());
            if entry.is_some_and(|it| changes(&it)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn own_log(&self, stream: Stream, tag: Tag) -> LogId {
        LogId {
            author: self.vault().device.device_key(),
            stream,
            tag,
        }
    }

    /// The place after the newest entry of this device's own log, waiting ones included.
    fn next_place(&self, log: &LogId) -> Result<(u32, Option<EntryId>), WriteError> {
        let history = self.history()?;
        if let Some(fork) = history.log(log).and_then(|it| it.fork()) {
            return Err(WriteError::Forked(fork.point));
        }
        let own = history.log(log);
        let mut seq = own.map_or(0, Log::len);
        let mut head = own.and_then(Log::head);
        for waiting in history.pending().filter(|it| it.entry.log() == *log) {
            if waiting.entry.entry().seq == seq && waiting.entry.entry().previous == head {
                seq = seq.saturating_add(1);
                head = Some(waiting.entry.id());
            }
        }
        Ok((seq, head))
    }

    /// Why this device's facts count, if they do.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn standing(&self) -> Result<Option<Standing>, StoreError> {
        let device = self.vault().device.device_key();
        Ok(History::standing(&*self.history()?, &device))
    }
}
