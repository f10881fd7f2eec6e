//! Sticks for the node: whichever is plugged in while it runs is read and written.

use std::{path::PathBuf, sync::Arc, time::Duration};

use commune_crdt::sync::oneway::Coverage;
use commune_transports::stick::Watch;
use tokio::sync::{mpsc, watch};

use super::Node;
use crate::carry::{CarryError, Options, Visit, visit};

/// How often it looks whether the node ends.
const TICK: Duration = Duration::from_millis(300);

/// What became of a stick.
#[derive(Debug)]
pub struct Visited {
    /// Where it is mounted.
    pub path: PathBuf,
    /// What was done, or why nothing.
    pub result: Result<Visit, CarryError>,
}

/// Attends to sticks until `stop`, and tells of each. Blocks: give it a thread.
pub(super) fn attend(
    node: &Arc<Node>,
    stop: &watch::Receiver<bool>,
    told: &mpsc::UnboundedSender<Visited>,
) {
    let mut mounts = match Watch::new(None) {
        Ok(mounts) => mounts,
        Err(error) => {
            tracing::info!(%error, "no sticks are noticed");
            return;
        }
    };
    while !*stop.borrow() {
        let Ok(fresh) = mounts.next(TICK) else { return };
        for mount in fresh {
            let options = Options {
                write: true,
                dry_run: false,
                quota: None,
                claimed: crate::clock::claimed_now(),
            };
            let mut nowhere = Coverage::default();
            let mut heard = |_| !*stop.borrow();
            let result = visit(
                &node.device,
                &mount.path,
                &options,
                &mut nowhere,
                &mut heard,
            );
            // Nobody may listen; the stick is served all the same.
            let _ = told.send(Visited {
                path: mount.path,
                result,
            });
        }
    }
}
