//! The newest record that a device knows as decided, and the state after it: what the next record is
//! made on, checked against and folded into.
//!
//! ```text
//! Tip ─next(draft, entries)─► record + Tip        who proposes
//! Tip ─check(record, moves, entries)─► Tip        who votes, and who adopts
//! ```
//!
//! Both do the same: a record is right when who checks it makes the same bytes of it.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Done, GoesBack, Moves, Office, State};
use crate::{
    checkpoint::{
        ForkProof, LawsHash, Record, RecordHash, Seed, SeedPreimage, SignersError, Stamp,
    },
    entry::{LogId, VerifiedEntry},
    genesis::Genesis,
    hash::EntryId,
    params::Param,
    time::{Height, Seconds},
    trust::Closed,
};

/// Rules by which this program folds. A record with a higher number is beyond it.
pub const RULES: u32 = 1;

/// How far ahead of a signer's own clock the time of a record may be.
pub const MAX_AHEAD_SECONDS: u64 = 86_400;

/// What a proposer chooses of a record; all else follows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Draft {
    /// The stamps that fix its time.
    pub stamps: Vec<Stamp>,
    /// The next value of the proposer's seed chain.
    pub preimage: SeedPreimage,
    /// What it has in.
    pub moves: Moves,
    /// Proofs of forks that it judges.
    pub forks: Vec<ForkProof>,
}

impl Draft {
    fn of(record: &Record, moves: &Moves) -> Self {
        Self {
            stamps: record.stamps.clone(),
            preimage: record.seed,
            moves: moves.clone(),
            forks: record.forks.clone(),
        }
    }
}

