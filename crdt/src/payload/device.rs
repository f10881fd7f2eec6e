//! A member's devices: added, and ended.

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{LogId, Stream, Tag},
    hash::{EntryId, NetworkId},
    keys::{DeviceKey, Domain, MemberKey, SecretKey, Signature, SignatureError, verify},
};

/// Longest label of a device, in bytes of UTF-8.
pub const MAX_LABEL_LEN: usize = 32;

/// Most logs whose last good entry a device revocation names: one a stream.
pub const MAX_HEADS: usize = 8;

/// A member adds the device that writes this; the first entry of a further device.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Device {
    /// Whose device it is.
    pub member: MemberKey,
    /// Name of the device for its owner, at most [`MAX_LABEL_LEN`] bytes.
    pub label: String,
    /// The member's [certificate](certify_device) of the author's key.
    pub certificate: Signature,
}

/// The member's statement that `device` is theirs. It holds in every network.
pub fn certify_device(member: &SecretKey, device: &DeviceKey) -> Signature {
    member.sign(Domain::DeviceCertificate, &[device.as_bytes()])
}

/// Checks a member's statement that `device` is theirs.
///
/// # Errors
///
/// [`SignatureError`] if the member did not make it.
pub fn verify_device(
    member: &MemberKey,
    device: &DeviceKey,
    certificate: &Signature,
) -> Result<(), SignatureError> {
    verify(
        member.as_bytes(),
        Domain::DeviceCertificate,
        &[device.as_bytes()],
        certificate,
    )
}

impl Device {
    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(self.member.as_bytes())
            .short_bytes(self.label.as_bytes())
            .raw(&self.certificate.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            member: MemberKey(reader.array()?),
            label: reader.text("label of the device", MAX_LABEL_LEN)?,
            certificate: Signature(reader.array()?),
        })
    }

    pub(super) fn verify(&self, author: &DeviceKey) -> Result<(), SignatureError> {
        verify_device(&self.member, author, &self.certificate)
    }
}

/// A member ends a device: what it wrote after the named heads has no effect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeviceRevocation {
    /// Whose device it was.
    pub member: MemberKey,
    /// The device.
    pub device: DeviceKey,
    /// Its last good entries, in ascending order of their logs; a log not named keeps nothing.
    pub heads: Vec<LastGood>,
    /// By the member key.
    pub signature: Signature,
}

/// The last good entry of one log of a revoked device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LastGood {
    /// Stream of the log.
    pub stream: Stream,
    /// Tag of the log.
    pub tag: Tag,
    /// Its last good place.
    pub seq: u32,
    /// The entry there.
    pub head: EntryId,
}

impl DeviceRevocation {
    /// Ends `device` after `heads`, as the owner of `member`.
    pub fn sign(
        network: &NetworkId,
        device: DeviceKey,
        heads: Vec<LastGood>,
        member: &SecretKey,
    ) -> Self {
        let mut fact = Self {
            member: member.member_key(),
            device,
            heads,
            signature: Signature([0; 64]),
        };
        fact.signature = member.sign(Domain::Revocation, &[network.as_bytes(), &fact.fields()]);
        fact
    }

    /// The log of `device` that `head` is about.
    pub fn log(&self, head: &LastGood) -> LogId {
        LogId {
            author: self.device,
            stream: head.stream,
            tag: head.tag,
        }
    }

    fn fields(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(self.member.as_bytes())
            .raw(self.device.as_bytes())
            .u8(u8::try_from(self.heads.len()).unwrap_or(u8::MAX));
        for head in &self.heads {
            out.u8(head.stream.number())
                .raw(&head.tag.0)
                .u32(head.seq)
                .raw(head.head.as_bytes());
        }
        out.finish()
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(&self.fields()).raw(&self.signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let member = MemberKey(reader.array()?);
        let device = DeviceKey(reader.array()?);
        let count = super::read_count(reader, "number of last good heads", MAX_HEADS)?;
        let heads = (0..count)
            .map(|_| LastGood::read(reader))
            .collect::<Result<Vec<_>, _>>()?;
        if !heads.is_sorted_by(|a, b| (a.stream, a.tag) < (b.stream, b.tag)) {
            return Err(CodecError::NotCanonical("list of last good heads"));
        }
        Ok(Self {
            member,
            device,
            heads,
            signature: Signature(reader.array()?),
        })
    }

    pub(super) fn verify(&self, network: &NetworkId) -> Result<(), SignatureError> {
        verify(
            self.member.as_bytes(),
            Domain::Revocation,
            &[network.as_bytes(), &self.fields()],
            &self.signature,
        )
    }
}

impl LastGood {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let number = reader.u8()?;
        Ok(Self {
            stream: Stream::from_number(number).ok_or_else(|| CodecError::Unknown {
                what: "stream",
                value: number.into(),
            })?,
            tag: Tag(reader.array()?),
            seq: reader.u32()?,
            head: EntryId(reader.array()?),
        })
    }
}
