//! One signer's part: every step that is possible now, with the entries at hand.
//!
//! ```text
//! cosign what is decided ─► stamp ─► agreement: hear, propose, wait ─► journal on disk ─► words as entries
//!        ▲                                                                                     │
//!        └────────────────────────────── until nothing more can be said ◄──────────────────────┘
//! ```
//!
//! It is the same whether a node runs it at each piece of news or a courier's bundle came and a person
//! runs it by a command.

use std::{collections::BTreeSet, sync::Arc};

use commune_crdt::{
    checkpoint::{
        ForkProof, Note, Pool, Record, RecordHash, SeedPreimage, SignersError,
        agreement::{Agreement, Patience, Word},
    },
    codec::CodecError,
    entry::BlobRef,
    keys::Signature,
    payload::{Contradiction, Cosignature, Proposal, SignerFact, Stamp, Vote, VoteStep},
    state::{Draft, Fault, MAX_AHEAD_SECONDS, Moves, Reach, Tip},
    time::{ClaimedMinutes, Height, Seconds},
};
use thiserror::Error;

use super::{Finality, entries_of, rows};
use crate::{
    device::{Device, WriteError},
    store::{Batch, Durability, StoreError},
    vault::{
        VaultError,
        signer::{Journal, SignerKeys},
    },
};

/// Heights back from the newest that are cosigned if they are not yet.
const COSIGNED_BACK: u32 = 8;

/// Most fork proofs in one record: it has to fit into an entry.
const MAX_FORKS: usize = 3;

/// What a signer is urged to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Urge {
    /// Go on with what others began, and cosign; begin nothing.
    Follow,
    /// Go on with what others began, or begin if entries wait.
    Join,
    /// Begin a height, even if nothing is new.
    Begin,
}

/// What one call said, and where the height stands after it.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// What was said, in order, in the field's words.
    pub said: Vec<&'static str>,
    /// Records that were taken.
    pub heights: Vec<Height>,
    /// Whether this device signs the next record.
    pub is_signer: bool,
    /// When something is to be said next if nobody else does, as seconds since 1970.
    pub deadline: Option<u64>,
}

