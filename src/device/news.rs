//! News: what became part of the history and is safe on disk, for whoever wants to pass it on.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use commune_crdt::entry::LogId;

use crate::intake::Taken;

/// What is new.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// Consecutive places of a log: from, and the first one that is not new.
    pub ranges: Vec<(LogId, u32, u32)>,
    /// Logs with a new fork point.
    pub forks: Vec<LogId>,
}

impl News {
    pub(super) fn of(taken: &Taken) -> Self {
        let mut ranges: Vec<(LogId, u32, u32)> = Vec::new();
        for (log, seq) in &taken.placed {
            match ranges.last_mut() {
                Some((last, _, to)) if last == log && to == seq => *to = seq.saturating_add(1),
                _ => ranges.push((*log, *seq, seq.saturating_add(1))),
            }
        }
        Self {
            ranges,
            forks: taken.forks.clone(),
        }
    }
}

/// Who is told. Answers whether it wants to hear more.
pub type Reader = Box<dyn Fn(&Arc<News>) -> bool + Send>;

#[derive(Default)]
pub(super) struct Desk {
    readers: Mutex<Vec<Reader>>,
}

impl Desk {
    pub(super) fn subscribe(&self, reader: Reader) {
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(reader);
    }

    pub(super) fn tell(&self, news: &News) {
        if news.ranges.is_empty() && news.forks.is_empty() {
            return;
        }
        let news = Arc::new(news.clone());
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|reader| reader(&news));
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}
