//! Peers that this device remembers: where they were last, and which are kept away.
//!
//! | row | name | value |
//! |---|---|---|
//! | a device met | its key, 32 bytes | 1 · last heard u64 · member 0/1 32 · blocked 0/1 · address text |
//! | an address typed | `addr:` and the address | the same, with zeros |

use std::net::SocketAddr;

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    keys::{DeviceKey, MemberKey},
};

use crate::store::{Batch, Durability, Store, StoreError};

const VERSION: u8 = 1;
const TYPED: &[u8] = b"addr:";

/// Peers that are remembered at most: more than anybody meets, and 100 kB.
pub const MAX_PEERS: usize = 1_024;

/// A peer that is remembered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remembered {
    /// Its device, once a session proved it.
    pub device: Option<DeviceKey>,
    /// Whose device it is, as its certificate said.
    pub member: Option<MemberKey>,
    /// Where it answered last, or what a person typed.
    pub address: Option<SocketAddr>,
    /// When it was heard last, in seconds since 1970 by this device's clock; 0 for never.
    pub last_heard: u64,
    /// Neither dialled nor answered.
    pub is_blocked: bool,
}

impl Remembered {
    /// An address that a person typed.
    pub fn typed(address: SocketAddr) -> Self {
        Self {
            device: None,
            member: None,
            address: Some(address),
            last_heard: 0,
            is_blocked: false,
        }
    }

    fn name(&self) -> Vec<u8> {
        match (&self.device, &self.address) {
            (Some(device), _) => device.as_bytes().to_vec(),
            (None, Some(address)) => [TYPED, address.to_string().as_bytes()].concat(),
            (None, None) => TYPED.to_vec(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(VERSION).u64(self.last_heard);
        out.flag(self.member.is_some())
            .raw(self.member.unwrap_or_default().as_bytes())
            .flag(self.is_blocked);
        let address = self.address.map(|it| it.to_string()).unwrap_or_default();
        out.short_bytes(address.as_bytes());
        out.finish()
    }

    fn decode(name: &[u8], value: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(value);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(CodecError::Unknown {
                what: "version of the peer",
                value: version.into(),
            });
        }
        let last_heard = reader.u64()?;
        let has_member = reader.flag()?;
        let member = MemberKey(reader.array()?);
        let is_blocked = reader.flag()?;
        let address = reader.text("address", 64)?;
        reader.finish()?;
        Ok(Self {
            device: name.try_into().ok().map(DeviceKey),
            member: has_member.then_some(member),
            address: address.parse().ok(),
            last_heard,
            is_blocked,
        })
    }
}

/// All peers remembered, newest first. What cannot be read is left out.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub fn all(store: &Store) -> Result<Vec<Remembered>, StoreError> {
    let mut peers = Vec::new();
    for row in store.peers() {
        let (name, value) = row?;
        if let Ok(peer) = Remembered::decode(&name, &value) {
            peers.push(peer);
        }
    }
    peers.sort_by_key(|it| std::cmp::Reverse(it.last_heard));
    Ok(peers)
}

/// Remembers `peer`, in place of what was known of it; the one heard longest ago makes room.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be written.
pub fn remember(store: &Store, peer: &Remembered) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.put_peer(&peer.name(), &peer.encode());
    let known = all(store)?;
    if known.len() >= MAX_PEERS
        && let Some(oldest) = known.iter().rev().find(|it| !it.is_blocked)
    {
        batch.remove_peer(&oldest.name());
    }
    store.commit(batch, Durability::Data)
}

/// Forgets `peer`.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be written.
pub fn forget(store: &Store, peer: &Remembered) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.remove_peer(&peer.name());
    store.commit(batch, Durability::Data)
}
