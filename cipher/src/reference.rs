//! Common reference strings, and the open ceremony that makes them.
//!
//! A proof about a ballot or a share rests on the powers tau, tau², … of a number, each hidden in a
//! point of a curve. Whoever knows tau can prove what is false. So nobody may know it: a
//! [`Transcript`] goes from hand to hand, each contributor multiplies tau by a secret of their own
//! and erases it, and tau stays unknown if one of them did so.
//!
//! | step | who | what |
//! |------|-----|------|
//! | start | anybody | [`Transcript::start`]: tau = 1, a file that everybody can recompute |
//! | contribution | each contributor, one after the other | [`Transcript::verify`], then [`Verified::contribute`] |
//! | check | everybody | [`Transcript::verify`]: each contribution proven, the points are powers of one tau |
//! | use | each device, at each start | [`Transcript::trusted`]: the file that this device checked before |
//!
//! The id of a reference is the BLAKE3 hash of its whole file. Each [`Use`] has a ceremony of its
//! own, for one reference must not be cut from another.
//!
//! The points of a file without a hole are tau … tau²ⁿ in the first group, tau … tauⁿ in the second;
//! tauⁿ⁺¹ of the first group is left out, for who has it can prove what is false.

mod check;
mod contribution;
mod file;
mod points;

use std::fmt;

use thiserror::Error;

pub use self::contribution::Contribution;
use self::{contribution::Chain, points::Points};
use crate::{Reference, Use};

/// Most contributions of a file.
pub const MAX_CONTRIBUTIONS: usize = 1_024;

/// Most bytes of the label of a file.
pub const MAX_LABEL_LEN: usize = 128;

/// Most bytes of the name of a contributor.
pub const MAX_NAME_LEN: usize = 64;

/// Most bytes of a file, of any use.
pub const MAX_FILE_LEN: usize = 3 << 20;

/// The label of references whose secret everybody can compute.
pub const TEST_LABEL: &str = "for tests only";

/// Is told how many more points are done; threads share it.
pub type Steps<'a> = &'a (dyn Fn(u64) + Sync);

/// A file of a ceremony, well-formed and not checked.
#[derive(Clone)]
pub struct Transcript {
    use_: Use,
    label: String,
    contributions: Vec<Contribution>,
    points: Points,
    id: [u8; 32],
}

/// A file of a ceremony whose contributions and points were checked.
#[derive(Clone)]
pub struct Verified(Transcript);

impl Transcript {
    /// The file without contributions: tau = 1, so that everybody can recompute it.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::Text`] if the label is empty, too long or has control characters.
    pub fn start(use_: Use, label: &str) -> Result<Self, ReferenceError> {
        let label = file::text("label", label, MAX_LABEL_LEN)?;
        let points = Points::generators(use_);
        Ok(Self::new(use_, label, Vec::new(), points))
    }

    fn new(use_: Use, label: String, contributions: Vec<Contribution>, points: Points) -> Self {
        let mut new = Self {
            use_,
            label,
            contributions,
            points,
            id: [0; 32],
        };
        new.id = blake3::hash(&new.encode()).into();
        new
    }

