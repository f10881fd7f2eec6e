//! What a peripheral says of itself to who reads its service.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 2 | PSM of its L2CAP channel, little-endian; 0: it has none |
//! | 2 | longest datagram that it takes, in bytes, little-endian |

/// Of this protocol.
const VERSION: u8 = 1;

/// Length of an [`Info`].
pub(super) const INFO_LEN: usize = 5;

/// See above.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Info {
    /// Where it listens for channels.
    pub(super) psm: Option<u16>,
    /// Longest datagram that it takes.
    pub(super) longest: u16,
}

impl Info {
    pub(super) fn encode(self) -> [u8; INFO_LEN] {
        let [a, b] = self.psm.unwrap_or(0).to_le_bytes();
        let [c, d] = self.longest.to_le_bytes();
        [VERSION, a, b, c, d]
    }

    /// `None` for another version. Later versions may say more after these bytes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let [VERSION, a, b, c, d, ..] = *bytes else {
            return None;
        };
        let psm = u16::from_le_bytes([a, b]);
        Some(Self {
            psm: (psm != 0).then_some(psm),
            longest: u16::from_le_bytes([c, d]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_comes_out_as_it_went_in_and_other_versions_are_none() {
        for psm in [None, Some(0x00C7)] {
            let info = Info { psm, longest: 512 };
            let bytes = info.encode();
            assert_eq!(Info::decode(&bytes), Some(info));
            assert_eq!(Info::decode(&[&bytes[..], &[9; 9]].concat()), Some(info));
            assert_eq!(Info::decode(&bytes[..4]), None);
        }
        assert_eq!(Info::decode(&[2, 0, 0, 0, 2]), None);
        assert_eq!(Info::decode(&[]), None);
    }
}
