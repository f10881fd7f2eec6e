//! Small numbers in few bits: the Rice code, for numbers that are small more often than not.
//!
//! With parameter `k` a number is written as `number >> k` ones, a zero, and its `k` low bits. From
//! [`ESCAPE`] ones on it is [`ESCAPE`] ones and 32 bits, so that one large number does not cost
//! thousands.

use crate::codec::CodecError;

/// Ones after which a number follows in full.
const ESCAPE: u32 = 24;

/// Largest parameter.
pub(super) const MAX_PARAMETER: u8 = 24;

/// Writes bits, the high one of each byte first.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not in `bytes` yet, from the high one on, and their number below 8.
    rest: (u8, u32),
}

impl BitWriter {
    fn bit(&mut self, bit: bool) {
        let (mut byte, mut used) = self.rest;
        byte |= u8::from(bit) << 7_u32.saturating_sub(used);
        used = used.saturating_add(1);
        if used == 8 {
            self.bytes.push(byte);
            (byte, used) = (0, 0);
        }
        self.rest = (byte, used);
    }

    fn bits(&mut self, value: u64, count: u32) {
        for at in (0..count).rev() {
            self.bit((value >> at) & 1 == 1);
        }
    }

    pub(super) fn rice(&mut self, value: u32, parameter: u8) {
        let ones = value >> parameter;
        for _ in 0..ones.min(ESCAPE) {
            self.bit(true);
        }
        if ones >= ESCAPE {
            self.bits(value.into(), 32);
        } else {
            self.bit(false);
            self.bits(value.into(), parameter.into());
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.rest.1 > 0 {
            self.bytes.push(self.rest.0);
        }
        self.bytes
    }
}

/// The parameter that writes `values` in the fewest bits.
pub(super) fn best_parameter(values: impl Iterator<Item = u32> + Clone) -> u8 {
    let cost = |parameter: u8| -> u64 {
        values
            .clone()
            .map(|it| match it >> parameter {
                ones if ones >= ESCAPE => u64::from(ESCAPE.saturating_add(32)),
                ones => u64::from(ones.saturating_add(1)).saturating_add(parameter.into()),
            })
            .fold(0, u64::saturating_add)
    };
    (0..=MAX_PARAMETER).min_by_key(|it| cost(*it)).unwrap_or(0)
}

/// Reads bits back.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Result<bool, CodecError> {
        let byte = self.bytes.get(self.at / 8).ok_or(CodecError::Truncated)?;
        let shift = 7_usize.saturating_sub(self.at % 8);
        self.at = self.at.saturating_add(1);
        Ok((byte >> shift) & 1 == 1)
    }

    fn bits(&mut self, count: u32) -> Result<u32, CodecError> {
        let mut value = 0_u32;
        for _ in 0..count {
            value = (value << 1) | u32::from(self.bit()?);
        }
        Ok(value)
    }

    pub(super) fn rice(&mut self, parameter: u8) -> Result<u32, CodecError> {
        let mut ones = 0_u32;
        while ones < ESCAPE && self.bit()? {
            ones = ones.saturating_add(1);
        }
        if ones < ESCAPE {
            let high = ones
                .checked_shl(parameter.into())
                .ok_or(CodecError::NotCanonical("number"))?;
            return Ok(high | self.bits(parameter.into())?);
        }
        let value = self.bits(32)?;
        if value >> parameter < ESCAPE {
            return Err(CodecError::NotCanonical("number"));
        }
        Ok(value)
    }

    /// Ends the reading: fewer than eight bits are left, and all are zero.
    pub(super) fn finish(mut self) -> Result<(), CodecError> {
        if self.at.div_ceil(8) != self.bytes.len() {
            return Err(CodecError::NotCanonical("end of the numbers"));
        }
        while !self.at.is_multiple_of(8) {
            if self.bit()? {
                return Err(CodecError::NotCanonical("end of the numbers"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_with_every_parameter() {
        let values = [0, 1, 5, 23, 24, 255, 70_000, u32::MAX];
        for parameter in 0..=MAX_PARAMETER {
            let mut writer = BitWriter::default();
            values.iter().for_each(|it| writer.rice(*it, parameter));
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            for value in values {
                assert_eq!(reader.rice(parameter), Ok(value));
            }
            assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn parameter_follows_the_mean() {
        assert_eq!(best_parameter([0, 0, 1, 0].into_iter()), 0);
        assert_eq!(best_parameter((0..64).map(|it| 200 + it)), 7);
    }
}
