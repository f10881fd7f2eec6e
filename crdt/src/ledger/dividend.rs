//! The dividend: how much each member receives a day, and how it grows with the mass.
//!
//! ```text
//! day n:  every member has UD more        mass' = mass + UD × N
//! every 182 days, after the day:          UD'   = UD + ⌈c² × M / (10⁹ × N × 182)⌉
//! ```
//!
//! `M` and `N` are the mass after that day and its members; `c` is counted in hundredths of a
//! percent, so `c² × 10` is in parts per billion, exactly. Without members nothing is created and
//! the dividend stays. A new dividend is first paid on the day after.
//!
//! Days have numbers: day `n` falls due `n` epochs after the founding. Where members change the
//! epoch, the next day falls due one new epoch after the last that was closed.
//!
//! | bytes | of the leaf |
//! |------:|---|
//! |     4 | last day that was closed |
//! |     8 | when it fell due, seconds |
//! |     4 | day of the last re-evaluation |
//! |     8 | dividend of the next day, thousandths |
//! |     8 | members of the last day |
//! |    16 | sum of all dividends that one member could have had |
//! |    16 | mass |

use crate::{
    codec::{CodecError, Reader, Writer},
    params::{Param, Params},
    time::Seconds,
};

/// A dividend never grows beyond this: a billion units a day, and far from any limit of a sum.
pub const MAX_DIVIDEND: u64 = 1_000_000_000_000;

/// Parts per billion in `c² × 10`, `c` in hundredths of a percent.
const BILLION: u128 = 1_000_000_000;

/// The state of the dividend.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dividend {
    /// The last day that was closed; 0 at the founding.
    pub day: u32,
    /// When it fell due.
    pub due: Seconds,
    /// The day of the last re-evaluation.
    pub reevaluated: u32,
    /// What each member receives on the next day, in thousandths.
    pub amount: u64,
    /// Members of the last day.
    pub members: u64,
    /// All that one member could have had since the founding.
    pub sum: u128,
    /// All money there is.
    pub mass: u128,
}

/// A day that was closed: a line of the supply series.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Day {
    /// Its number, from 1.
    pub day: u32,
    /// When it fell due.
    pub due: Seconds,
    /// Members, each of whom received the dividend.
    pub members: u64,
    /// What each received.
    pub amount: u64,
    /// All money there was after it.
    pub mass: u128,
    /// The dividend from the next day on, where this one ended with a re-evaluation.
    pub reevaluated: Option<u64>,
}

impl Dividend {
    /// At the founding: no money yet.
    pub fn founded(params: &Params, time: Seconds) -> Self {
        Self {
            day: 0,
            due: time,
            reevaluated: 0,
            amount: params.get(Param::FirstDividend),
            members: 0,
            sum: 0,
            mass: 0,
        }
    }

    /// When the next day falls due.
    pub fn next_due(&self, params: &Params) -> Seconds {
        self.due.after(params.get(Param::Epoch))
    }

    /// When the `days`th day from here falls due.
    pub(super) fn due_in(&self, days: u32, params: &Params) -> Seconds {
        let epoch = params.get(Param::Epoch);
        self.due.after(epoch.saturating_mul(days.into()))
    }

    /// Whole days that passed until `time` and are not closed, at most `most`.
    pub fn open_days(&self, params: &Params, time: Seconds, most: u32) -> u32 {
        let passed = time.since(self.due);
        let days = passed.checked_div(params.get(Param::Epoch)).unwrap_or(0);
        let left = u32::MAX.saturating_sub(self.day);
        u32::try_from(days).unwrap_or(u32::MAX).min(most).min(left)
    }

    /// Closes the next day with `members`.
    pub fn close_day(&mut self, params: &Params, members: u64) -> Day {
        self.day = self.day.saturating_add(1);
        self.due = self.next_due(params);
        self.members = members;
        let amount = self.create(members);
        let period = reevaluation_days(params);
        let mut reevaluated = None;
        if u64::from(self.day.saturating_sub(self.reevaluated)) >= period {
            self.reevaluated = self.day;
            let c = params.get(Param::Growth);
            self.amount = grown(self.amount, c, self.mass, members, period);
            reevaluated = Some(self.amount);
        }
        Day {
            day: self.day,
            due: self.due,
            members,
            amount,
            mass: self.mass,
            reevaluated,
        }
    }

    /// Creates a day's money, and says how much each received: nothing if no sum could hold it.
    fn create(&mut self, members: u64) -> u64 {
        let amount = if members == 0 { 0 } else { self.amount };
        let created = u128::from(amount).checked_mul(members.into());
        let mass = created.and_then(|it| self.mass.checked_add(it));
        let sum = self.sum.checked_add(amount.into());
        let Some((mass, sum)) = mass.zip(sum) else {
            return 0;
        };
        self.mass = mass;
        self.sum = sum;
        amount
    }

    /// Writes the leaf.
    pub fn write(&self, out: &mut Writer) {
        out.u32(self.day)
            .u64(self.due.0)
            .u32(self.reevaluated)
            .u64(self.amount)
            .u64(self.members)
            .raw(&self.sum.to_be_bytes())
            .raw(&self.mass.to_be_bytes());
    }

    /// Reads the leaf.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is not of its form.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            day: reader.u32()?,
            due: Seconds(reader.u64()?),
            reevaluated: reader.u32()?,
            amount: reader.u64()?,
            members: reader.u64()?,
            sum: u128::from_be_bytes(reader.array()?),
            mass: u128::from_be_bytes(reader.array()?),
        })
    }

    /// The leaf.
    pub fn leaf(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(64);
        self.write(&mut out);
        out.finish()
    }
}

/// Dividends between two re-evaluations, at least one.
pub fn reevaluation_days(params: &Params) -> u64 {
    let days = params
        .get(Param::Reevaluation)
        .checked_div(params.get(Param::Epoch));
    days.unwrap_or(1).max(1)
}

/// The dividend that follows `amount` at a re-evaluation: grown by `c` (hundredths of a percent)
/// on a mass of `mass` thousandths among `members`, over `days` dividends.
///
/// It never falls. Without members it stays.
pub fn grown(amount: u64, c: u64, mass: u128, members: u64, days: u64) -> u64 {
    let square = u128::from(c).saturating_mul(c.into()).saturating_mul(10);
    let among = u128::from(members)
        .saturating_mul(days.into())
        .saturating_mul(BILLION);
    if among == 0 {
        return amount;
    }
    // Beyond what a product can hold the quotient is beyond the limit too, or the mass so large
    // that no day could be added to it.
    let growth = mass.saturating_mul(square).div_ceil(among);
    let growth = u64::try_from(growth).unwrap_or(u64::MAX);
    amount.max(amount.saturating_add(growth).min(MAX_DIVIDEND))
}

/// The growth rate of the next half-year: `wanted` by the members, as far as one step and the
/// bounds of the table allow from `now`. All in hundredths of a percent.
pub fn next_growth(params: &Params, wanted: u64) -> u64 {
    let (now, step) = (params.get(Param::Growth), params.get(Param::GrowthStep));
    let spec = Param::Growth.spec();
    wanted
        .clamp(now.saturating_sub(step), now.saturating_add(step))
        .clamp(spec.min, spec.max)
}
