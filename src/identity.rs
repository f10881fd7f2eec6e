//! Who a device speaks for: the vault opened for a command, and the card that others get.

use std::path::Path;

use commune_crdt::{
    genesis::{Card, MAX_GENESIS_LEN},
    keys::SecretKey,
    payload::{Device as DeviceFact, MemberFact},
    time::ClaimedMinutes,
};
use zeroize::Zeroizing;

use crate::{
    cli::Context,
    device::Device,
    failure::{Exit, Failure},
    founding,
    vault::{
        Vault, VaultError, file,
        folder::{self, FolderError},
        seal::SealError,
        signer::SignerKeys,
        words::{Words, WordsError},
    },
};

/// Opens the vault of the data folder of `ctx`. Asks for the passphrase only where it needs one.
///
/// # Errors
///
/// When there is none, it is damaged, or the passphrase is not the right one.
pub fn open(ctx: &mut Context) -> Result<Vault, Failure> {
    let dir = ctx.data_dir()?.to_owned();
    settled(&dir, Vault::open(&dir, || ctx.passphrase())?)
}

/// Opens the vault as it lies on the disk, to be sealed anew under the passphrase that comes with it.
///
/// # Errors
///
/// As [`open`].
pub(crate) fn open_with_passphrase(
    ctx: &mut Context,
) -> Result<(Vault, Option<Zeroizing<String>>), Failure> {
    let closed = Vault::read(ctx.data_dir()?)?;
    let passphrase = match closed.needs_passphrase() {
        true => Some(ctx.passphrase()?),
        false => None,
    };
    let vault = closed.open(passphrase.as_ref().map(|it| it.as_str()))?;
    Ok((vault, passphrase))
}

/// `vault` with the key that is in force, where a change of key was interrupted: the entries say.
///
/// # Errors
///
/// When the device cannot be opened.
pub(crate) fn settled(dir: &Path, vault: Vault) -> Result<Vault, Failure> {
    if vault.next_key().is_none() || !dir.join(folder::GENESIS).exists() {
        return Ok(vault);
    }
    Ok(Device::open(dir, vault)?.vault().clone())
}

/// The member's secret key, on a device that holds it.
///
/// # Errors
///
/// When this device was added without it.
pub fn member(vault: &Vault) -> Result<SecretKey, Failure> {
    vault
        .member()
        .ok_or_else(|| Failure::new(Exit::Failed, "identity.no_member_key"))
}

/// What others need to name this member in a genesis or to vouch for them.
///
/// # Errors
///
/// When this device does not hold the member key, or its signer file does not open.
pub fn card(dir: &Path, vault: &Vault) -> Result<Card, Failure> {
    // Said in its own words before the signer file is looked at.
    member(vault)?;
    let signer = SignerKeys::read(dir, vault.store_key.bytes())?;
    founding::card(vault, &signer)
        .map_err(|cause| Failure::new(Exit::Failed, "identity.card").because(&cause))
}

/// The genesis file of a data folder, network secret and all, if it has joined a network.
///
/// # Errors
///
/// When there is one and it cannot be read.
pub(crate) fn genesis(dir: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let path = dir.join(folder::GENESIS);
    match file::read(&path, MAX_GENESIS_LEN) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Failure::reading(&path, &cause)),
    }
}

/// Starts the log of a further device in the network of its folder: with whose it is.
///
/// # Errors
///
/// When the folder cannot be opened or written.
pub(crate) fn introduce(dir: &Path, vault: &Vault, claimed: ClaimedMinutes) -> Result<(), Failure> {
    let fact = MemberFact::Device(DeviceFact {
        member: vault.member_key,
        label: vault.label.clone(),
        certificate: vault.certificate,
    });
    Device::open(dir, vault.clone())?.state(&fact, claimed)?;
    Ok(())
}

/// Reads 24 words; a failure says which word to look at.
///
/// # Errors
///
/// When they are not the words of a key.
pub(crate) fn words(ctx: &Context, text: &str) -> Result<Words, Failure> {
    Words::parse(text, ctx.lang()).map_err(|error| match error {
        WordsError::Count(found) => Failure::new(Exit::Damaged, "words.count").with("found", found),
        WordsError::Unknown { number, word, near } => {
            let failure = if near.is_empty() {
                Failure::new(Exit::Damaged, "words.unknown")
            } else {
                Failure::new(Exit::Damaged, "words.unlike").with("near", near.join(", "))
            };
            failure.with("number", number).with("word", word)
        }
        WordsError::Checksum => Failure::new(Exit::Damaged, "words.checksum"),
    })
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Absent(dir) => Self::new(Exit::NotFound, "vault.absent").with("dir", &dir),
            VaultError::Waiting(dir) => Self::new(Exit::Failed, "vault.waiting").with("dir", &dir),
            VaultError::NotWaiting(dir) => {
                Self::new(Exit::NotFound, "pairing.not_waiting").with("dir", &dir)
            }
            VaultError::Name(name) => Self::new(Exit::Usage, "vault.name").with("name", name),
            VaultError::Label(label) => Self::new(Exit::Usage, "vault.label").with("label", label),
            VaultError::Seal { path, source } => own_file(&path, &source),
            VaultError::Read { path, source } => Self::reading(&path, &source),
            VaultError::Write { path, source } => Self::writing(&path, &source),
            VaultError::Folder(error) => error.into(),
            VaultError::Random(error) => Self::new(Exit::Failed, "vault.random").because(&error),
        }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Taken(dir) => Self::new(Exit::Failed, "folder.taken").with("dir", &dir),
            FolderError::Waiting(dir) => Self::new(Exit::Failed, "vault.waiting").with("dir", &dir),
            FolderError::NotEmpty(dir) => {
                Self::new(Exit::Failed, "folder.not_empty").with("dir", &dir)
            }
            FolderError::Busy(dir) => Self::new(Exit::Store, "folder.busy").with("dir", &dir),
            FolderError::Io { path, source } => Self::writing(&path, &source),
        }
    }
}

/// A sealed file of the data folder that does not open.
fn own_file(path: &Path, error: &SealError) -> Failure {
    match error {
        SealError::Version(_) => Failure::new(Exit::Store, "vault.newer"),
        SealError::Passphrase | SealError::Memory | SealError::Random(_) => locked(error),
        _ => Failure::new(Exit::Store, "vault.damaged"),
    }
    .with("path", path)
}

/// A sealed file that was given to a command and does not open.
pub(crate) fn given_file(path: &Path, error: &SealError) -> Failure {
    match error {
        SealError::Version(_) => Failure::new(Exit::Damaged, "sealed.newer"),
        SealError::Passphrase | SealError::Memory | SealError::Random(_) => locked(error),
        _ => Failure::new(Exit::Damaged, "sealed.damaged"),
    }
    .with("path", path)
}

/// A sealed file that is whole.
fn locked(error: &SealError) -> Failure {
    match error {
        SealError::Memory => Failure::new(Exit::Failed, "vault.memory"),
        SealError::Random(_) => Failure::new(Exit::Failed, "vault.random").because(error),
        _ => Failure::new(Exit::Failed, "vault.passphrase"),
    }
}