/// Why a record cannot follow.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// It is of another height, or follows another record.
    #[error("it does not follow record {height}, the newest here")]
    Elsewhere {
        /// The newest height.
        height: Height,
    },
    /// Its rules are newer than this program.
    #[error("its rules have number {found}, this program knows {RULES}")]
    Rules {
        /// Its number.
        found: u32,
    },
    /// Its stamps are not those of exactly a quorum of signers.
    #[error("it has {found} stamps of different signers, a quorum has {quorum}")]
    Stamps {
        /// Different signers.
        found: usize,
        /// Asked for.
        quorum: usize,
    },
    /// Its preimage is the next of nobody's seed chain.
    #[error("its preimage is the next of no signer's seed chain")]
    Preimage,
    /// Its frontier goes back.
    #[error(transparent)]
    GoesBack(#[from] GoesBack),
    /// An entry is missing that it has in.
    #[error("entry {seq} of a log of device {} is not here", .log.author)]
    Missing {
        /// The log.
        log: LogId,
        /// The place.
        seq: u32,
    },
    /// The entries do not lead from the frontier before to the new one.
    #[error("entry {seq} of a log of device {} is on another branch", .log.author)]
    Branch {
        /// The log.
        log: LogId,
        /// The place.
        seq: u32,
    },
    /// Whoever makes the same record gets other bytes.
    #[error("its {0} is not what follows from its entries")]
    Differs(&'static str),
}

/// The newest record and the state after it.
#[derive(Clone, Debug)]
pub struct Tip {
    /// Its height; 0 for the genesis.
    pub height: Height,
    /// Its hash; that of the genesis at 0.
    pub hash: RecordHash,
    /// Its time.
    pub time: Seconds,
    /// Its seed.
    pub seed: Seed,
    /// Who signs the next, and the ends of their seed chains.
    pub office: Office,
    /// What the records so far make of the entries.
    pub state: State,
    /// What this one did.
    pub done: Done,
}

impl Tip {
    /// The genesis.
    ///
    /// # Errors
    ///
    /// [`SignersError`] for keys that no genesis of ours lets pass.
    pub fn genesis(genesis: &Genesis) -> Result<Self, SignersError> {
        let state = State::founded(genesis);
        Ok(Self {
            height: Height(0),
            hash: RecordHash::of_genesis(&genesis.network()),
            time: state.membership().newest().time,
            seed: Seed::of_genesis(&genesis.network()),
            office: Office::of_genesis(genesis)?,
            state,
            done: Done::default(),
        })
    }

    /// Signers that make the next record final.
    pub fn quorum(&self) -> usize {
        self.office.set().quorum()
    }

    /// The record of `draft`, and what follows it. `entries` are at least those that it has in.
    ///
    /// # Errors
    ///
    /// [`Fault`] if nobody would take it.
    pub fn next(&self, draft: &Draft, entries: &[VerifiedEntry]) -> Result<(Record, Self), Fault> {
        let mut tip = self.fold(draft, entries)?;
        let state_root = tip.state.root(&tip.office.leaf());
        let record = Record {
            height: tip.height,
            previous: self.hash,
            rules: RULES,
            time: tip.time,
            stamps: draft.stamps.clone(),
            seed: draft.preimage,
            frontier: tip.state.frontier_root(),
            state: state_root,
            members: tip.state.membership().members(),
            mass: tip.state.ledger().dividend().mass,
            dividend: tip.state.ledger().dividend().amount,
            growth: tip.state.membership().params().get(Param::Growth),
            laws: LawsHash(tip.state.laws_hash()),
            next_signers: tip.office.set().hash(),
            forks: draft.forks.clone(),
        };
        tip.hash = record.hash();
        Ok((record, tip))
    }

    /// The state after `draft`, whose record has no name yet.
    fn fold(&self, draft: &Draft, entries: &[VerifiedEntry]) -> Result<Self, Fault> {
        let time = self.time_of(&draft.stamps)?;
        let office = self.office.reveal(&draft.preimage).ok_or(Fault::Preimage)?;
        self.state.logs().check(&draft.moves)?;
        let included = self.included(&draft.moves, entries)?;

        let mut tip = self.clone();
        tip.office = office;
        tip.height = Height(self.height.0.saturating_add(1));
        tip.time = time;
        tip.seed = self.seed.next(&draft.preimage);
        let closed = Closed {
            height: tip.height,
            time,
            // The record's own hash depends on what is folded; the one before names all there was.
            hash: self.hash.0,
            seed: tip.seed.0,
            members: self.state.membership().members(),
        };
        tip.done = tip.state.close(closed, &draft.moves, &included);
        for fork in &draft.forks {
            tip.state.refuse_device(&fork.log.author);
        }
        tip.office.close(tip.state.membership(), &included);
        Ok(tip)
    }

    /// What follows `record`, if it follows this tip and is right.
    ///
    /// # Errors
    ///
    /// [`Fault`]; `Missing` says that it cannot be known yet.
    pub fn check(
        &self,
        record: &Record,
        moves: &Moves,
        entries: &[VerifiedEntry],
    ) -> Result<Self, Fault> {
        if record.height.0 != self.height.0.saturating_add(1) || record.previous != self.hash {
            return Err(Fault::Elsewhere {
                height: self.height,
            });
        }
        if record.rules != RULES {
            return Err(Fault::Rules {
                found: record.rules,
            });
        }
        let (own, tip) = self.next(&Draft::of(record, moves), entries)?;
        match difference(&own, record) {
            Some(what) => Err(Fault::Differs(what)),
            None => Ok(tip),
        }
    }

    /// What follows `record`, which was checked before: as [`check`](Self::check), without hashing
    /// the state again.
    ///
    /// # Errors
    ///
    /// [`Fault`] if entries are missing.
    pub fn adopt(
        &self,
        record: &Record,
        moves: &Moves,
        entries: &[VerifiedEntry],
    ) -> Result<Self, Fault> {
        let mut tip = self.fold(&Draft::of(record, moves), entries)?;
        tip.hash = record.hash();
        Ok(tip)
    }

    /// The time that `stamps` fix: of exactly a quorum of signers, ascending by place.
    fn time_of(&self, stamps: &[Stamp]) -> Result<Seconds, Fault> {
        let (quorum, signers) = (self.quorum(), self.office.set().signers().len());
        let ascend = stamps.is_sorted_by(|a, b| a.signer < b.signer);
        let known = stamps.iter().all(|it| usize::from(it.signer) < signers);
        if stamps.len() != quorum || !ascend || !known {
            return Err(Fault::Stamps {
                found: stamps.len(),
                quorum,
            });
        }
        Ok(Record::stamped_time(self.time, stamps))
    }

    /// The entries that `moves` have in, in order of logs and places.
    fn included(
        &self,
        moves: &Moves,
        entries: &[VerifiedEntry],
    ) -> Result<Vec<VerifiedEntry>, Fault> {
        let mut by_place: BTreeMap<(LogId, u32), Vec<&VerifiedEntry>> = BTreeMap::new();
        for entry in entries {
            let place = (entry.log(), entry.entry().seq);
            by_place.entry(place).or_default().push(entry);
        }
        let mut included = Vec::new();
        for reach in moves.iter() {
            let log = reach.log;
            let before = self.state.logs().of(&log);
            let first = before.map_or(0, |it| it.next);
            let last = before.map(|it| it.head);
            // From the head back, so that of two branches the named one is taken.
            let mut wanted: EntryId = reach.head;
            let mut chain = Vec::new();
            for seq in (first..reach.next).rev() {
                let here = by_place.get(&(log, seq));
                let here = here.ok_or(Fault::Missing { log, seq })?;
                let entry = here.iter().find(|it| it.id() == wanted);
                let entry = entry.ok_or(Fault::Missing { log, seq })?;
                wanted = entry.entry().previous.unwrap_or_default();
                chain.push((*entry).clone());
            }
            if last.unwrap_or_default() != wanted {
                return Err(Fault::Branch { log, seq: first });
            }
            included.extend(chain.into_iter().rev());
        }
        Ok(included)
    }
}

/// The first field in which two records differ.
fn difference(own: &Record, given: &Record) -> Option<&'static str> {
    let fields = [
        ("time", own.time == given.time),
        ("frontier root", own.frontier == given.frontier),
        ("number of members", own.members == given.members),
        ("mass", own.mass == given.mass),
        ("dividend", own.dividend == given.dividend),
        ("growth", own.growth == given.growth),
        ("hash of the laws", own.laws == given.laws),
        ("set of signers", own.next_signers == given.next_signers),
        ("state root", own.state == given.state),
        ("content", own == given),
    ];
    let wrong = fields.iter().find(|(_, is_same)| !is_same);
    wrong.map(|(what, _)| *what)
}
