//! One hash over all that is placed.
//!
//! Two devices with one state hash hold the same placed entries. Pending entries and those at or
//! above a fork point are no part of it.
//!
//! `BLAKE3("commune/state/v1" ‖ hash of the newest certified record, before the first of the genesis ‖
//! for each stream 0 to 7: count u64 ‖ ids ascending)`, of the entries above that record's frontier.

use crate::{
    codec::to_u64,
    entry::Stream,
    hash::{EntryId, StateHash},
    history::History,
};

use super::Logs;

const DOMAIN: &[u8] = b"commune/state/v1";

/// The hash over the whole network as `history` knows it, before any record.
pub fn state_hash(history: &History) -> StateHash {
    state_hash_above(
        history,
        history.roots().network.as_bytes(),
        &Logs::default(),
    )
}

/// The hash over the network on top of the record with hash `record` and frontier `logs`.
///
/// Entries that the record names are covered by its hash, whether or not they are here.
pub fn state_hash_above(history: &History, record: &[u8; 32], logs: &Logs) -> StateHash {
    let mut streams = Stream::ALL.map(|_| Vec::<EntryId>::new());
    for (id, log, seq) in history.placed_ids() {
        if seq < logs.next(&log) {
            continue;
        }
        if let Some(ids) = streams.get_mut(usize::from(log.stream.number())) {
            ids.push(id);
        }
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(DOMAIN);
    hasher.update(record);
    for ids in &mut streams {
        ids.sort_unstable();
        hasher.update(&to_u64(ids.len()).to_be_bytes());
        for id in ids.iter() {
            hasher.update(id.as_bytes());
        }
    }
    StateHash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::world::{Founded, Person};

    /// A changed hash here means that devices of two releases no longer agree on a state.
    #[test]
    fn the_state_hash_is_the_same_on_every_device_and_release() {
        let mut world = Founded::new(2);
        let mut history = world.history();
        let mut hashes = vec![state_hash(&history)];
        let mut zoe = Person::new(50);
        for entry in [
            zoe.joins(),
            world.founders[0].vouches_for(&zoe),
            world.founders[1].writes(Stream::ACCOUNT, 1),
            world.founders[1].writes(Stream::ACCOUNT, 2),
            world.founders[1].writes(Stream::SIGNER, 1),
        ] {
            history.place(entry);
            hashes.push(state_hash(&history));
        }
        // While nobody vouched for Zoé, her entry was no part of the state.
        assert_eq!(hashes[0], hashes[1]);
        let written = include_str!("../../vectors/state-hashes.txt").lines();
        assert!(
            hashes.iter().map(ToString::to_string).eq(written),
            "{hashes:?}"
        );
    }
}
