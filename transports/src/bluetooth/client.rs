//! The GATT service of a neighbour, through `BlueZ`: for one that has no L2CAP channel.

use std::time::Duration;

use bluer::{
    Address, Device,
    gatt::remote::{Characteristic, Service},
};
use bytes::Bytes;
use tokio::{sync::mpsc, time::timeout};

use super::{
    bluez::Adapter,
    ids::{INFO_ID, RX_ID, SERVICE_ID, TX_ID},
    info::Info,
    radio::{Datagrams, Place, RadioError},
};

/// How long each step of connecting may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// Notifications that may wait to be read. More are lost, as on the air.
const MAX_WAITING: usize = 64;

/// A neighbour whose service was found.
#[derive(Debug)]
pub(super) struct Client {
    /// What it says of itself.
    pub(super) info: Info,
    rx: Characteristic,
    tx: Characteristic,
}

impl Client {
    /// Connects to whoever is at `place`, and reads what it says of itself.
    pub(super) async fn connect(adapter: &Adapter, place: &Place) -> Result<Self, RadioError> {
        let address: Address = place
            .address
            .parse()
            .map_err(|_| RadioError::Unreachable("no address".into()))?;
        let device = adapter.adapter.device(address).map_err(of_bluez)?;
        in_time(device.connect()).await?;
        let mut characteristics = in_time(ours(&device)).await?;
        let mut take = |uuid| {
            let at = characteristics.iter().position(|(it, _)| *it == uuid);
            let found = at.map(|at| characteristics.swap_remove(at).1);
            found.ok_or(RadioError::NoService)
        };
        let (rx, tx) = (take(RX_ID)?, take(TX_ID)?);
        let info = in_time(take(INFO_ID)?.read()).await?;
        Ok(Self {
            info: Info::decode(&info).ok_or(RadioError::NoService)?,
            rx,
            tx,
        })
    }

    /// The pipe of datagrams. It ends when both its ends are dropped, or the connection does.
    pub(super) async fn open(self) -> Result<Datagrams, RadioError> {
        let reader = in_time(self.tx.notify_io()).await?;
        let writer = in_time(self.rx.write_io()).await?;
        let longest = writer.mtu().min(self.info.longest.into());
        let (to_reader, incoming) = mpsc::channel::<Bytes>(MAX_WAITING);
        let (outgoing, mut to_send) = mpsc::channel::<Bytes>(1);
        tokio::spawn(async move {
            let hear = async {
                while let Ok(value) = reader.recv().await {
                    if value.is_empty() || to_reader.is_closed() {
                        return;
                    }
                    let _ = to_reader.try_send(value.into());
                }
            };
            let say = async {
                while let Some(datagram) = to_send.recv().await {
                    if writer.send(&datagram).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = hear => {}
                () = say => {}
            }
        });
        Ok(Datagrams {
            incoming,
            outgoing,
            longest,
            conversation: 0,
        })
    }
}

/// The characteristics of our service at `device`.
async fn ours(device: &Device) -> bluer::Result<Vec<(bluer::Uuid, Characteristic)>> {
    let mut found = Vec::new();
    for service in device.services().await? {
        if service.uuid().await? == SERVICE_ID {
            found.extend(of_service(&service).await?);
        }
    }
    Ok(found)
}

async fn of_service(service: &Service) -> bluer::Result<Vec<(bluer::Uuid, Characteristic)>> {
    let mut found = Vec::new();
    for characteristic in service.characteristics().await? {
        found.push((characteristic.uuid().await?, characteristic));
    }
    Ok(found)
}

async fn in_time<T>(step: impl Future<Output = bluer::Result<T>>) -> Result<T, RadioError> {
    match timeout(STEP_TIMEOUT, step).await {
        Ok(done) => done.map_err(of_bluez),
        Err(_) => Err(RadioError::Unreachable("no answer in time".into())),
    }
}

fn of_bluez(error: bluer::Error) -> RadioError {
    RadioError::Unreachable(error.to_string())
}
