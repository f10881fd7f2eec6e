//! `BlueZ`, what Linux has: finding, being found, and channels over L2CAP.
//!
//! ```text
//! Adapter ─► advertise(10 bytes)   ─► air
//!         ─► scan                  ─► Sighting, Sighting …
//!         ─► dial(place, PSM)      ─► l2cap::Stream
//!         ─► listen                ─► l2cap::Stream …
//! server  ─► the GATT service      ─► Datagrams …
//! ```
//!
//! Nothing here pairs, bonds or switches an adapter on: that is for people to do.

use std::{collections::HashMap, io, time::Duration};

use bluer::{
    AdapterEvent, AdapterProperty, Address, AddressType, DiscoveryFilter, DiscoveryTransport,
    ErrorKind,
    adv::{Advertisement, AdvertisementHandle},
    l2cap,
};
use futures_util::{StreamExt, future, stream};
use tokio::time::{sleep, timeout};

use super::{
    AdapterError,
    ids::SERVICE_ID,
    radio::{Place, RadioError, Sighting, Sightings},
};

/// How long a connection may take to come about.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a channel that is being opened is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What an L2CAP channel takes at once, in bytes. Whatever the kernel holds back goes before a frame
/// of higher priority, so it is about half a frame.
const CHANNEL_LEN: u16 = 2_048;

/// How often an advertisement goes out: neighbours who listen a moment hear it.
const ADVERTISE_EVERY: Duration = Duration::from_millis(100);

/// An adapter that is switched on.
#[derive(Clone, Debug)]
pub(super) struct Adapter {
    pub(super) adapter: bluer::Adapter,
    address: Address,
    address_type: AddressType,
}

impl Adapter {
    /// The adapter of that name, or the first.
    pub(super) async fn open(name: Option<&str>) -> Result<Self, AdapterError> {
        let session = bluer::Session::new().await.map_err(of_bluez)?;
        let names = session.adapter_names().await.map_err(of_bluez)?;
        let found = match name {
            Some(name) => names.iter().find(|it| *it == name),
            None => names.iter().min(),
        };
        let name = found.ok_or(AdapterError::NoAdapter)?;
        let adapter = session.adapter(name).map_err(of_bluez)?;
        if !adapter.is_powered().await.map_err(of_bluez)? {
            return Err(AdapterError::Off);
        }
        // The service stands in the service data, which no filter of BlueZ looks at. Set once: it cannot
        // be while an earlier scan is being ended.
        let filter = DiscoveryFilter {
            transport: DiscoveryTransport::Le,
            duplicate_data: true,
            ..DiscoveryFilter::default()
        };
        adapter
            .set_discovery_filter(filter)
            .await
            .map_err(of_bluez)?;
        let address = adapter.address().await.map_err(of_bluez)?;
        let address_type = adapter.address_type().await.map_err(of_bluez)?;
        Ok(Self {
            adapter,
            address,
            address_type,
        })
    }

    /// Its name, such as `hci0`.
    pub(super) fn name(&self) -> &str {
        self.adapter.name()
    }

    /// Whether neighbours see the address that the maker gave it.
    pub(super) fn shows_its_address(&self) -> bool {
        self.address_type == AddressType::LePublic
    }

    /// Ends when the adapter is switched off or taken away.
    pub(super) async fn gone(&self) -> AdapterError {
        match self.adapter.events().await {
            Ok(events) => {
                let is_off = |event: &AdapterEvent| {
                    let AdapterEvent::PropertyChanged(change) = event else {
                        return false;
                    };
                    matches!(change, AdapterProperty::Powered(false))
                };
                let mut ends = events.filter(|it| future::ready(is_off(it))).boxed();
                match self.adapter.is_powered().await {
                    Ok(true) => match ends.next().await {
                        Some(_) => AdapterError::Off,
                        None => AdapterError::NoAdapter,
                    },
                    Ok(false) => AdapterError::Off,
                    Err(error) => of_bluez(error),
                }
            }
            Err(error) => of_bluez(error),
        }
    }

    /// Advertises the service with `data`, until the handle is dropped.
    pub(super) async fn advertise(&self, data: &[u8]) -> Result<AdvertisementHandle, AdapterError> {
        let advertisement = Advertisement {
            service_data: [(SERVICE_ID, data.to_vec())].into(),
            discoverable: Some(true),
            min_interval: Some(ADVERTISE_EVERY),
            max_interval: Some(ADVERTISE_EVERY),
            ..Advertisement::default()
        };
        self.adapter
            .advertise(advertisement)
            .await
            .map_err(of_bluez)
    }

    /// What is heard of our service, until the stream is dropped or the adapter is off.
    pub(super) async fn scan(&self) -> Result<Sightings, AdapterError> {
        let events = self
            .adapter
            .discover_devices_with_changes()
            .await
            .map_err(of_bluez)?;
        let adapter = self.adapter.clone();
        let seen = events
            .filter_map(|event| match event {
                AdapterEvent::DeviceAdded(address) => future::ready(Some(address)),
                _ => future::ready(None),
            })
            .then(move |address| sighting(adapter.clone(), address))
            .flat_map(stream::iter);
        Ok(seen.boxed())
    }

