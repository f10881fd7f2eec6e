//! Why a rule gives an entry no effect, in the field's words.

use thiserror::Error;

/// Why an entry has no effect. Final at the record that includes the entry.
#[derive(Clone, Copy, Debug, Eq, Error, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody vouches for themselves.
    #[error("nobody certifies themselves")]
    CertifySelf,
    /// The issuer has as many live certifications as one may have given.
    #[error("too many certifications issued")]
    TooManyIssued,
    /// Fewer live certifications than a member needs.
    #[error("not enough certifications received")]
    NotEnoughReceived,
    /// The issuer certified this person a short while ago.
    #[error("the certification exists already")]
    AlreadyExists,
    /// Nobody with this key asked to join, or there is no such certification.
    #[error("does not exist")]
    DoesNotExist,
    /// The author of the entry is no member, or not any more.
    #[error("the author is not a member")]
    NotMember,
    /// Who is to be vouched for left, or asked and did not become a member in time.
    #[error("the person is not here any more")]
    Gone,
    /// The sponsor did not affirm identity, age and charter.
    #[error("identity, age and charter are not all affirmed")]
    NotAffirmed,
    /// The issuer withdrew it before it was taken.
    #[error("withdrawn")]
    Withdrawn,
    /// The author's newest known checkpoint is longer past than such an entry may wait.
    #[error("too old when it was included")]
    TooOld,
    /// A member is one for life.
    #[error("a member already")]
    MemberAlready,
    /// Another charter than the one in force.
    #[error("another charter is in force")]
    OtherCharter,
    /// The key was changed a short while ago.
    #[error("key changed too recently")]
    KeyChangedRecently,
    /// The key belongs to somebody already.
    #[error("the key is in use")]
    KeyInUse,
    /// The key was handed over to another one: it can only revoke.
    #[error("the key was handed over to another")]
    OldKey,
    /// The key is revoked.
    #[error("already revoked")]
    AlreadyRevoked,
    /// The device is revoked.
    #[error("the device is revoked")]
    DeviceRevoked,
    /// The author's device belongs to nobody here.
    #[error("the device belongs to nobody known")]
    UnknownDevice,
    /// A signature inside the entry is not by the key it names.
    #[error("a signature inside is false")]
    FalseSignature,
    /// The distance rule does not hold.
    #[error("distance not met")]
    DistanceNotMet,
    /// Fewer than two pairs of sponsors are near each other.
    #[error("the sponsors are strangers to each other")]
    SponsorsApart,
    /// All sponsors depend on one same person.
    #[error("one same person stands behind all sponsors")]
    OneBehindAll,
    /// All sponsors met the person at one meeting.
    #[error("all sponsors are from one meeting")]
    OneMeeting,
    /// The person moved to another commune a short while ago.
    #[error("moved too recently")]
    MovedRecently,
}

impl Refusal {
    /// All of them.
    const ALL: [Self; 24] = [
        Self::CertifySelf,
        Self::TooManyIssued,
        Self::NotEnoughReceived,
        Self::AlreadyExists,
        Self::DoesNotExist,
        Self::NotMember,
        Self::Gone,
        Self::NotAffirmed,
        Self::Withdrawn,
        Self::TooOld,
        Self::MemberAlready,
        Self::OtherCharter,
        Self::KeyChangedRecently,
        Self::KeyInUse,
        Self::OldKey,
        Self::AlreadyRevoked,
        Self::DeviceRevoked,
        Self::UnknownDevice,
        Self::FalseSignature,
        Self::DistanceNotMet,
        Self::SponsorsApart,
        Self::OneBehindAll,
        Self::OneMeeting,
        Self::MovedRecently,
    ];

    /// Its code in JSON and in messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::CertifySelf => "certify_self",
            Self::TooManyIssued => "too_many_issued",
            Self::NotEnoughReceived => "not_enough_received",
            Self::AlreadyExists => "certified_already",
            Self::DoesNotExist => "does_not_exist",
            Self::NotMember => "not_member",
            Self::Gone => "gone",
            Self::NotAffirmed => "not_affirmed",
            Self::Withdrawn => "withdrawn",
            Self::TooOld => "too_old",
            Self::MemberAlready => "member_already",
            Self::OtherCharter => "other_charter",
            Self::KeyChangedRecently => "key_changed_recently",
            Self::KeyInUse => "key_in_use",
            Self::OldKey => "old_key",
            Self::AlreadyRevoked => "already_revoked",
            Self::DeviceRevoked => "device_revoked",
            Self::UnknownDevice => "unknown_device",
            Self::FalseSignature => "false_signature",
            Self::DistanceNotMet => "distance_not_met",
            Self::SponsorsApart => "sponsors_apart",
            Self::OneBehindAll => "one_behind_all",
            Self::OneMeeting => "one_meeting",
            Self::MovedRecently => "moved_recently",
        }
    }

    /// The one with that code, if this program knows it.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule that is added has to be added to the list as well.
    #[test]
    fn a_rule_is_found_by_its_code() {
        for (number, rule) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(Refusal::of_code(rule.code()), Some(rule));
            let discriminant = format!("{rule:?}");
            let before = &Refusal::ALL[..number];
            assert!(before.iter().all(|it| format!("{it:?}") != discriminant));
        }
        let source = include_str!("refusal.rs");
        let codes = source.lines().filter(|line| line.contains(" => \""));
        assert_eq!(codes.count(), Refusal::ALL.len());
        assert_eq!(Refusal::of_code("nobody knows"), None);
    }
}
