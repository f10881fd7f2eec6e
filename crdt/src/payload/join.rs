//! Asking to become a member.

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::BlobRef,
    hash::{BlobHash, NetworkId},
    keys::{
        DeviceKey, Domain, ExchangeKey, ML_KEM_KEY_LEN, MemberKey, SecretKey, Signature,
        SignatureError, verify,
    },
    merkle,
};

/// Longest name of a member, in bytes of UTF-8.
pub const MAX_NAME_LEN: usize = 64;

/// A person asks to become a member; the first entry of their first device.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Join {
    /// The person's key for life.
    pub member: MemberKey,
    /// Name shown to others, at most [`MAX_NAME_LEN`] bytes.
    pub name: String,
    /// Hash of the charter text that they adhere to.
    pub charter: BlobHash,
    /// Where to seal what only they may read.
    pub exchange: ExchangeKey,
    /// Hash of their ML-KEM-768 key, whose 1,184 bytes are detached. Zeros for an imported member.
    pub ml_kem: BlobHash,
    /// Place in the imported list of the genesis.
    pub imported: Option<Imported>,
    /// By the member key.
    pub signature: Signature,
}

/// Proof that somebody is in the list that a genesis imported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imported {
    /// Place in the list.
    pub index: u32,
    /// Member at the time of the import; otherwise lapsed.
    pub was_member: bool,
    /// From the leaf to the root in the genesis.
    pub proof: Vec<merkle::TreeHash>,
}

impl Join {
    /// Signs `self` anew as the owner of `member`, for `device` in `network`.
    #[must_use]
    pub fn sign(mut self, network: &NetworkId, device: &DeviceKey, member: &SecretKey) -> Self {
        self.member = member.member_key();
        self.signature = member.sign(
            Domain::Join,
            &[network.as_bytes(), device.as_bytes(), &self.fields()],
        );
        self
    }

    /// The ML-KEM-768 key, detached.
    pub fn ml_kem_blob(&self) -> BlobRef {
        BlobRef {
            hash: self.ml_kem,
            len: u32::try_from(ML_KEM_KEY_LEN).unwrap_or(u32::MAX),
        }
    }

    /// Whether the genesis that imported `size` people under `root` lists this one, with `device`.
    pub fn is_imported(&self, root: &merkle::TreeHash, size: u32, device: &DeviceKey) -> bool {
        self.imported.as_ref().is_some_and(|it| {
            let leaf = import_leaf(it.index, &self.member, device, it.was_member);
            merkle::proves(root, size.into(), it.index.into(), &leaf, &it.proof)
        })
    }

    fn fields(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(self.member.as_bytes())
            .short_bytes(self.name.as_bytes())
            .raw(self.charter.as_bytes())
            .raw(self.exchange.as_bytes())
            .raw(self.ml_kem.as_bytes())
            .flag(self.imported.is_some());
        if let Some(imported) = &self.imported {
            out.u32(imported.index)
                .flag(imported.was_member)
                .u8(u8::try_from(imported.proof.len()).unwrap_or(u8::MAX));
            for hash in &imported.proof {
                out.raw(hash);
            }
        }
        out.finish()
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(&self.fields()).raw(&self.signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let member = MemberKey(reader.array()?);
        let name = read_name(reader)?;
        let charter = BlobHash(reader.array()?);
        let exchange = ExchangeKey(reader.array()?);
        let ml_kem = BlobHash(reader.array()?);
        let imported = if reader.flag()? {
            let index = reader.u32()?;
            let was_member = reader.flag()?;
            let count =
                super::read_count(reader, "length of the import proof", merkle::MAX_PROOF_LEN)?;
            let proof = (0..count)
                .map(|_| reader.array())
                .collect::<Result<_, _>>()?;
            Some(Imported {
                index,
                was_member,
                proof,
            })
        } else {
            None
        };
        Ok(Self {
            member,
            name,
            charter,
            exchange,
            ml_kem,
            imported,
            signature: Signature(reader.array()?),
        })
    }

    pub(super) fn verify(
        &self,
        network: &NetworkId,
        author: &DeviceKey,
    ) -> Result<(), SignatureError> {
        verify(
            self.member.as_bytes(),
            Domain::Join,
            &[network.as_bytes(), author.as_bytes(), &self.fields()],
            &self.signature,
        )
    }
}

/// Leaf of the imported list: who, with which device, and whether a member then.
pub fn import_leaf(
    index: u32,
    member: &MemberKey,
    device: &DeviceKey,
    was_member: bool,
) -> merkle::TreeHash {
    let mut leaf = Writer::new();
    leaf.u32(index)
        .raw(member.as_bytes())
        .raw(device.as_bytes())
        .flag(was_member);
    merkle::leaf_hash(leaf.as_bytes())
}

/// A name that is shown to people: one line that is not blank.
pub(crate) fn read_name(reader: &mut Reader<'_>) -> Result<String, CodecError> {
    let name = reader.text("name", MAX_NAME_LEN)?;
    if name.trim().is_empty() || name.contains('\n') {
        return Err(CodecError::NotText("name"));
    }
    Ok(name)
}
