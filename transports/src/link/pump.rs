//! Carries frames between the channels of a link and a stream of bytes.

use std::io;

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
};

use super::{
    Frame, FrameTooLong, LINK_CAPACITY,
    stream::{FrameBuffer, append_frame},
};

/// Bytes read from a stream at once.
const READ_LEN: usize = 64 * 1024;

/// Bytes of frames gathered before they are written: small frames share packets and system calls.
const BATCH_LEN: usize = 128 * 1024;

/// Writes the frames of `outgoing`, until it ends or the stream does. Then the stream is shut down.
///
/// Waits for no more frames than there are: a lone frame leaves at once.
pub(crate) async fn send(
    outgoing: &mut mpsc::Receiver<Frame>,
    stream: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let mut frames = Vec::with_capacity(LINK_CAPACITY);
    let mut batch = BytesMut::new();
    while outgoing.recv_many(&mut frames, LINK_CAPACITY).await > 0 {
        for frame in frames.drain(..) {
            append_frame(&frame, &mut batch);
            if batch.len() >= BATCH_LEN {
                stream.write_all(&batch).await?;
                batch.clear();
            }
        }
        stream.write_all(&batch).await?;
        batch.clear();
    }
    stream.shutdown().await
}

/// Why no more frames come from a stream.
#[derive(Debug)]
pub(crate) enum ReceiveEnd {
    /// The other side shut its end down.
    Finished,
    /// Nobody takes frames any more at this side.
    Unwanted,
    /// A frame was cut off by the end of the stream, or longer than the limit.
    Broken(String),
    /// The stream failed.
    Failed,
}

/// Reads frames from `stream` into `incoming`.
pub(crate) async fn receive(
    stream: &mut (impl AsyncRead + Unpin),
    incoming: &mpsc::Sender<Frame>,
) -> ReceiveEnd {
    let mut buffer = FrameBuffer::default();
    let mut bytes = vec![0; READ_LEN];
    loop {
        let read = tokio::select! {
            read = stream.read(&mut bytes) => read,
            () = incoming.closed() => return ReceiveEnd::Unwanted,
        };
        match read {
            Ok(0) if buffer.is_empty() => return ReceiveEnd::Finished,
            Ok(0) => return ReceiveEnd::Broken("stream ends within a frame".into()),
            Ok(len) => buffer.push(bytes.get(..len).unwrap_or_default()),
            Err(_) => return ReceiveEnd::Failed,
        }
        loop {
            match buffer.next_frame() {
                Ok(Some(frame)) => {
                    if incoming.send(frame).await.is_err() {
                        return ReceiveEnd::Unwanted;
                    }
                }
                Ok(None) => break,
                Err(error @ FrameTooLong(_)) => return ReceiveEnd::Broken(error.to_string()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_cross_a_stream_in_order_and_end_with_it() {
        let (mut near, mut far) = tokio::io::duplex(1_000);
        let (to_near, mut outgoing) = mpsc::channel(LINK_CAPACITY);
        let (to_far, mut incoming) = mpsc::channel(LINK_CAPACITY);
        let sending = tokio::spawn(async move { send(&mut outgoing, &mut near).await });
        let receiving = tokio::spawn(async move { receive(&mut far, &to_far).await });
        let frames: Vec<Frame> = (1..60)
            .map(|n| Frame::new(vec![n; usize::from(n) * 1_000]).unwrap())
            .collect();
        let sent = frames.clone();
        let writing = tokio::spawn(async move {
            for frame in sent {
                to_near.send(frame).await.unwrap();
            }
        });
        for frame in frames {
            assert_eq!(incoming.recv().await, Some(frame));
        }
        writing.await.unwrap();
        assert_eq!(incoming.recv().await, None);
        assert!(sending.await.unwrap().is_ok());
        assert!(matches!(receiving.await.unwrap(), ReceiveEnd::Finished));
    }

    #[tokio::test]
    async fn broken_streams_say_why() {
        for (bytes, said) in [
            (&[0, 0, 5, 1][..], "stream ends within a frame"),
            (&[2, 0, 0, 1], "frame has 131072 bytes, the limit is 65536"),
        ] {
            let (mut near, mut far) = tokio::io::duplex(1_000);
            near.write_all(bytes).await.unwrap();
            drop(near);
            let (to_node, _incoming) = mpsc::channel(1);
            match receive(&mut far, &to_node).await {
                ReceiveEnd::Broken(why) => assert_eq!(why, said),
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn receiving_ends_when_nobody_wants_frames() {
        let (_near, mut far) = tokio::io::duplex(1_000);
        let (to_node, incoming) = mpsc::channel(1);
        drop(incoming);
        assert!(matches!(
            receive(&mut far, &to_node).await,
            ReceiveEnd::Unwanted
        ));
    }
}
