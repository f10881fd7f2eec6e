//! Our notes and proofs in the hands of programs that nobody here wrote: `signed_note` and
//! `tlog_tiles` (Cloudflare). They know notes and log lines, not cosignatures; those are verified
//! behind their trait by the words of the format, and by Python and Go in the tests of the root
//! package.

use signed_note::{StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{Checkpoint, Hash, check_record, check_tree};

use super::{
    note::{COSIGNATURE_TYPE, LOG_LINE_TYPE, Note, vkey},
    policy::policy,
    world::{Net, cosign, enrolled, sign_as_log},
};
use crate::{
    codec::is_clean,
    keys::{self, Domain, Signature},
    merkle::{GrowingTree, leaf_hash},
    time::Height,
};

/// `cosignature/v1` behind the trait of `signed_note`.
struct Cosigner {
    name: String,
    key: [u8; 32],
}

impl Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        let key = [&[COSIGNATURE_TYPE][..], &self.key].concat();
        signed_note::key_id(&self.name, &key)
    }

    fn verify(&self, body: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = signature.split_first_chunk::<8>() else {
            return false;
        };
        let time = format!("time {}\n", u64::from_be_bytes(*time));
        let Ok(signature) = signature.try_into() else {
            return false;
        };
        let parts = [time.as_bytes(), body];
        keys::verify(
            &self.key,
            Domain::Cosignature,
            &parts,
            &Signature(signature),
        )
        .is_ok()
    }
}

/// What `signed_note` finds: how many lines verify and how many it does not know.
fn by_signed_note(net: &Net, bytes: &[u8]) -> Option<(usize, usize)> {
    let set = &net.sets[0];
    let mut known: Vec<Box<dyn Verifier>> = vec![];
    for (index, signer) in set.signers().iter().enumerate() {
        let log_line = vkey(&set.origin(), LOG_LINE_TYPE, &signer.log_line.0);
        known.push(Box::new(StandardVerifier::new(&log_line).unwrap()));
        known.push(Box::new(Cosigner {
            name: set.name(index).unwrap(),
            key: signer.cosignature.0,
        }));
    }
    let note = signed_note::Note::from_bytes(bytes).ok()?;
    Checkpoint::from_bytes(note.text()).ok()?;
    let (verified, unknown) = note.verify(&VerifierList::new(known)).ok()?;
    Some((verified.len(), unknown.len()))
}

#[test]
fn signed_note_reads_and_verifies_what_we_write() {
    let net = Net::new(7);
    let mut note = net.note(12);
    assert_eq!(by_signed_note(&net, note.text().as_bytes()), Some((6, 0)));
    (0..7).for_each(|it| cosign(&mut note, net.signers(12), it));
    sign_as_log(&mut note, net.signers(12), 3);
    assert_eq!(by_signed_note(&net, note.text().as_bytes()), Some((9, 0)));

    let text = net.checker().shorten(&note).unwrap().text();
    assert_eq!(by_signed_note(&net, text.as_bytes()), Some((6, 0)));
    let theirs = signed_note::Note::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(theirs.to_bytes(), text.as_bytes());
    let checkpoint = Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!(
        (checkpoint.origin(), checkpoint.size()),
        (note.origin(), 12)
    );
    assert_eq!(&checkpoint.hash().0, note.root());
}

/// They are stricter about false lines and laxer about form: whatever both take, they take alike;
/// and what has a quorum for us without a false line, has it for them.
#[test]
fn we_and_signed_note_agree_on_changed_notes() {
    let net = Net::new(4);
    let (checker, bytes) = (net.checker(), net.note(12).text().into_bytes());
    let mut both = 0;
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let theirs = by_signed_note(&net, &changed);
        let ours = Note::parse(&changed).ok();
        let ours = ours.and_then(|it| checker.examine(&it).ok());
        match (&ours, theirs) {
            (Some(ours), None) => {
                let verified = ours.signed.len() + usize::from(ours.log_line.is_some());
                assert!(!ours.false_lines.is_empty() || verified == 0, "bit {bit}");
            }
            (Some(ours), Some((verified, unknown))) => {
                both += 1;
                let found = ours.signed.len() + usize::from(ours.log_line.is_some());
                assert_eq!((found, ours.unknown), (verified, unknown), "bit {bit}");
            }
            // They let pass what a terminal would obey: DEL, and the controls above U+0080.
            (None, Some(_)) => {
                let text = String::from_utf8(changed).unwrap();
                assert!(!is_clean(&text), "bit {bit}: they take what we refuse");
            }
            (None, None) => {}
        }
    }
    assert!(both > 100, "{both}");
}

/// A changed line here means that verifiers which have our policy, or notes of ours, no longer agree
/// with us: names, key ids, order and signatures are all in it.
#[test]
fn note_policy_and_chain_are_the_same_on_every_device_and_release() {
    let mut net = Net::young(4);
    (1..=4).for_each(|_| net.close(None));
    let people = [1, 2, 3, 4].map(|it| enrolled(it, "Zoé"));
    net.close(Some(people.to_vec()));
    let policies = net.sets[4..].iter().map(|set| policy(set).unwrap());
    let found = policies.collect::<String>() + &net.chain(&[3, 5]);
    assert_eq!(found, include_str!("../../vectors/checkpoint-chain.txt"));
}

#[test]
fn tlog_tiles_accepts_our_proofs_and_no_others() {
    let mut tree = GrowingTree::new();
    let leaves: Vec<_> = (0..50_u64).map(|it| leaf_hash(&it.to_be_bytes())).collect();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let theirs = |hashes: Vec<[u8; 32]>| hashes.into_iter().map(Hash).collect::<Vec<_>>();
    let root = |size| Hash(tree.root(size).unwrap());
    for size in 1..=50_u64 {
        for (index, leaf) in (0..size).zip(&leaves) {
            let proof = theirs(tree.inclusion(index, size).unwrap());
            check_record(&proof, size, root(size), index, Hash(*leaf)).unwrap();
            let other = Hash([7; 32]);
            assert!(check_record(&proof, size, root(size), index, other).is_err());
        }
        for old in 1..=size {
            let proof = theirs(tree.consistency(old, size).unwrap());
            check_tree(&proof, size, root(size), old, root(old)).unwrap();
        }
    }
    let net = Net::new(4);
    let inclusion = net.log.inclusion(Height(7), Height(12)).unwrap();
    let leaf = Hash(leaf_hash(&net.record(7).encode()));
    let root = Hash(net.log.root(Height(12)).unwrap());
    check_record(&theirs(inclusion), 12, root, 6, leaf).unwrap();
}
