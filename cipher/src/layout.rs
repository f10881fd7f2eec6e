//! What the slots of a vote's ballots are: how many, and of which groups one slot may be set.
//! All ballots of one vote have one layout and therefore one size.

use std::ops::Range;

use crate::{
    params::{MAX_GROUPS, MAX_SLOTS, PUBLIC_LEN, SHARE_SLOTS, Use},
    proof::PROOF_LEN,
};

/// The slots of a ballot, and the groups of which at most one slot may be set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
    slots: usize,
    groups: Vec<Range<usize>>,
}

/// Why there is no such layout.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LayoutError {
    /// None, or too many.
    #[error("{0} slots, not 1 to {MAX_SLOTS}")]
    Slots(usize),
    /// Too many proofs for one ballot.
    #[error("{0} groups, more than {MAX_GROUPS}")]
    Groups(usize),
    /// A group that is empty, reaches past the slots, or begins before the last one ended.
    #[error("group {start}..{end} is empty, out of order or past the slots")]
    Group {
        /// Its first slot.
        start: usize,
        /// The slot after its last.
        end: usize,
    },
}

impl Layout {
    /// A ballot of `slots` slots; of each of the `groups` at most one slot is set.
    ///
    /// # Errors
    ///
    /// [`LayoutError`] if the slots are none or more than [`MAX_SLOTS`], the groups more than
    /// [`MAX_GROUPS`], or not one after the other among the slots.
    pub fn new(slots: usize, groups: Vec<Range<usize>>) -> Result<Self, LayoutError> {
        if slots == 0 || slots > MAX_SLOTS {
            return Err(LayoutError::Slots(slots));
        }
        if groups.len() > MAX_GROUPS {
            return Err(LayoutError::Groups(groups.len()));
        }
        let mut free = 0;
        for group in &groups {
            if group.start < free || group.is_empty() || group.end > slots {
                return Err(LayoutError::Group {
                    start: group.start,
                    end: group.end,
                });
            }
            free = group.end;
        }
        Ok(Self { slots, groups })
    }

    /// How many slots.
    pub const fn slots(&self) -> usize {
        self.slots
    }

    /// The groups of which at most one slot is set.
    pub fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }

    /// The use of the reference that proves such ballots.
    pub const fn use_(&self) -> Use {
        if self.slots <= Use::Ballots16.slots() {
            Use::Ballots16
        } else {
            Use::Ballots256
        }
    }

    /// Proofs of a ballot: one of its slots, one of each group.
    pub(crate) const fn proofs(&self) -> usize {
        self.groups.len().saturating_add(1)
    }

    /// Proofs of a share.
    pub(crate) const fn chunks(&self) -> usize {
        self.slots.div_ceil(SHARE_SLOTS)
    }

    /// Bytes of a ballot.
    pub const fn ballot_len(&self) -> usize {
        PUBLIC_LEN.saturating_add(Self::with_proofs(self.slots, self.proofs()))
    }

    /// Bytes of a share.
    pub const fn share_len(&self) -> usize {
        Self::with_proofs(self.slots, self.chunks())
    }

    const fn with_proofs(slots: usize, proofs: usize) -> usize {
        slots
            .saturating_mul(8)
            .saturating_add(PROOF_LEN.saturating_mul(proofs))
    }

    /// The layout as bytes that a proof binds.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let ends = self
            .groups
            .iter()
            .flat_map(|group| [group.start, group.end]);
        std::iter::once(self.slots)
            .chain(ends)
            .flat_map(|number| u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_has_slots_and_groups_one_after_the_other() {
        let layout = Layout::new(16, vec![0..5, 5..6, 8..16]).unwrap();
        assert_eq!(layout.ballot_len(), 16_384 + 128 + 4 * PROOF_LEN);
        assert_eq!(layout.share_len(), 128 + PROOF_LEN);
        assert_eq!(layout.use_(), Use::Ballots16);
        let wide = Layout::new(17, vec![]).unwrap();
        assert_eq!(wide.share_len(), 17 * 8 + 2 * PROOF_LEN);
        assert_eq!(wide.use_(), Use::Ballots256);
    }

    #[test]
    fn a_layout_that_is_none_is_refused() {
        assert_eq!(Layout::new(0, vec![]), Err(LayoutError::Slots(0)));
        assert_eq!(Layout::new(257, vec![]), Err(LayoutError::Slots(257)));
        let single = (0..65).map(|slot| slot..slot + 1).collect();
        assert_eq!(Layout::new(256, single), Err(LayoutError::Groups(65)));
        for group in [3..3, 0..5, 15..17] {
            let (start, end) = (group.start, group.end);
            let refused = Err(LayoutError::Group { start, end });
            assert_eq!(Layout::new(16, vec![0..1, group]), refused);
        }
    }
}
