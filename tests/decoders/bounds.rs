//! Changed inputs, and what reading one may cost.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait as _};

#[global_allocator]
static MEMORY: &PeakMemAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Each test holds it from its first line on: the allocator counts for the whole process.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Most bytes that a reader may hold at a time: so many for each of its input, and so many beside.
const PEAK_PER_BYTE: usize = 64;
const PEAK_BESIDE: usize = 1 << 20;

/// Longest time that reading one input may take.
const PATIENCE: Duration = Duration::from_millis(50);

/// A reader of bytes that strangers write.
pub(crate) struct Reader<'a> {
    pub(crate) name: &'a str,
    /// What it accepts as it is.
    pub(crate) seeds: Vec<Vec<u8>>,
    /// Makes another input of a seed.
    pub(crate) change: &'a dyn Fn(&mut Chance, &[u8]) -> Vec<u8>,
    /// Reads, and says whether it accepted.
    pub(crate) read: &'a dyn Fn(&[u8]) -> bool,
}

impl Reader<'_> {
    /// Reads changed inputs for a second, 20 s in the long form: none may panic, or cost too much.
    pub(crate) fn holds(&self) {
        let is_long = std::env::var_os("COMMUNE_LONG").is_some();
        let budget = Duration::from_secs(if is_long { 20 } else { 1 });
        let seed: u64 = std::env::var("COMMUNE_SEED").map_or(1, |it| it.parse().unwrap());
        for (number, input) in self.seeds.iter().enumerate() {
            assert!(
                (self.read)(input),
                "{}: seed {number} is refused",
                self.name
            );
        }
        let (mut number, mut accepted) = (0, 0_u64);
        let (mut most, mut longest) = (0, Duration::ZERO);
        let start = Instant::now();
        while number < 100 || start.elapsed() < budget {
            number += 1;
            let what = format!("{}: COMMUNE_SEED={seed}, input {number}", self.name);
            let mut chance = Chance(seed ^ number << 32);
            let input = &self.seeds[chance.index(self.seeds.len())];
            let input = (self.change)(&mut chance, input);

            let (is_accepted, peak, time) = self.cost(&input, &what);
            let limit = PEAK_PER_BYTE * input.len() + PEAK_BESIDE;
            assert!(
                peak <= limit,
                "{what}: {peak} bytes of memory for {}, the limit is {limit}",
                input.len()
            );
            assert!(time <= PATIENCE, "{what}: {time:?}");
            accepted += u64::from(is_accepted);
            most = most.max(peak);
            longest = longest.max(time);
        }
        println!(
            "{}: {number} inputs, {accepted} accepted, {most} bytes at most, {longest:?} at most",
            self.name
        );
    }

    /// Whether it accepts, the most memory it held, and how long it took: the shortest of three
    /// times where it seemed too long, for what else runs here is no fault of the reader's.
    fn cost(&self, input: &[u8], what: &str) -> (bool, usize, Duration) {
        let mut best = Duration::MAX;
        let (mut accepted, mut peak) = (false, 0);
        for _ in 0..3 {
            MEMORY.reset_peak_memory();
            let start = Instant::now();
            let read = catch_unwind(AssertUnwindSafe(|| (self.read)(input)));
            best = best.min(start.elapsed());
            peak = MEMORY.get_peak_memory();
            accepted = read.unwrap_or_else(|panic| {
                println!("{what} of {} bytes", input.len());
                resume_unwind(panic)
            });
            if best <= PATIENCE {
                break;
            }
        }
        (accepted, peak, best)
    }
}

/// Runs `job`: the most memory that it held, and how long it took.
pub(crate) fn measured(job: impl FnOnce()) -> (usize, Duration) {
    MEMORY.reset_peak_memory();
    let (start, before) = (Instant::now(), on_cores());
    job();
    let passed = start.elapsed();
    // What other work of the machine takes is not ours.
    let own = on_cores().zip(before).map(|(now, then)| now - then);
    (
        MEMORY.get_peak_memory(),
        own.map_or(passed, |it| it.min(passed)),
    )
}

/// Some changes, each of a kind that has broken readers: bits, bytes that are limits, lengths, cuts,
/// parts left out, doubled or moved.
pub(crate) fn change(chance: &mut Chance, input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.index(bytes.len().max(1));
        let end = (at + chance.index(64)).min(bytes.len());
        match chance.below(8) {
            _ if bytes.is_empty() => bytes.push(chance.byte()),
            0 | 1 => bytes[at] ^= 1 << chance.below(8),
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][chance.index(6)],
            3 => {
                let length: u32 =
                    [0, 1, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX][chance.index(6)];
                let width = 1 + chance.index(4);
                let end = (at + width).min(bytes.len());
                bytes[at..end].copy_from_slice(&length.to_be_bytes()[4 - (end - at)..]);
            }
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let again = bytes[at..end].repeat(1 + chance.index(20));
                bytes.splice(at..at, again);
            }
            _ => {
                let other: Vec<u8> = (0..chance.below(64)).map(|_| chance.byte()).collect();
                bytes.splice(at..end, other);
            }
        }
    }
    bytes
}

/// As [`change`], and then the right hash of it all, more often than not: who makes a file for
/// others to read can do that too.
pub(crate) fn change_and_sum(chance: &mut Chance, input: &[u8]) -> Vec<u8> {
    if chance.below(4) == 0 {
        return change(chance, input);
    }
    let whole = &input[..input.len() - 32];
    let mut bytes = change(chance, whole);
    bytes.extend(commune_crdt::hash::blake3(&[&bytes]));
    bytes
}

/// Numbers that a seed determines (`SplitMix64`).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub(crate) fn index(&mut self, limit: usize) -> usize {
        self.below(limit as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// Time that this process had on all cores, in steps of 10 ms, where the system tells.
fn on_cores() -> Option<Duration> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11);
    let [user, system] = [ticks.next()?, ticks.next()?].map(|it| it.parse::<u64>().ok());
    Some(Duration::from_millis((user? + system?) * 10))
}
