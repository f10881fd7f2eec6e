//! The revocation file: a statement, signed ahead, that ends the member key for ever.
//!
//! It is made with the key, so that whoever loses the key (or finds it stolen) can still end it. It
//! holds no secret, but whoever has it can end the key: it belongs on paper or on a stick at home.
//!
//! ```text
//! # what this file is, in plain words
//! member: 3b6a27bc…            64 hexadecimal digits
//! name: Zoé
//! signature: 8c1f…             128 hexadecimal digits
//! ```

use commune_crdt::{
    hash::{from_hex, to_hex},
    keys::{MemberKey, SecretKey, Signature},
    payload::Revocation,
};
use thiserror::Error;

/// The longest revocation file that is read, in bytes.
pub const MAX_LEN: usize = 16 * 1024;

/// The file that ends the key `member` of `name`; `about` tells its reader what it is for.
pub fn write(member: &SecretKey, name: &str, about: &str) -> String {
    let revocation = Revocation::sign(member);
    let about: String = about
        .lines()
        .map(|line| format!("# {line}").trim_end().to_owned() + "\n")
        .collect();
    format!(
        "{about}\nmember: {}\nname: {name}\nsignature: {}\n",
        revocation.member,
        to_hex(&revocation.signature.0)
    )
}

/// Reads a revocation file and checks its signature.
///
/// # Errors
///
/// [`RevocationError`] if a line is missing or wrong, or the signature is false.
pub fn read(text: &str) -> Result<Revocation, RevocationError> {
    let field = |name: &'static str| {
        text.lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
            .ok_or(RevocationError::Missing(name))
    };
    let revocation = Revocation {
        member: field("member")?
            .parse()
            .map_err(|_| RevocationError::Missing("member"))?,
        signature: from_hex(field("signature")?)
            .map(Signature)
            .ok_or(RevocationError::Missing("signature"))?,
    };
    revocation
        .verify()
        .map_err(|_| RevocationError::False(revocation.member))?;
    Ok(revocation)
}

/// A file that ends no key.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum RevocationError {
    /// A line is missing or is not of its form.
    #[error("there is no line with a valid {0}")]
    Missing(&'static str),
    /// The key named did not sign it.
    #[error("{0} did not sign it")]
    False(MemberKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_survives_what_editors_and_mail_do_to_it() {
        let key = SecretKey::from_seed(&[1; 32]);
        let text = write(&key, "Zoé", "Keep this.\n\nmember: not this line");
        for text in [
            text.clone(),
            text.replace('\n', "\r\n"),
            format!("\n\n  {text}  \n"),
        ] {
            assert_eq!(read(&text).unwrap(), Revocation::sign(&key));
        }
    }

    #[test]
    fn a_changed_revocation_ends_nothing() {
        let key = SecretKey::from_seed(&[1; 32]);
        let text = write(&key, "Zoé", "Keep this.");
        let other = SecretKey::from_seed(&[2; 32]).member_key();
        let changed = text.replace(&key.member_key().to_string(), &other.to_string());
        assert_eq!(read(&changed).unwrap_err(), RevocationError::False(other));
        for len in 0..text.len() - 1 {
            if let Some(cut) = text.get(..len) {
                assert!(read(cut).is_err(), "{len}");
            }
        }
    }
}
