//! Parameters: the numbers that members change by law.
//!
//! One table says what exists. Nothing outside it can be set, and no value leaves its hard bounds,
//! whether a founder types it, a genesis carries it or a law amends it.
//!
//! # Bytes
//!
//! | bytes | field |
//! |------:|-------|
//! |     1 | number of parameters that follow |
//! |     1 | index in the table; MUST ascend |
//! |   var | value in the unit of the table |
//!
//! A genesis writes the parameters of the first release, and of later ones those that its founders
//! set, so that one made of the same choices keeps its name. One that it lacks has the default of the
//! table, for ever: a default MUST NOT change once released.

mod text;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::codec::{CodecError, Reader, Writer};

/// Declares the table once: the names in code, the names in text, units, bounds and classes.
macro_rules! parameters {
    ($($index:literal $param:ident $name:literal $unit:ident $default:literal
       [$min:literal $max:literal] $class:ident $doc:literal)*) => {
        /// A number that the network can change in its own working.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Param {
            $(#[doc = $doc] $param,)*
        }

        impl Param {
            /// All of them, in order of their index.
            pub const ALL: &[Self] = &[$(Self::$param),*];

            /// Its row in the table.
            pub const fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$param => &Spec {
                        index: $index,
                        name: $name,
                        unit: Unit::$unit,
                        default: $default,
                        min: $min,
                        max: $max,
                        class: Class::$class,
                        meaning: $doc,
                    },)*
                }
            }

            /// The parameter that holds the most its value may move at once, if one does.
            pub const fn largest_step(self) -> Option<Self> {
                match self {
                    Self::Growth => Some(Self::GrowthStep),
                    _ => None,
                }
            }
        }
    };
}

// Amounts are thousandths, c is hundredths of a percent, pairs are trustees * 256 + quorum.
parameters! {
     0 SigQty              "sig_qty"              Certifications             5 [         3            12] Constitutional
       "Certifications that a member needs."
     1 SigPeriod           "sig_period"           Seconds              432_000 [     3_600     2_592_000] Organic
       "Time between two certifications of one issuer."
     2 SigStock            "sig_stock"            Certifications           100 [        20           200] Organic
       "Live certifications that a member may have given."
     3 SigValidity         "sig_validity"         Seconds           63_115_200 [31_557_600   157_788_000] Organic
       "Life of a certification."
     4 MembershipValidity  "membership_validity"  Seconds           31_557_600 [15_778_800    94_672_800] Organic
       "Time until a membership needs renewal."
     5 IdentityWindow      "identity_window"      Seconds            5_259_600 [   604_800    15_552_000] Organic
       "Time that a candidate has to become a member."
     6 CertificationWindow "certification_window" Seconds            5_259_600 [   604_800    15_552_000] Organic
       "Time that a certification may wait to be taken."
     7 MembershipWindow    "membership_window"    Seconds            5_259_600 [   604_800    15_552_000] Organic
       "Time that a renewal may wait to be taken."
     8 RenewGrace          "renew_grace"          Seconds            2_592_000 [         0     7_776_000] Organic
       "Time after which a membership without renewal or certifications lapses."
     9 StepBase            "step_base"            Steps                      5 [         4            10] Constitutional
       "Steps of the distance rule in the smallest band."
    10 StepBand            "step_band"            Members               10_000 [     1_000       100_000] Constitutional
       "Members of the smallest band; each further step has 6 times as many."
    11 XJoin               "x_join"               Percent                   80 [        50            90] Organic
       "Share of referents that a candidate must be near to."
    12 XRenew              "x_renew"              Percent                   75 [        50            90] Organic
       "Share of referents that a member must be near to at renewal."
    13 ReferentSample      "referent_sample"      Members                1_024 [       512         8_192] Organic
       "Referents drawn to judge a distance."
    14 ObjectionWindow     "objection_window"     Seconds            1_209_600 [         0     5_184_000] Organic
       "Time in which any member may object to a candidate."
    15 KeyChangePeriod     "key_change_period"    Seconds           15_778_800 [         0    31_557_600] Organic
       "Time between two changes of one member's key."
    16 Growth              "c"                    PercentHundredths        488 [         0         1_000] Standing
       "Growth of money in half a year."
    17 GrowthStep          "c_step"               PercentHundredths         25 [         5           100] Constitutional
       "Most that c moves at a re-evaluation."
    18 Epoch               "epoch"                Seconds               86_400 [     3_600       604_800] Constitutional
       "Time that one dividend covers."
    19 Reevaluation        "reevaluation"         Seconds           15_778_800 [ 2_592_000    31_557_600] Constitutional
       "Time between two re-evaluations of the dividend."
    20 FirstDividend       "ud0"                  Amount                10_000 [     1_000     1_000_000] Immutable
       "First dividend."
    21 OfflineCap          "offline_cap"          Dividends                  7 [         0           100] Ordinary
       "Pending payments of one member at which a receiver is warned."
    22 MultisigMax         "multisig_max"         Keys                      10 [         2            32] Ordinary
       "Most keys of a shared account."
    23 Dust                "dust"                 Amount                 1_000 [         0 1_000_000_000] Ordinary
       "Smallest payment."
    24 SupportNeeded       "support_needed"       Support                    0 [         5 4_294_967_295] Organic
       "Signatures that bring a draft of a law to deliberation; 0 is max(5, root of the members)."
    25 Trustees            "trustees"             Trustees               1_283 [       770         1_796] Organic
       "Trustees of a ballot, and how many of them open it."
    26 CommuneMin          "commune_min"          Members                   10 [         5           100] Organic
       "Members that found a commune."
    27 AnonymityMin        "anonymity_min"        Members                   25 [        10           200] Organic
       "Fewest ballots that are counted apart."
    28 WardMax             "ward_max"             Ballots              4_095 [        50         4_095] Organic
       "Most ballots of one sum."
}

