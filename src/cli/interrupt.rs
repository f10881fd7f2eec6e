//! Ctrl-C and the polite end by the system.
//!
//! Most commands are short and crash-safe, so an interruption ends them at once with 130 (or 143).
//! A command with something to tidy holds a [`Guard`]: then the first interruption only raises the
//! flag that it looks at, and the second one ends it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::watch;

/// Whether the caller has had enough. Copies share one flag.
#[derive(Clone, Debug)]
pub struct Interrupt {
    flag: watch::Sender<bool>,
    guards: Arc<AtomicUsize>,
}

impl Interrupt {
    /// A flag that is down.
    pub fn new() -> Self {
        Self {
            flag: watch::Sender::new(false),
            guards: Arc::default(),
        }
    }

    /// Raises the flag.
    pub fn raise(&self) {
        self.flag.send_replace(true);
    }

    /// Whether the flag is up.
    pub fn requested(&self) -> bool {
        *self.flag.borrow()
    }

    /// Waits until the flag is up.
    pub async fn wait(&self) {
        // An error means that the sender is gone, which `self` prevents.
        let _ = self.flag.subscribe().wait_for(|up| *up).await;
    }

    /// Says that the command looks at the flag and ends by itself. Hold it until then.
    pub fn guard(&self) -> Guard {
        self.guards.fetch_add(1, Ordering::SeqCst);
        Guard(self.clone())
    }

    /// Whether a command looks at the flag.
    pub fn guarded(&self) -> bool {
        self.guards.load(Ordering::SeqCst) > 0
    }
}

impl Default for Interrupt {
    fn default() -> Self {
        Self::new()
    }
}

/// A promise to look at [`Interrupt::requested`]; see [`Interrupt::guard`].
#[derive(Debug)]
pub struct Guard(Interrupt);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.guards.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Listens for the signals of this process from a thread of its own, for as long as it lives.
///
/// `leave` ends the process with the number it is given.
pub(super) fn listen(interrupt: Interrupt, leave: fn(u8)) {
    let listener = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let (mut int, mut term) = (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            );
            loop {
                let number = tokio::select! {
                    _ = int.recv() => 130,
                    _ = term.recv() => 143,
                };
                let again = interrupt.requested();
                interrupt.raise();
                if again || !interrupt.guarded() {
                    leave(number);
                }
            }
        })
    };
    // Without the thread the signals keep their usual effect, which ends the process as well.
    let _ = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || -> std::io::Result<()> { listener() });
}