/// Why a signer cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignError {
    /// The keys cannot be read, or the journal cannot be written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The journal is not readable.
    #[error("the journal of the signing key is not readable")]
    Journal(#[from] CodecError),
    /// The signers of the genesis.
    #[error(transparent)]
    Signers(#[from] SignersError),
    /// The key said more than its journal knows: it was copied, or restored.
    #[error("the signing key of this device said more at height {0} than its journal knows")]
    OlderJournal(Height),
}

impl Device {
    /// Takes every step of a signer that is possible at the second `now`.
    ///
    /// # Errors
    ///
    /// [`SignError`]; what was said before it stands.
    pub fn sign(
        &self,
        urge: Urge,
        now: Seconds,
        claimed: ClaimedMinutes,
    ) -> Result<Steps, SignError> {
        let _turn = self.signing();
        let (keys, mut journal) = SignerKeys::read_all(self.dir(), self.vault().store_key.bytes())?;
        let mut steps = Steps::default();
        let before = self.with_finality(|it| Ok(it.tip().height))?;
        // Each turn says something or is the last; a height takes some ten.
        for _ in 0..100 {
            let said = self.turn(&keys, &mut journal, urge, now, claimed, &mut steps)?;
            if !said {
                break;
            }
        }
        let after = self.with_finality(|it| Ok(it.tip().height))?;
        let new = before.0.saturating_add(1)..=after.0;
        steps.heights = new.map(Height).collect();
        Ok(steps)
    }

    /// One turn. True if something was said.
    fn turn(
        &self,
        keys: &SignerKeys,
        journal: &mut Journal,
        urge: Urge,
        now: Seconds,
        claimed: ClaimedMinutes,
        steps: &mut Steps,
    ) -> Result<bool, SignError> {
        let view = self.with_finality(|it| View::of(self, it))?;
        let mut said = false;
        for fact in self.cosignatures(keys, &view, now)? {
            self.say(&fact, claimed, steps)?;
            said = true;
        }
        let set = view.tip.office.set();
        let own = set
            .signers()
            .iter()
            .position(|it| it.cosignature.0 == keys.cosignature.public());
        steps.is_signer = own.is_some();
        let Some(own) = own.and_then(|it| u8::try_from(it).ok()) else {
            return Ok(said);
        };
        for proof in &view.contradictions {
            self.say(&SignerFact::Contradiction(proof.clone()), claimed, steps)?;
            said = true;
        }
        // After a height that this call made final, nothing is begun unless somebody asks for it.
        let is_wanted = match urge {
            Urge::Follow => false,
            Urge::Join => view.unfinished > 0,
            Urge::Begin => view.unfinished > 0 || steps.said.is_empty(),
        };
        if !is_wanted && !view.pool.is_begun() {
            return Ok(said);
        }
        if journal.height > view.height() {
            // The store is older than the key: until it has caught up, nothing that the key said at
            // these heights is known here, and anything might be said twice.
            return Ok(said);
        }
        let known = (journal.height == view.height()).then_some(journal.stamp);
        let known = known.flatten();
        let mut said_before = view.pool.stamps().filter(|(by, _)| *by == own);
        if let Some((_, stamp)) = said_before.next() {
            if known != Some(Seconds(stamp.seconds)) {
                return Err(SignError::OlderJournal(view.height()));
            }
        } else {
            let stamp = Stamp {
                height: view.height().0,
                previous: view.tip.hash.0,
                seconds: self
                    .stamped(keys, journal, view.height(), known.unwrap_or(now))?
                    .0,
                signature: Signature([0; 64]),
            };
            let stamp = stamp.sign(self.network(), &keys.cosignature);
            self.say(&SignerFact::Stamp(stamp), claimed, steps)?;
            return Ok(true);
        }
        Ok(self.agree(keys, journal, &view, own, now, claimed, steps)? || said)
    }

    /// Brings to the disk that this key stamps the second `stamp` at `height`.
    fn stamped(
        &self,
        keys: &SignerKeys,
        journal: &mut Journal,
        height: Height,
        stamp: Seconds,
    ) -> Result<Seconds, SignError> {
        if journal.height != height {
            *journal = Journal {
                height,
                stamp: Some(stamp),
                notes: Vec::new(),
            };
            keys.save(self.dir(), self.vault().store_key.bytes(), journal)?;
        }
        Ok(stamp)
    }

    /// The part in the agreement itself.
    #[expect(
        clippy::too_many_arguments,
        reason = "one turn of one signer, in one place"
    )]
    fn agree(
        &self,
        keys: &SignerKeys,
        journal: &mut Journal,
        view: &View,
        own: u8,
        now: Seconds,
        claimed: ClaimedMinutes,
        steps: &mut Steps,
    ) -> Result<bool, SignError> {
        let height = view.height();
        let signers = u8::try_from(view.tip.office.set().signers().len()).unwrap_or(u8::MAX);
        let mut agreement = if !journal.notes.is_empty() {
            Agreement::resume(height.0, signers, own, &journal.notes)?
        } else {
            // The timers run from when there is something to wait for.
            let has_stamps = view.pool.stamps().count() >= view.tip.quorum();
            let has_words =
                view.pool.votes().next().is_some() || view.pool.proposals().next().is_some();
            if !has_stamps && !has_words {
                return Ok(false);
            }
            Agreement::begin(height.0, signers, own, now.0)
        };
        let out: BTreeSet<Word> = own_words(&view.pool, own);
        if out.iter().any(|it| !agreement.said().contains(it)) {
            return Err(SignError::OlderJournal(height));
        }
        for (by, vote) in view.pool.votes() {
            agreement.hear(now.0, by, Word::from(vote));
        }
        for (by, proposal) in view.pool.proposals() {
            if by != own && self.is_right(view, proposal, now)? {
                agreement.hear(now.0, by, Word::from(proposal));
            }
        }
        let patience = patience(view, agreement.began());
        agreement.elapse(now.0, &patience);
        if let Some(round) = agreement.wants_value()
            && let Some(value) = self.draft(keys, view, own)?
        {
            agreement.propose(now.0, round, value);
        }
        let words = agreement.release(|notes| {
            journal.notes = notes.to_vec();
            keys.save(self.dir(), self.vault().store_key.bytes(), journal)
        })?;
        steps.deadline = agreement.deadline(&patience);
        let mut said = false;
        for word in words.into_iter().filter(|it| !out.contains(it)) {
            if let Some(fact) = self.signed(keys, view, &word, now)? {
                self.say(&fact, claimed, steps)?;
                said = true;
            }
        }
        Ok(said)
    }

    /// Whether a proposed record is what this device makes of the same entries, with stamps that it
    /// holds, and no more than a day ahead of its clock.
    fn is_right(&self, view: &View, proposal: &Proposal, now: Seconds) -> Result<bool, StoreError> {
        let Ok(record) = Record::decode(&proposal.record) else {
            return Ok(false);
        };
        let has_stamp =
            |it: &commune_crdt::checkpoint::Stamp| view.pool.holds_stamp(it.signer, it.time.0);
        if record.hash().0 != proposal.value
            || record.time.0 > now.0.saturating_add(MAX_AHEAD_SECONDS)
            || !record.stamps.iter().all(has_stamp)
            || !self.has_forks(&record.forks)?
        {
            return Ok(false);
        }
        let Some(bytes) = self.store().blob(&proposal.moves.hash)? else {
            return Ok(false);
        };
        let Ok(moves) = Moves::decode(&bytes) else {
            return Ok(false);
        };
        let entries = entries_of(self, view.tip.state.logs(), &moves)?;
        Ok(view.tip.check(&record, &moves, &entries).is_ok())
    }

    fn has_forks(&self, forks: &[ForkProof]) -> Result<bool, StoreError> {
        let history = self.history()?;
        Ok(forks.iter().all(|it| {
            let known = history.log(&it.log).and_then(|log| log.fork());
            known.is_some_and(|known| known.point <= it.seq)
        }))
    }

    /// Makes the record that follows from what is here, and keeps it. `None` without a quorum's
    /// stamps.
    fn draft(
        &self,
        keys: &SignerKeys,
        view: &View,
        own: u8,
    ) -> Result<Option<[u8; 32]>, StoreError> {
        let quorum = view.tip.quorum();
        let stamps = view
            .pool
            .stamps()
            .map(|(signer, it)| commune_crdt::checkpoint::Stamp {
                signer,
                time: Seconds(it.seconds),
            });
        let stamps: Vec<_> = stamps.take(quorum).collect();
        let end = view.tip.office.end(own.into());
        let preimage = end.and_then(|it| keys.chain.before(it));
        let Some(preimage) = preimage.filter(|_| stamps.len() == quorum) else {
            return Ok(None);
        };
        let (moves, forks) = {
            let history = self.history()?;
            let logs = view.tip.state.logs();
            let moves = history.logs().filter_map(|log| {
                let next = log.len();
                let head = log.head()?;
                (next > logs.next(log.id())).then_some(Reach {
                    log: *log.id(),
                    next,
                    head,
                })
            });
            let forks = history.forks().filter_map(|(log, fork)| {
                let mut ids = fork.proof;
                ids.sort_unstable();
                let is_new = !view.tip.state.is_refused(&log.author);
                is_new.then_some(ForkProof {
                    log: *log,
                    seq: fork.point,
                    ids,
                })
            });
            let forks: Vec<_> = forks.take(MAX_FORKS).collect();
            (Moves::new(moves.collect()), forks)
        };
        let entries = entries_of(self, view.tip.state.logs(), &moves)?;
        let draft = Draft {
            stamps,
            preimage: SeedPreimage(preimage),
            moves,
            forks,
        };
        match view.tip.next(&draft, &entries) {
            Ok((record, _)) => {
                let bytes = draft.moves.encode();
                self.take_blobs(vec![(BlobRef::of(&bytes), bytes)])?;
                let mut batch = Batch::new();
                rows::put_draft(&mut batch, &record, &draft.moves);
                self.store().commit(batch, Durability::All)?;
                Ok(Some(record.hash().0))
            }
            Err(Fault::Missing { .. }) => Ok(None),
            Err(fault) => {
                tracing::warn!(%fault, "no record follows from what is here");
                Ok(None)
            }
        }
    }

    fn signed(
        &self,
        keys: &SignerKeys,
        view: &View,
        word: &Word,
        now: Seconds,
    ) -> Result<Option<SignerFact>, StoreError> {
        let (height, none) = (view.height().0, Signature([0; 64]));
        let (network, key) = (self.network(), &keys.cosignature);
        Ok(match *word {
            Word::Vote {
                round,
                is_precommit,
                value,
            } => {
                let step = if is_precommit {
                    VoteStep::Precommit
                } else {
                    VoteStep::Prevote
                };
                let vote = Vote {
                    height,
                    round,
                    step,
                    value,
                    signature: none,
                };
                Some(SignerFact::Vote(vote.sign(network, key)))
            }
            Word::Proposal {
                round,
                value,
                pol_round,
            } => {
                let mut content = rows::draft(self.store(), &value)?;
                if content.is_none() {
                    // Anybody can put other moves beside a record: the ones that it follows from.
                    for it in view.pool.proposals_of(&RecordHash(value)) {
                        if self.is_right(view, it, now)? {
                            content = Some((it.record.clone(), it.moves));
                            break;
                        }
                    }
                }
                content.map(|(record, moves)| {
                    let proposal = Proposal {
                        height,
                        round,
                        value,
                        pol_round,
                        signature: none,
                        moves,
                        record,
                    };
                    SignerFact::Proposal(proposal.sign(network, key))
                })
            }
        })
    }

    /// Cosignatures that this device owes for what it saw decided.
    fn cosignatures(
        &self,
        keys: &SignerKeys,
        view: &View,
        now: Seconds,
    ) -> Result<Vec<SignerFact>, StoreError> {
        let key = keys.cosignature.public();
        let mut facts = Vec::new();
        for it in &view.notes {
            let Cosignable {
                height,
                note,
                names,
            } = it;
            let own = names.iter().find(|(_, cosignature)| *cosignature == key);
            let Some((name, _)) = own else { continue };
            if note.lines().iter().any(|line| line.name() == name) {
                continue;
            }
            facts.push(SignerFact::Cosignature(Cosignature {
                height: height.0,
                seconds: now.0,
                signature: note.cosignature(&keys.cosignature, now),
                log_line: note.log_signature(&keys.log_line),
            }));
        }
        Ok(facts)
    }

    fn say(
        &self,
        fact: &SignerFact,
        claimed: ClaimedMinutes,
        steps: &mut Steps,
    ) -> Result<(), SignError> {
        self.state_in(fact.kind(), fact.payload(), claimed)?;
        steps
            .said
            .push(SignerFact::kind_name(fact.kind()).unwrap_or("unknown"));
        Ok(())
    }
}