    /// A channel to whoever is at `place` and listens on `psm`.
    pub(super) async fn dial(&self, place: &Place, psm: u16) -> Result<l2cap::Stream, RadioError> {
        let address: Address = place
            .address
            .parse()
            .map_err(|_| RadioError::Unreachable("no address".into()))?;
        let kind = match place.is_random {
            true => AddressType::LeRandom,
            false => AddressType::LePublic,
        };
        let socket = l2cap::Socket::new_stream().map_err(of_dial)?;
        socket
            .bind(l2cap::SocketAddr::new(self.address, self.address_type, 0))
            .map_err(of_dial)?;
        socket.set_recv_mtu(CHANNEL_LEN).map_err(of_dial)?;
        let dialling = async {
            let there = l2cap::SocketAddr::new(address, kind, psm);
            let stream = socket.connect(there).await?;
            connected(&stream).await?;
            Ok(stream)
        };
        match timeout(DIAL_TIMEOUT, dialling).await {
            Ok(stream) => stream.map_err(of_dial),
            Err(_) => Err(RadioError::Unreachable("no answer in time".into())),
        }
    }

    /// Listens for channels on `psm`.
    pub(super) async fn listen(&self, psm: u16) -> Result<l2cap::StreamListener, AdapterError> {
        let here = l2cap::SocketAddr::new(self.address, self.address_type, psm);
        let listener = l2cap::StreamListener::bind(here).await.map_err(of_socket)?;
        listener
            .as_ref()
            .set_recv_mtu(CHANNEL_LEN)
            .map_err(of_socket)?;
        Ok(listener)
    }

    /// Ends connections with neighbours that an earlier run left open, when it fell over.
    pub(super) async fn sweep(&self) {
        for address in self.adapter.device_addresses().await.unwrap_or_default() {
            let Ok(device) = self.adapter.device(address) else {
                continue;
            };
            let data = device.service_data().await.ok().flatten();
            let uuids = device.uuids().await.ok().flatten().unwrap_or_default();
            let is_ours =
                data.is_some_and(|it| it.contains_key(&SERVICE_ID)) || uuids.contains(&SERVICE_ID);
            if is_ours && device.is_connected().await.unwrap_or(false) {
                let _ = self.adapter.remove_device(address).await;
            }
        }
    }

    /// Ends the connection with whoever is at `address`, and what a failed dial left behind: `BlueZ` goes
    /// on trying otherwise, and the next dial to the same neighbour fails.
    ///
    /// `Disconnect` would close this adapter to the neighbour's own dials.
    pub(super) async fn forget(&self, address: &str) {
        if let Ok(address) = address.parse() {
            let _ = self.adapter.remove_device(address).await;
        }
    }
}

/// Waits until `stream` is open: `connect` of bluer 0.17 says so too early, since a new socket counts
/// as writable, and the first write fails then.
async fn connected(stream: &l2cap::Stream) -> io::Result<()> {
    let mut first = [0];
    loop {
        tokio::select! {
            peeked = stream.peek(&mut first) => match peeked? {
                0 => return Err(io::ErrorKind::ConnectionReset.into()),
                _ => return Ok(()),
            },
            () = sleep(LOOK_EVERY) => if stream.as_ref().conn_info().is_ok() {
                return Ok(());
            },
        }
    }
}

/// What is known of the device at `address`, if it is one of ours and was heard just now.
async fn sighting(adapter: bluer::Adapter, address: Address) -> Option<Sighting> {
    let device = adapter.device(address).ok()?;
    // No signal strength: known from before, and not in range.
    device.rssi().await.ok()??;
    let mut data: HashMap<_, _> = device.service_data().await.ok()??;
    Some(Sighting {
        data: data.remove(&SERVICE_ID)?,
        place: Place {
            address: address.to_string(),
            is_random: device.address_type().await.ok()? == AddressType::LeRandom,
        },
    })
}

pub(super) fn of_bluez(error: bluer::Error) -> AdapterError {
    match error.kind {
        ErrorKind::NotReady => AdapterError::Off,
        ErrorKind::DoesNotExist | ErrorKind::NotFound => AdapterError::NoAdapter,
        _ if is_no_service(&error.to_string()) => AdapterError::NoService,
        _ => AdapterError::Failed(error.to_string()),
    }
}

/// Whether D-Bus knows nobody who answers for `BlueZ`, or is not there itself.
fn is_no_service(text: &str) -> bool {
    [
        "ServiceUnknown",
        "NameHasNoOwner",
        ".Spawn.",
        "not provided",
        "system_bus_socket",
    ]
    .iter()
    .any(|it| text.contains(it))
}

fn of_socket(error: io::Error) -> AdapterError {
    AdapterError::Failed(error.to_string())
}

fn of_dial(error: io::Error) -> RadioError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => RadioError::Refused,
        io::ErrorKind::NetworkDown => AdapterError::Off.into(),
        _ => RadioError::Unreachable(error.to_string()),
    }
}
