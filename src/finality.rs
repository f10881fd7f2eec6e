//! What is final here: the records that this device knows as decided, the state after the newest, and
//! what the signers said since.
//!
//! ```text
//! entries of the signer stream ─► Pool ─decided? record, moves, entries here?─► Tip, rows, anchor
//!                                   └─ what is missing ─► Waiting, for people
//! ```
//!
//! Nothing here decides: a quorum's precommits do, and whoever holds them and the entries makes the
//! same record of them, or does not take it.

pub(crate) mod basis;
pub(crate) mod included;
mod leaves;
mod newcomer;
mod prune;
pub(crate) mod rows;
mod sign;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use commune_crdt::{
    checkpoint::{Checker, Decision, Note, Pool, Record, RecordHash, RecordLog, SignerSet},
    entry::{LogId, SignedEntry, Stream, VerifiedEntry},
    hash::EntryId,
    history::History,
    keys::MemberKey,
    payload::{Contradiction, SignerFact},
    state::{Fault, Logs, Moves, Tip},
    time::Height,
    trust::Refusal,
};

pub use self::{
    newcomer::{Given, NewcomerError},
    prune::Pruned,
    sign::{SignError, Steps, Urge},
};
use crate::{
    device::Device,
    store::{Batch, Durability, StoreError},
};

/// The records that a device knows, and the words that lead to the next.
#[derive(Debug)]
pub struct Finality {
    tip: Arc<Tip>,
    log: RecordLog,
    pool: Pool,
    /// What was said about the newest record: a second word may come late.
    last: Option<Pool>,
    /// Signers of whom it is proven, by entries that no record has in, that they said two things.
    accused: BTreeSet<MemberKey>,
    /// Up to which place each signer log is read.
    read: BTreeMap<LogId, u32>,
    waiting: Option<Waiting>,
    /// Words about who signs, with which keys, that no record has in.
    offices: u64,
}

/// Most entries without effect that are remembered for people.
const MAX_REFUSED: usize = 10_000;

/// A record that is what follows here.
struct Right {
    bytes: Vec<u8>,
    moves: Moves,
    tip: Tip,
}

/// Why a decided record is not taken yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Waiting {
    /// Nobody here has the record itself.
    Record(RecordHash),
    /// It says more than its moves: detached bytes are on their way.
    Moves(RecordHash),
    /// Entries are missing, or it is not what follows from them.
    Fault(Fault),
    /// It is another one than somebody trusted told of.
    Contradicted(RecordHash),
}

impl Finality {
    /// Reads what `device` knows, and takes in what came since.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read or written.
    pub(crate) fn open(device: &Device) -> Result<Self, StoreError> {
        let genesis = device.genesis();
        let tip = Tip::genesis(genesis)
            .map_err(|error| StoreError::damaged(format!("the genesis: {error}")))?;
        let mut finality = Self {
            pool: pool_of(&tip),
            last: None,
            accused: BTreeSet::new(),
            log: RecordLog::new(genesis.network()),
            tip: Arc::new(tip),
            read: BTreeMap::new(),
            waiting: None,
            offices: 0,
        };
        match leaves::read(device.store(), genesis)? {
            Some((tip, log)) => {
                finality.pool = pool_of(&tip);
                (finality.tip, finality.log) = (Arc::new(tip), log);
            }
            None => finality.replay(device)?,
        }
        finality.catch_up(device)?;
        Ok(finality)
    }

    /// The newest record, and the state after it.
    pub fn tip(&self) -> &Arc<Tip> {
        &self.tip
    }

    /// All records, as a log.
    pub fn log(&self) -> &RecordLog {
        &self.log
    }

