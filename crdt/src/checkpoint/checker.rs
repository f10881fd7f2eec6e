//! Who signed a note: its lines against the keys of a signer set.
//!
//! A line counts for a signer when name *and* key id are theirs. Then its signature is checked; a
//! false one is reported by name. All other lines are counted and ignored. The quorum counts
//! distinct signers, and a false line takes nothing from the others: any courier could add one.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{
    note::{KeyId, Note, SignatureLine, after_domain, cosignature_id, cosigned, log_line_id},
    signers::SignerSet,
};
use crate::{
    genesis::CosignatureKey,
    keys::{Domain, Verifier},
    time::Seconds,
};

/// A signer set with its keys made ready: keep it while notes of one set pass.
#[derive(Clone, Debug)]
pub struct Checker {
    set: SignerSet,
    origin: String,
    /// By name and key id. Somebody may well grind a log-line key to the id of another's.
    keys: BTreeMap<(String, KeyId), Vec<Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    signer: usize,
    is_log_line: bool,
    key: Verifier,
}

/// A signer who signed a note.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Cosigned {
    /// Their place in the set.
    pub signer: usize,
    /// When they say they did; the earliest, if several times.
    pub time: Seconds,
}

/// What the lines of a note are worth.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Examined {
    /// Who signed, each once, in order of their place.
    pub signed: Vec<Cosigned>,
    /// Who signed as the log, if anybody did: the first by place.
    pub log_line: Option<usize>,
    /// Lines of keys that are not in the set.
    pub unknown: usize,
    /// Names of signers under which a false line stands, ascending, each once; the origin for a
    /// false log line.
    pub false_lines: Vec<String>,
    /// How many must sign.
    pub quorum: usize,
    /// How many could.
    pub of: usize,
}

impl Examined {
    /// Whether enough signed.
    pub fn is_final(&self) -> bool {
        self.signed.len() >= self.quorum
    }
}

/// A note of another network's log.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the note is of {found}, not of {expected}")]
pub struct OtherLog {
    /// The origin in the note.
    pub found: String,
    /// The one of the signers.
    pub expected: String,
}

/// What one line is.
enum Judged {
    Cosigned(Cosigned),
    Logged(usize),
    False,
    Unknown,
}

impl Checker {
    /// Makes the keys of `set` ready.
    pub fn new(set: SignerSet) -> Self {
        let origin = set.origin();
        let mut keys = BTreeMap::<_, Vec<Known>>::new();
        for (signer, member) in set.signers().iter().enumerate() {
            let name = set.name(signer).unwrap_or_default();
            let cosignature = cosignature_id(&name, &member.cosignature);
            let log_line = log_line_id(&origin, &member.log_line);
            for (name, id, key, is_log_line) in [
                (name, cosignature, &member.cosignature.0, false),
                (origin.clone(), log_line, &member.log_line.0, true),
            ] {
                // A set has usable keys only.
                if let Ok(key) = Verifier::new(key) {
                    keys.entry((name, id)).or_default().push(Known {
                        signer,
                        is_log_line,
                        key,
                    });
                }
            }
        }
        Self { set, origin, keys }
    }

    /// The set.
    pub fn set(&self) -> &SignerSet {
        &self.set
    }

    /// Checks every line of `note`.
    ///
    /// # Errors
    ///
    /// [`OtherLog`] if it is of another network: no line of it can say anything here.
    pub fn examine(&self, note: &Note) -> Result<Examined, OtherLog> {
        self.same_log(note)?;
        let mut examined = Examined {
            quorum: self.set.quorum(),
            of: self.set.signers().len(),
            ..Examined::default()
        };
        let body = note.body();
        let mut signed = BTreeMap::new();
        for line in note.lines() {
            match self.judge(&body, line) {
                Judged::Cosigned(Cosigned { signer, time }) => {
                    let first = signed.entry(signer).or_insert(time);
                    *first = time.min(*first);
                }
                Judged::Logged(signer) => {
                    let first = examined.log_line.unwrap_or(signer);
                    examined.log_line = Some(signer.min(first));
                }
                Judged::False => examined.false_lines.push(line.name.clone()),
                Judged::Unknown => examined.unknown = examined.unknown.saturating_add(1),
            }
        }
        examined.false_lines.sort_unstable();
        examined.false_lines.dedup();
        let signed = signed.into_iter();
        examined.signed = signed
            .map(|(signer, time)| Cosigned { signer, time })
            .collect();
        Ok(examined)
    }

