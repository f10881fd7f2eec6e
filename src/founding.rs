//! Founding a network: from cards to a draft that every founder signs, to the genesis.
//!
//! ```text
//! vault ──card──► cards ──Proposal──► draft ──sign, merge──► draft ──close──► genesis
//! ```
//!
//! The rules are those of [`commune_crdt::genesis`]; here is what founders need not spell out.

use commune_crdt::{
    codec::is_clean,
    genesis::{
        Body, Card, CardError, CosignatureKey, Draft, GenesisError, LogLineKey, MAX_SIGNERS,
        Person, SeedCommitment,
    },
    keys::MemberKey,
    params::{Param, ParamError, Params, TALLY_QUORUMS, TallyQuorum},
    time::ClaimedMinutes,
};
use thiserror::Error;

use crate::vault::{Vault, signer::SignerKeys};

/// What members of a test network adhere to where its founders give no text of their own, in
/// French and in English, so that one text serves whoever tries the program.
pub const TEST_CHARTER: &str = include_str!("founding/charter.txt");

/// What founders say when they draft a genesis.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// Name of the network for people, may be empty.
    pub name: String,
    /// The founders.
    pub members: Vec<Card>,
    /// Those who sign checkpoints; if none are named, all founders, at most [`MAX_SIGNERS`].
    pub signers: Vec<Card>,
    /// Those who hold the keys of ballots; if none are named, the first founders.
    pub trustees: Vec<Card>,
    /// The text of the charter; a test network may go without.
    pub charter: Option<String>,
    /// Assignments `NAME=VALUE`.
    pub params: Vec<String>,
    /// Whether it is a test network.
    pub test_network: bool,
    /// The present minute.
    pub now: ClaimedMinutes,
}

impl Proposal {
    /// Makes the draft that the founders are to sign.
    ///
    /// # Errors
    ///
    /// [`ProposalError`] if it contradicts itself. A draft that only lacks founders is made, and
    /// [`Body::check_ready`] says what it lacks.
    pub fn draft(self) -> Result<Draft, ProposalError> {
        let mut params = Params::default();
        let mut set = Vec::new();
        for assignment in &self.params {
            set.push(params.assign(assignment)?);
        }
        let signers = if self.signers.is_empty() {
            first(&self.members, MAX_SIGNERS)
        } else {
            self.places("signer", &self.signers)?
        };
        let quorum_is_set = set.contains(&Param::Trustees);
        if !quorum_is_set && let Some(quorum) = self.tally_quorum(&params) {
            params.set(Param::Trustees, quorum.to_value())?;
        }
        let trustees = if self.trustees.is_empty() {
            first(&self.members, params.tally_quorum().trustees.into())
        } else {
            self.places("trustee", &self.trustees)?
        };
        let charter = match self.charter {
            Some(text) => clean_charter(&text)?,
            None if self.test_network => TEST_CHARTER.to_owned(),
            None => return Err(ProposalError::NoCharter),
        };
        let draft = Draft::new(Body {
            test_network: self.test_network,
            name: self.name,
            created: self.now,
            charter,
            params,
            founders: self.members,
            signers,
            trustees,
            import: None,
        })?;
        Ok(draft)
    }

    /// The pair of trustees and quorum that fits those named, or so few founders.
    fn tally_quorum(&self, params: &Params) -> Option<TallyQuorum> {
        if !self.trustees.is_empty() {
            return TallyQuorum::of_trustees(self.trustees.len());
        }
        let enough = |it: &TallyQuorum| usize::from(it.trustees) <= self.members.len();
        let default = params.tally_quorum();
        if enough(&default) {
            return None;
        }
        TALLY_QUORUMS.into_iter().rev().find(enough)
    }

