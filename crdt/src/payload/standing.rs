//! What members say of each other and of themselves: vouching, staying, changing keys, ending.

use crate::{
    codec::{CodecError, Reader, Writer},
    hash::{BlobHash, NetworkId},
    keys::{Domain, MemberKey, SecretKey, Signature, SignatureError, verify},
    time::ClaimedMinutes,
};

/// A member vouches for a person after meeting in person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certification {
    /// The person.
    pub subject: MemberKey,
    /// What the sponsor asked and found right.
    pub statements: Statements,
    /// When they met, as the sponsor says.
    pub met: ClaimedMinutes,
    /// The meeting, zeros where two met alone.
    pub meeting: [u8; 16],
}

/// The three questions of a certification.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Statements {
    /// "I met this person, and they are who they say."
    pub identity: bool,
    /// "They are old enough to be a member."
    pub age: bool,
    /// "They know the charter and adhere to it."
    pub charter: bool,
}

impl Statements {
    /// All three, which a membership needs.
    pub const ALL: Self = Self {
        identity: true,
        age: true,
        charter: true,
    };
}

impl Certification {
    pub(super) fn write(&self, out: &mut Writer) {
        let Statements {
            identity,
            age,
            charter,
        } = self.statements;
        out.raw(self.subject.as_bytes())
            .u8(u8::from(identity) | (u8::from(age) << 1) | (u8::from(charter) << 2))
            .u32(self.met.0)
            .raw(&self.meeting);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let subject = MemberKey(reader.array()?);
        let bits = reader.u8()?;
        if bits > 7 {
            return Err(CodecError::Unknown {
                what: "statement of the certification",
                value: bits.into(),
            });
        }
        Ok(Self {
            subject,
            statements: Statements {
                identity: bits & 1 != 0,
                age: bits & 2 != 0,
                charter: bits & 4 != 0,
            },
            met: ClaimedMinutes(reader.u32()?),
            meeting: reader.array()?,
        })
    }
}

/// A member no longer vouches for a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Withdrawal {
    /// The person.
    pub subject: MemberKey,
}

/// A member stays for another term.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Renewal {
    /// Hash of the charter text that they adhere to now.
    pub charter: BlobHash,
}

/// A member goes on under another key, by the old key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyChange {
    /// The key until now.
    pub old: MemberKey,
    /// The key from now on.
    pub new: MemberKey,
    /// By the old key.
    pub old_signature: Signature,
    /// By the new key: nobody can be handed a membership they did not take.
    pub new_signature: Signature,
}

impl KeyChange {
    /// Hands over from `old` to `new` in `network`.
    pub fn sign(network: &NetworkId, old: &SecretKey, new: &SecretKey) -> Self {
        let (old_key, new_key) = (old.member_key(), new.member_key());
        let parts = [
            &network.as_bytes()[..],
            old_key.as_bytes(),
            new_key.as_bytes(),
        ];
        Self {
            old: old_key,
            new: new_key,
            old_signature: old.sign(Domain::KeyChange, &parts),
            new_signature: new.sign(Domain::KeyChange, &parts),
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(self.old.as_bytes())
            .raw(self.new.as_bytes())
            .raw(&self.old_signature.0)
            .raw(&self.new_signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            old: MemberKey(reader.array()?),
            new: MemberKey(reader.array()?),
            old_signature: Signature(reader.array()?),
            new_signature: Signature(reader.array()?),
        })
    }

    pub(super) fn verify(&self, network: &NetworkId) -> Result<(), SignatureError> {
        let parts = [
            &network.as_bytes()[..],
            self.old.as_bytes(),
            self.new.as_bytes(),
        ];
        let (old, new) = (self.old.as_bytes(), self.new.as_bytes());
        verify(old, Domain::KeyChange, &parts, &self.old_signature)?;
        verify(new, Domain::KeyChange, &parts, &self.new_signature)
    }
}

/// First line of the file in which a person asks sponsors for a [`Recovery`]; its fields follow.
const RECOVERY_MAGIC: &[u8] = b"commune-recovery/1\n";

/// A sponsor confirms that a person who lost their key goes on under another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recovery {
    /// The key that is lost.
    pub old: MemberKey,
    /// The key from now on.
    pub new: MemberKey,
    /// By the new key: nobody can be handed a membership they did not take.
    pub signature: Signature,
}

impl Recovery {
    /// The owner of `new` asks to go on as `old` in `network`.
    pub fn sign(network: &NetworkId, old: MemberKey, new: &SecretKey) -> Self {
        let key = new.member_key();
        Self {
            old,
            new: key,
            signature: new.sign(
                Domain::Recovery,
                &[network.as_bytes(), old.as_bytes(), key.as_bytes()],
            ),
        }
    }

    /// The request as a file for the sponsors.
    pub fn to_file(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(RECOVERY_MAGIC);
        self.write(&mut out);
        out.finish()
    }

    /// Reads a request and checks that the owner of the new key made it for `network`.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is something else; a false signature is a form nobody writes.
    pub fn from_file(bytes: &[u8], network: &NetworkId) -> Result<Self, CodecError> {
        let fields = bytes.strip_prefix(RECOVERY_MAGIC);
        let mut reader = Reader::new(fields.ok_or(CodecError::NotCanonical("first line"))?);
        let fact = Self::read(&mut reader)?;
        reader.finish()?;
        fact.verify(network)
            .map_err(|_| CodecError::NotCanonical("signature"))?;
        Ok(fact)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(self.old.as_bytes())
            .raw(self.new.as_bytes())
            .raw(&self.signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            old: MemberKey(reader.array()?),
            new: MemberKey(reader.array()?),
            signature: Signature(reader.array()?),
        })
    }

    pub(super) fn verify(&self, network: &NetworkId) -> Result<(), SignatureError> {
        let (old, new) = (self.old.as_bytes(), self.new.as_bytes());
        let parts = [&network.as_bytes()[..], old, new];
        verify(new, Domain::Recovery, &parts, &self.signature)
    }
}

/// A key ends for ever. Made ahead, so that who lost the key can still end it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// The key.
    pub member: MemberKey,
    /// By the member key, over itself.
    pub signature: Signature,
}

impl Revocation {
    /// Ends the key `member`, in whatever network it is used.
    pub fn sign(member: &SecretKey) -> Self {
        let key = member.member_key();
        Self {
            member: key,
            signature: member.sign(Domain::Revocation, &[key.as_bytes()]),
        }
    }

    /// Checks the signature.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] if the owner of the key did not make it.
    pub fn verify(&self) -> Result<(), SignatureError> {
        let key = self.member.as_bytes();
        verify(key, Domain::Revocation, &[key], &self.signature)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(self.member.as_bytes()).raw(&self.signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            member: MemberKey(reader.array()?),
            signature: Signature(reader.array()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_for_recovery_is_for_one_network_and_nobody_changes_it() {
        let (network, new) = (NetworkId([7; 32]), SecretKey::from_seed(&[2; 32]));
        let fact = Recovery::sign(&network, MemberKey([5; 32]), &new);
        let file = fact.to_file();
        assert_eq!(Recovery::from_file(&file, &network), Ok(fact));
        assert!(Recovery::from_file(&file, &NetworkId([8; 32])).is_err());
        for len in 0..file.len() {
            assert!(Recovery::from_file(&file[..len], &network).is_err());
        }
        for bit in 0..file.len() * 8 {
            let mut changed = file.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(
                Recovery::from_file(&changed, &network).is_err(),
                "bit {bit}"
            );
        }
    }
}
