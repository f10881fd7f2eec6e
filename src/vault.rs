//! What a device keeps secret: the keys of its member and its own, the key of its store.
//!
//! ```text
//! 24 words ⇄ member seed ──► member key ──certifies──► device key      DIR/vault, DIR/signer
//!                  └──► sealing keys                    store key ──► store, DIR/signer
//! ```
//!
//! A vault exists before any network does. [`Vault::generate`] makes one, [`NewIdentity`] puts it into
//! a new data folder with everything that belongs to it, [`Vault::read`] finds it again.
//!
//! | bytes | field of the content that `DIR/vault` [seals](seal) |
//! |------:|-------|
//! |    32 | member key |
//! |  2 + n | name, at most 64 bytes |
//! |     4 | minute of creation |
//! |  2 + n | label of the device, at most 32 bytes |
//! |    32 | seed of the device key |
//! |    64 | the member's certificate of the device key |
//! |    32 | store key |
//! |    32 | seed of the sealing keys |
//! | 1 (+ 32) | whether the member seed is here; the member seed |
//! | 0 or 32 | seed of the key that is to [follow](rotation), while it is being changed |

use std::{
    io,
    path::{Path, PathBuf},
};

use commune_crdt::{
    codec::{CodecError, Reader, Writer, is_clean},
    keys::{MemberKey, SealingKeys, SecretKey, Signature},
    payload::{MAX_LABEL_LEN, MAX_NAME_LEN, certify_device, verify_device},
    time::ClaimedMinutes,
};
use thiserror::Error;
use zeroize::Zeroizing;

pub mod backup;
pub mod exchange;
pub mod file;
pub mod folder;
pub mod meetup;
pub mod pairing;
pub mod prepared;
pub mod random;
pub mod revocation;
pub mod rotation;
pub mod seal;
mod sealed;
pub mod signer;
pub mod trustee;
pub mod words;

use self::{
    folder::{FolderError, NewFolder, VAULT},
    pairing::Waiting,
    random::RandomError,
    seal::{Magic, SealError, Sealed, Under},
    signer::SignerKeys,
};

const MAGIC: Magic = *b"cmnvault";

/// The longest vault that is read, in bytes.
const MAX_LEN: usize = 4 * 1024;

const NAME: &str = "name";
const LABEL: &str = "label of the device";

/// A member seed: 32 bytes, or 24 words.
pub type Seed = Zeroizing<[u8; 32]>;

/// The secrets of one device, opened.
#[derive(Clone, Debug)]
pub struct Vault {
    /// Name of the member, as others see it.
    pub name: String,
    /// Name of the device for its owner, may be empty.
    pub label: String,
    /// The member's key for life.
    pub member_key: MemberKey,
    /// Writes the logs of this device.
    pub device: SecretKey,
    /// The member's certificate of the device key.
    pub certificate: Signature,
    /// Seals what the store keeps.
    pub store_key: Secret,
    /// Open what others seal to the member; on a device without the member seed, to this device.
    pub sealing: SealingKeys,
    /// When it was made, by this device's clock.
    pub created: ClaimedMinutes,
    member: Option<Secret>,
    /// Seed of the key that is to follow.
    next: Option<Secret>,
}

