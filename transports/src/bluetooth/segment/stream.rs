//! Runs one end over a pipe of datagrams, and gives it as a stream of bytes.

use std::time::Instant;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

use super::{Role, Segments};
use crate::bluetooth::radio::Datagrams;

/// Bytes between the stream and its end here. Few: what is urgent waits behind them.
const BUFFER_LEN: usize = 2_048;

/// Longest datagram that this device takes.
const TAKES: usize = 512;

/// The stream over `pipe`. It breaks off when the neighbour falls silent or `pipe` ends, and ends
/// when either side shuts it down.
pub(in crate::bluetooth) fn open(pipe: Datagrams, role: Role, conversation: u16) -> DuplexStream {
    let (near, far) = duplex(BUFFER_LEN);
    tokio::spawn(run(pipe, role, conversation, far));
    near
}

async fn run(mut pipe: Datagrams, role: Role, conversation: u16, stream: DuplexStream) {
    let mut ends = Segments::new(role, conversation, pipe.longest, TAKES, Instant::now());
    let (mut from_near, mut to_near) = split(stream);
    let mut read = vec![0; BUFFER_LEN];
    let (mut near_finished, mut far_finished) = (false, false);
    let mut pending = None;
    let mut unread = Bytes::new();
    loop {
        let now = Instant::now();
        if let Some(error) = ends.error(now) {
            tracing::debug!(%error, "segments");
            return;
        }
        if pending.is_none() {
            pending = ends.poll_send(now);
        }
        let room = ends.room().min(BUFFER_LEN);
        if unread.is_empty() {
            unread = ends.unread().split().freeze();
        }
        let is_done = ends.is_finished() && unread.is_empty();
        if is_done && !far_finished {
            far_finished = true;
            let _ = to_near.shutdown().await;
        }
        if is_done && ends.is_flushed() && !ends.owes_an_answer() && pending.is_none() {
            return;
        }
        let until = ends.timeout();
        tokio::select! {
            datagram = pipe.incoming.recv() => match datagram {
                Some(datagram) => ends.handle(Instant::now(), &datagram),
                None => return,
            },
            permit = pipe.outgoing.reserve(), if pending.is_some() => match (permit, pending.take()) {
                (Ok(permit), Some(datagram)) => permit.send(datagram),
                _ => return,
            },
            len = from_near.read(read.get_mut(..room).unwrap_or_default()),
                if room > 0 && !near_finished => match len {
                Ok(0) | Err(_) => {
                    near_finished = true;
                    ends.finish();
                }
                Ok(len) => ends.write(read.get(..len).unwrap_or_default()),
            },
            written = to_near.write(&unread), if !unread.is_empty() => match written {
                Ok(len) if len > 0 => unread.advance(len),
                _ => return,
            },
            () = tokio::time::sleep_until(until.into()) => {}
        }
    }
}
