//! Amounts in dividends: what a sum is worth when everything grows with the mass.

/// An amount as a share of the dividend, exactly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Relative {
    /// Thousandths of a unit.
    pub amount: u128,
    /// The dividend of a day, in the same.
    pub dividend: u64,
}

impl Relative {
    /// In lowest terms: so many dividends, divided by so many.
    pub fn fraction(&self) -> (u128, u128) {
        let (a, b) = (self.amount, u128::from(self.dividend.max(1)));
        let divisor = greatest_divisor(a, b);
        let reduced = |it: u128| it.checked_div(divisor).unwrap_or_default();
        (reduced(a), reduced(b))
    }

    /// With a dot and `digits` decimals, at most 9, rounded down: nobody is shown more than they
    /// have.
    pub fn decimal(&self, digits: u32) -> String {
        let dividend = u128::from(self.dividend.max(1));
        let digits = digits.min(9);
        let whole = self.amount.checked_div(dividend).unwrap_or_default();
        let rest = self.amount.checked_rem(dividend).unwrap_or_default();
        if digits == 0 {
            return whole.to_string();
        }
        // A rest is below 2⁶⁴ and the scale at most 10⁹: no product of them passes 128 bits.
        let scale = 10_u128.saturating_pow(digits);
        let decimals = rest.saturating_mul(scale).checked_div(dividend);
        let decimals = decimals.unwrap_or_default();
        let width = usize::try_from(digits).unwrap_or_default();
        format!("{whole}.{decimals:0width$}")
    }
}

fn greatest_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or_default());
    }
    a.max(1)
}
