//! How a device takes part by Bluetooth, and how that goes.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroize;

use super::MAX_LINKS;

/// How to take part.
#[derive(Clone)]
pub struct BluetoothOptions {
    /// Seed of the device's Ed25519 key.
    pub device: [u8; 32],
    /// The network's keys for tags, the present one first.
    pub tag_keys: Vec<[u8; 32]>,
    /// The network's pre-shared keys for channels, the present one first.
    pub channel_keys: Vec<[u8; 32]>,
    /// The adapter's name, such as `hci0`; `None` takes the first.
    pub adapter: Option<String>,
    /// By which way neighbours are talked to.
    pub way: Way,
    /// Links open at once, at least 1. With all places taken the device is not to be found.
    pub links: usize,
}

impl BluetoothOptions {
    /// For a device, with all else as people need it.
    pub fn new(device: [u8; 32]) -> Self {
        Self {
            device,
            tag_keys: Vec::new(),
            channel_keys: Vec::new(),
            adapter: None,
            way: Way::Any,
            links: MAX_LINKS,
        }
    }
}

impl fmt::Debug for BluetoothOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BluetoothOptions")
            .field("adapter", &self.adapter)
            .field("way", &self.way)
            .field("links", &self.links)
            .finish_non_exhaustive()
    }
}

impl Drop for BluetoothOptions {
    fn drop(&mut self) {
        self.device.zeroize();
        self.tag_keys.zeroize();
        self.channel_keys.zeroize();
    }
}

/// By which way neighbours are talked to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Way {
    /// An L2CAP channel if there is one, else GATT.
    #[default]
    Any,
    /// GATT only: for adapters whose channels fail.
    Gatt,
    /// As on a system that only lets programs dial: nobody finds this device.
    Portable,
}

/// How it goes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// No adapter was looked for yet.
    Starting,
    /// An adapter is at work.
    Up {
        /// Its name.
        name: String,
        /// Whether neighbours see the address that its maker gave it, always the same.
        shows_its_address: bool,
        /// Devices of this network heard within the last half minute.
        nearby: usize,
    },
    /// There is none to work with. It is looked for again.
    Down(AdapterError),
}

impl Status {
    /// Notes how many devices are nearby. Answers whether that changed.
    #[cfg(feature = "bluetooth")]
    pub(super) fn saw(&mut self, count: usize) -> bool {
        match self {
            Self::Up { nearby, .. } if *nearby != count => {
                *nearby = count;
                true
            }
            _ => false,
        }
    }
}

/// Why an adapter cannot be used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AdapterError {
    /// The program was built without it.
    #[error("this build has no Bluetooth")]
    LeftOut,
    /// Nobody answers on the system bus.
    #[error("the Bluetooth service does not run")]
    NoService,
    /// The machine has none, or none of that name.
    #[error("there is no Bluetooth adapter")]
    NoAdapter,
    /// Switched off, by a key or in the settings.
    #[error("the Bluetooth adapter is switched off")]
    Off,
    /// Anything else.
    #[error("the Bluetooth adapter does not work: {0}")]
    Failed(String),
}