/// Parameters of the first release, which every genesis writes.
const FIRST_RELEASE: usize = 28;

/// A row of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Spec {
    /// Its number on the wire.
    pub index: u8,
    /// Its name in laws and on the command line.
    pub name: &'static str,
    /// What its value counts.
    pub unit: Unit,
    /// Its value where the founders say nothing.
    pub default: u64,
    /// The smallest value that anybody can give it.
    pub min: u64,
    /// The largest value that anybody can give it.
    pub max: u64,
    /// Who can change it.
    pub class: Class,
    /// What it is, in a sentence.
    pub meaning: &'static str,
}

impl Spec {
    /// Whether the hard bounds allow `value`.
    pub fn allows(&self, value: u64) -> bool {
        match self.unit {
            Unit::Trustees => TALLY_QUORUMS.iter().any(|it| it.to_value() == value),
            Unit::Support if value == 0 => true,
            _ => (self.min..=self.max).contains(&value),
        }
    }
}

/// What a value counts, and so how it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Unit {
    /// Certifications.
    Certifications,
    /// Seconds; text may say `90s`, `30m`, `12h`, `5d` or `2y` (years of 365.25 days).
    Seconds,
    /// Hops along certifications.
    Steps,
    /// Members.
    Members,
    /// Ballots.
    Ballots,
    /// Hundredths.
    Percent,
    /// Ten-thousandths; text says `4.88`.
    PercentHundredths,
    /// Thousandths of the currency's unit; text says `10.00`.
    Amount,
    /// Daily dividends.
    Dividends,
    /// Keys.
    Keys,
    /// Signatures, or 0 for the formula; text says `formula`.
    Support,
    /// A [`TallyQuorum`]; text says `5,3`.
    Trustees,
}

/// How a parameter can be changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// By a majority that a low turnout has to make larger.
    Ordinary,
    /// By 60 %.
    Organic,
    /// By two thirds, twice.
    Constitutional,
    /// Never; the founders choose it.
    Immutable,
    /// By the median of everybody's standing choice.
    Standing,
}

impl Class {
    /// Its word in text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Organic => "organic",
            Self::Constitutional => "constitutional",
            Self::Immutable => "immutable",
            Self::Standing => "standing vote",
        }
    }
}

/// How many trustees hold the key of a ballot, and how many of them open its sum.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TallyQuorum {
    /// All of them.
    pub trustees: u8,
    /// Those that suffice.
    pub quorum: u8,
}

/// The pairs that the key sharing allows: it needs two quorums to be at most one more than all.
pub const TALLY_QUORUMS: [TallyQuorum; 3] = [
    TallyQuorum {
        trustees: 3,
        quorum: 2,
    },
    TallyQuorum {
        trustees: 5,
        quorum: 3,
    },
    TallyQuorum {
        trustees: 7,
        quorum: 4,
    },
];