    /// Where `cards` stand among the founders, ascending.
    fn places(&self, what: &'static str, cards: &[Card]) -> Result<Vec<u16>, ProposalError> {
        let mut places = Vec::new();
        for card in cards {
            let founder = (0..)
                .zip(&self.members)
                .find(|(_, it)| it.person().member == card.person().member)
                .map(|(place, _)| place);
            let place = founder.ok_or_else(|| ProposalError::NotAMember {
                what,
                name: card.person().name.clone(),
            })?;
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places.sort_unstable();
        Ok(places)
    }
}

/// The first `limit` places of the list.
fn first(members: &[Card], limit: usize) -> Vec<u16> {
    (0..)
        .zip(members.iter().take(limit))
        .map(|(place, _)| place)
        .collect()
}

/// The text as it is signed: lines end in a line feed alone, and nothing steers a terminal.
fn clean_charter(text: &str) -> Result<String, ProposalError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    for (line, content) in (1..).zip(text.split('\n')) {
        if !is_clean(content) {
            return Err(ProposalError::Charter { line });
        }
    }
    Ok(text)
}

/// The card of the member whose `vault` and `signer` keys these are.
///
/// # Errors
///
/// [`MakeCardError`] on a device that does not hold the member key.
pub fn card(vault: &Vault, signer: &SignerKeys) -> Result<Card, MakeCardError> {
    let member = vault
        .member()
        .ok_or(MakeCardError::NoMemberKey(vault.member_key))?;
    let person = Person {
        member: vault.member_key,
        name: vault.name.clone(),
        device: vault.device.device_key(),
        certificate: vault.certificate,
        cosignature: CosignatureKey(signer.cosignature.public()),
        log_line: LogLineKey(signer.log_line.public()),
        seed_commitment: SeedCommitment(signer.chain.commitment()),
        exchange: vault.sealing.exchange_key(),
        ml_kem: vault.sealing.ml_kem_key(),
    };
    Ok(Card::sign(person, &member)?)
}

/// Why this device cannot make the card of its member.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MakeCardError {
    /// Only a device that holds the member key can sign a card.
    #[error("this device does not hold the key of the member {0}")]
    NoMemberKey(MemberKey),
    /// A key or the name is not usable.
    #[error(transparent)]
    Card(#[from] CardError),
}

/// A proposal that contradicts itself.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ProposalError {
    /// A parameter is unknown, or its value is out of bounds.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// A signer or trustee who is no founder.
    #[error("the {what} {name} is not one of the founders")]
    NotAMember {
        /// What they were named as.
        what: &'static str,
        /// Their name.
        name: String,
    },
    /// A network that is no test needs a text of its own.
    #[error("only a test network can go without a charter of its own")]
    NoCharter,
    /// The charter holds what could steer a terminal.
    #[error("line {line} of the charter holds a control character")]
    Charter {
        /// The line, from 1.
        line: usize,
    },
    /// No network can be founded with it.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
}

#[cfg(test)]
mod tests {
    use commune_crdt::{
        genesis::{Genesis, MAX_CHARTER_LEN, MAX_FOUNDERS, MAX_GENESIS_LEN, NetworkSecret},
        keys::SecretKey,
    };

    use super::*;
    use crate::vault::random;

    #[test]
    fn four_founders_on_a_test_network_need_to_say_little() {
        let (vaults, cards) = people(4);
        let draft = Proposal {
            members: cards,
            params: vec!["sig_qty=3".to_owned()],
            test_network: true,
            ..Proposal::default()
        }
        .draft()
        .unwrap();
        assert_eq!(draft.body().check_ready(), Ok(()));
        assert_eq!(draft.body().signers().count(), 4);
        assert_eq!(draft.body().trustees().count(), 3);
        assert_eq!(draft.body().params.text(Param::Trustees), "3,2");

        let mut whole = draft.clone();
        for vault in &vaults {
            let mut copy = Draft::decode(&draft.encode()).unwrap();
            copy.sign(&vault.member().unwrap()).unwrap();
            whole.merge(&copy).unwrap();
        }
        let genesis = whole.close(NetworkSecret::new([1; 32])).unwrap();
        assert_eq!(Genesis::decode(&genesis.encode()), Ok(genesis));
    }