/// 32 secret bytes that are erased when dropped and never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<Zeroizing<[u8; 32]>> for Secret {
    fn from(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Vault {
    /// Makes the keys of a new device for the member of `seed`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the name cannot be one, or the system has no randomness.
    pub fn generate(name: &str, seed: &Seed, now: ClaimedMinutes) -> Result<Self, VaultError> {
        let name = checked_name(name)?;
        let member = SecretKey::from_seed(seed);
        let device = SecretKey::from_seed(&*random::secret()?);
        Ok(Self {
            name,
            label: String::new(),
            member_key: member.member_key(),
            certificate: certify_device(&member, &device.device_key()),
            device,
            store_key: random::secret()?.into(),
            sealing: SealingKeys::of_member(seed),
            created: now,
            member: Some(seed.clone().into()),
            next: None,
        })
    }

    /// Reads the vault of the data folder `dir`, still closed.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if there is none, or it is damaged.
    pub fn read(dir: &Path) -> Result<Closed, VaultError> {
        let path = dir.join(VAULT);
        match file::read(&path, MAX_LEN) {
            Ok(bytes) => {
                let needs_passphrase = Sealed::decode(&MAGIC, &bytes)
                    .map_err(|source| VaultError::Seal {
                        path: path.clone(),
                        source,
                    })?
                    .needs_passphrase();
                Ok(Closed {
                    path,
                    bytes,
                    needs_passphrase,
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(if dir.join(folder::PAIRING).exists() {
                    VaultError::Waiting(dir.to_owned())
                } else {
                    VaultError::Absent(dir.to_owned())
                })
            }
            Err(source) => Err(VaultError::read(&path, source)),
        }
    }

    /// Opens the vault of `dir`, asking for the passphrase only where one is needed.
    ///
    /// # Errors
    ///
    /// What [`Self::read`] and [`Closed::open`] say, and what `ask` does.
    pub fn open<E: From<VaultError>>(
        dir: &Path,
        ask: impl FnOnce() -> Result<Zeroizing<String>, E>,
    ) -> Result<Self, E> {
        let closed = Self::read(dir)?;
        let passphrase = if closed.needs_passphrase() {
            Some(ask()?)
        } else {
            None
        };
        Ok(closed.open(passphrase.as_ref().map(|it| it.as_str()))?)
    }

    /// Seals the vault anew in its folder, under another passphrase or none.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses; the old vault stands then.
    pub fn reseal(&self, dir: &Path, under: Under<'_>) -> Result<(), VaultError> {
        let path = dir.join(VAULT);
        let bytes = self.seal(&path, under)?;
        file::replace(&path, &bytes).map_err(|source| VaultError::Write { path, source })
    }

    /// The member seed, on a device that holds it.
    pub fn member_seed(&self) -> Option<&[u8; 32]> {
        self.member.as_ref().map(Secret::bytes)
    }

    /// The member's secret key, on a device that holds it.
    pub fn member(&self) -> Option<SecretKey> {
        self.member_seed().map(SecretKey::from_seed)
    }

    fn seal(&self, path: &Path, under: Under<'_>) -> Result<Vec<u8>, VaultError> {
        seal::seal(&MAGIC, under, &self.encode()).map_err(|source| VaultError::Seal {
            path: path.to_owned(),
            source,
        })
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it, so that no copy stays behind where the memory grew.
        let mut out = Writer::with_capacity(MAX_LEN);
        out.raw(self.member_key.as_bytes())
            .short_bytes(self.name.as_bytes())
            .u32(self.created.0)
            .short_bytes(self.label.as_bytes())
            .raw(Zeroizing::new(self.device.seed()).as_ref())
            .raw(&self.certificate.0)
            .raw(self.store_key.bytes())
            .raw(self.sealing.seed())
            .flag(self.member.is_some());
        for seed in [&self.member, &self.next].into_iter().flatten() {
            out.raw(seed.bytes());
        }
        Zeroizing::new(out.finish())
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(content);
        let mut vault = Self {
            member_key: MemberKey(reader.array()?),
            name: reader.text(NAME, MAX_NAME_LEN)?,
            created: ClaimedMinutes(reader.u32()?),
            label: reader.text(LABEL, MAX_LABEL_LEN)?,
            device: SecretKey::from_seed(&Zeroizing::new(reader.array()?)),
            certificate: Signature(reader.array()?),
            store_key: Zeroizing::new(reader.array()?).into(),
            sealing: SealingKeys::from_seed(reader.array()?),
            member: match reader.flag()? {
                true => Some(Zeroizing::new(reader.array()?).into()),
                false => None,
            },
            next: None,
        };
        if vault.member.is_some() && !reader.is_empty() {
            vault.next = Some(Zeroizing::new(reader.array()?).into());
        }
        reader.finish()?;
        if vault
            .member()
            .is_some_and(|it| it.member_key() != vault.member_key)
        {
            return Err(CodecError::NotCanonical("member seed"));
        }
        verify_device(
            &vault.member_key,
            &vault.device.device_key(),
            &vault.certificate,
        )
        .map_err(|_| CodecError::NotCanonical("certificate of the device"))?;
        Ok(vault)
    }
}

/// A vault that is read and whole, and not opened yet.
#[derive(Debug)]
pub struct Closed {
    path: PathBuf,
    bytes: Vec<u8>,
    needs_passphrase: bool,
}

impl Closed {
    /// Whether a passphrase opens it; otherwise its key stands in it.
    pub const fn needs_passphrase(&self) -> bool {
        self.needs_passphrase
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the passphrase is missing or not the right one.
    pub fn open(&self, passphrase: Option<&str>) -> Result<Vault, VaultError> {
        Sealed::decode(&MAGIC, &self.bytes)
            .and_then(|sealed| sealed.open(passphrase))
            .and_then(|content| Vault::decode(&content).map_err(SealError::Format))
            .map_err(|source| VaultError::Seal {
                path: self.path.clone(),
                source,
            })
    }
}

/// Makes the data folder `dir` of a device that waits for its member.
///
/// # Errors
///
/// [`VaultError`] if something is there already, or the disk refuses; nothing is left then.
pub fn create_waiting(dir: &Path, waiting: &Waiting, under: Under<'_>) -> Result<(), VaultError> {
    let folder = NewFolder::begin(dir)?;
    let path = folder.path().join(folder::PAIRING);
    let bytes = waiting.seal(under).map_err(|source| VaultError::Seal {
        path: path.clone(),
        source,
    })?;
    file::create(&path, &bytes).map_err(|source| VaultError::Write { path, source })?;
    Ok(folder.finish()?)
}

/// Opens the keys of a device that waits for its member, asking for the passphrase only where one is
/// needed; it comes back too.
///
/// # Errors
///
/// [`VaultError`] if there are none, they are damaged, or the passphrase is not the right one; and
/// what `ask` says.
pub fn open_waiting<E: From<VaultError>>(
    dir: &Path,
    ask: impl FnOnce() -> Result<Zeroizing<String>, E>,
) -> Result<(Waiting, Option<Zeroizing<String>>), E> {
    let path = dir.join(folder::PAIRING);
    let bytes = match file::read(&path, MAX_LEN) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(VaultError::NotWaiting(dir.to_owned()).into());
        }
        read => read.map_err(|source| VaultError::read(&path, source))?,
    };
    let failed = |source| VaultError::Seal {
        path: path.clone(),
        source,
    };
    let sealed = Waiting::read(&bytes).map_err(failed)?;
    let passphrase = if sealed.needs_passphrase() {
        Some(ask()?)
    } else {
        None
    };
    let waiting =
        Waiting::open(&sealed, passphrase.as_ref().map(|it| it.as_str())).map_err(failed)?;
    Ok((waiting, passphrase))
}

/// Everything that a new data folder holds.
#[derive(Debug)]
pub struct NewIdentity<'a> {
    /// The keys.
    pub vault: &'a Vault,
    /// Under what they are sealed.
    pub under: Under<'a>,
    /// The network, where it is known already: the bytes of its genesis file.
    pub genesis: Option<&'a [u8]>,
    /// What the revocation file tells its reader, in plain words.
    pub about_revocation: &'a str,
}

impl NewIdentity<'_> {
    /// Makes the data folder `dir`: a crash at any moment leaves all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if something is there already, or the disk refuses; nothing is left then.
    pub fn create(&self, dir: &Path) -> Result<(), VaultError> {
        let folder = NewFolder::begin(dir)?;
        self.fill(folder.path())?;
        Ok(folder.finish()?)
    }

    /// Makes the data folder of a device that waited for its member into a whole one. A crash at any
    /// moment leaves it waiting or whole.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses; it waits on then.
    pub fn create_from_waiting(&self, dir: &Path) -> Result<(), VaultError> {
        let _held = folder::hold(dir)?;
        let erase = |name: &str| {
            let path = dir.join(name);
            file::erase(&path).map_err(|source| VaultError::Write { path, source })
        };
        if dir.join(VAULT).exists() {
            return Err(FolderError::Taken(dir.to_owned()).into());
        }
        for leftover in [folder::SIGNER, folder::REVOCATION, folder::GENESIS] {
            erase(leftover)?;
        }
        self.fill(dir)?;
        erase(folder::PAIRING)
    }

    /// Writes the files into the folder `dir`, `vault` last.
    fn fill(&self, dir: &Path) -> Result<(), VaultError> {
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            file::create(&path, bytes).map_err(|source| VaultError::Write { path, source })
        };
        SignerKeys::generate()?.write(dir, self.vault.store_key.bytes())?;
        if let Some(member) = self.vault.member() {
            let text = revocation::write(&member, &self.vault.name, self.about_revocation);
            write(folder::REVOCATION, text.as_bytes())?;
        }
        if let Some(genesis) = self.genesis {
            write(folder::GENESIS, genesis)?;
        }
        write(VAULT, &self.vault.seal(&dir.join(VAULT), self.under)?)
    }
}

