//! The reference strings with which proofs are made and checked: those for tests come with the program,
//! those of a real network lie in `DIR/references`, each under its name.
//!
//! A string is checked whole, pairings included, before anything is proven or verified with it. That
//! takes seconds, so a row in the store remembers by name which ones this device checked.

use std::sync::{Arc, Mutex, PoisonError};

use commune_cipher::{
    Reference, Use,
    reference::{self, ReferenceError, Transcript, Verified},
};
use commune_crdt::hash::to_hex;

use super::VotesError;
use crate::{
    device::Device,
    store::{Batch, Durability},
    vault::{file, folder},
};

/// Longest file of a reference string, in bytes.
const MAX_REFERENCE_LEN: usize = reference::MAX_FILE_LEN;

/// Those that this process has ready, by name: to make one takes a while and 10 MB.
static READY: Mutex<Vec<([u8; 32], Arc<Reference>)>> = Mutex::new(Vec::new());

/// The names of the strings that a vote with ballots for `ballots` asks for where nobody says more:
/// in a test network those that come with the program.
pub(super) fn default_ids(device: &Device, ballots: Use) -> Result<[[u8; 32]; 2], VotesError> {
    if !device.genesis().body().test_network {
        return Err(VotesError::NoReference("-".to_owned()));
    }
    let id = |wanted| reference::id_of(reference::for_tests(wanted));
    Ok([id(ballots), id(Use::Shares)])
}

/// The string with the name `id`, checked, for `wanted`.
pub(super) fn of(
    device: &Device,
    id: &[u8; 32],
    wanted: Use,
) -> Result<Arc<Reference>, VotesError> {
    let ready = |known: &[([u8; 32], Arc<Reference>)]| {
        let found = known.iter().find(|(it, _)| it == id);
        found.map(|(_, it)| Arc::clone(it))
    };
    // Held while one is made, so that two threads do not make it twice.
    let mut cache = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let reference = match ready(&cache) {
        Some(reference) => reference,
        None => {
            let reference = Arc::new(load(device, id)?);
            cache.push((*id, Arc::clone(&reference)));
            reference
        }
    };
    let is_test = reference::of_tests(id).is_some();
    if is_test && !device.genesis().body().test_network {
        return Err(VotesError::TestReference);
    }
    match reference.use_() == wanted {
        true => Ok(reference),
        false => Err(VotesError::NoReference(to_hex(id))),
    }
}

fn load(device: &Device, id: &[u8; 32]) -> Result<Reference, VotesError> {
    if let Some(bytes) = reference::of_tests(id) {
        // Checked by the tests of the program that it comes with.
        let verified = Transcript::trusted(bytes, id);
        return verified
            .and_then(Verified::into_reference)
            .map_err(unusable);
    }
    let path = device.dir().join(folder::REFERENCES).join(to_hex(id));
    let bytes =
        file::read(&path, MAX_REFERENCE_LEN).map_err(|_| VotesError::NoReference(to_hex(id)))?;
    let row = format!("reference.{}", to_hex(id));
    let is_checked = device.store().meta(&row)?.is_some();
    if is_checked {
        let verified = Transcript::trusted(&bytes, id);
        return verified
            .and_then(Verified::into_reference)
            .map_err(unusable);
    }
    let verified = checked(&bytes, id)?;
    remember(device, &row);
    verified.into_reference().map_err(unusable)
}

fn checked(bytes: &[u8], id: &[u8; 32]) -> Result<Verified, VotesError> {
    if reference::id_of(bytes) != *id {
        return Err(VotesError::NoReference(to_hex(id)));
    }
    let verified = Transcript::decode(bytes).and_then(|it| it.verify(&|_| {}));
    verified.map_err(unusable)
}

fn remember(device: &Device, row: &str) {
    let mut batch = Batch::new();
    batch.put_meta(row, &[1]);
    // Only a cache: a full disk is no reason to fail.
    let _ = device.store().commit(batch, Durability::Buffered);
}

/// Keeps a reference string that was checked on this device, under its name.
///
/// # Errors
///
/// [`VotesError`] if it is one for tests in a network that is none, or the disk refuses.
pub fn keep(device: &Device, verified: &Verified) -> Result<(), VotesError> {
    let transcript = verified.transcript();
    if transcript.is_for_tests() && !device.genesis().body().test_network {
        return Err(VotesError::TestReference);
    }
    if transcript.contributions().is_empty() {
        return Err(unusable(ReferenceError::NoContribution));
    }
    let name = to_hex(&transcript.id());
    let folder = device.dir().join(folder::REFERENCES);
    let path = folder.join(&name);
    let bytes = transcript.encode();
    let written = std::fs::create_dir_all(&folder).and_then(|()| file::replace(&path, &bytes));
    written.map_err(|source| crate::vault::VaultError::Write { path, source })?;
    remember(device, &format!("reference.{name}"));
    Ok(())
}

const fn unusable(error: ReferenceError) -> VotesError {
    VotesError::Reference(error)
}
