//! A meeting of two devices: a session over a link that may break at any byte.

use commune_crdt::{
    payload::certify_device,
    sync::{
        message::LinkClass,
        session::{CloseReason, Event, Role, Session, Setup},
    },
    time::Millis,
};

use super::{
    device::{Device, NETWORK, Verified},
    random::Random,
};

/// What carries a meeting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Medium {
    /// Fast, breaks seldom.
    Lan,
    /// Short frames, 50 kB/s for a minute, breaks often.
    Bluetooth,
    /// Two devices on one table: never breaks.
    Table,
}

/// What came of a meeting.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Met {
    pub(crate) bytes: u64,
    pub(crate) is_in_sync: bool,
}

/// Lets `a` dial `b`. The link ends when both have nothing to say, or when it breaks.
pub(crate) fn meet(
    a: &mut Device,
    b: &mut Device,
    medium: Medium,
    now: u64,
    random: &mut Random,
    verified: &mut Verified,
) -> Met {
    let mut budget = match medium {
        Medium::Table => u64::MAX,
        Medium::Lan if random.chance(90) => u64::MAX,
        Medium::Bluetooth if random.chance(60) => 3_000_000,
        _ => random.below(20_000) as u64,
    };
    let binding = random.bytes();
    let link = match medium {
        Medium::Bluetooth => LinkClass::Slow,
        _ => LinkClass::Fast,
    };
    let mut setup = |own: &Device, other: &Device, role| Setup {
        role,
        network: NETWORK,
        hello_keys: vec![[1; 32]],
        device: own.secret.clone(),
        certificate: Some((
            own.member.member_key(),
            certify_device(&own.member, &own.key()),
        )),
        peer: other.key(),
        binding,
        salt: random.bytes(),
        link,
    };
    let time = Millis(now * 60_000);
    let mut a_end = Session::new(setup(a, b, Role::Dialler), time, a);
    let mut b_end = Session::new(setup(b, a, Role::Listener), time, b);
    let mut met = Met::default();
    loop {
        let mut is_quiet = true;
        for turn in [0, 1] {
            let (from, from_end, to, to_end) = if turn == 0 {
                (&mut *a, &mut a_end, &mut *b, &mut b_end)
            } else {
                (&mut *b, &mut b_end, &mut *a, &mut a_end)
            };
            while let Some(frame) = from_end.poll_send(time, from) {
                is_quiet = false;
                let len = frame.len() as u64;
                if len > budget {
                    return met;
                }
                budget -= len;
                met.bytes += len;
                to_end.handle(time, &frame, to);
                if !work(to, to_end, now, verified) {
                    return met;
                }
            }
        }
        if is_quiet {
            met.is_in_sync = a_end.is_in_sync() && b_end.is_in_sync();
            return met;
        }
    }
}

/// Does what a session's events ask for. False when it is over.
fn work(device: &mut Device, session: &mut Session, now: u64, verified: &mut Verified) -> bool {
    let time = Millis(now * 60_000);
    while let Some(event) = session.poll_event() {
        match event {
            Event::Entries { entries, bytes } => {
                let false_signatures = device.take(entries, now, verified);
                session.taken(time, bytes, false_signatures, device);
            }
            Event::Fork { proof, bytes } => {
                device.take_proof(*proof, verified);
                session.taken(time, bytes, 0, device);
            }
            Event::Closed(CloseReason::Bye(_) | CloseReason::Strikes) => return false,
            Event::Closed(reason) => panic!("a session between these devices broke: {reason}"),
            _ => {}
        }
    }
    true
}