    #[test]
    fn six_founders_get_the_pair_of_the_laws() {
        let (_, cards) = people(6);
        let draft = plain(cards).draft().unwrap();
        assert_eq!(draft.body().check_ready(), Ok(()));
        assert_eq!(draft.body().trustees().count(), 5);
        assert_eq!(draft.body().signers().count(), 6);
    }

    #[test]
    fn named_trustees_and_signers_are_founders() {
        let (_, mut cards) = people(7);
        let stranger = cards.pop().unwrap();
        let draft = Proposal {
            signers: vec![
                cards[4].clone(),
                cards[0].clone(),
                cards[1].clone(),
                cards[2].clone(),
            ],
            trustees: vec![cards[5].clone(), cards[2].clone(), cards[3].clone()],
            ..plain(cards.clone())
        }
        .draft()
        .unwrap();
        assert_eq!(draft.body().signers, [0, 1, 2, 4]);
        assert_eq!(draft.body().trustees, [2, 3, 5]);
        assert_eq!(draft.body().params.text(Param::Trustees), "3,2");

        let error = Proposal {
            trustees: vec![stranger],
            ..plain(cards)
        }
        .draft()
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the trustee P6 is not one of the founders"
        );
    }

    #[test]
    fn trustees_that_contradict_the_parameter_are_refused() {
        let (_, cards) = people(6);
        let draft = Proposal {
            trustees: cards[..3].to_vec(),
            params: vec!["trustees=5,3".to_owned()],
            ..plain(cards)
        }
        .draft()
        .unwrap();
        let error = draft.body().check_ready().unwrap_err();
        assert_eq!(
            error.to_string(),
            "it has 3 trustees, the parameter trustees asks for 5"
        );
    }

    #[test]
    fn a_charter_is_taken_as_clean_lines() {
        let (_, cards) = people(6);
        let with = |text: &str| Proposal {
            charter: Some(text.to_owned()),
            ..plain(cards.clone())
        };
        let draft = with("\u{feff}One.\r\nTwo.\r\n").draft().unwrap();
        assert_eq!(draft.body().charter, "One.\nTwo.\n");
        let error = with("One.\nTwo\u{1b}[2J.\n").draft().unwrap_err();
        assert_eq!(error, ProposalError::Charter { line: 2 });
        let none = Proposal {
            charter: None,
            ..plain(cards.clone())
        };
        assert_eq!(none.draft().unwrap_err(), ProposalError::NoCharter);
    }

    #[test]
    fn the_largest_draft_fits_its_file() {
        let (vault, signer) = (vault_of(&"é".repeat(32)), SignerKeys::generate().unwrap());
        let card_len = card(&vault, &signer).unwrap().encode().len();
        let founders_len = card_len.saturating_add(65).saturating_mul(MAX_FOUNDERS);
        assert!(founders_len.saturating_add(MAX_CHARTER_LEN) < MAX_GENESIS_LEN);
    }

    fn plain(members: Vec<Card>) -> Proposal {
        Proposal {
            members,
            charter: Some("We look after the orchard together.\n".to_owned()),
            now: ClaimedMinutes(29_400_000),
            ..Proposal::default()
        }
    }

    fn people(count: usize) -> (Vec<Vault>, Vec<Card>) {
        (0..count)
            .map(|number| {
                let vault = vault_of(&format!("P{number}"));
                let card = card(&vault, &SignerKeys::generate().unwrap()).unwrap();
                (vault, card)
            })
            .unzip()
    }

    fn vault_of(name: &str) -> Vault {
        let seed = random::secret().unwrap();
        let vault = Vault::generate(name, &seed, ClaimedMinutes(29_400_000)).unwrap();
        assert_eq!(vault.member_key, SecretKey::from_seed(&seed).member_key());
        vault
    }
}
