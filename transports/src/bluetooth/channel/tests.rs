//! Channels over streams within this process, and what strangers get out of them.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::Instant,
};

use super::*;
use crate::link::Frame;

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];

fn keys(psks: &[[u8; 32]], device: u8) -> ChannelKeys {
    ChannelKeys::new(psks, &[device; 32])
}

fn key_of(device: u8) -> PeerId {
    PeerId(
        SigningKey::from_bytes(&[device; 32])
            .verifying_key()
            .to_bytes(),
    )
}

type Ends = (Result<Opened, ChannelError>, Result<Opened, ChannelError>);

/// A dials, B listens, and what one writes goes to the other.
async fn meet(a: &ChannelKeys, which: usize, b: &ChannelKeys) -> Ends {
    let (near, far) = duplex(4_096);
    tokio::join!(
        open(Box::new(near), Side::Dialler(which), a, &[10; 8], "b"),
        open(Box::new(far), Side::Listener, b, &[20; 8], "a"),
    )
}

#[tokio::test]
async fn two_of_a_network_know_each_other_and_frames_cross() {
    let (a, b) = (keys(&[OLD], 5), keys(&[NEW, OLD], 6));
    let (at_a, at_b) = meet(&a, 0, &b).await;
    let (at_a, mut at_b) = (at_a.unwrap(), at_b.unwrap());
    assert_eq!((at_a.link.peer, at_b.link.peer), (key_of(6), key_of(5)));
    assert_eq!((at_a.tag, at_b.tag), ([20; 8], [10; 8]));
    assert_eq!(at_a.link.channel_binding, at_b.link.channel_binding);
    assert!(at_a.link.dialled && !at_b.link.dialled);
    let frame = Frame::new(vec![7; 5_000]).unwrap();
    at_a.link.outgoing.send(frame.clone()).await.unwrap();
    assert_eq!(at_b.link.incoming.recv().await, Some(frame));
    drop(at_a);
    assert_eq!(at_b.link.incoming.recv().await, None);
}

#[tokio::test]
async fn keys_change_after_each_mebibyte_both_ways() {
    let (a, b) = (keys(&[OLD], 5), keys(&[OLD], 6));
    let (at_a, at_b) = meet(&a, 0, &b).await;
    let (mut at_a, mut at_b) = (at_a.unwrap().link, at_b.unwrap().link);
    for n in 0..60_u8 {
        let frame = Frame::new(vec![n; 60_000]).unwrap();
        at_a.outgoing.send(frame.clone()).await.unwrap();
        at_b.outgoing.send(frame.clone()).await.unwrap();
        assert_eq!(at_b.incoming.recv().await, Some(frame.clone()));
        assert_eq!(at_a.incoming.recv().await, Some(frame));
    }
}

#[tokio::test]
async fn who_does_not_know_the_key_gets_nothing() {
    let (member, stranger) = (keys(&[OLD], 5), keys(&[[9; 32]], 6));
    let (a, b) = meet(&member, 0, &stranger).await;
    assert!(matches!(b, Err(ChannelError::Stranger)));
    assert!(matches!(a, Err(ChannelError::Broken(_))), "{a:?}");
    let (a, b) = meet(&stranger, 0, &member).await;
    assert!(matches!(b, Err(ChannelError::Stranger)));
    assert!(a.is_err());
    let (a, b) = meet(&keys(&[], 5), 0, &keys(&[], 6)).await;
    assert!(
        a.is_err() && b.is_err(),
        "without a key there is no channel"
    );
}

