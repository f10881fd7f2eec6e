//! The rules that refuse, and what to do then, in the words of the person.

use commune_crdt::trust::Refusal;

use super::Context;
use crate::{
    failure::{Exit, Failure},
    messages,
};

/// The failure of a command that a rule refuses before anything is signed; `name` is the person
/// whom it was about.
pub(super) fn failure(ctx: &Context, refusal: Refusal, name: &str) -> Failure {
    let failure = match refusal {
        Refusal::CertifySelf => Failure::new(Exit::Refused, "rule.certify_self"),
        Refusal::TooManyIssued => Failure::new(Exit::Refused, "rule.too_many_issued"),
        Refusal::AlreadyExists => Failure::new(Exit::Refused, "rule.certified_already"),
        Refusal::DoesNotExist => Failure::new(Exit::Refused, "rule.does_not_exist"),
        Refusal::NotMember => Failure::new(Exit::Refused, "rule.not_member"),
        Refusal::Gone => Failure::new(Exit::Refused, "rule.gone"),
        Refusal::MemberAlready => Failure::new(Exit::Refused, "rule.not_candidate"),
        Refusal::OldKey => Failure::new(Exit::Refused, "rule.old_key"),
        Refusal::AlreadyRevoked => Failure::new(Exit::Refused, "rule.already_revoked"),
        Refusal::DeviceRevoked => Failure::new(Exit::Refused, "rule.device_revoked"),
        Refusal::TooOld => Failure::new(Exit::Refused, "rule.too_old"),
        Refusal::KeyChangedRecently => Failure::new(Exit::Refused, "rule.key_changed_recently"),
        other => {
            Failure::new(Exit::Refused, "rule.refused").because_words(ctx.text(key(other), &[]))
        }
    };
    failure.with("name", name)
}

/// The key of the text that says why a rule gives an entry no effect.
pub(super) const fn key(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::CertifySelf => messages::key("refused-certify-self"),
        Refusal::TooManyIssued => messages::key("refused-too-many-issued"),
        Refusal::NotEnoughReceived => messages::key("refused-not-enough-received"),
        Refusal::AlreadyExists => messages::key("refused-certified-already"),
        Refusal::DoesNotExist => messages::key("refused-does-not-exist"),
        Refusal::NotMember => messages::key("refused-not-member"),
        Refusal::Gone => messages::key("refused-gone"),
        Refusal::NotAffirmed => messages::key("refused-not-affirmed"),
        Refusal::Withdrawn => messages::key("refused-withdrawn"),
        Refusal::TooOld => messages::key("refused-too-old"),
        Refusal::MemberAlready => messages::key("refused-member-already"),
        Refusal::OtherCharter => messages::key("refused-other-charter"),
        Refusal::KeyChangedRecently => messages::key("refused-key-changed-recently"),
        Refusal::KeyInUse => messages::key("refused-key-in-use"),
        Refusal::OldKey => messages::key("refused-old-key"),
        Refusal::AlreadyRevoked => messages::key("refused-already-revoked"),
        Refusal::DeviceRevoked => messages::key("refused-device-revoked"),
        Refusal::UnknownDevice => messages::key("refused-unknown-device"),
        Refusal::FalseSignature => messages::key("refused-false-signature"),
        Refusal::DistanceNotMet => messages::key("refused-distance-not-met"),
        Refusal::SponsorsApart => messages::key("refused-sponsors-apart"),
        Refusal::OneBehindAll => messages::key("refused-one-behind-all"),
        Refusal::OneMeeting => messages::key("refused-one-meeting"),
        Refusal::MovedRecently => messages::key("refused-moved-recently"),
        _ => messages::key("refused-other"),
    }
}

/// The key of the text that says what to do about it.
pub(super) const fn hint(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::CertifySelf => messages::key("refused-hint-certify-self"),
        Refusal::TooManyIssued => messages::key("refused-hint-too-many-issued"),
        Refusal::NotEnoughReceived => messages::key("refused-hint-not-enough-received"),
        Refusal::AlreadyExists => messages::key("refused-hint-certified-already"),
        Refusal::DoesNotExist => messages::key("refused-hint-does-not-exist"),
        Refusal::NotMember => messages::key("refused-hint-not-member"),
        Refusal::Gone => messages::key("refused-hint-gone"),
        Refusal::NotAffirmed => messages::key("refused-hint-not-affirmed"),
        Refusal::Withdrawn => messages::key("refused-hint-withdrawn"),
        Refusal::TooOld => messages::key("refused-hint-too-old"),
        Refusal::MemberAlready => messages::key("refused-hint-member-already"),
        Refusal::OtherCharter => messages::key("refused-hint-other-charter"),
        Refusal::KeyChangedRecently => messages::key("refused-hint-key-changed-recently"),
        Refusal::KeyInUse => messages::key("refused-hint-key-in-use"),
        Refusal::OldKey => messages::key("refused-hint-old-key"),
        Refusal::AlreadyRevoked => messages::key("refused-hint-already-revoked"),
        Refusal::DeviceRevoked => messages::key("refused-hint-device-revoked"),
        Refusal::UnknownDevice => messages::key("refused-hint-unknown-device"),
        Refusal::FalseSignature => messages::key("refused-hint-false-signature"),
        Refusal::DistanceNotMet => messages::key("refused-hint-distance-not-met"),
        Refusal::SponsorsApart => messages::key("refused-hint-sponsors-apart"),
        Refusal::OneBehindAll => messages::key("refused-hint-one-behind-all"),
        Refusal::OneMeeting => messages::key("refused-hint-one-meeting"),
        Refusal::MovedRecently => messages::key("refused-hint-moved-recently"),
        _ => messages::key("refused-hint-other"),
    }
}
