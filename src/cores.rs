//! Work shared out to all cores.

use std::{
    num::NonZeroUsize,
    panic,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// How many cores this process may use.
pub fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// `make` of each item and its place, in order. Each core takes the next item when it is free.
///
/// Items should take some microseconds each, or cores spend their time meeting.
pub fn map<T: Sync, R: Send>(items: &[T], make: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let threads = count().min(items.len());
    if threads < 2 {
        return (0..).zip(items).map(|(at, item)| make(at, item)).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return done;
            };
            done.push((at, make(at, item)));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut done = worker();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(cause) => panic::resume_unwind(cause),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_none_is_lost() {
        let items: Vec<usize> = (0..10_000).collect();
        for len in [0, 1, 2, 10_000] {
            let made = map(&items[..len], |at, item| (at, *item));
            assert!(made.iter().all(|(at, item)| at == item));
            assert_eq!(made.len(), len);
        }
    }

    #[test]
    #[should_panic(expected = "number 7")]
    fn a_panic_reaches_the_caller() {
        map(&[0; 64], |at, _| assert!(at != 7, "number {at}"));
    }
}