/// A name as others may see it: one line of clean text, not empty, not too long.
///
/// # Errors
///
/// [`VaultError::Name`] if it cannot be one.
pub fn checked_name(name: &str) -> Result<String, VaultError> {
    let name = name.trim();
    if name.is_empty() || name.len() > MAX_NAME_LEN || name.contains('\n') || !is_clean(name) {
        return Err(VaultError::Name(name.to_owned()));
    }
    Ok(name.to_owned())
}

/// A label of a device: as a name, but shorter, and it may be empty.
///
/// # Errors
///
/// [`VaultError::Label`] if it cannot be one.
pub fn checked_label(label: &str) -> Result<String, VaultError> {
    let label = label.trim();
    if label.len() > MAX_LABEL_LEN || label.contains('\n') || !is_clean(label) {
        return Err(VaultError::Label(label.to_owned()));
    }
    Ok(label.to_owned())
}

/// Why the secrets cannot be made, read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is no vault.
    #[error("there is no identity in {}", .0.display())]
    Absent(PathBuf),
    /// There is only a device that waits for its member.
    #[error("{} waits for the answer of another device", .0.display())]
    Waiting(PathBuf),
    /// There is no device that waits for its member.
    #[error("no device waits in {}", .0.display())]
    NotWaiting(PathBuf),
    /// A name that is none.
    #[error("a name is one line of at most {MAX_NAME_LEN} bytes")]
    Name(String),
    /// A label that is none.
    #[error("a label is one line of at most {MAX_LABEL_LEN} bytes")]
    Label(String),
    /// The file is not sealed, is damaged, or does not open.
    #[error("cannot open {}", path.display())]
    Seal {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SealError,
    },
    /// The disk does not give a file.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk does not take a file.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder cannot be made.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl VaultError {
    fn read(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        // Longer than any such file, or none: it is not what it was.
        if matches!(
            source.kind(),
            io::ErrorKind::FileTooLarge | io::ErrorKind::InvalidInput
        ) {
            return Self::Seal {
                path,
                source: SealError::Damaged,
            };
        }
        Self::Read { path, source }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::vault::seal::Cost;

    #[test]
    fn a_vault_comes_back_from_its_folder() {
        for under in [
            Under::Nothing,
            Under::Passphrase("correct horse", Cost::CHEAP),
        ] {
            let parent = tempfile::tempdir().unwrap();
            let dir = parent.path().join("data");
            let vault = zoe();
            new(&vault, under).create(&dir).unwrap();
            let closed = Vault::read(&dir).unwrap();
            assert_eq!(
                closed.needs_passphrase(),
                matches!(under, Under::Passphrase(..))
            );
            let read = closed.open(Some("correct horse")).unwrap();
            assert_eq!(read.encode(), vault.encode());
            SignerKeys::read(&dir, read.store_key.bytes()).unwrap();
            assert!(dir.join(folder::REVOCATION).exists());
            assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn resealing_changes_the_passphrase_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("data");
        let vault = zoe();
        new(&vault, Under::Nothing).create(&dir).unwrap();
        vault
            .reseal(&dir, Under::Passphrase("new", Cost::CHEAP))
            .unwrap();
        let closed = Vault::read(&dir).unwrap();
        assert!(closed.open(None).is_err());
        assert_eq!(closed.open(Some("new")).unwrap().encode(), vault.encode());
    }

    #[test]
    fn a_folder_with_an_identity_is_never_taken_again() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("data");
        let vault = zoe();
        new(&vault, Under::Nothing).create(&dir).unwrap();
        let error = new(&zoe(), Under::Nothing).create(&dir).unwrap_err();
        assert!(
            matches!(error, VaultError::Folder(FolderError::Taken(_))),
            "{error}"
        );
        assert_eq!(
            Vault::read(&dir).unwrap().open(None).unwrap().encode(),
            vault.encode()
        );
        SignerKeys::read(&dir, vault.store_key.bytes()).unwrap();
    }

    #[test]
    fn an_empty_folder_is_filled_and_one_with_other_files_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("data");
        fs::create_dir(&dir).unwrap();
        new(&zoe(), Under::Nothing).create(&dir).unwrap();
        Vault::read(&dir).unwrap().open(None).unwrap();
        let mut names: Vec<_> = fs::read_dir(&dir)
            .unwrap()
            .map(|it| it.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["lock", "revocation.txt", "signer", "vault"]);

        let dir = parent.path().join("photos");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("beach.jpg"), b"x").unwrap();
        let error = new(&zoe(), Under::Nothing).create(&dir).unwrap_err();
        assert!(
            matches!(error, VaultError::Folder(FolderError::NotEmpty(_))),
            "{error}"
        );
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    }

    #[test]
    fn what_an_interrupted_start_left_is_cleared() {
        for inside in [false, true] {
            let parent = tempfile::tempdir().unwrap();
            let dir = parent.path().join("data");
            if inside {
                fs::create_dir(&dir).unwrap();
                fs::write(dir.join("signer"), b"old").unwrap();
            }
            let folder = NewFolder::begin(&dir).unwrap();
            new(&zoe(), Under::Nothing).fill(folder.path()).unwrap();
            std::mem::forget(folder);
            assert!(matches!(Vault::read(&dir), Err(VaultError::Absent(_))));
            // The forgotten lock of the "killed" process is still held by this one.
            let error = new(&zoe(), Under::Nothing).create(&dir).unwrap_err();
            assert!(
                matches!(error, VaultError::Folder(FolderError::Busy(_))),
                "{error}"
            );
            let aside = if inside {
                dir.join(".init")
            } else {
                parent.path().join(".data.init")
            };
            let lock = if inside {
                dir.join("lock")
            } else {
                aside.join("lock")
            };
            fs::remove_file(lock).unwrap();
            let vault = zoe();
            new(&vault, Under::Nothing).create(&dir).unwrap();
            assert!(!aside.exists());
            SignerKeys::read(&dir, vault.store_key.bytes()).unwrap();
        }
    }

    #[test]
    fn every_truncation_of_the_content_is_an_error() {
        let content = zoe().encode();
        for len in 0..content.len() {
            assert!(Vault::decode(&content[..len]).is_err(), "{len}");
        }
        let vault = Vault::decode(&content).unwrap();
        assert_eq!(vault.encode(), content);
    }

    #[test]
    fn a_vault_of_foreign_keys_is_refused() {
        let mut vault = zoe();
        vault.device = SecretKey::from_seed(&[9; 32]);
        assert!(Vault::decode(&vault.encode()).is_err());
        let mut vault = zoe();
        vault.member = Some(Zeroizing::new([9; 32]).into());
        assert!(Vault::decode(&vault.encode()).is_err());
    }

    #[test]
    fn a_name_is_one_clean_line() {
        assert_eq!(checked_name("  Zoé ").unwrap(), "Zoé");
        for wrong in ["", " ", "a\nb", "a\u{1b}[2J", &"é".repeat(33)] {
            assert!(checked_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let vault = zoe();
        let shown = format!("{vault:?}");
        for secret in [vault.member_seed().unwrap(), vault.store_key.bytes()] {
            assert!(!shown.contains(&format!("{:?}", secret)[1..20]), "{shown}");
        }
    }

    fn zoe() -> Vault {
        Vault::generate(
            "Zoé",
            &random::secret().unwrap(),
            ClaimedMinutes(29_400_000),
        )
        .unwrap()
    }

    const fn new<'a>(vault: &'a Vault, under: Under<'a>) -> NewIdentity<'a> {
        NewIdentity {
            vault,
            under,
            genesis: None,
            about_revocation: "ends the key",
        }
    }
}
