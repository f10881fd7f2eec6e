//! A sealed, authenticated channel over any stream, and the link on top of it.
//!
//! ```text
//! dialler                                   listener
//!    │ hint, e ────────────────────────────────► │   Noise XXpsk3, each message with its length before it
//!    │ ◄──────────────────────────── e, ee, s, es │
//!    │ s, se, psk ─────────────────────────────► │
//!    │ who ────────────────────────────────────► │   device key, signature of the handshake, tag
//!    │ ◄──────────────────────────────────── who │
//!    │ records of frames ◄────────────────────► │
//! ```
//!
//! The hint is 8 random bytes and the first 8 of a keyed hash of them, so that the listener knows which of
//! the network's accepted keys is meant. It proves nothing; a false one ends it.
//!
//! The static keys of Noise are drawn for each link and say nothing. Who a device is, is said in the first
//! record, sealed under keys into which the network's pre-shared key went: a stranger at either
//! end learns random bytes, one that listens later learns no more.
//!
//! Until then each message has one length, and nothing else is read: some 300 bytes in all, within [`OPENING_TIMEOUT`].

mod record;
#[cfg(test)]
mod tests;

use std::{io, time::Duration};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use snow::{Builder, HandshakeState, TransportState};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use zeroize::{Zeroize, Zeroizing};

use super::{
    advert::{TAG_LEN, Tag},
    radio::ByteStream,
};
use crate::link::{Link, PeerId};

/// Noise's name of the handshake.
const PATTERN: &str = "Noise_XXpsk3_25519_ChaChaPoly_BLAKE2s";

/// Bound to the handshake at both ends.
const PROLOGUE: &[u8] = b"commune/1";

/// What a device signs: this, which side it is, the hash of the handshake.
const CONTEXT: &[u8] = b"commune bluetooth device v1";

/// Random bytes, and a keyed hash of them.
const HINT_LEN: usize = 16;

/// Lengths of the three messages.
const MESSAGES: [usize; 3] = [HINT_LEN + 48, 96, 64];

/// Key, signature, tag.
const WHO_LEN: usize = 32 + 64 + TAG_LEN;

/// Of a sealed text over the text.
const SEAL_LEN: usize = 16;

/// All until both sides know each other.
const OPENING_TIMEOUT: Duration = Duration::from_secs(5);

/// What a device needs to open channels.
pub(super) struct ChannelKeys {
    /// The network's pre-shared keys, the present one first.
    psks: Vec<[u8; 32]>,
    device: SigningKey,
}

impl ChannelKeys {
    pub(super) fn new(psks: &[[u8; 32]], device: &[u8; 32]) -> Self {
        Self {
            psks: psks.to_vec(),
            device: SigningKey::from_bytes(device),
        }
    }

    fn who(&self, dialled: bool, hash: &[u8; 32], tag: &Tag) -> Vec<u8> {
        let key = self.device.verifying_key();
        let signature = self.device.sign(&signed(dialled, hash));
        [&key.to_bytes()[..], &signature.to_bytes(), &tag[..]].concat()
    }
}

impl Drop for ChannelKeys {
    fn drop(&mut self) {
        self.psks.zeroize();
    }
}

/// Which side this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    /// Dialled, with the pre-shared key of that place: the neighbour advertised by it.
    Dialler(usize),
    /// Was dialled.
    Listener,
}

/// Why no channel came about.
#[derive(Debug, Error)]
pub(super) enum ChannelError {
    /// The stream ended or failed.
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    /// It took too long.
    #[error("no handshake within {} s", OPENING_TIMEOUT.as_secs())]
    Timeout,
    /// Another length than this message has.
    #[error("a message of the handshake has {0} bytes")]
    Length(usize),
    /// The other side does not know the network's key, or bytes were changed.
    #[error("the other side is not of this network")]
    Stranger,
    /// The other side signed something else.
    #[error("the other side's signature is false")]
    Signature,
}

/// A link, and what the neighbour advertises at present, as it says.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) link: Link,
    pub(super) tag: Tag,
}

/// Opens a channel over `stream`. `own` is what this device advertises, `remote` where the other is.
pub(super) async fn open(
    stream: Box<dyn ByteStream>,
    side: Side,
    keys: &ChannelKeys,
    own: &Tag,
    remote: &str,
) -> Result<Opened, ChannelError> {
    match timeout(OPENING_TIMEOUT, shake(stream, side, keys, own, remote)).await {
        Ok(done) => done,
        Err(_) => Err(ChannelError::Timeout),
    }
}

