//! Exchange: joins a link of a transport to a session of the rules.
//!
//! ```text
//! link.incoming ─frame─► Session ─entries─► gate threads ─► Device (history, disk)
//! link.outgoing ◄─frame─ Session ◄─taken── gate threads
//!                        Session ◄─news─── Device
//! ```
//!
//! One task a link. It waits, and decides nothing: what is said when is the session's.

pub mod gate;

use std::{sync::Arc, time::Duration};

use commune_crdt::{
    genesis::{NetworkSecret, Purpose},
    keys::{DeviceKey, MemberKey},
    sync::{
        message::{ByeReason, LinkClass},
        session::{CloseReason, Event, Role, Session, Setup, Stats},
    },
    time::Millis,
};
use commune_transports::link::{Frame, Link, Medium};
use tokio::{
    sync::{mpsc, watch},
    task::block_in_place,
    time::sleep,
};

use self::gate::{Done, Gate};
use crate::{
    clock::Monotonic,
    device::Device,
    live::{LINE_CAPACITY, Live},
    store::StoreError,
    vault::random,
};

/// What a session looks like from outside, as it goes on.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Who is there, once both said hello.
    pub member: Option<Option<MemberKey>>,
    /// Both sides hold the same, and nothing is under way.
    pub is_in_sync: bool,
    /// Sizes.
    pub stats: Stats,
    /// Entries that were new here.
    pub received: u64,
    /// Why it is over, if it is.
    pub closed: Option<CloseReason>,
}

/// What a session is to be told from outside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wish {
    /// Go on as long as the link holds.
    Stay,
    /// End, for this reason.
    End(ByeReason),
}

/// The setup of a session over `link`.
///
/// # Errors
///
/// Only if the system has no randomness.
pub fn setup(device: &Device, link: &Link) -> Result<Setup, random::RandomError> {
    let vault = device.vault();
    let generations = NetworkSecret::accepted(0).rev();
    let secret = device.genesis().secret();
    Ok(Setup {
        role: if link.dialled {
            Role::Dialler
        } else {
            Role::Listener
        },
        network: *device.network(),
        hello_keys: secret
            .map(|it| generations.map(|at| it.key(Purpose::Hello, at)).collect())
            .unwrap_or_default(),
        device: vault.device.clone(),
        certificate: Some((vault.member_key, vault.certificate)),
        peer: DeviceKey(link.peer.0),
        binding: link.channel_binding,
        salt: random::unique()?,
        link: match link.medium {
            Medium::Bluetooth => LinkClass::Slow,
            _ => LinkClass::Fast,
        },
    })
}