    /// What is said about the next record.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Proofs against signers of the next record, for who was not accused yet.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let set = self.tip.office.set();
        let pools = self.last.iter().chain([&self.pool]);
        let proofs = pools.flat_map(Pool::contradictions).map(|(_, it)| it);
        let mut accused = self.accused.clone();
        proofs
            .filter(|it| set.index_of(&it.member).is_some() && accused.insert(it.member))
            .collect()
    }

    /// Entries of the member stream that records gave no effect, for ever, newest last.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn refused(&self, device: &Device) -> Result<Vec<(EntryId, Refusal)>, StoreError> {
        leaves::refused(device.store(), self.tip.height)
    }

    /// Why a decided record is not taken yet.
    pub fn waiting(&self) -> Option<&Waiting> {
        self.waiting.as_ref()
    }

    /// Folds the records that were taken before, one after the other, and keeps what follows.
    fn replay(&mut self, device: &Device) -> Result<(), StoreError> {
        let newest = rows::newest(device.store())?;
        if basis::height(device.store())? > Height(0) {
            return Err(StoreError::damaged("the leaves of the newest record"));
        }
        let mut batch = Batch::new();
        for height in 1..=newest.map_or(0, |(height, _)| height.0) {
            let (bytes, moves) = rows::record(device.store(), Height(height))?
                .ok_or_else(|| StoreError::damaged("a record"))?;
            let record = Record::decode(&bytes).map_err(|_| StoreError::damaged("a record"))?;
            let entries = entries_of(device, self.tip.state.logs(), &moves)?;
            let mut tip = self
                .tip
                .adopt(&record, &moves, &entries)
                .map_err(|error| StoreError::damaged(format!("record {height}: {error}")))?;
            // All are written at the end.
            tip.forget_changed();
            leaves::put_refused(&mut batch, &tip);
            self.tip = Arc::new(tip);
            self.log.push(&bytes);
        }
        self.pool = pool_of(&self.tip);
        if newest.is_some() {
            // Only a cache: a full disk is no reason to fail.
            let _ = device.store().commit(batch, Durability::Buffered);
            let _ = leaves::put_all(device.store(), Arc::make_mut(&mut self.tip), &self.log);
        }
        Ok(())
    }

    /// Takes in what the signers said since, and each record that is decided and can be checked.
    /// Gives back the heights that are new.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read or written.
    pub(crate) fn catch_up(&mut self, device: &Device) -> Result<Vec<Height>, StoreError> {
        let mut heights = Vec::new();
        loop {
            self.listen(device)?;
            if !self.take_next(device)? {
                return Ok(heights);
            }
            heights.push(self.tip.height);
        }
    }

    /// Reads the signers' words above the newest record that were not read before.
    fn listen(&mut self, device: &Device) -> Result<(), StoreError> {
        let mut fresh = Vec::new();
        {
            let history = device.history()?;
            for log in history.logs().filter(|it| it.id().stream == Stream::SIGNER) {
                let known = self.read.get(log.id()).copied();
                let from = known.unwrap_or_else(|| self.tip.state.logs().next(log.id()));
                fresh.push((*log.id(), from, log.ids_from(from).to_vec()));
            }
        }
        for (log, mut next, ids) in fresh {
            for id in ids {
                // Placed, and not on the disk yet: the next look reads on from here.
                let Some(entry) = stored(device, &id)? else {
                    break;
                };
                self.hear(device, &entry)?;
                next = next.saturating_add(1);
            }
            self.read.insert(log, next);
        }
        Ok(())
    }

    fn hear(&mut self, device: &Device, entry: &VerifiedEntry) -> Result<(), StoreError> {
        let Ok(Some(fact)) = SignerFact::of(entry.entry()) else {
            return Ok(());
        };
        let membership = self.tip.state.membership();
        let member = membership.owner(&entry.author());
        let member = member.and_then(|it| membership.person(it)).map(|it| it.key);
        let index = member.and_then(|it| self.tip.office.set().index_of(&it));
        match &fact {
            // Of a later height it is read again once there is a record: it stands above its frontier.
            SignerFact::Cosignature(it) if it.height > self.tip.height.0 => Ok(()),
            SignerFact::Cosignature(it) => rows::cosign(device.store(), &self.log, it),
            SignerFact::Contradiction(it) => {
                self.offices = self.offices.saturating_add(1);
                self.accused.insert(it.member);
                Ok(())
            }
            SignerFact::Enrolment(_) | SignerFact::Appointment(_) => {
                self.offices = self.offices.saturating_add(1);
                Ok(())
            }
            _ => {
                self.pool.take(index, &fact);
                if let Some(last) = &mut self.last {
                    last.take(None, &fact);
                }
                Ok(())
            }
        }
    }

    /// Takes the next record, if it is decided and all of it is here.
    fn take_next(&mut self, device: &Device) -> Result<bool, StoreError> {
        self.waiting = None;
        let Some(decision) = self.pool.decided() else {
            return Ok(false);
        };
        match self.check(device, &decision)? {
            Ok(it) => {
                self.adopt(device, &it.bytes, &it.moves, it.tip)?;
                Ok(true)
            }
            Err(waiting) => {
                self.waiting = Some(waiting);
                Ok(false)
            }
        }
    }

    fn check(
        &self,
        device: &Device,
        decision: &Decision,
    ) -> Result<Result<Right, Waiting>, StoreError> {
        let told = rows::told(device.store())?;
        if told.is_some_and(|(at, hash)| at == self.pool.height() && hash != decision.record) {
            return Ok(Err(Waiting::Contradicted(decision.record)));
        }
        // Any signer can put other moves beside the record that was decided: one fits.
        let mut waiting = Waiting::Record(decision.record);
        for proposal in self.pool.proposals_of(&decision.record) {
            let Some(bytes) = device.store().blob(&proposal.moves.hash)? else {
                waiting = Waiting::Moves(decision.record);
                continue;
            };
            let read = (Record::decode(&proposal.record), Moves::decode(&bytes));
            let (Ok(record), Ok(moves)) = read else {
                continue;
            };
            match self.examine(device, &record, &moves)? {
                Ok(tip) => {
                    return Ok(Ok(Right {
                        bytes: proposal.record.clone(),
                        moves,
                        tip,
                    }));
                }
                Err(fault) => waiting = Waiting::Fault(fault),
            }
        }
        Ok(Err(waiting))
    }

    /// Whether `record` is what follows here.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn examine(
        &self,
        device: &Device,
        record: &Record,
        moves: &Moves,
    ) -> Result<Result<Tip, Fault>, StoreError> {
        let entries = entries_of(device, self.tip.state.logs(), moves)?;
        Ok(self.tip.check(record, moves, &entries))
    }

    fn adopt(
        &mut self,
        device: &Device,
        bytes: &[u8],
        moves: &Moves,
        mut tip: Tip,
    ) -> Result<(), StoreError> {
        let set = self.tip.office.set().clone();
        let mut batch = Batch::new();
        rows::put(&mut batch, &tip, bytes, moves, &set);
        leaves::put(&mut batch, &mut tip, &self.log, bytes);
        device.store().commit(batch, Durability::All)?;
        self.log.push(bytes);
        self.tip = Arc::new(tip);
        self.last = Some(std::mem::replace(&mut self.pool, pool_of(&self.tip)));
        self.read_again();
        device.know_height(self.tip.height)?;
        device.forget_book();
        Ok(())
    }

    /// Forgets what was heard above the record before: words for this height and the next come in one
    /// log, so that what is above the new record is read again.
    fn read_again(&mut self) {
        self.read.clear();
        self.accused.clear();
        self.offices = 0;
    }

    /// The set that signs the record at `height`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn set_of(&self, device: &Device, height: Height) -> Result<Option<SignerSet>, StoreError> {
        if height.0 == self.tip.height.0.saturating_add(1) {
            return Ok(Some(self.tip.office.set().clone()));
        }
        rows::set(device.store(), height)
    }

    /// The note of `height` with the lines that are known, each true, and how far it is signed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn note(&self, device: &Device, height: Height) -> Result<Option<Note>, StoreError> {
        let note = rows::note(device.store(), height)?;
        Ok(note.or_else(|| self.log.note(height)))
    }

    /// The record at `height`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn record(&self, device: &Device, height: Height) -> Result<Option<Record>, StoreError> {
        let row = rows::record(device.store(), height)?;
        Ok(row.and_then(|(bytes, _)| Record::decode(&bytes).ok()))
    }

    /// Entries that are placed and that the newest record has not in, and forks that no record judged yet.
    /// What signers say to agree is not counted.
    pub fn unfinished(&self, history: &History) -> u64 {
        let logs = history.logs().filter(|it| it.id().stream != Stream::SIGNER);
        let above = logs.map(|it| {
            let next = self.tip.state.logs().next(it.id());
            u64::from(it.len().saturating_sub(next))
        });
        let state = &self.tip.state;
        let forks = history
            .forks()
            .filter(|(log, _)| !state.is_refused(&log.author));
        above.chain(forks.map(|_| 1)).chain([self.offices]).sum()
    }
}