async fn shake(
    mut stream: Box<dyn ByteStream>,
    side: Side,
    keys: &ChannelKeys,
    own: &Tag,
    remote: &str,
) -> Result<Opened, ChannelError> {
    let [first, second, third] = MESSAGES;
    let dialled = matches!(side, Side::Dialler(_));
    let noise = match side {
        Side::Dialler(which) => {
            let psk = keys.psks.get(which).ok_or(ChannelError::Stranger)?;
            let mut nonce = [0; 8];
            getrandom::fill(&mut nonce).map_err(io::Error::other)?;
            let hint = hint(psk, nonce);
            let mut noise = begin(true, psk, &hint)?;
            let e = write(&mut noise)?;
            say(&mut stream, &[&hint[..], &e].concat()).await?;
            read(&mut noise, &hear(&mut stream, second).await?)?;
            say(&mut stream, &write(&mut noise)?).await?;
            noise
        }
        Side::Listener => {
            let message = hear(&mut stream, first).await?;
            let (given, e) = message
                .split_first_chunk::<HINT_LEN>()
                .ok_or(ChannelError::Length(message.len()))?;
            let nonce = given.first_chunk().copied().unwrap_or_default();
            let is_meant = |psk: &&[u8; 32]| hint(psk, nonce) == *given;
            let psk = keys.psks.iter().find(is_meant);
            let psk = psk.ok_or(ChannelError::Stranger)?;
            let mut noise = begin(false, psk, given)?;
            read(&mut noise, e)?;
            say(&mut stream, &write(&mut noise)?).await?;
            read(&mut noise, &hear(&mut stream, third).await?)?;
            noise
        }
    };
    let hash = noise.get_handshake_hash().try_into();
    let hash = hash.map_err(|_| ChannelError::Stranger)?;
    let mut noise = noise.into_transport_mode().map_err(of_noise)?;
    let own = seal(&mut noise, &keys.who(dialled, &hash, own))?;
    // The dialler goes first, so that a listener answers only who proved the network's key.
    if dialled {
        say(&mut stream, &own).await?;
    }
    let text = hear(&mut stream, WHO_LEN.saturating_add(SEAL_LEN)).await?;
    let mut who = [0; WHO_LEN];
    noise
        .read_message(&text, &mut who)
        .map_err(|_| ChannelError::Stranger)?;
    let (peer, tag) = check(&who, !dialled, &hash)?;
    if !dialled {
        say(&mut stream, &own).await?;
    }
    let link = record::link(stream, noise, hash, peer, dialled, remote);
    Ok(Opened { link, tag })
}

/// Who the other side is, which `dialled` or not, if it signed this handshake.
fn check(
    who: &[u8; WHO_LEN],
    dialled: bool,
    hash: &[u8; 32],
) -> Result<(PeerId, Tag), ChannelError> {
    let parts = who.split_first_chunk::<32>().and_then(|(key, rest)| {
        let (signature, tag) = rest.split_first_chunk::<64>()?;
        Some((key, signature, Tag::try_from(tag).ok()?))
    });
    let (key, signature, tag) = parts.ok_or(ChannelError::Signature)?;
    let known = VerifyingKey::from_bytes(key).map_err(|_| ChannelError::Signature)?;
    known
        .verify_strict(&signed(dialled, hash), &Signature::from_bytes(signature))
        .map_err(|_| ChannelError::Signature)?;
    Ok((PeerId(*key), tag))
}

fn signed(dialled: bool, hash: &[u8; 32]) -> Vec<u8> {
    [CONTEXT, &[u8::from(dialled)], hash].concat()
}

/// Which pre-shared key is meant.
pub(super) fn hint(psk: &[u8; 32], nonce: [u8; 8]) -> [u8; HINT_LEN] {
    let key = Zeroizing::new(blake3::derive_key("commune bluetooth hint v1", psk));
    let mark = blake3::keyed_hash(&key, &nonce);
    let mut hint = [0; HINT_LEN];
    for (place, byte) in hint.iter_mut().zip(nonce.iter().chain(mark.as_bytes())) {
        *place = *byte;
    }
    hint
}

fn begin(
    dialled: bool,
    psk: &[u8; 32],
    hint: &[u8; HINT_LEN],
) -> Result<HandshakeState, ChannelError> {
    let pattern = PATTERN.parse().map_err(of_noise)?;
    let own = Builder::new(PATTERN.parse().map_err(of_noise)?)
        .generate_keypair()
        .map_err(of_noise)?;
    let own = Zeroizing::new(own.private);
    let prologue = [PROLOGUE, hint].concat();
    let builder = Builder::new(pattern)
        .prologue(&prologue)
        .and_then(|it| it.local_private_key(&own))
        .and_then(|it| it.psk(3, psk))
        .map_err(of_noise)?;
    match dialled {
        true => builder.build_initiator(),
        false => builder.build_responder(),
    }
    .map_err(of_noise)
}

fn write(noise: &mut HandshakeState) -> Result<Vec<u8>, ChannelError> {
    let mut message = vec![0; 256];
    let len = noise.write_message(&[], &mut message).map_err(of_noise)?;
    message.truncate(len);
    Ok(message)
}

fn read(noise: &mut HandshakeState, message: &[u8]) -> Result<(), ChannelError> {
    noise
        .read_message(message, &mut [0; 256])
        .map(drop)
        .map_err(of_noise)
}

fn seal(noise: &mut TransportState, text: &[u8]) -> Result<Vec<u8>, ChannelError> {
    let mut sealed = vec![0; text.len().saturating_add(SEAL_LEN)];
    let len = noise.write_message(text, &mut sealed).map_err(of_noise)?;
    sealed.truncate(len);
    Ok(sealed)
}

/// Sends a message with its length before it.
async fn say(stream: &mut Box<dyn ByteStream>, message: &[u8]) -> Result<(), ChannelError> {
    let len = u16::try_from(message.len()).unwrap_or(u16::MAX);
    let framed = [&len.to_be_bytes()[..], message].concat();
    stream.write_all(&framed).await?;
    Ok(stream.flush().await?)
}

/// Takes a message of exactly `expected` bytes.
async fn hear(stream: &mut Box<dyn ByteStream>, expected: usize) -> Result<Vec<u8>, ChannelError> {
    let len = usize::from(stream.read_u16().await?);
    if len != expected {
        return Err(ChannelError::Length(len));
    }
    let mut message = vec![0; expected];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// Noise says why; whoever sent such bytes gets no more than that.
fn of_noise(_: snow::Error) -> ChannelError {
    ChannelError::Stranger
}
