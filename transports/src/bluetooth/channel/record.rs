//! Frames in sealed records.
//!
//! | bytes | what |
//! |---|---|
//! | 2 | length of the rest, big-endian, 17 to [`MAX_TEXT_LEN`] + 16 |
//! | … | sealed bytes of the stream of frames |
//!
//! Each direction has another key after each [`REKEY_EVERY`] bytes of text. A record leaves as soon as there is a
//! frame, and little waits on its way: what is urgent goes next.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::BytesMut;
use snow::TransportState;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split},
    sync::mpsc,
};

use super::SEAL_LEN;
use crate::{
    bluetooth::radio::ByteStream,
    link::{Frame, FrameBuffer, Link, Medium, PeerId, append_frame},
};

/// Longest text of a record, in bytes.
const MAX_TEXT_LEN: usize = 4_096;

/// Bytes of text under one key.
const REKEY_EVERY: usize = 1_024 * 1_024;

/// Frames that wait in each direction.
const CAPACITY: usize = 1;

type Shared = Arc<Mutex<TransportState>>;

/// The link over a channel that is open.
pub(super) fn link(
    stream: Box<dyn ByteStream>,
    noise: TransportState,
    channel_binding: [u8; 32],
    peer: PeerId,
    dialled: bool,
    remote: &str,
) -> Link {
    let (outgoing, to_send) = mpsc::channel(CAPACITY);
    let (to_node, incoming) = mpsc::channel(CAPACITY);
    let (reader, writer) = split(stream);
    let noise = Arc::new(Mutex::new(noise));
    let ours = Arc::clone(&noise);
    tokio::spawn(async move {
        // Both halves end together, so that the connection below does.
        let both = async {
            tokio::join!(send(to_send, writer, ours), async {
                if let Err(error) = receive(reader, to_node, noise).await {
                    tracing::debug!(%error, "channel");
                }
            })
        };
        let (sent, ()) = both.await;
        if let Err(error) = sent {
            tracing::debug!(%error, "channel");
        }
    });
    Link {
        peer,
        medium: Medium::Bluetooth,
        channel_binding,
        dialled,
        remote: remote.to_owned(),
        outgoing,
        incoming,
    }
}

/// Counts the text under one key.
#[derive(Default)]
struct Used(usize);

impl Used {
    /// Whether the key is to be changed after so much more.
    fn more(&mut self, len: usize) -> bool {
        self.0 = self.0.saturating_add(len);
        let is_over = self.0 >= REKEY_EVERY;
        if is_over {
            self.0 = 0;
        }
        is_over
    }
}

async fn send(
    mut frames: mpsc::Receiver<Frame>,
    mut stream: WriteHalf<Box<dyn ByteStream>>,
    noise: Shared,
) -> io::Result<()> {
    let (mut text, mut used) = (BytesMut::new(), Used::default());
    while let Some(frame) = frames.recv().await {
        append_frame(&frame, &mut text);
        while !text.is_empty() {
            let part = text.split_to(text.len().min(MAX_TEXT_LEN));
            let record = seal(&part, &mut used, &noise)?;
            stream.write_all(&record).await?;
        }
        stream.flush().await?;
    }
    stream.shutdown().await
}

fn seal(text: &[u8], used: &mut Used, noise: &Shared) -> io::Result<Vec<u8>> {
    let len = text.len().saturating_add(SEAL_LEN);
    let mut record = vec![0; len.saturating_add(2)];
    let (head, body) = record.split_at_mut(2);
    head.copy_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
    let mut noise = noise.lock().unwrap_or_else(PoisonError::into_inner);
    noise.write_message(text, body).map_err(io::Error::other)?;
    if used.more(text.len()) {
        noise.rekey_outgoing();
    }
    Ok(record)
}

async fn receive(
    mut stream: ReadHalf<Box<dyn ByteStream>>,
    to_node: mpsc::Sender<Frame>,
    noise: Shared,
) -> io::Result<()> {
    let (mut frames, mut used) = (FrameBuffer::default(), Used::default());
    loop {
        let len = tokio::select! {
            len = stream.read_u16() => usize::from(len?),
            () = to_node.closed() => return Ok(()),
        };
        if len <= SEAL_LEN || len > MAX_TEXT_LEN.saturating_add(SEAL_LEN) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut record = vec![0; len];
        stream.read_exact(&mut record).await?;
        frames.push(&open(&record, &mut used, &noise)?);
        loop {
            let frame = frames.next_frame().map_err(io::Error::other)?;
            let Some(frame) = frame else { break };
            if to_node.send(frame).await.is_err() {
                return Ok(());
            }
        }
    }
}

fn open(record: &[u8], used: &mut Used, noise: &Shared) -> io::Result<Vec<u8>> {
    let mut text = vec![0; record.len()];
    let mut noise = noise.lock().unwrap_or_else(PoisonError::into_inner);
    let len = noise
        .read_message(record, &mut text)
        .map_err(io::Error::other)?;
    if used.more(len) {
        noise.rekey_incoming();
    }
    text.truncate(len);
    Ok(text)
}
