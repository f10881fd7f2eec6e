//! An adapter, whatever drives it: `BlueZ` with all it can do, or the portable central, which can
//! find and dial but neither advertise nor be dialled.

use futures_util::future;

use super::{
    AdapterError, DEFAULT_PSM, Status, Way,
    central::Central,
    info::Info,
    radio::{Bearer, Place, RadioError, Sightings},
};
#[cfg(target_os = "linux")]
use super::{bluez, client::Client, server::Server};

/// Longest datagram that this device takes.
const LONGEST: u16 = 512;

/// Refusals in a row by which the service cannot be published.
#[cfg(target_os = "linux")]
const MAX_REFUSED: u32 = 3;

/// When what was refused is tried again.
#[cfg(target_os = "linux")]
const AGAIN: std::time::Duration = std::time::Duration::from_millis(300);

/// An adapter in use. It is free again when this is dropped.
pub(super) struct Adapter {
    way: Way,
    radio: Radio,
}

enum Radio {
    #[cfg(target_os = "linux")]
    BlueZ(BlueZ),
    Portable(Central),
}

#[cfg(target_os = "linux")]
struct BlueZ {
    adapter: bluez::Adapter,
    listener: Option<bluer::l2cap::StreamListener>,
    server: Server,
    advertised: Option<bluer::adv::AdvertisementHandle>,
}

/// How the adapter of that name is, or the first.
pub(super) async fn look(name: Option<&str>) -> Status {
    #[cfg(target_os = "linux")]
    let looked = bluez::Adapter::open(name)
        .await
        .map(|it| (it.name().to_owned(), it.shows_its_address()));
    #[cfg(not(target_os = "linux"))]
    let looked = Central::open(name)
        .await
        .map(|it| (it.name().to_owned(), false));
    match looked {
        Ok((name, shows_its_address)) => Status::Up {
            name,
            shows_its_address,
            nearby: 0,
        },
        Err(why) => Status::Down(why),
    }
}

impl Adapter {
    /// Opens the adapter of that name, or the first, and waits for dials.
    pub(super) async fn open(name: Option<&str>, way: Way) -> Result<Self, AdapterError> {
        #[cfg(target_os = "linux")]
        if way != Way::Portable {
            let adapter = bluez::Adapter::open(name).await?;
            adapter.sweep().await;
            let listener = match way {
                // Another program may have the channel; GATT remains.
                Way::Any => adapter.listen(DEFAULT_PSM).await.ok(),
                _ => None,
            };
            let info = Info {
                psm: listener.as_ref().map(|_| DEFAULT_PSM),
                longest: LONGEST,
            };
            let server = publish(&adapter, info).await?;
            let radio = Radio::BlueZ(BlueZ {
                adapter,
                listener,
                server,
                advertised: None,
            });
            return Ok(Self { way, radio });
        }
        let radio = Radio::Portable(Central::open(name).await?);
        Ok(Self { way, radio })
    }

    /// Its name, and whether neighbours see the address that its maker gave it.
    pub(super) fn describe(&self) -> (String, bool) {
        match &self.radio {
            #[cfg(target_os = "linux")]
            Radio::BlueZ(it) => (it.adapter.name().to_owned(), it.adapter.shows_its_address()),
            Radio::Portable(it) => (it.name().to_owned(), false),
        }
    }

    /// Ends when the adapter is switched off or taken away.
    pub(super) fn gone(&self) -> impl Future<Output = AdapterError> + Send + use<> {
        let watched = match &self.radio {
            #[cfg(target_os = "linux")]
            Radio::BlueZ(it) => Watched::BlueZ(it.adapter.clone()),
            Radio::Portable(it) => Watched::Portable(it.clone()),
        };
        async move {
            match watched {
                #[cfg(target_os = "linux")]
                Watched::BlueZ(it) => it.gone().await,
                Watched::Portable(it) => it.gone().await,
            }
        }
    }

    /// Advertises `data` from now on, or nothing.
    pub(super) async fn advertise(&mut self, data: Option<&[u8]>) -> Result<(), AdapterError> {
        match &mut self.radio {
            #[cfg(target_os = "linux")]
            Radio::BlueZ(it) => {
                it.advertised = match data {
                    Some(data) => Some(it.adapter.advertise(data).await?),
                    None => None,
                };
            }
            Radio::Portable(_) => {}
        }
        Ok(())
    }

    /// Listens to advertisements, until what it gives is dropped.
    pub(super) async fn scan(&self) -> Result<Sightings, AdapterError> {
        match &self.radio {
            #[cfg(target_os = "linux")]
            Radio::BlueZ(it) => it.adapter.scan().await,
            Radio::Portable(it) => it.scan().await,
        }
    }

