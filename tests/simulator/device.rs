//! One device: a history in memory, a disk below it, and what it does wrong if a bug is planted.

use std::collections::{BTreeMap, BTreeSet};

use commune_crdt::{
    entry::{
        Anchor, BlobRef, Entry, Kind, LogId, Payload, SignedEntry, Stream, Tag, VerifiedEntry,
    },
    hash::{EntryId, NetworkId, blake3},
    history::{Changes, Check, History, Roots, Verdict},
    keys::{DeviceKey, MemberKey, SecretKey},
    payload::{Device as DeviceFact, MemberFact, certify_device},
    state::state_hash,
    sync::holdings::Holdings,
    time::{ClaimedMinutes, Height},
};

pub(crate) const NETWORK: NetworkId = NetworkId([7; 32]);

/// Mistakes that a device may make. Each has been made by a real program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Bug {
    /// Says "saved" before the disk has it.
    SavedBeforeSync,
    /// Takes entries whose signature nobody checked.
    UnsignedAccepted,
    /// Drops a whole batch for one bad entry, for good.
    BatchRefused,
    /// Remembers an id as bad because a copy came with a broken signature.
    IdBlamedForSignature,
    /// Goes on with the old log after a restore from a backup.
    OldLogAfterRestore,
    /// Keeps the branch that came first, and tells nobody of the other.
    ForkKeptSecret,
    /// Drops what came before its predecessor.
    OrphansDropped,
    /// Folds all that it holds, also what no record names.
    FrontierIgnored,
    /// Folds by its own clock.
    OwnClockFolded,
    /// Refuses entries whose claimed time is ahead of its own clock.
    ClockBelieved,
}

impl Bug {
    pub(crate) const ALL: [Self; 10] = [
        Self::SavedBeforeSync,
        Self::UnsignedAccepted,
        Self::BatchRefused,
        Self::IdBlamedForSignature,
        Self::OldLogAfterRestore,
        Self::ForkKeptSecret,
        Self::OrphansDropped,
        Self::FrontierIgnored,
        Self::OwnClockFolded,
        Self::ClockBelieved,
    ];
}

/// What survives a crash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) entries: BTreeMap<EntryId, Vec<u8>>,
    pub(crate) pending: BTreeMap<EntryId, Vec<u8>>,
}

impl Disk {
    /// The bytes of an entry.
    pub(crate) fn find(&self, id: &EntryId) -> Option<Vec<u8>> {
        let found = self.entries.get(id).or_else(|| self.pending.get(id));
        found.cloned()
    }

    /// Names and places of all that it holds.
    pub(crate) fn places(&self) -> BTreeMap<EntryId, (LogId, u32)> {
        let all = self.entries.iter().chain(&self.pending);
        let place = |bytes: &Vec<u8>| {
            let entry = SignedEntry::decode(bytes).expect("the disk holds what was checked");
            (entry.log(), entry.claim().seq)
        };
        all.map(|(id, bytes)| (*id, place(bytes))).collect()
    }

    /// Names of all that it holds.
    pub(crate) fn ids(&self) -> impl Iterator<Item = EntryId> + '_ {
        self.entries.keys().chain(self.pending.keys()).copied()
    }
}

pub(crate) struct Device {
    pub(crate) secret: SecretKey,
    pub(crate) member: SecretKey,
    pub(crate) history: History,
    pub(crate) disk: Disk,
    /// Written, not synced.
    unsynced: Vec<Changes>,
    pub(crate) backup: Option<Disk>,
    /// Own entries that were reported as saved.
    pub(crate) saved: BTreeSet<EntryId>,
    blamed: BTreeSet<EntryId>,
    pub(crate) bug: Option<Bug>,
    /// Minutes by which its clock is wrong.
    pub(crate) clock_error: i64,
    pub(crate) is_byzantine: bool,
}

/// Signatures that were checked once need not be checked again in each of sixty devices.
#[derive(Default)]
pub(crate) struct Verified(BTreeMap<[u8; 32], bool>);

impl Verified {
    fn check(&mut self, entry: SignedEntry) -> Option<VerifiedEntry> {
        let key = blake3(&[entry.as_bytes()]);
        if let Some(good) = self.0.get(&key) {
            return good.then(|| entry.trust_sealed());
        }
        let verified = entry.verify(&NETWORK).ok();
        self.0.insert(key, verified.is_some());
        verified
    }
}

