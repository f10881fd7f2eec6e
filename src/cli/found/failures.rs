//! What goes wrong while founding, as failures of the command line.

use std::path::Path;

use commune_crdt::{
    genesis::{DraftError, GenesisError},
    params::{Param, ParamError},
};

use crate::{
    failure::{Exit, Failure},
    founding::ProposalError,
};

pub(super) fn of_proposal(error: ProposalError) -> Failure {
    match error {
        ProposalError::Param(error) => of_param(error),
        ProposalError::NotAMember { name, .. } => {
            Failure::new(Exit::Usage, "found.no_founder").with("name", name)
        }
        ProposalError::NoCharter => Failure::new(Exit::Usage, "found.no_charter"),
        ProposalError::Charter { line } => {
            Failure::new(Exit::Damaged, "found.charter_line").with("line", line)
        }
        ProposalError::Genesis(GenesisError::NoCharter) => {
            Failure::new(Exit::Usage, "found.empty_charter")
        }
        ProposalError::Genesis(GenesisError::Twice {
            what,
            first,
            second,
        }) => Failure::new(Exit::Refused, "rule.one_key")
            .with("what", what)
            .with("first", first)
            .with("second", second),
        ref error => Failure::new(Exit::Refused, "found.impossible").because(error),
    }
}

fn of_param(error: ParamError) -> Failure {
    let allowed = |name: &str| Param::named(name).map(|it| it.spec().bounds());
    match error {
        ParamError::NotAnAssignment(text) => {
            Failure::new(Exit::Usage, "param.no_assignment").with("text", text)
        }
        ParamError::UnknownName(name) => {
            let names: Vec<_> = Param::ALL.iter().map(|it| it.spec().name).collect();
            Failure::new(Exit::Usage, "param.unknown")
                .with("name", name)
                .with("names", names.join(", "))
        }
        ParamError::NotAValue { name, text, .. } => Failure::new(Exit::Usage, "param.value")
            .with("name", name)
            .with("value", text)
            .with("allowed", allowed(name).unwrap_or_default()),
        ParamError::OutOfBounds {
            name,
            value,
            allowed,
        } => Failure::new(Exit::Refused, "rule.bounds")
            .with("name", name)
            .with("value", value)
            .with("allowed", allowed),
        ref error => Failure::new(Exit::Usage, "param.unusable").because(error),
    }
}

pub(super) fn of_draft(path: &Path, error: &DraftError) -> Failure {
    match error {
        DraftError::NotAFounder => {
            Failure::new(Exit::Refused, "found.not_a_founder").with("path", path)
        }
        DraftError::OtherBody { .. } => Failure::new(Exit::Refused, "found.differs")
            .with("path", path)
            .because(error),
        DraftError::Unsigned(names) => {
            Failure::new(Exit::Refused, "found.unsigned").with("names", names.join(", "))
        }
        DraftError::Genesis(error) => of_genesis(path, error),
        error => Failure::new(Exit::Refused, "found.impossible").because(error),
    }
}

/// A draft that cannot be read, or with which no network can start.
pub(super) fn of_genesis(path: &Path, error: &GenesisError) -> Failure {
    match error {
        GenesisError::TooFewFounders { founders, needed } => {
            let least = Param::SigQty.spec().min.saturating_add(1);
            Failure::new(Exit::Refused, "rule.founders")
                .with("founders", *founders)
                .with("needed", *needed)
                .with("least", least)
        }
        GenesisError::TooFewSigners { signers, least } => {
            Failure::new(Exit::Refused, "rule.signers")
                .with("signers", *signers)
                .with("least", *least)
        }
        GenesisError::Trustees { trustees, asked } => Failure::new(Exit::Refused, "rule.trustees")
            .with("trustees", *trustees)
            .with("asked", *asked),
        error => Failure::new(Exit::Damaged, "found.unreadable")
            .with("path", path)
            .because(error),
    }
}
