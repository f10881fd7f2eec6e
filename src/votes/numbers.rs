//! What ties the numbers of the cipher to one vote: layout, context of a key, the key itself, what a
//! ballot is bound to, and the tracker by which its voter finds it again.

use commune_cipher::{Context, ElectionKey, Layout, Public};
use commune_crdt::{
    ballot::Unit,
    hash::{BlobHash, NetworkId, derive_key},
    keys::DeviceKey,
    payload::{Question, VoteId},
};

use super::{Known, VotesError};
use crate::{device::Device, messages::Lang, vault::words};

/// Words of a tracker: 44 bits. Two ballots of one ward have the same with one chance in two million.
pub const TRACKER_WORDS: usize = 4;

/// By which a voter finds a ballot again: the hash of its bytes.
pub type Tracker = BlobHash;

/// The words of a tracker.
pub fn tracker_words(tracker: &Tracker, lang: Lang) -> String {
    words::spoken(&tracker.0, TRACKER_WORDS, lang)
}

/// How the slots of a question lie. Each question that was checked has one.
pub(super) fn layout(question: &Question) -> Result<Layout, VotesError> {
    Layout::new(question.slots(), question.groups()).map_err(|_| {
        VotesError::Question(commune_crdt::payload::QuestionError::TooLarge {
            slots: question.slots(),
        })
    })
}

/// Bytes of a ballot on a question; of one that nobody can ask, a length that no payload has.
pub(super) fn ballot_len(question: &Question) -> u32 {
    let len = layout(question).map_or(0, |it| it.ballot_len());
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What the numbers of key `key` in the round `round` of a vote are drawn from.
pub(super) fn context(network: &NetworkId, vote: VoteId, round: u8, key: u16) -> Context {
    let parts: [&[u8]; 3] = [network.as_bytes(), &vote.0, &[round]];
    Context {
        vote: derive_key("commune tally key v1", &parts),
        key,
    }
}

/// What binds a ballot to its voter's device and place: copied under another name, its proof is false.
pub(super) fn binding(
    network: &NetworkId,
    known: &Known,
    ward: u16,
    device: &DeviceKey,
    seq: u32,
) -> [u8; 32] {
    let parts: [&[u8]; 6] = [
        network.as_bytes(),
        &known.vote.id.0,
        &[known.vote.round],
        &ward.to_be_bytes(),
        device.as_bytes(),
        &seq.to_be_bytes(),
    ];
    derive_key("commune ballot v1", &parts)
}

/// Key `key` of a vote, the sum of its pieces.
///
/// # Errors
///
/// [`VotesError`] if a piece is not here.
pub(super) fn election_key(
    device: &Device,
    known: &Known,
    key: u16,
) -> Result<ElectionKey, VotesError> {
    let publics = publics(device, known, key)?;
    let context = context(device.network(), known.vote.id, known.vote.round, key);
    Ok(ElectionKey::new(&context, publics.iter()))
}

/// The public halves of the pieces of key `key`, by piece.
///
/// # Errors
///
/// [`VotesError`] if one is not here.
pub(super) fn publics(device: &Device, known: &Known, key: u16) -> Result<Vec<Public>, VotesError> {
    let pieces = known.vote.pieces.range((key, 0)..=(key, u8::MAX));
    let read = pieces.map(|(_, it)| {
        let bytes = device.store().blob(&it.public.hash)?;
        let bytes = bytes.ok_or_else(|| VotesError::Incomplete(vec![it.public]))?;
        Public::decode(&bytes).map_err(|_| VotesError::Piece)
    });
    read.collect()
}

/// What the shares of a unit are bound to.
pub(super) fn lock_of(known: &Known, unit: &Unit) -> Option<[u8; 32]> {
    unit.lock.as_ref().map(|it| it.hash(&known.vote.id))
}

#[cfg(test)]
mod tests {
    use commune_crdt::{
        ballot::holders,
        params::TALLY_QUORUMS,
        payload::{MAX_SHARE_LEN, MAX_SLOTS, PUBLIC_LEN, ward_cap},
    };

    /// The two packages are strangers, and say the same of pieces, caps and lengths.
    #[test]
    fn rules_and_cipher_agree() {
        for quorum in TALLY_QUORUMS {
            let pieces = commune_cipher::pieces_of(quorum.trustees, quorum.quorum);
            assert_eq!(holders(&quorum), pieces);
            assert_eq!(ward_cap(&quorum), commune_cipher::cap(pieces.len()));
        }
        assert_eq!(
            (MAX_SLOTS, PUBLIC_LEN),
            (commune_cipher::MAX_SLOTS, commune_cipher::PUBLIC_LEN)
        );
        let widest = commune_cipher::Layout::new(MAX_SLOTS, Vec::new()).unwrap();
        assert!(widest.share_len() <= MAX_SHARE_LEN);
    }
}