impl Device {
    pub(crate) fn new(
        member: SecretKey,
        secret: SecretKey,
        roots: Roots,
        bug: Option<Bug>,
    ) -> Self {
        Self {
            secret,
            member,
            history: History::new(roots),
            disk: Disk::default(),
            unsynced: Vec::new(),
            backup: None,
            saved: BTreeSet::new(),
            blamed: BTreeSet::new(),
            bug,
            clock_error: 0,
            is_byzantine: false,
        }
    }

    pub(crate) fn key(&self) -> DeviceKey {
        self.secret.device_key()
    }

    pub(crate) fn log(&self) -> LogId {
        log_of(self.key())
    }

    /// Takes a batch through the gate. Answers how many signatures were false.
    pub(crate) fn take(
        &mut self,
        batch: Vec<SignedEntry>,
        now: u64,
        verified: &mut Verified,
    ) -> u32 {
        let mut false_signatures = 0;
        let mut good = Vec::new();
        for entry in batch {
            if self.history.check(&entry) != Check::New || self.blamed.contains(&entry.id()) {
                continue;
            }
            if self.bug == Some(Bug::ClockBelieved)
                && i64::from(entry.claim().claimed.0) > now as i64 + self.clock_error + 60
            {
                continue;
            }
            let id = entry.id();
            let checked = if self.bug == Some(Bug::UnsignedAccepted) {
                Some(entry.trust_sealed())
            } else {
                verified.check(entry)
            };
            match checked {
                Some(entry) => good.push(entry),
                None => {
                    false_signatures += 1;
                    if self.bug == Some(Bug::IdBlamedForSignature) {
                        self.blamed.insert(id);
                    }
                }
            }
        }
        if self.bug == Some(Bug::BatchRefused) && false_signatures > 0 {
            self.blamed.extend(good.iter().map(VerifiedEntry::id));
            return 0;
        }
        for entry in good {
            self.place(entry);
        }
        self.sync_disk();
        false_signatures
    }

    pub(crate) fn take_proof(&mut self, proof: [SignedEntry; 2], verified: &mut Verified) {
        let [a, b] = proof.map(|it| verified.check(it));
        if let (Some(a), Some(b)) = (a, b)
            && self.bug != Some(Bug::ForkKeptSecret)
        {
            let changes = self.history.prove(a, b).changes;
            self.unsynced.push(changes);
            self.sync_disk();
        }
    }

    fn place(&mut self, entry: VerifiedEntry) {
        if self.bug == Some(Bug::ForkKeptSecret) {
            let ids = self.history.log(&entry.log()).map(|it| it.ids());
            if ids.is_some_and(|ids| ids.len() as u32 > entry.entry().seq) {
                return;
            }
        }
        let mut outcome = self.history.place(entry);
        if self.bug == Some(Bug::OrphansDropped) && matches!(outcome.verdict, Verdict::Pending(_)) {
            // It forgets them, and believes that it has them.
            for id in outcome.changes.pending.drain(..).map(|it| it.id()) {
                self.blamed.insert(id);
            }
            let (history, _) = self.rebuilt();
            self.history = history;
        }
        self.unsynced.push(outcome.changes);
    }

    /// Brings to the disk what is written.
    pub(crate) fn sync_disk(&mut self) {
        for changes in std::mem::take(&mut self.unsynced) {
            for entry in changes.placed {
                self.disk.pending.remove(&entry.id());
                let id = entry.id();
                self.disk.entries.insert(id, entry.into_bytes());
            }
            for fork in changes.forks {
                for entry in fork.fresh {
                    self.disk.pending.remove(&entry.id());
                    let id = entry.id();
                    self.disk.entries.insert(id, entry.into_bytes());
                }
            }
            for entry in changes.pending {
                let id = entry.id();
                self.disk.pending.insert(id, entry.into_bytes());
            }
            for id in changes.dropped {
                self.disk.pending.remove(&id);
            }
        }
    }

    fn rebuilt(&self) -> (History, Vec<Changes>) {
        let read = |bytes: &Vec<u8>| {
            let entry = SignedEntry::decode(bytes).expect("the disk holds what was checked");
            entry.trust_sealed()
        };
        let roots = self.history.roots().clone();
        let kept: Vec<_> = self.disk.entries.values().map(read).collect();
        let (mut history, _) = History::restore(roots, Height(0), kept);
        let waiting: Vec<_> = self.disk.pending.values().map(read).collect();
        let changes = waiting
            .into_iter()
            .map(|entry| history.place(entry).changes)
            .collect();
        (history, changes)
    }