    /// Reads a file of a ceremony. That its points are on their curves is certain, nothing else.
    ///
    /// # Errors
    ///
    /// [`ReferenceError`] of anything that is no file of a ceremony in its one form.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReferenceError> {
        file::decode(bytes)
    }

    /// Reads a file that this device checked before, when its hash was `id`, or that it takes from
    /// who checked it. It looks at each point's form and curve, and is some five times quicker.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::OtherId`] if it is not that file, and as [`Self::decode`].
    pub fn trusted(bytes: &[u8], id: &[u8; 32]) -> Result<Verified, ReferenceError> {
        if blake3::hash(bytes) != *id {
            return Err(ReferenceError::OtherId);
        }
        file::decode(bytes).map(Verified)
    }

    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        file::encode(self)
    }

    /// What the reference is for.
    pub const fn use_(&self) -> Use {
        self.use_
    }

    /// What its makers say of it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Who contributed, in order.
    pub fn contributions(&self) -> &[Contribution] {
        &self.contributions
    }

    /// The BLAKE3 hash of the whole file, by which people name the reference.
    pub const fn id(&self) -> [u8; 32] {
        self.id
    }

    /// Whether its label says that its secret is known: no network for people may use it.
    pub fn is_for_tests(&self) -> bool {
        self.label.starts_with(TEST_LABEL)
    }

    /// Points that a check or a contribution works on, one step each.
    pub fn steps(&self) -> u64 {
        u64::try_from(self.points.count()).unwrap_or(u64::MAX)
    }

    /// Checks each contribution, and that the points are the powers of what the last one left.
    ///
    /// # Errors
    ///
    /// [`ReferenceError`] that says what is false.
    pub fn verify(self, steps: Steps<'_>) -> Result<Verified, ReferenceError> {
        check::verify(&self, steps)?;
        Ok(Verified(self))
    }
}

impl Verified {
    /// The file.
    pub const fn transcript(&self) -> &Transcript {
        &self.0
    }

    /// Whether it is of the use.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::WrongUse`] if not.
    pub fn for_use(self, wanted: Use) -> Result<Self, ReferenceError> {
        let found = self.0.use_;
        if found == wanted {
            return Ok(self);
        }
        Err(ReferenceError::WrongUse { found, wanted })
    }

    /// The file after the contribution of `name`, whose secret comes from `chance`. The secret is
    /// wiped; who keeps `chance` keeps it.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::Text`] of the name, [`ReferenceError::TooMany`] after the last that fits.
    pub fn contribute(
        &self,
        chance: &[u8; 64],
        name: &str,
        steps: Steps<'_>,
    ) -> Result<Self, ReferenceError> {
        let before = &self.0;
        let name = file::text("name", name, MAX_NAME_LEN)?;
        let count = before.contributions.len().saturating_add(1);
        if count > MAX_CONTRIBUTIONS {
            return Err(ReferenceError::TooMany(count));
        }
        let mut chain = Chain::start(before.use_, &before.label);
        for contribution in &before.contributions {
            chain.add(contribution);
        }
        let secret = contribution::Secret::draw(chance, &before.id, &name);
        let contribution = secret.prove(&chain, name, before.points.link());
        let points = secret.multiply(&before.points, steps);
        let contributions = before.contributions.iter().cloned();
        Ok(Self(Transcript::new(
            before.use_,
            before.label.clone(),
            contributions.chain([contribution]).collect(),
            points,
        )))
    }

    /// What proofs are made and checked with.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::NoContribution`] if everybody knows tau.
    pub fn into_reference(self) -> Result<Reference, ReferenceError> {
        let Self(transcript) = self;
        if transcript.contributions.is_empty() {
            return Err(ReferenceError::NoContribution);
        }
        let (use_, id) = (transcript.use_, transcript.id);
        let (first, second) = transcript.points.with_hole();
        // Which points a file has follows from its use.
        Reference::from_points(use_, id, first, second).ok_or(ReferenceError::Truncated)
    }
}

/// The name of a file: the BLAKE3 hash of its bytes.
pub fn id_of(bytes: &[u8]) -> [u8; 32] {
    blake3::hash(bytes).into()
}

/// The file of this name among those that ship with the program for tests.
pub fn of_tests(id: &[u8; 32]) -> Option<&'static [u8]> {
    let all = [Use::Ballots16, Use::Ballots256, Use::Shares].map(for_tests);
    all.into_iter().find(|it| id_of(it) == *id)
}

