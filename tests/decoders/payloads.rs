//! Payments, and words of signers, as their authors sign them.

use commune::vault::Vault;
use commune_crdt::{
    entry::{Anchor, BlobRef, Entry, Tag},
    hash::EntryId,
    keys::Signature,
    payload::{
        AccountFact, Approval, Comment, OpenShared, Proposal, Receiver, SharedId, SharedTransfer,
        SignerFact, Stamp, Transfer, Vote, VoteStep,
    },
};

use crate::world::{NETWORK, NOW};

/// Entries of the account stream and the signer stream, one of each form.
pub(crate) fn payments_and_votes(vault: &Vault) -> Vec<Vec<u8>> {
    let to = Receiver::Member(vault.member_key);
    let comment = Comment::Clear("bread".to_owned());
    let (amount, signature) = (12_500, Signature([0; 64]));
    let from = SharedId([5; 32]);
    let payments = [
        AccountFact::Transfer(Transfer {
            to,
            amount,
            comment: comment.clone(),
        }),
        AccountFact::OpenShared(OpenShared {
            holders: vec![vault.member_key],
            threshold: 1,
            name: "strike fund".to_owned(),
        }),
        AccountFact::SharedTransfer(SharedTransfer {
            from,
            to,
            amount,
            comment,
        }),
        AccountFact::Approval(Approval {
            proposal: EntryId([6; 32]),
        }),
    ];
    let height = 3;
    let said = [
        SignerFact::Stamp(Stamp {
            height,
            previous: [7; 32],
            seconds: 1_700_000_000,
            signature,
        }),
        SignerFact::Vote(Vote {
            height,
            round: 1,
            step: VoteStep::Precommit,
            value: Some([8; 32]),
            signature,
        }),
        SignerFact::Proposal(Proposal {
            height,
            round: 1,
            value: [8; 32],
            pol_round: Some(0),
            signature,
            moves: BlobRef::of(b"moves"),
            record: vec![1; 300],
        }),
    ];
    let payments = payments.iter().map(|it| (it.kind(), it.payload()));
    let said = said.iter().map(|it| (it.kind(), it.payload()));
    let signed = payments.chain(said).map(|(kind, payload)| {
        let entry = Entry {
            kind,
            tag: Tag::default(),
            seq: 0,
            previous: None,
            anchor: Anchor::genesis(&NETWORK),
            claimed: NOW,
            parents: vec![],
            payload,
        };
        let entry = entry.sign(&NETWORK, &vault.device).unwrap();
        entry.as_bytes().to_vec()
    });
    signed.collect()
}