impl TallyQuorum {
    /// The pair of so many trustees, if it is allowed.
    pub fn of_trustees(trustees: usize) -> Option<Self> {
        let allowed = |it: &&Self| usize::from(it.trustees) == trustees;
        TALLY_QUORUMS.iter().find(allowed).copied()
    }

    /// The pair as the value of [`Param::Trustees`].
    pub fn to_value(self) -> u64 {
        u16::from_be_bytes([self.trustees, self.quorum]).into()
    }

    fn from_value(value: u64) -> Self {
        let [.., trustees, quorum] = value.to_be_bytes();
        Self { trustees, quorum }
    }
}

/// How many of `signers` make a checkpoint final: ⌊2n/3⌋ + 1. No law can change it.
pub fn signer_quorum(signers: usize) -> usize {
    (signers.saturating_mul(2) / 3).saturating_add(1)
}

/// A value for every parameter of the table, each within its bounds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Params {
    written: BTreeMap<Param, u64>,
}

impl Default for Params {
    fn default() -> Self {
        let first = Param::ALL.iter().take(FIRST_RELEASE);
        let defaults = first.map(|param| (*param, param.spec().default));
        Self {
            written: defaults.collect(),
        }
    }
}

impl Params {
    /// The value of `param`, in its unit.
    pub fn get(&self, param: Param) -> u64 {
        let written = self.written.get(&param);
        written.copied().unwrap_or_else(|| param.spec().default)
    }

    /// Gives `param` the value `value`, in its unit.
    ///
    /// # Errors
    ///
    /// [`ParamError::OutOfBounds`].
    pub fn set(&mut self, param: Param, value: u64) -> Result<(), ParamError> {
        let spec = param.spec();
        if !spec.allows(value) {
            return Err(ParamError::OutOfBounds {
                name: spec.name,
                value: text::show(spec.unit, value),
                allowed: spec.bounds(),
            });
        }
        self.written.insert(param, value);
        Ok(())
    }

    /// The trustees of a ballot and their quorum.
    pub fn tally_quorum(&self) -> TallyQuorum {
        TallyQuorum::from_value(self.get(Param::Trustees))
    }

    /// Signatures that a draft needs among `members`.
    ///
    /// A fixed number asks for at most a tenth of the members, but never for fewer than 5.
    pub fn support_needed(&self, members: u64) -> u64 {
        match self.get(Param::SupportNeeded) {
            0 => {
                let root = members.isqrt();
                let above = root.saturating_mul(root) < members;
                root.saturating_add(u64::from(above)).max(5)
            }
            fixed => fixed.min((members / 10).max(5)),
        }
    }

    /// Every parameter with its value, in order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (Param, u64)> + '_ {
        Param::ALL.iter().map(|param| (*param, self.get(*param)))
    }

    /// Writes the parameters.
    pub fn write(&self, out: &mut Writer) {
        out.u8(u8::try_from(self.written.len()).unwrap_or(u8::MAX));
        for (param, value) in &self.written {
            out.u8(param.spec().index).var(*value);
        }
    }

    /// Reads parameters from the front of `reader`.
    ///
    /// # Errors
    ///
    /// [`ParamError`] if one is unknown, out of its bounds or out of order.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ParamError> {
        let mut params = Self {
            written: BTreeMap::new(),
        };
        for _ in 0..reader.u8()? {
            let index = reader.u8()?;
            let value = reader.var()?;
            let param = Param::ALL.iter().find(|it| it.spec().index == index);
            let param = *param.ok_or_else(|| CodecError::Unknown {
                what: "parameter",
                value: index.into(),
            })?;
            if params
                .written
                .last_key_value()
                .is_some_and(|(last, _)| *last >= param)
            {
                return Err(CodecError::NotCanonical("list of parameters").into());
            }
            params.set(param, value)?;
        }
        Ok(params)
    }
}

