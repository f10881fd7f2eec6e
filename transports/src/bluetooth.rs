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

#[cfg(feature = "bluetooth")]
mod adapter;
pub mod advert;
#[cfg(all(feature = "bluetooth", target_os = "linux"))]
mod bluez;
#[cfg(feature = "bluetooth")]
mod central;
#[cfg(feature = "bluetooth")]
mod channel;
#[cfg(all(feature = "bluetooth", target_os = "linux"))]
mod client;
pub mod dial;
#[cfg(feature = "bluetooth")]
mod driver;
#[cfg(feature = "bluetooth")]
#[doc(hidden)]
pub mod hostile;
#[cfg(feature = "bluetooth")]
mod info;
mod options;
pub mod power;
#[cfg(feature = "bluetooth")]
mod radio;
#[cfg(feature = "bluetooth")]
mod segment;
#[cfg(all(feature = "bluetooth", target_os = "linux"))]
mod server;
#[cfg(all(test, feature = "bluetooth"))]
mod vectors;

use std::fmt;

use tokio::sync::{Mutex, mpsc, oneshot, watch};

pub use self::options::{AdapterError, BluetoothOptions, Status, Way};
use crate::link::Link;

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

/// Links that wait to be taken.
const MAX_READY: usize = 4;

/// Finds neighbours, and is found, as long as it is not dropped.
///
/// Where there is no adapter, or it is switched off, it waits for one: [`Self::status`] tells.
pub struct Bluetooth {
    links: Mutex<mpsc::Receiver<Link>>,
    state: watch::Sender<[u8; 32]>,
    words: mpsc::UnboundedSender<Word>,
    status: watch::Receiver<Status>,
}

/// What a node says to the driver.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "bluetooth"),
    expect(dead_code, reason = "there is no driver to be told")
)]
enum Word {
    /// The session on the link with this channel binding is over; whether both sides were in sync.
    Over([u8; 32], bool),
    /// End all connections, and say when that is done.
    Stop(oneshot::Sender<()>),
}

impl Bluetooth {
    /// Begins to look for an adapter and for neighbours. `digest` tells apart what devices hold.
    ///
    /// Must be called within a tokio runtime.
    pub fn start(options: BluetoothOptions, digest: [u8; 32]) -> Self {
        let (ready, links) = mpsc::channel(MAX_READY);
        let (state, state_seen) = watch::channel(digest);
        let (words, heard) = mpsc::unbounded_channel();
        let (status_told, status) = watch::channel(Status::Starting);
        #[cfg(feature = "bluetooth")]
        tokio::spawn(driver::run(options, ready, state_seen, heard, status_told));
        #[cfg(not(feature = "bluetooth"))]
        {
            drop((options, ready, state_seen, heard));
            status_told.send_replace(Status::Down(AdapterError::LeftOut));
        }
        Self {
            links: Mutex::new(links),
            state,
            words,
            status,
        }
    }

    /// Looks at the adapter of that name, or the first, and changes nothing.
    #[cfg_attr(
        not(feature = "bluetooth"),
        expect(clippy::unused_async, reason = "one signature for all builds")
    )]
    pub async fn look(adapter: Option<&str>) -> Status {
        #[cfg(feature = "bluetooth")]
        return adapter::look(adapter).await;
        #[cfg(not(feature = "bluetooth"))]
        {
            let _ = adapter;
            Status::Down(AdapterError::LeftOut)
        }
    }

    /// The next link with a neighbour; `None` if this build has no Bluetooth. [`Self::over`] MUST be
    /// called when its session ends.
    pub async fn next_link(&self) -> Option<Link> {
        self.links.lock().await.recv().await
    }

    /// This device holds what `digest` tells from now on: who holds the same is not dialled.
    pub fn state_is(&self, digest: [u8; 32]) {
        self.state.send_if_modified(|it| {
            let has_changed = *it != digest;
            *it = digest;
            has_changed
        });
    }

    /// The session on the link with this channel binding is over, and the link is dropped; `well` if
    /// both sides held the same.
    pub fn over(&self, channel_binding: &[u8; 32], well: bool) {
        // Without a driver there is nobody to be told.
        let _ = self.words.send(Word::Over(*channel_binding, well));
    }

    /// Ends all connections. A neighbour whose connection was left open is not met again for long.
    pub async fn stop(&self) {
        let (done, is_done) = oneshot::channel();
        if self.words.send(Word::Stop(done)).is_ok() {
            let _ = is_done.await;
        }
    }

    /// How it goes, and each change.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }
}

impl fmt::Debug for Bluetooth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bluetooth({:?})", *self.status.borrow())
    }
}

/// The numbers of the service as the libraries have them.
#[cfg(feature = "bluetooth")]
mod ids {
    use uuid::Uuid;

    pub(super) const SERVICE_ID: Uuid = Uuid::from_u128(super::SERVICE);
    pub(super) const RX_ID: Uuid = Uuid::from_u128(super::RX);
    pub(super) const TX_ID: Uuid = Uuid::from_u128(super::TX);
    pub(super) const INFO_ID: Uuid = Uuid::from_u128(super::INFO);
}
