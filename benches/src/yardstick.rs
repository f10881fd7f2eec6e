//! What the machine itself can do: the most signatures that all its cores verify in a second.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

/// Bytes that an ordinary entry's signature covers.
const SIGNED_LEN: usize = 140;

/// Devices that sign, in turn.
const SIGNERS: u8 = 100;

/// Signed messages as they come from outside: nothing is decoded yet.
#[derive(Debug)]
pub struct Signed(Vec<([u8; 32], [u8; 64], [u8; SIGNED_LEN])>);

/// Verifications a second.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// All cores together.
    pub a_second: f64,
    /// Cores that worked.
    pub cores: usize,
}

impl Signed {
    /// Signs this many messages.
    #[must_use]
    pub fn of(count: u32) -> Self {
        let signers: Vec<_> = (0..SIGNERS)
            .map(|seed| SigningKey::from_bytes(&[seed; 32]))
            .collect();
        let signed = (0..count)
            .zip(signers.iter().cycle())
            .map(|(number, signer)| {
                let mut message = [0; SIGNED_LEN];
                let mut stream = blake3::Hasher::new();
                stream
                    .update(&number.to_be_bytes())
                    .finalize_xof()
                    .fill(&mut message);
                (
                    signer.verifying_key().to_bytes(),
                    signer.sign(&message).to_bytes(),
                    message,
                )
            });
        Self(signed.collect())
    }

    /// Decodes the key and verifies strictly, one message after the other, on each core.
    ///
    /// # Errors
    /// When a signature does not hold.
    pub fn verify_on_all_cores(&self) -> Result<Rate> {
        let Self(signed) = self;
        let cores = thread::available_parallelism()?.get();
        let share = signed.len().div_ceil(cores).max(1);
        let start = Instant::now();
        thread::scope(|scope| {
            let workers: Vec<_> = signed
                .chunks(share)
                .map(|chunk| scope.spawn(|| verify(chunk)))
                .collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().ok().context("a verifying thread panicked")?)
        })?;
        Ok(Rate {
            a_second: rate(signed.len(), start.elapsed()),
            cores,
        })
    }
}

fn verify(signed: &[([u8; 32], [u8; 64], [u8; SIGNED_LEN])]) -> Result<()> {
    for (key, signature, message) in signed {
        VerifyingKey::from_bytes(key)?.verify_strict(message, &Signature::from_bytes(signature))?;
    }
    Ok(())
}

/// How many a second.
#[must_use]
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a figure to read"
)]
pub fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_verifies_and_what_was_changed_does_not() {
        let mut signed = Signed::of(20);
        assert!(signed.verify_on_all_cores().unwrap().a_second > 0.0);
        signed.0[7].2[0] ^= 1;
        assert!(signed.verify_on_all_cores().is_err());
    }
}

/// Time of this thread on a core: other work of the machine is not ours. Where the system does not
/// tell it, the time that passed.
#[derive(Debug)]
pub(crate) struct Watch {
    on_core: Option<u64>,
    start: Instant,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self {
            on_core: on_core_ns(),
            start: Instant::now(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        let passed = self.start.elapsed();
        let on_core = on_core_ns().zip(self.on_core);
        on_core.map_or(passed, |(now, then)| {
            Duration::from_nanos(now.saturating_sub(then))
        })
    }
}

fn on_core_ns() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
