//! Which detached bytes a device asks for: all that entries name, but of a vote's ballots those in its
//! scope. Of a vote of which no scope was set, all.

use std::collections::{BTreeMap, BTreeSet};

use commune_crdt::{
    ballot::Scope,
    entry::{BlobRef, Entry},
    hash::BlobHash,
    history::SoundEntry,
    payload::{Cast, VoteFact, VoteId},
};

use super::Device;
use crate::store::{Batch, Durability, Store, StoreError};

fn row(vote: VoteId) -> String {
    format!("scope.{vote}")
}

/// Scopes that were looked up: a vote may have millions of ballots.
#[derive(Default)]
pub(super) struct Scopes(BTreeMap<VoteId, Option<Scope>>);

impl Scopes {
    /// Whether this device asks for the bytes that `entry` names.
    pub(super) fn covers(&mut self, store: &Store, entry: &Entry) -> Result<bool, StoreError> {
        let Ok(Some(VoteFact::Ballot(cast))) = VoteFact::of(entry, None) else {
            return Ok(true);
        };
        let vote = VoteId::from(entry.tag);
        let scope = match self.0.get(&vote) {
            Some(scope) => scope,
            None => self.0.entry(vote).or_insert(read(store, vote)?),
        };
        Ok(scope.as_ref().is_none_or(|it| it.covers(&cast)))
    }
}

fn read(store: &Store, vote: VoteId) -> Result<Option<Scope>, StoreError> {
    let bytes = store.meta(&row(vote))?;
    Ok(bytes.and_then(|it| Scope::decode(&it).ok()))
}

impl Device {
    /// Which ballots of a vote this device asks for; none was set, and it asks for all.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn scope(&self, vote: VoteId) -> Result<Option<Scope>, StoreError> {
        read(&self.store, vote)
    }

    /// From now on this device asks for those of `ballots`, all that it knows of the vote, and of later
    /// ones, that `scope` covers, and forgets the bytes of others.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be written.
    pub fn set_scope(
        &self,
        vote: VoteId,
        scope: &Scope,
        ballots: &[Cast],
    ) -> Result<(), StoreError> {
        let (inside, outside): (Vec<&Cast>, Vec<&Cast>) =
            ballots.iter().partition(|it| scope.covers(it));
        // Somebody may have copied a ballot into another ward: the same bytes, and wanted here.
        let kept: BTreeSet<BlobHash> = inside.iter().map(|it| it.blob.hash).collect();
        let mut batch = Batch::new();
        batch.put_meta(&row(vote), &scope.encode());
        let dropped = outside.iter().filter(|it| !kept.contains(&it.blob.hash));
        for cast in dropped {
            batch.remove_blob(&cast.blob);
            self.missing().remove(&cast.blob.hash);
        }
        self.store.commit(batch, Durability::Data)?;
        self.ask_for(inside.into_iter().map(|it| it.blob));
        Ok(())
    }

    /// Asks for bytes that are not here.
    fn ask_for(&self, blobs: impl IntoIterator<Item = BlobRef>) {
        for blob in blobs {
            if matches!(self.store.blob_missing(&blob), Ok(Some(_))) {
                self.missing().insert(blob.hash, blob);
            }
        }
    }

    /// Asks for what an entry names and this device wants.
    pub(super) fn note_blobs(&self, entry: &SoundEntry) {
        let named = entry.blobs();
        let claim = entry.entry().entry();
        if !named.is_empty() && !matches!(Scopes::default().covers(&self.store, claim), Ok(false)) {
            self.ask_for(named.iter().copied());
        }
    }
}
