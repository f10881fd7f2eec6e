//! The GATT service that neighbours without L2CAP channels talk to.
//!
//! `BlueZ` hands out one socket for the writes of all centrals, and one whose bytes it notifies all
//! of them of. Who is meant stands in each segment: the number of its conversation, which the
//! central drew. A number that is new and says hello begins a conversation.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bluer::gatt::{
    CharacteristicReader, CharacteristicWriter,
    local::{
        Application, ApplicationHandle, Characteristic, CharacteristicControl,
        CharacteristicControlEvent, CharacteristicNotify, CharacteristicNotifyMethod,
        CharacteristicRead, CharacteristicWrite, CharacteristicWriteMethod, Service,
        characteristic_control,
    },
};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, future};
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    AdapterError,
    bluez::{Adapter, of_bluez},
    ids::{INFO_ID, RX_ID, SERVICE_ID, TX_ID},
    radio::Datagrams,
    segment,
};

/// Conversations at once. A neighbour has one.
const MAX_CONVERSATIONS: usize = 8;

/// Segments of one conversation that may wait to be read. More are dropped, as the air does.
const MAX_WAITING: usize = 64;

/// Longest value of a characteristic.
const MAX_VALUE_LEN: usize = 512;

/// A published service.
#[derive(Debug)]
pub(super) struct Server {
    _application: ApplicationHandle,
    _tasks: JoinSet<()>,
    conversations: mpsc::Receiver<(Datagrams, String)>,
}

type Open = Arc<Mutex<HashMap<u16, mpsc::Sender<Bytes>>>>;

impl Server {
    /// Publishes the service. `info` is what INFO reads.
    pub(super) async fn publish(adapter: &Adapter, info: Vec<u8>) -> Result<Self, AdapterError> {
        let (writes, write_handle) = characteristic_control();
        let (notifies, notify_handle) = characteristic_control();
        let application = Application {
            services: vec![Service {
                uuid: SERVICE_ID,
                primary: true,
                characteristics: vec![
                    Characteristic {
                        uuid: RX_ID,
                        write: Some(CharacteristicWrite {
                            write: true,
                            write_without_response: true,
                            method: CharacteristicWriteMethod::Io,
                            ..CharacteristicWrite::default()
                        }),
                        control_handle: write_handle,
                        ..Characteristic::default()
                    },
                    Characteristic {
                        uuid: TX_ID,
                        notify: Some(CharacteristicNotify {
                            notify: true,
                            method: CharacteristicNotifyMethod::Io,
                            ..CharacteristicNotify::default()
                        }),
                        control_handle: notify_handle,
                        ..Characteristic::default()
                    },
                    Characteristic {
                        uuid: INFO_ID,
                        read: Some(CharacteristicRead {
                            read: true,
                            fun: Box::new(move |_| {
                                let info = info.clone();
                                async move { Ok(info) }.boxed()
                            }),
                            ..CharacteristicRead::default()
                        }),
                        ..Characteristic::default()
                    },
                ],
                ..Service::default()
            }],
            ..Application::default()
        };
        let application = adapter
            .adapter
            .serve_gatt_application(application)
            .await
            .map_err(of_bluez)?;
        let (outgoing, to_send) = mpsc::channel(1);
        let (met, conversations) = mpsc::channel(1);
        let heard = Arc::new(AtomicUsize::new(0));
        let desk = Desk {
            open: Open::default(),
            outgoing,
            met,
            heard: Arc::clone(&heard),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(read_all(writes, desk));
        tasks.spawn(notify_all(notifies, to_send, heard));
        Ok(Self {
            _application: application,
            _tasks: tasks,
            conversations,
        })
    }

    /// The next conversation that a central began, and where it comes from.
    pub(super) async fn next(&mut self) -> Option<(Datagrams, String)> {
        self.conversations.recv().await
    }
}

/// Gives segments to their conversations.
struct Desk {
    open: Open,
    outgoing: mpsc::Sender<Bytes>,
    met: mpsc::Sender<(Datagrams, String)>,
    /// Longest notification that is heard; 0 while nobody listens.
    heard: Arc<AtomicUsize>,
}

impl Desk {
    fn deliver(&self, segment: Bytes, from: &str) {
        let Some(number) = segment::conversation_of(&segment) else {
            return;
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, it| !it.is_closed());
        if let Some(conversation) = open.get(&number) {
            // Full: the segment is lost, and will be sent again.
            let _ = conversation.try_send(segment);
            return;
        }
        if !segment::is_hello(&segment) || open.len() >= MAX_CONVERSATIONS {
            return;
        }
        // An answer would not be heard: the central says hello again.
        let longest = self.heard.load(Ordering::Relaxed).min(MAX_VALUE_LEN);
        if longest == 0 {
            return;
        }
        let (to_reader, incoming) = mpsc::channel(MAX_WAITING);
        let pipe = Datagrams {
            incoming,
            outgoing: self.outgoing.clone(),
            longest,
            conversation: number,
        };
        let _ = to_reader.try_send(segment);
        if self.met.try_send((pipe, from.to_owned())).is_ok() {
            open.insert(number, to_reader);
        }
    }
}

/// Reads what centrals write. `BlueZ` asks for a new socket when it closed the one before.
async fn read_all(mut control: CharacteristicControl, desk: Desk) {
    let mut readers: JoinSet<()> = JoinSet::new();
    let desk = Arc::new(desk);
    while let Some(event) = control.next().await {
        let CharacteristicControlEvent::Write(request) = event else {
            continue;
        };
        let Ok(reader) = request.accept() else {
            continue;
        };
        let desk = Arc::clone(&desk);
        readers.spawn(async move { read(reader, &desk).await });
        while readers.try_join_next().is_some() {}
    }
}

async fn read(reader: CharacteristicReader, desk: &Desk) {
    let from = reader.device_address().to_string();
    // No bytes: the other end is closed.
    while let Ok(segment) = reader.recv().await {
        if segment.is_empty() {
            return;
        }
        desk.deliver(segment.into(), &from);
    }
}

/// Sends what conversations say, to whoever listens. Without a listener it is lost, as on the air.
///
/// `heard` gets the length that the writer takes, 5 bytes less than the connection's: it refuses more,
/// and what is refused once would be refused for ever.
async fn notify_all(
    mut control: CharacteristicControl,
    mut outgoing: mpsc::Receiver<Bytes>,
    heard: Arc<AtomicUsize>,
) {
    let mut writer: Option<CharacteristicWriter> = None;
    loop {
        tokio::select! {
            event = control.next() => match event {
                Some(CharacteristicControlEvent::Notify(new)) => {
                    heard.store(new.mtu(), Ordering::Relaxed);
                    writer = Some(new);
                }
                Some(_) => {}
                None => return,
            },
            segment = outgoing.recv() => {
                let Some(segment) = segment else { return };
                if let Some(open) = &writer
                    && open.send(&segment).await.is_err()
                {
                    heard.store(0, Ordering::Relaxed);
                    writer = None;
                }
            }
            () = closed(writer.as_ref()) => {
                // Who listens next may take less.
                heard.store(0, Ordering::Relaxed);
                writer = None;
            }
        }
    }
}

/// Ends when nobody listens any more.
async fn closed(writer: Option<&CharacteristicWriter>) {
    let Some(writer) = writer else {
        return future::pending().await;
    };
    loop {
        let ready = writer.closed().await;
        if ready.is_err() || !matches!(writer.is_closed(), Ok(false)) {
            return;
        }
    }
}
