//! Bluetooth Low Energy: neighbours within some ten metres, without any access point.
//!
//! ```text
//! radio ─Advert─► dial ─address─► central ─┐                       ┌─► Link
//!                                          ├─ stream ─► channel ───┤
//! radio ─────────────────── peripheral ────┘    ▲                  └─► who misbehaves: nothing
//!                                               │
//!                 L2CAP channel, or GATT ─► segment
//! ```
//!
//! | part | what |
//! |---|---|
//! | `advert` | ten bytes by which devices of one network recognise each other |
//! | `dial` | who is to be dialled when, and which link has had its turn |
//! | `power` | how much of the time the radio listens |
//! | `segment` | a stream over datagrams that get lost, reordered and repeated |
//!
//! These parts have no adapter, no clock and no randomness of their own. The bytes are described in
//! `transports/PROTOCOL.md`, from which others can write a client.

pub mod advert;
pub mod dial;
pub mod power;

/// The service: advertised with [`advert::Advert`], and offered over GATT.
pub const SERVICE: u128 = 0x6f7b_1c00_2a6e_4c5b_9d0e_c0de_0000_0001;

/// Characteristic that the central writes segments to, with or without response.
pub const RX: u128 = 0x6f7b_1c00_2a6e_4c5b_9d0e_c0de_0000_0002;

/// Characteristic that notifies the central of segments.
pub const TX: u128 = 0x6f7b_1c00_2a6e_4c5b_9d0e_c0de_0000_0003;

/// Characteristic that says how to go on: version, L2CAP channel, longest datagram.
pub const INFO: u128 = 0x6f7b_1c00_2a6e_4c5b_9d0e_c0de_0000_0004;

/// L2CAP channel that a device listens on where nothing else was chosen.
pub const DEFAULT_PSM: u16 = 0x00C7;

/// Links open at once: controllers take four to eight connections.
pub const MAX_LINKS: usize = 4;
