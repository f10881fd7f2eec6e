//! Randomness: the one door to the operating system's generator.
//!
//! Nothing else in the program draws: keys, salts and nonces are made here or handed down from here.

use thiserror::Error;
use zeroize::Zeroizing;

/// `N` bytes that nobody can guess, erased from memory when dropped.
///
/// # Errors
///
/// [`RandomError`] when the system has none to give.
pub fn secret<const N: usize>() -> Result<Zeroizing<[u8; N]>, RandomError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut()).map_err(|cause| RandomError(cause.to_string()))?;
    Ok(bytes)
}

/// `N` bytes that never come twice and need not stay secret: a salt, a nonce, a tag.
///
/// # Errors
///
/// [`RandomError`] when the system has none to give.
pub fn unique<const N: usize>() -> Result<[u8; N], RandomError> {
    secret().map(|bytes| *bytes)
}

/// The operating system gave no random bytes.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the system gives no random bytes: {0}")]
pub struct RandomError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(*secret::<32>().unwrap(), *secret::<32>().unwrap());
        assert_ne!(unique::<16>().unwrap(), [0; 16]);
    }
}
