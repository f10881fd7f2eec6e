//! Amounts as people write and read them: units with a dot, or dividends.

use std::str::FromStr;

use commune_crdt::ledger::Ledger;

/// Thousandths in a unit.
const UNIT: u64 = 1_000;

/// What stands behind a number of dividends, the longer before what they end with.
const DIVIDENDS: [&str; 7] = [
    "dividendes",
    "dividends",
    "dividende",
    "dividend",
    "UD",
    "DU",
    "d",
];

/// What somebody wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Amount {
    /// Thousandths of a unit.
    Units(u64),
    /// Thousandths of a dividend.
    Dividends(u64),
}

impl Amount {
    /// In thousandths of a unit, at today's dividend; `None` if it is more than can be written.
    pub fn thousandths(self, ledger: &Ledger) -> Option<u64> {
        match self {
            Self::Units(it) => Some(it),
            Self::Dividends(it) => {
                let dividend = u128::from(ledger.dividend().amount);
                let all = u128::from(it).checked_mul(dividend)?;
                u64::try_from(all.checked_div(UNIT.into())?).ok()
            }
        }
    }
}

impl FromStr for Amount {
    type Err = ();

    /// `12`, `12.5`, `12.50`, `0.125`; with `d`, `UD`, `DU` or the word behind it, so many dividends.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let dividends = DIVIDENDS.iter().find_map(|it| text.strip_suffix(it));
        let number = dividends.unwrap_or(text).trim_end();
        let (whole, rest) = number.split_once(['.', ',']).unwrap_or((number, ""));
        let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        let is_cut = number.len() > whole.len() && rest.is_empty();
        if whole.is_empty() || is_cut || rest.len() > 3 || !digits(whole) || !digits(rest) {
            return Err(());
        }
        let whole: u64 = whole.parse().map_err(|_| ())?;
        let rest: u64 = format!("{rest:0<3}").parse().map_err(|_| ())?;
        let all = whole.checked_mul(UNIT).and_then(|it| it.checked_add(rest));
        let all = all.ok_or(())?;
        Ok(if dividends.is_some() {
            Self::Dividends(all)
        } else {
            Self::Units(all)
        })
    }
}

/// Thousandths as units with two decimals, three where there is a third.
pub fn shown(thousandths: u128) -> String {
    let unit = u128::from(UNIT);
    let whole = thousandths.checked_div(unit).unwrap_or_default();
    let rest = thousandths.checked_rem(unit).unwrap_or_default();
    let mut text = format!("{whole}.{rest:03}");
    if text.ends_with('0') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_shown() {
        for (text, amount) in [
            ("12", Amount::Units(12_000)),
            ("12.5", Amount::Units(12_500)),
            ("12,50", Amount::Units(12_500)),
            ("0.125", Amount::Units(125)),
            ("2d", Amount::Dividends(2_000)),
            ("1.5 UD", Amount::Dividends(1_500)),
            ("1,5 DU", Amount::Dividends(1_500)),
            ("0.35 dividend", Amount::Dividends(350)),
            ("2 dividends", Amount::Dividends(2_000)),
            ("0.35dividende", Amount::Dividends(350)),
            ("2 dividendes", Amount::Dividends(2_000)),
            ("0", Amount::Units(0)),
        ] {
            assert_eq!(text.parse(), Ok(amount), "{text}");
        }
        let wrong = [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1.2345",
            "1e3",
            "x",
            "1 000",
            "d",
            "dividend",
            "2 dd",
            "2 dividendss",
            "2 d 1",
            "99999999999999999999",
        ];
        for text in wrong {
            assert_eq!(text.parse::<Amount>(), Err(()), "{text}");
        }
        for (thousandths, text) in [(0, "0.00"), (12_500, "12.50"), (125, "0.125"), (1, "0.001")] {
            assert_eq!(shown(thousandths), text);
        }
        assert_eq!(shown(u128::MAX).parse::<Amount>(), Err(()));
    }
}
