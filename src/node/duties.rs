//! What a running node does by itself: it takes in what is decided, takes its part in the next record if it
//! signs, pays standing orders that are due, and knows which ballots of a vote it need not hold.
//!
//! ```text
//! news ──bell──┐
//!              ├─► look (own thread, one at a time) ─► urge ─► Device::sign ─► entries, to the links
//! wait is over ┘                                         └─► how long to wait
//! ```

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use commune_crdt::time::{Height, Seconds};
use tokio::sync::{Notify, watch};

use super::signing::{LONGEST_WAIT_SECONDS, urge};
use crate::{
    clock,
    device::Device,
    finality::SignError,
    money::standing::{self, StandingError},
    votes,
};

/// The shortest wait between two looks: news that come together are looked at together.
const SETTLE: Duration = Duration::from_millis(20);

/// After an error, which may be a full disk.
const AFTER_ERROR: Duration = Duration::from_secs(60);

/// The duties of one node.
#[derive(Clone, Debug)]
pub(super) struct Duties {
    pub(super) device: Arc<Device>,
    /// Whether it signs, if this device is a signer.
    pub(super) signs: bool,
    /// When standing orders were looked at last, and on top of which record.
    pub(super) paid: Option<(Height, u64)>,
    /// On top of which record it was seen which ballots to hold.
    pub(super) settled: Option<Height>,
}

impl Duties {
    /// Looks until `stop`.
    pub(super) async fn keep(mut self, mut stop: watch::Receiver<bool>) {
        let bell = Arc::new(Notify::new());
        let heard = Arc::downgrade(&bell);
        self.device.subscribe(Box::new(move |_| {
            let bell = heard.upgrade();
            bell.inspect(|it| it.notify_one()).is_some()
        }));
        loop {
            let began = Instant::now();
            let mut duties = self.clone();
            let looking = tokio::task::spawn_blocking(move || {
                let looked = duties.look();
                (duties, looked)
            });
            let wait = match looking.await {
                Ok((duties, Ok(wait))) => {
                    self = duties;
                    wait
                }
                Ok((_, Err(error))) => {
                    tracing::error!(%error, "this device cannot sign");
                    AFTER_ERROR
                }
                Err(error) => {
                    tracing::error!(%error, "a look at what is final broke off");
                    AFTER_ERROR
                }
            };
            // A long history takes long to look at: at most half of the time goes there.
            let settle = began.elapsed().max(SETTLE);
            tokio::select! {
                () = bell.notified() => {}
                () = tokio::time::sleep(wait) => {}
                _ = stop.wait_for(|it| *it) => return,
            }
            tokio::time::sleep(settle).await;
        }
    }

    /// One look. Gives back how long to wait without news.
    fn look(&mut self) -> Result<Duration, SignError> {
        let now = Seconds(clock::unix_seconds());
        let device = &self.device;
        let longest = now.0.saturating_add(LONGEST_WAIT_SECONDS);
        let mut next = longest;
        if self.signs {
            let (urge, then) = device.with_finality(|it| urge(device, it, now))?;
            let steps = device.sign(urge, now, clock::claimed_now())?;
            for height in &steps.heights {
                tracing::info!(height = height.0, "final");
            }
            if steps.is_signer {
                next = steps.deadline.map_or(then, |it| it.min(then));
            }
        }
        let height = device.with_finality(|it| Ok(it.tip().height))?;
        if self.settled.replace(height) != Some(height)
            && let Err(error) = votes::settle_new(device)
        {
            tracing::error!(%error, "which ballots to hold is not known");
        }
        if let Err(error) = self.pay(height, now) {
            tracing::error!(%error, "standing orders are not paid");
        }
        // A deadline that is over was heeded just now.
        Ok(Duration::from_secs(next.saturating_sub(now.0).max(1)))
    }

    /// Pays what is due, after each record, which may have brought the money, and each hour.
    fn pay(&mut self, height: Height, now: Seconds) -> Result<(), StandingError> {
        let is_fresh = self.paid.is_some_and(|(on, at)| {
            on == height && now.0.saturating_sub(at) < LONGEST_WAIT_SECONDS
        });
        if is_fresh {
            return Ok(());
        }
        self.paid = Some((height, now.0));
        for done in standing::pay_due(&self.device, now, clock::claimed_now())? {
            tracing::info!(?done, "standing order");
        }
        Ok(())
    }
}