/// Talks over `link` until it ends or `wish` says so, and shows its progress in `progress`.
///
/// # Errors
///
/// [`StoreError`] if the device's store fails; the link is closed then.
pub async fn converse(
    device: Arc<Device>,
    gate: Gate,
    setup: Setup,
    mut link: Link,
    progress: watch::Sender<Progress>,
    mut wish: watch::Receiver<Wish>,
    live: Arc<Live>,
) -> Result<(), StoreError> {
    let clock = Monotonic::start();
    let (done_to_us, mut done) = mpsc::unbounded_channel::<Done>();
    let (news_to_us, mut news) = mpsc::unbounded_channel();
    let (say, mut said) = mpsc::channel(LINE_CAPACITY);
    let mut line = None;
    device.subscribe(Box::new(move |it| news_to_us.send(Arc::clone(it)).is_ok()));
    let mut session = {
        let view = block_in_place(|| device.view())?;
        Session::new(setup, clock.now(), &view)
    };
    loop {
        let is_blocked = pump(&device, &mut session, &link, clock.now())?;
        while let Some(event) = session.poll_event() {
            match &event {
                Event::Connected(peer) => line = live.connected(peer, &say),
                Event::Live(body) => {
                    if let Some(line) = &line {
                        line.heard(body);
                    }
                }
                _ => {}
            }
            hand_on(
                &device,
                event,
                &mut session,
                &gate,
                &done_to_us,
                &progress,
                clock.now(),
            )?;
        }
        progress.send_if_modified(|it| {
            let is_in_sync = session.is_in_sync() && !is_blocked;
            let has_changed = it.is_in_sync != is_in_sync || it.stats != *session.stats();
            it.is_in_sync = is_in_sync;
            it.stats = *session.stats();
            has_changed
        });
        if session.is_closed() {
            // What is polled is on its way; dropping the link ends it after that.
            return Ok(());
        }
        let until = session.timeout().since(clock.now());
        tokio::select! {
            frame = link.incoming.recv() => match frame {
                Some(frame) => on_frame(&device, &mut session, &frame, clock.now())?,
                None => return Ok(()),
            },
            Some(done) = done.recv() => {
                progress.send_modify(|it| it.received = it.received.saturating_add(done.placed));
                let view = block_in_place(|| device.view())?;
                session.taken(clock.now(), done.bytes, done.false_signatures, &view);
            }
            Some(news) = news.recv() => {
                for (log, from, to) in &news.ranges {
                    session.push(*log, *from, *to);
                }
                for log in &news.forks {
                    session.push_fork(*log);
                }
            }
            Some(body) = said.recv() => session.say_live(&body),
            changed = wish.changed() => {
                let wish = if changed.is_ok() { *wish.borrow() } else { Wish::End(ByeReason::Leaving) };
                if let Wish::End(reason) = wish {
                    session.bye(reason);
                }
            }
            () = sleep(Duration::from_millis(until.max(1))) => {
                let view = block_in_place(|| device.view())?;
                session.handle_timeout(clock.now(), &view);
            }
            _ = link.outgoing.reserve(), if is_blocked => {}
        }
    }
}

fn on_frame(
    device: &Device,
    session: &mut Session,
    frame: &Frame,
    now: Millis,
) -> Result<(), StoreError> {
    block_in_place(|| {
        let view = device.view()?;
        session.handle(now, frame.as_bytes(), &view);
        Ok(())
    })
}

/// Sends what the session has to say, as far as the link takes it. Answers whether more waits.
fn pump(
    device: &Device,
    session: &mut Session,
    link: &Link,
    now: Millis,
) -> Result<bool, StoreError> {
    block_in_place(|| {
        let view = device.view()?;
        loop {
            let permit = match link.outgoing.try_reserve() {
                Ok(permit) => permit,
                Err(mpsc::error::TrySendError::Full(())) => return Ok(true),
                Err(mpsc::error::TrySendError::Closed(())) => return Ok(false),
            };
            let Some(frame) = session.poll_send(now, &view) else {
                return Ok(false);
            };
            if let Ok(frame) = Frame::new(frame) {
                permit.send(frame);
            }
        }
    })
}

fn hand_on(
    device: &Device,
    event: Event,
    session: &mut Session,
    gate: &Gate,
    done: &mpsc::UnboundedSender<Done>,
    progress: &watch::Sender<Progress>,
    now: Millis,
) -> Result<(), StoreError> {
    match event {
        Event::Connected(peer) => progress.send_modify(|it| it.member = Some(peer.member)),
        Event::Entries { entries, bytes } => gate.entries(entries, bytes, done.clone()),
        Event::Fork { proof, bytes } => gate.fork(proof, bytes, done.clone()),
        Event::Blob {
            blob,
            offset,
            part,
            bytes,
        } => block_in_place(|| {
            if !part.is_empty() {
                device.take_blob(&blob, offset, &part)?;
            }
            let view = device.view()?;
            session.taken(now, bytes, 0, &view);
            Ok::<(), StoreError>(())
        })?,
        Event::Closed(reason) => progress.send_modify(|it| it.closed = Some(reason)),
        _ => {}
    }
    Ok(())
}
