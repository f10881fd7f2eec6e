//! A signer set as a C2SP `tlog-policy`: what others' verifiers need to know of a network.
//!
//! ```text
//! log commune/3f9a2c4e5b6d7081+<key id>+<base64 of 1 ‖ key>          a line a signer
//! witness zoe zoe.commune/3f9a2c4e5b6d7081+<key id>+<base64 of 4 ‖ key>
//! group SIGNERS 3 ana jo karim zoe
//! quorum SIGNERS
//! ```
//!
//! The log line of any one signer suffices; the cosignatures are what counts.

use super::{
    note::{COSIGNATURE_TYPE, LOG_LINE_TYPE, vkey},
    signers::SignerSet,
};

/// The policy of `set`; `None` for a set of nobody, which can make nothing final.
pub fn policy(set: &SignerSet) -> Option<String> {
    if set.signers().is_empty() {
        return None;
    }
    let origin = set.origin();
    let (mut logs, mut witnesses, mut group) = (String::new(), String::new(), String::new());
    for signer in set.signers() {
        let label = &signer.label;
        let name = format!("{label}.{origin}");
        let log = vkey(&origin, LOG_LINE_TYPE, &signer.log_line.0);
        let witness = vkey(&name, COSIGNATURE_TYPE, &signer.cosignature.0);
        logs.push_str(&format!("log {log}\n"));
        witnesses.push_str(&format!("witness {label} {witness}\n"));
        group.push_str(&format!(" {label}"));
    }
    let quorum = set.quorum();
    // No label can be called so: a group and a witness share their names.
    Some(format!(
        "{logs}{witnesses}group {GROUP} {quorum}{group}\nquorum {GROUP}\n"
    ))
}

/// Labels have no capital letters.
const GROUP: &str = "SIGNERS";

#[cfg(test)]
mod tests {
    use super::super::world::set_of;
    use super::*;

    #[test]
    fn a_policy_names_every_key_once_and_the_quorum() {
        for count in [1, 4, 22] {
            let set = set_of(count);
            let text = policy(&set).unwrap();
            let lines = |word| text.lines().filter(|it| it.starts_with(word)).count();
            assert_eq!(
                (lines("log "), lines("witness ")),
                (count.into(), count.into())
            );
            assert_eq!((lines("group "), lines("quorum ")), (1, 1));
            let group = text.lines().find(|it| it.starts_with("group ")).unwrap();
            let words: Vec<_> = group.split(' ').collect();
            assert_eq!(words[2], set.quorum().to_string());
            assert_eq!(words.len(), 3 + usize::from(count));
        }
        assert_eq!(policy(&set_of(0)), None);
    }
}