/// What a turn looks at.
struct View {
    tip: Arc<Tip>,
    pool: Pool,
    unfinished: u64,
    /// Proofs that signers said two things.
    contradictions: Vec<Contradiction>,
    /// Newest notes.
    notes: Vec<Cosignable>,
}

/// A note, and the names and keys of who may cosign it.
struct Cosignable {
    height: Height,
    note: Note,
    names: Vec<(String, [u8; 32])>,
}

impl View {
    fn of(device: &Device, finality: &Finality) -> Result<Self, StoreError> {
        let newest = finality.tip().height;
        let mut notes = Vec::new();
        for height in newest.0.saturating_sub(COSIGNED_BACK).max(1)..=newest.0 {
            let height = Height(height);
            let Some(note) = finality.note(device, height)? else {
                continue;
            };
            let after = Height(height.0.saturating_add(1));
            let mut names = Vec::new();
            for height in [height, after] {
                let set = finality.set_of(device, height)?;
                names.extend(set.iter().flat_map(|set| {
                    let signers = set.signers().iter().enumerate();
                    signers.filter_map(|(at, it)| Some((set.name(at)?, it.cosignature.0)))
                }));
            }
            notes.push(Cosignable {
                height,
                note,
                names,
            });
        }
        let history = device.history()?;
        Ok(Self {
            unfinished: finality.unfinished(&history),
            contradictions: finality.contradictions(),
            tip: Arc::clone(finality.tip()),
            pool: finality.pool().clone(),
            notes,
        })
    }

    fn height(&self) -> Height {
        self.pool.height()
    }
}

/// What signer `own` said already, as others see it.
fn own_words(pool: &Pool, own: u8) -> BTreeSet<Word> {
    let votes = pool.votes().filter(|(by, _)| *by == own);
    let votes = votes.map(|(_, it)| Word::from(it));
    let proposals = pool.proposals().filter(|(by, _)| *by == own);
    let proposals = proposals.map(|(_, it)| Word::from(it));
    votes.chain(proposals).collect()
}

/// The patience of a signer who began at the second `began`, by how long the stamps that it held then
/// were on their way.
fn patience(view: &View, began: u64) -> Patience {
    let stamps = view.pool.stamps();
    let delays = stamps.map(|(_, it)| began.checked_sub(it.seconds));
    Patience::of_delays(delays, view.tip.quorum())
}
