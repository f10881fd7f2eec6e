//! What went wrong with a vote, as people and scripts read it.

use commune_crdt::{codec::to_u64, payload::OpeningError};

use crate::{
    failure::{Exit, Failure},
    votes::VotesError,
};

/// The failure that an error of votes is.
pub(in crate::cli) fn failure(error: VotesError) -> Failure {
    match error {
        VotesError::Unknown(name) => {
            Failure::new(Exit::NotFound, "vote.unknown").with("vote", name)
        }
        VotesError::Ambiguous(name) => {
            Failure::new(Exit::NotFound, "vote.ambiguous").with("vote", name)
        }
        VotesError::NotOpened(id) => {
            Failure::new(Exit::NotFound, "vote.not_opened").with("vote", id.to_string())
        }
        VotesError::Covered(height) => {
            Failure::new(Exit::NotFound, "vote.covered").with("height", u64::from(height.0))
        }
        VotesError::Incomplete(parts) => {
            Failure::new(Exit::NotFound, "vote.incomplete").with("count", to_u64(parts.len()))
        }
        VotesError::Question(cause) => Failure::new(Exit::Usage, "vote.question").because(&cause),
        VotesError::Opening(cause) => of_opening(&cause).because(&cause),
        VotesError::Choice(cause) => Failure::new(Exit::Usage, "vote.choice").because(&cause),
        VotesError::NoMember(who) => {
            Failure::new(Exit::NotFound, "member.unknown").with("who", who)
        }
        VotesError::Trustees { found, needed } => Failure::new(Exit::Usage, "vote.trustees")
            .with("found", to_u64(found))
            .with("needed", to_u64(needed)),
        VotesError::NotVoting("preparing") => Failure::new(Exit::Refused, "vote.no_key"),
        VotesError::NotVoting("failed") => Failure::new(Exit::Refused, "vote.no_trustees"),
        VotesError::NotVoting(_) => Failure::new(Exit::Refused, "vote.over"),
        VotesError::NotElector => Failure::new(Exit::Refused, "vote.not_elector"),
        VotesError::NotPrepared => Failure::new(Exit::NotFound, "vote.not_prepared"),
        VotesError::Cast(cause) => Failure::new(Exit::Failed, "vote.encryption").because(&cause),
        VotesError::Ballot(cause) => Failure::new(Exit::Damaged, "vote.proof").because(&cause),
        VotesError::Open(cause) => Failure::new(Exit::Damaged, "vote.sum").because(&cause),
        VotesError::Sum(cause) => Failure::new(Exit::Damaged, "vote.sum").because(&cause),
        VotesError::Form(cause) => Failure::new(Exit::Damaged, "vote.file").because(&cause),
        VotesError::Interrupted => Failure::new(Exit::Interrupted, "run.interrupted"),
        VotesError::Write(error) => error.into(),
        VotesError::Vault(error) => error.into(),
        VotesError::Store(error) => error.into(),
        other => of_trustees(other),
    }
}

fn of_opening(cause: &OpeningError) -> Failure {
    match cause {
        OpeningError::Twice => Failure::new(Exit::Usage, "vote.trustee_twice"),
        OpeningError::Period { .. } => Failure::new(Exit::Usage, "vote.period"),
        _ => Failure::new(Exit::Usage, "vote.substitutes"),
    }
}

/// Those that trustees and openers meet.
fn of_trustees(error: VotesError) -> Failure {
    match error {
        VotesError::NoReference(id) => {
            Failure::new(Exit::NotFound, "vote.no_reference").with("id", id)
        }
        VotesError::Reference(cause) => {
            Failure::new(Exit::Damaged, "vote.reference").because(&cause)
        }
        VotesError::TestReference => Failure::new(Exit::Refused, "vote.test_reference"),
        VotesError::NotTrustee => Failure::new(Exit::Refused, "trustee.none"),
        VotesError::NoSeed(piece) => {
            Failure::new(Exit::NotFound, "trustee.no_seed").with("piece", u64::from(piece))
        }
        VotesError::NoSealingKey(who) => {
            Failure::new(Exit::NotFound, "trustee.no_sealing_key").with("who", who)
        }
        other => Failure::new(Exit::Damaged, "trustee.piece").because(&other),
    }
}