/// A parameter that cannot be set to what was asked.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ParamError {
    /// The text is not of the form `NAME=VALUE`.
    #[error("{0:?} is not of the form NAME=VALUE")]
    NotAnAssignment(String),
    /// The table has no such name.
    #[error("there is no parameter {0:?}")]
    UnknownName(String),
    /// The text does not say a value in the parameter's unit.
    #[error("{name} is {text:?}, which is not {unit}")]
    NotAValue {
        /// The parameter.
        name: &'static str,
        /// What stands where the value should be.
        text: String,
        /// What should stand there.
        unit: &'static str,
    },
    /// The value is outside the hard bounds.
    #[error("{name} is {value}, allowed is {allowed}")]
    OutOfBounds {
        /// The parameter.
        name: &'static str,
        /// The value, in its unit.
        value: String,
        /// The bounds, in the same unit.
        allowed: String,
    },
    /// The bytes are no list of parameters.
    #[error("the list of parameters is not readable")]
    Codec(#[from] CodecError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ascends_and_every_default_is_allowed() {
        for (index, param) in Param::ALL.iter().enumerate() {
            let spec = param.spec();
            assert_eq!(usize::from(spec.index), index);
            assert!(spec.allows(spec.default), "{}", spec.name);
            assert!(spec.min <= spec.max);
        }
    }

    /// A change here changes what an old genesis means.
    #[test]
    fn defaults_and_bounds_are_those_of_the_laws() {
        let table: String = Param::ALL
            .iter()
            .map(|param| {
                let spec = param.spec();
                let default = text::show(spec.unit, spec.default);
                let (name, class) = (spec.name, spec.class.name());
                format!("{name} | {default} | {} | {class}\n", spec.bounds())
            })
            .collect();
        assert_eq!(table, include_str!("../vectors/params.txt"));
    }

    #[test]
    fn no_value_leaves_its_bounds() {
        for param in Param::ALL {
            let spec = param.spec();
            let mut params = Params::default();
            assert_eq!(params.set(*param, spec.min), Ok(()));
            assert_eq!(params.set(*param, spec.max), Ok(()));
            assert!(params.set(*param, spec.max + 1).is_err(), "{}", spec.name);
            if spec.min > 1 {
                assert!(params.set(*param, spec.min - 1).is_err(), "{}", spec.name);
            }
            assert_eq!(params.get(*param), spec.max);
        }
    }

    #[test]
    fn encoding_gives_back_what_was_set_and_nothing_else_is_read() {
        let mut params = Params::default();
        params.set(Param::SigQty, 3).unwrap();
        let bytes = written(&params);
        let mut reader = Reader::new(&bytes);
        assert_eq!(Params::read(&mut reader), Ok(params));
        assert!(reader.is_empty());
        for len in 0..bytes.len() {
            assert!(Params::read(&mut Reader::new(&bytes[..len])).is_err());
        }
        let wrong: [&[u8]; 5] = [
            &[1, 0, 2],          // sig_qty below 3
            &[1, 200, 5],        // no such parameter
            &[2, 9, 5, 0, 5],    // not in order
            &[2, 0, 5, 0, 5],    // twice
            &[1, 25, 0x84, 0xa], // 5 trustees, 4 of them
        ];
        for bytes in wrong {
            assert!(Params::read(&mut Reader::new(bytes)).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_parameter_newer_than_the_genesis_has_its_default() {
        let old = Params::read(&mut Reader::new(&[1, 0, 4])).unwrap();
        assert_eq!(old.get(Param::SigQty), 4);
        assert_eq!(old.get(Param::AnonymityMin), 25);
        assert_eq!(written(&old), [1, 0, 4]);
        // And one made now is no other for a row that its founders did not set.
        let mut new = Params::default();
        assert_eq!((written(&new)[0], new.get(Param::WardMax)), (28, 4_095));
        new.set(Param::WardMax, 50).unwrap();
        assert_eq!(written(&new)[0], 29);
        assert_eq!(
            Params::read(&mut Reader::new(&written(&new))),
            Ok(new.clone())
        );
        assert_eq!(new.iter().last(), Some((Param::WardMax, 50)));
    }

    #[test]
    fn support_is_the_root_of_the_members_rounded_up() {
        let mut params = Params::default();
        for (members, needed) in [(0, 5), (25, 5), (26, 6), (8_173, 91), (4_000_000, 2_000)] {
            assert_eq!(params.support_needed(members), needed);
        }
        params.set(Param::SupportNeeded, 100).unwrap();
        assert_eq!(params.support_needed(10_000), 100);
        assert_eq!(params.support_needed(200), 20);
    }

    #[test]
    fn a_quorum_of_signers_is_more_than_two_thirds() {
        let quorums = [(4, 3), (7, 5), (10, 7), (13, 9), (16, 11), (22, 15)];
        assert!(
            quorums
                .iter()
                .all(|(n, quorum)| signer_quorum(*n) == *quorum)
        );
    }

    fn written(params: &Params) -> Vec<u8> {
        let mut out = Writer::new();
        params.write(&mut out);
        out.finish()
    }
}