/// Closes all records of `device` again, from the genesis on, and shows each to `see`: the tip before
/// it, the record, the tip after it, and with `check` what of it does not follow from its entries.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(crate) fn replayed(
    device: &Device,
    mut see: impl FnMut(&Tip, &Record, &Tip, Option<String>),
    check: bool,
) -> Result<Tip, StoreError> {
    let damaged = |what: &str| StoreError::damaged(what.to_owned());
    let covered = basis::height(device.store())?;
    if covered > Height(0) {
        return Err(StoreError::Covered(covered));
    }
    let mut tip = Tip::genesis(device.genesis()).map_err(|_| damaged("the genesis"))?;
    let newest = rows::newest(device.store())?;
    for height in 1..=newest.map_or(0, |(height, _)| height.0) {
        let row = rows::record(device.store(), Height(height))?;
        let (bytes, moves) = row.ok_or_else(|| damaged("a record"))?;
        let record = Record::decode(&bytes).map_err(|_| damaged("a record"))?;
        let entries = entries_of(device, tip.state.logs(), &moves)?;
        let fault = match check {
            true => tip.check(&record, &moves, &entries).err(),
            false => None,
        };
        let audit = tip.state.ledger().audit().err();
        let mut next = tip
            .adopt(&record, &moves, &entries)
            .map_err(|error| StoreError::damaged(format!("record {height}: {error}")))?;
        next.forget_changed();
        let fault = fault.map(|it| it.to_string());
        see(
            &tip,
            &record,
            &next,
            fault.or_else(|| audit.map(|it| it.to_string())),
        );
        tip = next;
    }
    Ok(tip)
}

