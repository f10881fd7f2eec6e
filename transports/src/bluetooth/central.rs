//! The portable central: scan, connect, and a pipe of datagrams over GATT, on any system.
//!
//! On Linux it is what remains where the other side has no L2CAP channel: here each write is a call
//! over D-Bus, so it is slower than a channel.

use std::time::Duration;

use btleplug::{
    api::{
        Central as _, CentralEvent, CentralState, Characteristic, Manager as _, Peripheral as _,
        ScanFilter, WriteType,
    },
    platform,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{
    AdapterError,
    ids::{INFO_ID, RX_ID, SERVICE_ID, TX_ID},
    info::Info,
    radio::{Datagrams, Place, RadioError, Sighting, Sightings},
};

/// How long each step of connecting may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// How often it is asked whether the adapter is still on.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Notifications that may wait to be read.
const MAX_WAITING: usize = 64;

/// Bytes of a value that ATT needs for itself.
const ATT_HEAD_LEN: usize = 3;

/// An adapter that is switched on.
#[derive(Clone, Debug)]
pub(super) struct Central {
    adapter: platform::Adapter,
    name: String,
}

/// A connection to a peripheral of ours.
#[derive(Debug)]
pub(super) struct Connection {
    peripheral: platform::Peripheral,
    info: Info,
    rx: Characteristic,
    tx: Characteristic,
}

impl Central {
    /// The adapter whose name begins so, or the first.
    pub(super) async fn open(name: Option<&str>) -> Result<Self, AdapterError> {
        let manager = platform::Manager::new().await.map_err(of_system)?;
        for adapter in manager.adapters().await.map_err(of_system)? {
            // BlueZ writes `hci0 (usb:v1D6B…)`.
            let info = adapter.adapter_info().await.unwrap_or_default();
            let own = info.split(' ').next().unwrap_or_default().to_owned();
            if name.is_none_or(|it| it == own) {
                return match adapter.adapter_state().await.map_err(of_system)? {
                    CentralState::PoweredOff => Err(AdapterError::Off),
                    _ => Ok(Self { adapter, name: own }),
                };
            }
        }
        Err(AdapterError::NoAdapter)
    }

    /// The adapter's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Ends when the adapter is switched off or taken away.
    pub(super) async fn gone(&self) -> AdapterError {
        loop {
            sleep(LOOK_EVERY).await;
            match self.adapter.adapter_state().await {
                Ok(CentralState::PoweredOff) => return AdapterError::Off,
                Ok(_) => {}
                Err(error) => return of_system(error),
            }
        }
    }

    /// What is heard of our service, until the stream is dropped.
    pub(super) async fn scan(&self) -> Result<Sightings, AdapterError> {
        let events = self.adapter.events().await.map_err(of_system)?;
        self.adapter
            .start_scan(ScanFilter::default())
            .await
            .map_err(of_system)?;
        let adapter = self.adapter.clone();
        let seen = events
            .then(move |event| sighting(adapter.clone(), event))
            .flat_map(stream::iter);
        Ok(seen.boxed())
    }

    /// Connects to whoever is at `place`, and reads what it says of itself.
    pub(super) async fn connect(&self, place: &Place) -> Result<Connection, RadioError> {
        // No connection comes about while the adapter listens.
        let _ = self.adapter.stop_scan().await;
        let known = self.adapter.peripherals().await.map_err(of_system)?;
        let peripheral = known
            .into_iter()
            .find(|it| address_of(it) == place.address)
            .ok_or_else(|| RadioError::Unreachable("out of range".into()))?;
        match Self::settle(&peripheral).await {
            Ok((info, rx, tx)) => Ok(Connection {
                peripheral,
                info,
                rx,
                tx,
            }),
            Err(error) => {
                // What is left half open makes the next attempt fail.
                let _ = timeout(STEP_TIMEOUT, peripheral.disconnect()).await;
                Err(error)
            }
        }
    }

    async fn settle(
        peripheral: &platform::Peripheral,
    ) -> Result<(Info, Characteristic, Characteristic), RadioError> {
        in_time(peripheral.connect()).await?;
        in_time(peripheral.discover_services()).await?;
        let found = peripheral.characteristics();
        let of = |uuid| {
            let is_it = |it: &&Characteristic| it.uuid == uuid && it.service_uuid == SERVICE_ID;
            found
                .iter()
                .find(is_it)
                .cloned()
                .ok_or(RadioError::NoService)
        };
        let info = in_time(peripheral.read(&of(INFO_ID)?)).await?;
        let info = Info::decode(&info).ok_or(RadioError::NoService)?;
        Ok((info, of(RX_ID)?, of(TX_ID)?))
    }
}

impl Connection {
    /// The pipe of datagrams. The connection ends when both its ends are dropped.
    pub(super) async fn open(self) -> Result<Datagrams, RadioError> {
        let mut notifications = self.peripheral.notifications().await.map_err(of_radio)?;
        in_time(self.peripheral.subscribe(&self.tx)).await?;
        let longest = usize::from(self.peripheral.mtu()).saturating_sub(ATT_HEAD_LEN);
        let longest = longest.min(self.info.longest.into());
        let (to_reader, incoming) = mpsc::channel(MAX_WAITING);
        let (outgoing, mut to_send) = mpsc::channel::<Bytes>(1);
        tokio::spawn(async move {
            let Self {
                peripheral, rx, tx, ..
            } = self;
            let hear = async {
                while let Some(value) = notifications.next().await {
                    if value.uuid == tx.uuid && to_reader.is_closed() {
                        return;
                    }
                    // Full: it is lost, and will be sent again.
                    let _ = to_reader.try_send(value.value.into());
                }
            };
            let say = async {
                while let Some(datagram) = to_send.recv().await {
                    let written = peripheral.write(&rx, &datagram, WriteType::WithoutResponse);
                    if written.await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = hear => {}
                () = say => {}
            }
            let _ = timeout(STEP_TIMEOUT, peripheral.disconnect()).await;
        });
        Ok(Datagrams {
            incoming,
            outgoing,
            longest,
            conversation: 0,
        })
    }
}

async fn sighting(adapter: platform::Adapter, event: CentralEvent) -> Option<Sighting> {
    let (CentralEvent::DeviceDiscovered(id)
    | CentralEvent::DeviceUpdated(id)
    | CentralEvent::RssiUpdate { id, .. }
    | CentralEvent::ServiceDataAdvertisement { id, .. }) = event
    else {
        return None;
    };
    let peripheral = adapter.peripheral(&id).await.ok()?;
    let mut properties = peripheral.properties().await.ok()??;
    // No signal strength: known from before, and not in range.
    properties.rssi?;
    Some(Sighting {
        data: properties.service_data.remove(&SERVICE_ID)?,
        place: Place {
            address: address_of(&peripheral),
            is_random: properties.address_type != Some(btleplug::api::AddressType::Public),
        },
    })
}

/// macOS tells no address, but a number of its own.
fn address_of(peripheral: &platform::Peripheral) -> String {
    if cfg!(target_os = "macos") {
        peripheral.id().to_string()
    } else {
        peripheral.address().to_string()
    }
}

async fn in_time<T>(step: impl Future<Output = btleplug::Result<T>>) -> Result<T, RadioError> {
    match timeout(STEP_TIMEOUT, step).await {
        Ok(done) => done.map_err(of_radio),
        Err(_) => Err(RadioError::Unreachable("no answer in time".into())),
    }
}

fn of_radio(error: btleplug::Error) -> RadioError {
    RadioError::Unreachable(error.to_string())
}

fn of_system(error: btleplug::Error) -> AdapterError {
    let text = error.to_string();
    if text.contains("ServiceUnknown") || text.contains("system_bus_socket") {
        AdapterError::NoService
    } else {
        AdapterError::Failed(text)
    }
}