    /// Power goes; what was not synced is gone.
    pub(crate) fn crash(&mut self) {
        self.unsynced.clear();
        self.blamed.clear();
        let (history, changes) = self.rebuilt();
        self.history = history;
        self.unsynced = changes;
        self.sync_disk();
    }

    /// Comes back from a backup: with a new device key, since the old log may have gone on.
    pub(crate) fn restore(&mut self, fresh: SecretKey) {
        let Some(backup) = self.backup.clone() else {
            return;
        };
        self.disk = backup;
        self.crash();
        if self.bug != Some(Bug::OldLogAfterRestore) {
            self.secret = fresh;
        }
    }

    /// States something, and reports it as saved.
    pub(crate) fn state(
        &mut self,
        kind: Kind,
        payload: Payload,
        claimed: u32,
    ) -> Option<SignedEntry> {
        let is_root = self
            .history
            .roots()
            .founders
            .iter()
            .any(|(_, it)| *it == self.key());
        let is_first = self.next_place().0 == 0;
        if is_first && !is_root && kind != Kind(1) && kind != Kind(2) {
            let fact = MemberFact::Device(DeviceFact {
                member: self.member.member_key(),
                label: "new".to_owned(),
                certificate: certify_device(&self.member, &self.key()),
            });
            self.state(fact.kind(), fact.payload(), claimed)?;
        }
        let (seq, previous) = self.next_place();
        let entry = self.signed(kind, payload, claimed, seq, previous);
        let id = entry.id();
        let checked = entry.clone().trust_sealed();
        let outcome = self.history.place(checked);
        if !matches!(outcome.verdict, Verdict::Placed | Verdict::Pending(_)) {
            return None;
        }
        self.unsynced.push(outcome.changes);
        if self.bug != Some(Bug::SavedBeforeSync) {
            self.sync_disk();
        }
        self.saved.insert(id);
        Some(entry)
    }

    pub(crate) fn signed(
        &self,
        kind: Kind,
        payload: Payload,
        claimed: u32,
        seq: u32,
        previous: Option<EntryId>,
    ) -> SignedEntry {
        let entry = Entry {
            kind,
            tag: Tag::default(),
            seq,
            previous,
            anchor: Anchor::genesis(&NETWORK),
            claimed: ClaimedMinutes(claimed),
            parents: vec![],
            payload,
        };
        let signed = entry.sign(&NETWORK, &self.secret).expect("it fits");
        SignedEntry::decode(signed.as_bytes()).expect("what was signed can be read")
    }

    pub(crate) fn next_place(&self) -> (u32, Option<EntryId>) {
        let log = self.log();
        let ids = self
            .history
            .log(&log)
            .map(|it| it.ids())
            .unwrap_or_default();
        let (mut seq, mut head) = (ids.len() as u32, ids.last().copied());
        for waiting in self.history.pending().filter(|it| it.entry.log() == log) {
            if waiting.entry.entry().seq == seq && waiting.entry.entry().previous == head {
                seq += 1;
                head = Some(waiting.entry.id());
            }
        }
        (seq, head)
    }
}

impl Holdings for Device {
    fn history(&self) -> &History {
        &self.history
    }

    fn digest(&self) -> [u8; 32] {
        let forks = self.history.forks();
        let markers: Vec<_> = forks.map(|(log, fork)| fork.marker(log)).collect();
        blake3(&[&state_hash(&self.history).0, &markers.concat()])
    }

    fn entry(&self, id: &EntryId) -> Option<SignedEntry> {
        SignedEntry::decode(self.disk.entries.get(id)?).ok()
    }

    fn fork(&self, log: &LogId) -> Option<[Vec<u8>; 2]> {
        let [a, b] = self.history.log(log)?.fork()?.proof;
        let bytes = |id| self.disk.entries.get(&id).cloned();
        Some([bytes(a)?, bytes(b)?])
    }

    fn blob_part(&self, _: &BlobRef, _: u32, _: usize) -> Option<Vec<u8>> {
        None
    }

    fn missing_blobs(&self) -> Vec<(BlobRef, u32)> {
        vec![]
    }
}

pub(crate) fn log_of(author: DeviceKey) -> LogId {
    LogId {
        author,
        stream: Stream::MEMBER,
        tag: Tag::default(),
    }
}

pub(crate) fn roots(founders: Vec<(MemberKey, DeviceKey)>) -> Roots {
    Roots {
        network: NETWORK,
        founders,
        import: None,
    }
}
