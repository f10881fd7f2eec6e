//! Bluetooth for the node: meets whom the radio found, tells it what this device holds, and ends rounds.

use std::{sync::Arc, time::Duration};

use commune_crdt::{
    genesis::{NetworkSecret, Purpose},
    sync::message::ByeReason,
};
use commune_transports::bluetooth::{Bluetooth, BluetoothOptions, Way};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::Node;
use crate::{
    device::Device,
    exchange::{Progress, Wish},
};

/// Both sides in sync for so long with nothing new: the place is another neighbour's.
const LINGER: Duration = Duration::from_secs(3);

/// What this device holds is told to the radio no more often: each change is another advertisement.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// How to take part by Bluetooth.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Radio {
    /// The adapter's name; `None` takes the first.
    pub adapter: Option<String>,
    /// By which way neighbours are talked to.
    pub way: Way,
    /// Links at once.
    pub links: usize,
}

impl Radio {
    /// Begins to look for neighbours of `device`.
    pub(super) fn start(&self, device: &Device) -> Bluetooth {
        let keys = |purpose| -> Vec<[u8; 32]> {
            let secret = device.genesis().secret().into_iter();
            let generations = NetworkSecret::accepted(0).rev();
            secret
                .flat_map(|it| generations.clone().map(move |at| it.key(purpose, at)))
                .collect()
        };
        let mut options = BluetoothOptions::new(device.vault().device.seed());
        options.tag_keys = keys(Purpose::Tag);
        options.channel_keys = keys(Purpose::Channel);
        options.adapter.clone_from(&self.adapter);
        options.way = self.way;
        options.links = self.links;
        Bluetooth::start(options, digest(device))
    }
}

/// Takes links from the radio and tells it the news, until `stop`.
pub(super) async fn attend(node: &Arc<Node>, mut stop: watch::Receiver<bool>) {
    let Some(bluetooth) = &node.bluetooth else {
        return;
    };
    let bell = Arc::new(Notify::new());
    let heard = Arc::downgrade(&bell);
    node.device.subscribe(Box::new(move |_| {
        let bell = heard.upgrade();
        bell.inspect(|it| it.notify_one()).is_some()
    }));
    let tell = async {
        loop {
            bell.notified().await;
            let device = Arc::clone(&node.device);
            // A look that broke off is made up for by the next news.
            if let Ok(digest) = tokio::task::spawn_blocking(move || digest(&device)).await {
                bluetooth.state_is(digest);
            }
            sleep(TELL_EVERY).await;
        }
    };
    let meet = async {
        while let Some(link) = bluetooth.next_link().await {
            node.meet(link);
        }
    };
    tokio::select! {
        () = async { tokio::join!(tell, meet); } => {}
        _ = stop.wait_for(|it| *it) => {}
    }
}

/// Ends a session that has nothing more to say.
pub(super) async fn round(mut progress: watch::Receiver<Progress>, wish: watch::Sender<Wish>) {
    while progress.wait_for(|it| it.is_in_sync).await.is_ok() {
        // Anything that moves on the link begins the wait anew.
        match timeout(LINGER, progress.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                wish.send_replace(Wish::End(ByeReason::Leaving));
                return;
            }
        }
    }
}

/// What tells apart what devices hold; the same that a session compares first.
fn digest(device: &Device) -> [u8; 32] {
    device.history().map_or([0; 32], |it| it.digest())
}