    /// Whether a quorum signed `note`; looks at no more cosignatures than that needs, and takes those
    /// of `proven` for seen: who stays in office is not verified twice at a hand-over. Says whose
    /// cosignatures it saw.
    ///
    /// # Errors
    ///
    /// What [`Self::examine`] finds, where there is no quorum.
    pub(super) fn certify(
        &self,
        note: &Note,
        proven: &[CosignatureKey],
    ) -> Result<Vec<CosignatureKey>, Examined> {
        let body = note.body();
        let signers = self.set.signers().iter();
        let keys = signers.map(|signer| signer.cosignature);
        let mut signed: Vec<_> = keys.filter(|key| proven.contains(key)).collect();
        let mut lines = note.lines().iter().filter(|_| note.origin() == self.origin);
        while signed.len() < self.set.quorum() {
            let Some(line) = lines.next() else {
                return Err(self.examine(note).unwrap_or_default());
            };
            let key = self.cosigner(line).filter(|key| !signed.contains(key));
            if let Some(key) = key
                && let Judged::Cosigned(_) = self.judge(&body, line)
            {
                signed.push(key);
            }
        }
        Ok(signed)
    }

    /// Under whose name and key id a line stands, if as a cosignature.
    fn cosigner(&self, line: &SignatureLine) -> Option<CosignatureKey> {
        let known = self.keys.get(&(line.name.clone(), line.key))?.first()?;
        let signer = self.set.signers().get(known.signer)?;
        (!known.is_log_line).then_some(signer.cosignature)
    }

    /// The note with what verifies and nothing else, so that no verifier of others stumbles over a
    /// line of a courier: the log line first, then one line for each who signed, by name.
    ///
    /// # Errors
    ///
    /// [`OtherLog`] if it is of another network.
    pub fn strip(&self, note: &Note) -> Result<Note, OtherLog> {
        self.same_log(note)?;
        let body = note.body();
        let (mut log_line, mut cosigned) = (BTreeMap::new(), BTreeMap::new());
        for line in note.lines() {
            // Of several lines of one signer all devices keep the same.
            let (kept, place) = match self.judge(&body, line) {
                Judged::Cosigned(found) => (&mut cosigned, found.signer),
                Judged::Logged(signer) => (&mut log_line, signer),
                Judged::False | Judged::Unknown => continue,
            };
            let best = kept.entry(place).or_insert(line);
            *best = line.min(*best);
        }
        let mut lines: Vec<_> = cosigned.into_values().cloned().collect();
        lines.sort_unstable();
        let first = log_line.into_values().take(1).cloned();
        Ok(note.with_lines(first.chain(lines).collect()))
    }

    /// The note with no more cosignatures than its quorum: others' verifiers need to accept no
    /// more than 16 lines, which a quorum and the log line never pass.
    ///
    /// # Errors
    ///
    /// [`OtherLog`] if it is of another network.
    pub fn shorten(&self, note: &Note) -> Result<Note, OtherLog> {
        let stripped = self.strip(note)?;
        let (mut lines, cosigned): (Vec<_>, Vec<_>) = stripped
            .lines()
            .iter()
            .cloned()
            .partition(|line| line.name == self.origin);
        lines.extend(cosigned.into_iter().take(self.set.quorum()));
        Ok(stripped.with_lines(lines))
    }

    /// Joins what two people collected under one checkpoint, and strips it: in any order the same.
    ///
    /// # Errors
    ///
    /// [`MergeError`] if they are not of one checkpoint of this network.
    pub fn merge(&self, a: &Note, b: &Note) -> Result<Note, MergeError> {
        if a.body() != b.body() {
            return Err(MergeError::OtherBody);
        }
        let lines = a.lines().iter().chain(b.lines()).cloned();
        Ok(self.strip(&a.with_lines(lines.collect()))?)
    }

    fn same_log(&self, note: &Note) -> Result<(), OtherLog> {
        if note.origin() == self.origin {
            return Ok(());
        }
        Err(OtherLog {
            found: note.origin().to_owned(),
            expected: self.origin.clone(),
        })
    }

    fn judge(&self, body: &str, line: &SignatureLine) -> Judged {
        let place = (line.name.clone(), line.key);
        let known = self.keys.get(&place).map_or(&[][..], Vec::as_slice);
        if known.is_empty() {
            return Judged::Unknown;
        }
        for Known {
            signer,
            is_log_line,
            key,
        } in known
        {
            let signer = *signer;
            if *is_log_line {
                let signed = after_domain(body).as_bytes();
                let verifies = line.as_log_line().is_some_and(|signature| {
                    key.verify(Domain::LogLine, &[signed], &signature).is_ok()
                });
                if verifies {
                    return Judged::Logged(signer);
                }
            } else if let Some((time, signature)) = line.as_cosignature() {
                let signed = cosigned(time, body);
                let parts = [signed.as_bytes()];
                if key.verify(Domain::Cosignature, &parts, &signature).is_ok() {
                    return Judged::Cosigned(Cosigned { signer, time });
                }
            }
        }
        Judged::False
    }
}

/// Two notes that are not of one checkpoint.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum MergeError {
    /// Size, root or origin differ.
    #[error("the two notes are of different checkpoints")]
    OtherBody,
    /// They are of another network.
    #[error(transparent)]
    OtherLog(#[from] OtherLog),
}

#[cfg(test)]
mod tests;
