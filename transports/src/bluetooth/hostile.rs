//! What bytes reach before it is known who sends them, each decoder alone: for tests of hostile input.
//!
//! A stranger's bytes pass `segment` over GATT, and then the handshake of `channel`; `INFO` and
//! advertisements are read from whoever sends them.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::{
    channel::{self, ChannelKeys, Side},
    info::Info,
    segment::{self, Role, Segments},
};

/// Longest answer to a first message, in bytes, and more.
const ANSWER_LEN: usize = 4_096;

/// A segment with its checksum.
pub fn segment_of(kind: u8, conversation: u16, body: &[u8]) -> Vec<u8> {
    segment::seal(kind, conversation, body).to_vec()
}

/// Gives `datagrams` to one who offers the service and was said hello to in conversation 513. Answers how many
/// bytes are kept of them, and how many segments are said in return.
pub fn hear_segments<'a>(datagrams: impl IntoIterator<Item = &'a [u8]>) -> (usize, usize) {
    let now = Instant::now();
    let mut end = Segments::new(Role::Peripheral, 513, 512, 512, now);
    end.handle(now, &segment::seal(1, 513, &[1, 0, 2]));
    let mut said = 0_usize;
    for datagram in datagrams {
        end.handle(now, datagram);
        while end.poll_send(now).is_some() {
            said = said.saturating_add(1);
        }
    }
    (end.kept(), said)
}

/// Whether `datagram` is a whole segment.
pub fn is_segment(datagram: &[u8]) -> bool {
    segment::conversation_of(datagram).is_some()
}

/// Whether `bytes` are what a service says of itself.
pub fn is_info(bytes: &[u8]) -> bool {
    Info::decode(bytes).is_some()
}

/// The first message of one who dials with this pre-shared key, its length before it.
pub async fn first_message(psk: [u8; 32]) -> Vec<u8> {
    let (near, mut far) = duplex(ANSWER_LEN);
    let keys = ChannelKeys::new(&[psk], &[1; 32]);
    let dialling = channel::open(Box::new(near), Side::Dialler(0), &keys, &[0; 8], "");
    let hearing = async {
        let mut heard = vec![0; ANSWER_LEN];
        let len = far.read(&mut heard).await.unwrap_or_default();
        heard.truncate(len);
        drop(far);
        heard
    };
    tokio::join!(dialling, hearing).1
}

/// Says `said` to one who was dialled and has this pre-shared key, and no more. Answers how many bytes came back,
/// and whether a channel came about.
pub async fn dial_with(psk: [u8; 32], said: &[u8]) -> (usize, bool) {
    let (near, mut far) = duplex(ANSWER_LEN);
    let keys = ChannelKeys::new(&[psk], &[2; 32]);
    let listening = channel::open(Box::new(near), Side::Listener, &keys, &[0; 8], "");
    let saying = async {
        // It may have hung up before the end.
        let _ = far.write_all(said).await;
        let _ = far.shutdown().await;
        let mut answer = Vec::new();
        let _ = far.read_to_end(&mut answer).await;
        answer.len()
    };
    let (opened, answered) = tokio::join!(listening, saying);
    (answered, opened.is_ok())
}