/// The reference that ships with the program for tests, demonstrations and networks that are marked
/// as tests. Its secret follows from two seeds that are published, so that whoever likes can prove
/// what is false: a network of people must never use it, and who loads references has to refuse it
/// there.
pub const fn for_tests(use_: Use) -> &'static [u8] {
    match use_ {
        Use::Ballots16 => include_bytes!("references/ballots16.crs"),
        Use::Ballots256 => include_bytes!("references/ballots256.crs"),
        Use::Shares => include_bytes!("references/shares.crs"),
    }
}

/// Where a point of a file stands, counted from one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// What the contribution of this number left of tau.
    Contribution(usize),
    /// In the first group.
    First(usize),
    /// In the second group.
    Second(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contribution(at) => write!(f, "the point of contribution {at}"),
            Self::First(at) => write!(f, "point {at} of the first group"),
            Self::Second(at) => write!(f, "point {at} of the second group"),
        }
    }
}

/// What is wrong with a point.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Fault {
    /// A coordinate at or over the modulus.
    #[error("is not in its one form")]
    NotCanonical,
    /// No point of the curve has the coordinate.
    #[error("is not on its curve")]
    NotOnCurve,
    /// The neutral point: a secret of 0.
    #[error("is zero")]
    Zero,
    /// On the curve, not in the group of prime order.
    #[error("is not in its group")]
    NotInGroup,
}

/// Which points are not powers of one number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The first points of the two groups hide different numbers.
    Groups,
    /// Neighbours in the first group.
    First,
    /// Neighbours in the second group.
    Second,
    /// The two sides of the hole in the first group.
    Hole,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Groups => "the two groups",
            Self::First => "the first group",
            Self::Second => "the second group",
            Self::Hole => "the two sides of the hole",
        })
    }
}

/// Why a file is no reference, or none that one may use.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ReferenceError {
    /// Other bytes.
    #[error("not a reference file")]
    NotAReference,
    /// A newer or an unknown form.
    #[error("unknown version {0} of a reference file")]
    Version(u8),
    /// A use that this program does not know.
    #[error("unknown use {0}")]
    UnknownUse(u8),
    /// A label or a name.
    #[error("{what} must be 1 to {limit} bytes of text without control characters")]
    Text {
        /// Which.
        what: &'static str,
        /// Most bytes.
        limit: usize,
    },
    /// More contributions than fit.
    #[error("{0} contributions, and at most {MAX_CONTRIBUTIONS} fit")]
    TooMany(usize),
    /// The file ends too early.
    #[error("truncated")]
    Truncated,
    /// The file goes on after its end.
    #[error("{0} bytes too many")]
    Trailing(usize),
    /// A point.
    #[error("{place} {fault}")]
    Point {
        /// Which.
        place: Place,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The number in a proof of a contribution.
    #[error("the proof of contribution {0} is not in its one form")]
    Response(usize),
    /// A file without contributions whose points are not those of tau = 1.
    #[error("points without a contribution that made them")]
    NotStart,
    /// Everybody knows tau.
    #[error("no contribution")]
    NoContribution,
    /// The contributor did not know the secret, or another contribution preceded theirs.
    #[error("contribution {0} does not prove that its secret was known")]
    Proof(usize),
    /// The secret was 1: the contribution hides nothing.
    #[error("contribution {0} changes nothing")]
    Idle(usize),
    /// The points are not those that the last contribution left.
    #[error("the points are not those of the last contribution")]
    Unlinked,
    /// Not the powers of one number.
    #[error("not the powers of one number in {0}")]
    NotConsecutive(Part),
    /// Another file than the one that was checked.
    #[error("another file than the one that was checked")]
    OtherId,
    /// A reference of another ceremony.
    #[error("a reference for {found:?}, not for {wanted:?}")]
    WrongUse {
        /// What it is for.
        found: Use,
        /// What it must be for.
        wanted: Use,
    },
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcript")
            .field("use_", &self.use_)
            .field("label", &self.label)
            .field("contributions", &self.contributions.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verified").field(&self.0).finish()
    }
}