    /// The next conversation that a neighbour began.
    pub(super) async fn accept(&mut self) -> Result<Accepted, AdapterError> {
        match &mut self.radio {
            #[cfg(target_os = "linux")]
            Radio::BlueZ(it) => it.accept().await,
            Radio::Portable(_) => future::pending().await,
        }
    }

    /// Who can dial, while this goes on.
    pub(super) fn dialler(&self) -> Dials {
        Dials {
            way: self.way,
            #[cfg(target_os = "linux")]
            bluez: match &self.radio {
                Radio::BlueZ(it) => Some(it.adapter.clone()),
                Radio::Portable(_) => None,
            },
            portable: match &self.radio {
                #[cfg(target_os = "linux")]
                Radio::BlueZ(_) => None,
                Radio::Portable(it) => Some(it.clone()),
            },
        }
    }
}

/// Publishes the GATT service. A busy `bluetoothd` at times finds nothing in what it is given.
#[cfg(target_os = "linux")]
async fn publish(adapter: &bluez::Adapter, info: Info) -> Result<Server, AdapterError> {
    let mut refused = 0_u32;
    loop {
        match Server::publish(adapter, info.encode().to_vec()).await {
            Err(AdapterError::Failed(why)) if refused < MAX_REFUSED => {
                tracing::debug!(why, "not published");
                refused = refused.saturating_add(1);
                tokio::time::sleep(AGAIN).await;
            }
            done => return done,
        }
    }
}

enum Watched {
    #[cfg(target_os = "linux")]
    BlueZ(bluez::Adapter),
    Portable(Central),
}

/// A conversation that a neighbour began.
#[derive(Debug)]
pub(super) struct Accepted {
    /// What carries it.
    pub(super) bearer: Bearer,
    /// Where it comes from, for people.
    pub(super) from: String,
}

#[cfg(target_os = "linux")]
impl BlueZ {
    async fn accept(&mut self) -> Result<Accepted, AdapterError> {
        let Self {
            listener, server, ..
        } = self;
        let channel = async {
            match listener {
                Some(listener) => listener.accept().await,
                None => future::pending().await,
            }
        };
        tokio::select! {
            channel = channel => match channel {
                Ok((stream, from)) => Ok(Accepted {
                    bearer: Bearer::Stream(Box::new(stream)),
                    from: from.addr.to_string(),
                }),
                Err(error) => Err(AdapterError::Failed(error.to_string())),
            },
            conversation = server.next() => match conversation {
                Some((pipe, from)) => Ok(Accepted { bearer: Bearer::Datagrams(pipe), from }),
                None => Err(AdapterError::Failed("the GATT service ended".into())),
            },
        }
    }
}

/// Dials neighbours.
#[derive(Clone, Debug)]
pub(super) struct Dials {
    way: Way,
    #[cfg(target_os = "linux")]
    bluez: Option<bluez::Adapter>,
    portable: Option<Central>,
}

impl Dials {
    /// Opens a conversation with whoever is at `place`. Scanning MUST rest meanwhile: no connection
    /// comes about while `BlueZ` listens.
    pub(super) async fn reach(&self, place: &Place) -> Result<Bearer, RadioError> {
        #[cfg(target_os = "linux")]
        if let Some(adapter) = &self.bluez {
            return reach(adapter, place, self.way).await;
        }
        let Some(central) = &self.portable else {
            return Err(AdapterError::NoAdapter.into());
        };
        let pipe = central.connect(place).await?.open().await?;
        Ok(Bearer::Datagrams(pipe))
    }

    /// Ends the connection with whoever is at `address`, and what a failed dial left behind.
    pub(super) async fn forget(&self, address: &str) {
        #[cfg(target_os = "linux")]
        if let Some(adapter) = &self.bluez {
            adapter.forget(address).await;
        }
    }
}

#[cfg(target_os = "linux")]
async fn reach(adapter: &bluez::Adapter, place: &Place, way: Way) -> Result<Bearer, RadioError> {
    let channel = async |psm| {
        let stream = adapter.dial(place, psm).await?;
        Ok(Bearer::Stream(Box::new(stream)))
    };
    if way == Way::Any {
        match channel(DEFAULT_PSM).await {
            // Its channel may be another, or it may have none.
            Err(RadioError::Refused) => {}
            done => return done,
        }
    }
    let client = Client::connect(adapter, place).await?;
    match client.info.psm {
        Some(psm) if way == Way::Any && psm != DEFAULT_PSM => channel(psm).await,
        _ => Ok(Bearer::Datagrams(client.open().await?)),
    }
}
