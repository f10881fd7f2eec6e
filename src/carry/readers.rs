//! Who reads a stick, and what they hold: their tickets, on it and known from elsewhere.
//!
//! | row | content |
//! |---|---|
//! | `tickets` | the devices whose tickets are kept, 32 bytes each |
//! | `ticket.DEVICE` | the newest ticket of one |

use std::collections::BTreeMap;

use commune_crdt::{
    genesis::NetworkSecret, hash::NetworkId, keys::DeviceKey, sync::oneway::Ticket,
};
use commune_transports::{bundle::OpenError, stick::Stick};

use crate::{
    bundle::{GENERATION, MAX_TICKET_FILE_LEN, SealedTicket},
    store::{Batch, Durability, Store, StoreError},
};

/// Tickets that are kept: those of the neighbours on somebody's roads, and a few MB at most.
const MAX_KEPT: usize = 256;

/// Longest ticket that is kept, in bytes: one of some 30,000 logs.
const MAX_KEPT_LEN: usize = 32 * 1_024;

/// Tickets of a stick that are looked at, and their bytes: a stick may be full of them.
const MAX_READ: usize = 1_024;
const MAX_READ_LEN: u64 = 64 * 1_024 * 1_024;

/// Readers whom a bundle is written for. With more, everything is written.
pub(super) const MAX_READERS: usize = 256;

const INDEX: &str = "tickets";

/// The newest ticket known of each device.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers(BTreeMap<DeviceKey, Ticket>);

impl Readers {
    /// Takes a ticket, unless a newer one of its device is known.
    pub(super) fn note(&mut self, ticket: Ticket) {
        match self.0.get(&ticket.device) {
            Some(known) if !ticket.is_newer_than(known) => {}
            _ => drop(self.0.insert(ticket.device, ticket)),
        }
    }

    /// Forgets the ticket of a device.
    pub(super) fn remove(&mut self, device: &DeviceKey) -> Option<Ticket> {
        self.0.remove(device)
    }

    pub(super) fn get(&self, device: &DeviceKey) -> Option<&Ticket> {
        self.0.get(device)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Ticket> {
        self.0.values()
    }

    /// Those that the tickets on a stick are of, in the network of `secret`. What others left there
    /// is theirs, and passed over.
    pub(super) fn on(
        stick: &Stick,
        secret: &NetworkSecret,
        network: &NetworkId,
    ) -> Result<Self, OpenError> {
        let mut readers = Self::default();
        let limit = u64::try_from(MAX_TICKET_FILE_LEN).unwrap_or(u64::MAX);
        let mut left = MAX_READ_LEN;
        for (name, len) in stick.tickets()?.files.into_iter().take(MAX_READ) {
            let Some(rest) = left.checked_sub(len) else {
                break;
            };
            left = rest;
            // One that cannot be read says nothing, and more is written.
            let Ok(Some(bytes)) = stick.ticket(&name, limit.min(len)) else {
                continue;
            };
            if let Ok(ticket) = SealedTicket::from_file(bytes).open(secret, GENERATION, network) {
                readers.note(ticket);
            }
        }
        Ok(readers)
    }

    /// Those that are kept in the store.
    pub(super) fn kept(store: &Store) -> Result<Self, StoreError> {
        let mut readers = Self::default();
        for device in index(store)? {
            let bytes = store.meta(&row(&device))?.unwrap_or_default();
            if let Ok(ticket) = Ticket::decode(&bytes) {
                readers.note(ticket);
            }
        }
        Ok(readers)
    }

    /// Keeps the newest in the store, and none that would fill it.
    pub(super) fn keep(&self, store: &Store) -> Result<(), StoreError> {
        let mut newest: Vec<_> = self
            .all()
            .map(|ticket| (ticket, ticket.encode()))
            .filter(|(_, bytes)| bytes.len() <= MAX_KEPT_LEN)
            .collect();
        newest.sort_by_key(|(ticket, _)| std::cmp::Reverse(ticket.claimed));
        newest.truncate(MAX_KEPT);
        let mut batch = Batch::new();
        for device in index(store)? {
            if !newest.iter().any(|(ticket, _)| ticket.device == device) {
                batch.remove_meta(&row(&device));
            }
        }
        let mut devices = Vec::new();
        for (ticket, bytes) in &newest {
            devices.extend_from_slice(ticket.device.as_bytes());
            batch.put_meta(&row(&ticket.device), bytes);
        }
        batch.put_meta(INDEX, &devices);
        store.commit(batch, Durability::Data)
    }
}

fn index(store: &Store) -> Result<Vec<DeviceKey>, StoreError> {
    let bytes = store.meta(INDEX)?.unwrap_or_default();
    let devices = bytes.chunks_exact(32).filter_map(|it| it.try_into().ok());
    Ok(devices.map(DeviceKey).collect())
}

fn row(device: &DeviceKey) -> String {
    format!("ticket.{device}")
}
