//! The sizes of the scheme. They are those that the makers of the lattice library call 128-bit
//! secure for encryption with a compact public key, and none of them is a setting.

/// Coefficients of a key and of the mask of a ballot.
pub const DIMENSION: usize = 2_048;

/// Noise lies between −2¹⁷ and 2¹⁷.
pub const NOISE_BITS: u32 = 17;

/// A slot of a sum is a number of this many bits.
pub const TALLY_BITS: u32 = 12;

/// Most slots of a ballot.
pub const MAX_SLOTS: usize = 256;

/// Most groups of a ballot, of each of which one slot may be set.
pub const MAX_GROUPS: usize = 64;

/// Bits of the number that hides, in units of the noise, what a share would tell of its piece.
pub const SMUDGE_BITS: u32 = 29;

/// Slots of a share that one proof covers.
pub const SHARE_SLOTS: usize = 16;

/// Bytes of the public value of a piece.
pub const PUBLIC_LEN: usize = 16_384;

/// What one ballot adds to a slot of the sum.
pub(crate) const STEP: u64 = 1 << (u64::BITS - TALLY_BITS);

/// What a reference string is for. Each use has its own, for one must not be cut from another.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Use {
    /// Ballots of up to 16 slots.
    Ballots16,
    /// Ballots of more slots, up to [`MAX_SLOTS`].
    Ballots256,
    /// Shares, [`SHARE_SLOTS`] slots at a time.
    Shares,
}

impl Use {
    /// Most numbers in one statement.
    pub const fn slots(self) -> usize {
        match self {
            Self::Ballots16 => 16,
            Self::Ballots256 => MAX_SLOTS,
            Self::Shares => SHARE_SLOTS,
        }
    }

    /// Bits of a number, those that must be zero among them.
    pub const fn number_bits(self) -> u32 {
        match self {
            Self::Ballots16 | Self::Ballots256 => TALLY_BITS,
            Self::Shares => u64::BITS.wrapping_sub(NOISE_BITS),
        }
    }

    /// High bits of a number that must be zero: what is left is one bit of a ballot's slot, and
    /// [`SMUDGE_BITS`] of a share's.
    pub const fn zero_bits(self) -> u32 {
        match self {
            Self::Ballots16 | Self::Ballots256 => TALLY_BITS.wrapping_sub(1),
            Self::Shares => u64::BITS.wrapping_sub(NOISE_BITS.wrapping_add(SMUDGE_BITS)),
        }
    }
}