/// Carries bytes both ways, spoils bit `bit` of byte `at` of those from `from`, and keeps a copy.
async fn relay(a: DuplexStream, b: DuplexStream, from: usize, at: usize, bit: u8) -> [Vec<u8>; 2] {
    let ((mut a_in, mut a_out), (mut b_in, mut b_out)) = (tokio::io::split(a), tokio::io::split(b));
    let one = async {
        let mut seen = Vec::new();
        while let Ok(byte) = a_in.read_u8().await {
            let spoilt = from == 0 && seen.len() == at;
            seen.push(byte);
            let byte = if spoilt { byte ^ (1 << bit) } else { byte };
            if b_out.write_u8(byte).await.is_err() {
                break;
            }
        }
        let _ = b_out.shutdown().await;
        seen
    };
    let other = async {
        let mut seen = Vec::new();
        while let Ok(byte) = b_in.read_u8().await {
            let spoilt = from == 1 && seen.len() == at;
            seen.push(byte);
            let byte = if spoilt { byte ^ (1 << bit) } else { byte };
            if a_out.write_u8(byte).await.is_err() {
                break;
            }
        }
        let _ = a_out.shutdown().await;
        seen
    };
    let (one, other) = tokio::join!(one, other);
    [one, other]
}

#[tokio::test(start_paused = true)]
async fn no_spoilt_bit_of_a_handshake_makes_two_channels() {
    // Each message with its length: three from the dialler, two from the listener.
    let lens = [66 + 66 + 122, 98 + 122];
    for (from, len) in lens.into_iter().enumerate() {
        for at in 0..len {
            let (a, b) = (keys(&[OLD], 5), keys(&[OLD], 6));
            let ((near, a_end), (far, b_end)) = (duplex(4_096), duplex(4_096));
            let bit = u8::try_from(at % 8).unwrap();
            let carrying = tokio::spawn(relay(a_end, b_end, from, at, bit));
            let (at_a, at_b) = tokio::join!(
                open(Box::new(near), Side::Dialler(0), &a, &[1; 8], "b"),
                open(Box::new(far), Side::Listener, &b, &[2; 8], "a"),
            );
            let both = at_a.is_ok() && at_b.is_ok();
            assert!(!both, "byte {at} of side {from}");
            drop((at_a, at_b));
            carrying.await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_said_once_opens_nothing_a_second_time() {
    let (a, b) = (keys(&[OLD], 5), keys(&[OLD], 6));
    let ((near, a_end), (far, b_end)) = (duplex(4_096), duplex(4_096));
    let carrying = tokio::spawn(relay(a_end, b_end, 2, 0, 0));
    let (at_a, at_b) = tokio::join!(
        open(Box::new(near), Side::Dialler(0), &a, &[1; 8], "b"),
        open(Box::new(far), Side::Listener, &b, &[2; 8], "a"),
    );
    drop((at_a.unwrap(), at_b.unwrap()));
    let [said, _] = carrying.await.unwrap();
    let (mut again, far) = duplex(4_096);
    again.write_all(&said).await.unwrap();
    let outcome = open(Box::new(far), Side::Listener, &b, &[2; 8], "a").await;
    assert!(matches!(outcome, Err(ChannelError::Stranger)));
}

#[tokio::test(start_paused = true)]
async fn a_stranger_has_five_seconds_and_three_hundred_bytes() {
    let member = keys(&[OLD], 5);
    // One that says nothing, one that drips, one that floods.
    for drip in [None, Some(Duration::from_secs(1))] {
        let (mut stranger, far) = duplex(64);
        let began = Instant::now();
        let dripping = tokio::spawn(async move {
            while let Some(pause) = drip {
                tokio::time::sleep(pause).await;
                if stranger.write_all(&[0]).await.is_err() {
                    return;
                }
            }
            std::future::pending::<()>().await;
        });
        let outcome = open(Box::new(far), Side::Listener, &member, &[0; 8], "x").await;
        dripping.abort();
        // A first length of 0 ends it at once.
        match drip {
            None => assert!(matches!(outcome, Err(ChannelError::Timeout))),
            Some(_) => assert!(matches!(outcome, Err(ChannelError::Length(0)))),
        }
        assert!(began.elapsed() <= OPENING_TIMEOUT);
    }
    let (mut stranger, far) = duplex(64);
    let flood = tokio::spawn(async move {
        let mut sent = 0_usize;
        let message = [&[0, 64][..], &[7; 64]].concat();
        while stranger.write_all(&message).await.is_ok() {
            sent += message.len();
        }
        sent
    });
    let outcome = open(Box::new(far), Side::Listener, &member, &[0; 8], "x").await;
    assert!(outcome.is_err());
    let sent = flood.await.unwrap();
    assert!(sent < 1_024, "{sent} B were taken");
}

#[tokio::test]
async fn a_false_signature_ends_it_on_either_side() {
    let hash = [4; 32];
    let who: [u8; WHO_LEN] = keys(&[OLD], 5)
        .who(true, &hash, &[3; 8])
        .try_into()
        .unwrap();
    assert_eq!(check(&who, true, &hash).unwrap(), (key_of(5), [3; 8]));
    let refused = |who: &[u8; WHO_LEN], dialled, hash: &[u8; 32]| {
        matches!(check(who, dialled, hash), Err(ChannelError::Signature))
    };
    assert!(refused(&who, false, &hash), "of the other side");
    assert!(refused(&who, true, &[5; 32]), "of another handshake");
    for at in 0..96 {
        let mut spoilt = who;
        spoilt[at] ^= 1;
        assert!(refused(&spoilt, true, &hash), "byte {at}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_is_through_a_full_slow_channel_within_a_fifth_of_a_second() {
    let (a, b) = (keys(&[OLD], 5), keys(&[OLD], 6));
    let (near, near_end) = duplex(2_560);
    let (far_end, far) = duplex(2_560);
    // 50 kB/s each way, with as much on its way as a kernel holds back.
    let ((near_in, near_out), (far_in, far_out)) =
        (tokio::io::split(near_end), tokio::io::split(far_end));
    let carry = |mut from: tokio::io::ReadHalf<DuplexStream>,
                 mut to: tokio::io::WriteHalf<DuplexStream>| async move {
        let mut bytes = [0; 500];
        while let Ok(len @ 1..) = from.read(&mut bytes).await {
            let took = u64::try_from(len).unwrap() * 20;
            tokio::time::sleep(Duration::from_micros(took)).await;
            if to.write_all(&bytes[..len]).await.is_err() {
                return;
            }
        }
    };
    tokio::spawn(carry(near_in, far_out));
    tokio::spawn(carry(far_in, near_out));
    let (at_a, at_b) = tokio::join!(
        open(Box::new(near), Side::Dialler(0), &a, &[1; 8], "b"),
        open(Box::new(far), Side::Listener, &b, &[2; 8], "a"),
    );
    let (at_a, mut at_b) = (at_a.unwrap().link, at_b.unwrap().link);
    let outgoing = at_a.outgoing.clone();
    let backlog = Frame::new(vec![5; 2_048]).unwrap();
    let urgent = Frame::new(vec![1; 300]).unwrap();
    let sent = tokio::spawn(async move {
        let mut moments = Vec::new();
        for n in 0..400_u32 {
            if n % 40 == 39 {
                // The node asks for what is to go next only when there is room for it.
                let permit = outgoing.reserve().await.unwrap();
                moments.push(Instant::now());
                permit.send(urgent.clone());
            } else {
                outgoing.send(backlog.clone()).await.unwrap();
            }
        }
        moments
    });
    let mut arrived = Vec::new();
    while arrived.len() < 10 {
        if at_b.incoming.recv().await.unwrap().as_bytes()[0] == 1 {
            arrived.push(Instant::now());
        }
    }
    let moments = sent.await.unwrap();
    // It comes up at worst just after the frame before it was handed over.
    let wait = Duration::from_millis(42);
    for (sent, arrived) in moments.iter().zip(&arrived) {
        let took = arrived.duration_since(*sent).saturating_add(wait);
        assert!(took <= Duration::from_millis(200), "{took:?}");
    }
}
