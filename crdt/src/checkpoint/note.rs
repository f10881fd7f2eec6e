//! A checkpoint as text that tools of others verify: C2SP `tlog-checkpoint`, a `signed-note`.
//!
//! ```text
//! commune/3f9a2c4e5b6d7081                         origin
//! 412                                              tree size: the height
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     root over the records
//!                                                  (empty)
//! — commune/3f9a2c4e5b6d7081 base64                log line
//! — zoe.commune/3f9a2c4e5b6d7081 base64            cosignature
//! ```
//!
//! The three lines are the body, each with its line feed. What stands in base64:
//!
//! | line | bytes | signed with Ed25519 |
//! |---|---|---|
//! | log line, type 1 | key id 4, signature 64 | body |
//! | cosignature, type 4 | key id 4, seconds 8, signature 64 | `cosignature/v1` LF `time ` seconds LF body |
//!
//! key id = the first 4 bytes of SHA-256(name ‖ LF ‖ type ‖ public key).
//!
//! A note that exists has the right form; who signed it is for [`Checker`](super::Checker) to say.

mod text;

use sha2::{Digest, Sha256};

use crate::{
    codec::to_base64,
    genesis::{CosignatureKey, LogLineKey},
    hash::to_hex,
    keys::{Domain, SecretKey, Signature},
    merkle::TreeHash,
    time::{Height, Seconds},
};

pub(super) use self::text::number;
pub use self::text::{MAX_LINES, MAX_NOTE_LEN, NoteError};

/// Type byte of a log line's key.
pub const LOG_LINE_TYPE: u8 = 1;

/// Type byte of a cosignature's key.
pub const COSIGNATURE_TYPE: u8 = 4;

/// What tells two keys of one name apart. It is short and proves nothing.
pub type KeyId = [u8; 4];

/// Text of a checkpoint, and the lines under it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    origin: String,
    height: Height,
    root: TreeHash,
    lines: Vec<SignatureLine>,
}

/// One line under a note: whose it says to be, and what nobody has checked yet.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SignatureLine {
    pub(super) name: String,
    pub(super) key: KeyId,
    pub(super) signature: Vec<u8>,
}

impl Note {
    /// A note that nobody signed.
    pub fn new(origin: String, height: Height, root: TreeHash) -> Self {
        Self {
            origin,
            height,
            root,
            lines: Vec::new(),
        }
    }

    /// Whose log it speaks of.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many records the log has.
    pub fn height(&self) -> Height {
        self.height
    }

    /// Root over them.
    pub fn root(&self) -> &TreeHash {
        &self.root
    }

    /// Signature lines, as they came.
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// What is signed: the three lines.
    pub fn body(&self) -> String {
        let (origin, height) = (&self.origin, self.height);
        format!("{origin}\n{height}\n{}\n", to_base64(&self.root))
    }

    /// Adds the cosignature of a signer who is called `name` in note lines, made at `time`.
    pub fn cosign(&mut self, name: &str, key: &SecretKey, time: Seconds) {
        let signature = self.cosignature(key, time);
        let id = key_id(name, COSIGNATURE_TYPE, &key.public());
        let content = [&time.0.to_be_bytes()[..], &signature.0].concat();
        self.add(name, id, content);
    }

    /// Adds the log line, with the log-line key of any signer.
    pub fn sign_as_log(&mut self, key: &SecretKey) {
        let signature = self.log_signature(key);
        let name = self.origin.clone();
        let id = key_id(&name, LOG_LINE_TYPE, &key.public());
        self.add(&name, id, signature.0.to_vec());
    }

    /// The signature of a cosignature line.
    pub fn cosignature(&self, key: &SecretKey, time: Seconds) -> Signature {
        let signed = cosigned(time, &self.body());
        key.sign(Domain::Cosignature, &[signed.as_bytes()])
    }

    /// The signature of a log line.
    pub fn log_signature(&self, key: &SecretKey) -> Signature {
        key.sign(Domain::LogLine, &[after_domain(&self.body()).as_bytes()])
    }

    /// This note with the lines of `other` as well, which MUST be of the same body.
    #[must_use]
    pub fn with_lines_of(&self, other: &Self) -> Self {
        let mut lines = self.lines.clone();
        lines.extend(
            other
                .lines
                .iter()
                .filter(|it| !self.lines.contains(it))
                .cloned(),
        );
        self.with_lines(lines)
    }

    /// Adds the line of somebody's cosignature, true or not.
    pub fn add_cosignature(
        &mut self,
        name: &str,
        key: &CosignatureKey,
        time: Seconds,
        signature: &Signature,
    ) {
        let content = [&time.0.to_be_bytes()[..], &signature.0].concat();
        self.add(name, cosignature_id(name, key), content);
    }

    /// Adds somebody's log line, true or not.
    pub fn add_log_line(&mut self, key: &LogLineKey, signature: &Signature) {
        let name = self.origin.clone();
        self.add(&name, log_line_id(&name, key), signature.0.to_vec());
    }

    /// The note with other lines.
    #[must_use]
    pub(super) fn with_lines(&self, lines: Vec<SignatureLine>) -> Self {
        Self {
            lines,
            ..self.clone()
        }
    }

    fn add(&mut self, name: &str, key: KeyId, signature: Vec<u8>) {
        let line = SignatureLine {
            name: name.to_owned(),
            key,
            signature,
        };
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }
}

impl SignatureLine {
    /// The name it is under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time and signature of a cosignature, if it has their length and a time that is one.
    pub(super) fn as_cosignature(&self) -> Option<(Seconds, Signature)> {
        let (time, signature) = self.signature.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        let signature = Signature(signature.try_into().ok()?);
        // The format's own bound: beyond, readers with signed numbers would differ.
        i64::try_from(time).ok()?;
        Some((Seconds(time), signature))
    }

    /// The signature of a log line, if it has its length.
    pub(super) fn as_log_line(&self) -> Option<Signature> {
        Some(Signature(self.signature.as_slice().try_into().ok()?))
    }
}

/// What a cosignature signs, after its first line.
pub(super) fn cosigned(time: Seconds, body: &str) -> String {
    format!("time {}\n{body}", time.0)
}

/// What a log line signs, after the beginning that is its domain.
pub(super) fn after_domain(body: &str) -> &str {
    body.strip_prefix("commune/").unwrap_or(body)
}

/// The key id of the key with that name and type.
pub(super) fn key_id(name: &str, kind: u8, key: &[u8; 32]) -> KeyId {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', kind])
        .chain_update(key)
        .finalize()
        .into();
    let [a, b, c, d, ..] = hash;
    [a, b, c, d]
}

/// A public key as others' tools take it: name, key id and key, joined by `+`.
pub fn vkey(name: &str, kind: u8, key: &[u8; 32]) -> String {
    let id = to_hex(&key_id(name, kind, key));
    format!("{name}+{id}+{}", to_base64(&[&[kind][..], key].concat()))
}

/// Key id of a cosignature key under the name of its signer.
pub(super) fn cosignature_id(name: &str, key: &CosignatureKey) -> KeyId {
    key_id(name, COSIGNATURE_TYPE, &key.0)
}

/// Key id of a log-line key of the log `origin`.
pub(super) fn log_line_id(origin: &str, key: &LogLineKey) -> KeyId {
    key_id(origin, LOG_LINE_TYPE, &key.0)
}