/// What is said about the height after `tip`.
fn pool_of(tip: &Tip) -> Pool {
    let height = Height(tip.height.0.saturating_add(1));
    Pool::new(tip.office.set().clone(), height, tip.hash)
}

/// The entries between `logs` and where `moves` lead, as far as they are here.
///
/// From each head back, by name: of a log that forks, the record alone chooses the branch, whichever
/// this device saw first.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(crate) fn entries_of(
    device: &Device,
    logs: &Logs,
    moves: &Moves,
) -> Result<Vec<VerifiedEntry>, StoreError> {
    let mut entries = Vec::new();
    for reach in moves.iter() {
        let mut wanted = Some(reach.head);
        for seq in (logs.next(&reach.log)..reach.next).rev() {
            let Some(entry) = wanted.map(|it| stored(device, &it)).transpose()?.flatten() else {
                break;
            };
            if entry.log() != reach.log || entry.entry().seq != seq {
                break;
            }
            wanted = entry.entry().previous;
            entries.push(entry);
        }
    }
    Ok(entries)
}

pub(crate) fn stored(device: &Device, id: &EntryId) -> Result<Option<VerifiedEntry>, StoreError> {
    let bytes = device.store().entry(id)?;
    bytes.map(|it| read_entry(&it)).transpose()
}

fn read_entry(bytes: &[u8]) -> Result<VerifiedEntry, StoreError> {
    let entry = SignedEntry::decode(bytes).map(SignedEntry::trust_sealed);
    entry.map_err(|_| StoreError::damaged("a stored entry"))
}

/// Who signed `note` of the signers `set`.
pub fn examined(set: SignerSet, note: &Note) -> Option<commune_crdt::checkpoint::Examined> {
    Checker::new(set).examine(note).ok()
}
