//! Parameters as people write them: `sig_qty=3`, `sig_period=5d`, `c=4.88`, `trustees=5,3`.

use super::{Param, ParamError, Params, Spec, TALLY_QUORUMS, TallyQuorum, Unit};

/// Seconds of each unit of time, largest first. A year is a Julian one, as in the currency's rules.
const DURATIONS: [(&str, u64); 5] = [
    ("y", 31_557_600),
    ("d", 86_400),
    ("h", 3_600),
    ("m", 60),
    ("s", 1),
];

impl Param {
    /// The parameter of that name.
    pub fn named(name: &str) -> Option<Self> {
        let named = |it: &&Self| it.spec().name == name;
        Self::ALL.iter().find(named).copied()
    }
}

impl Params {
    /// Takes an assignment `NAME=VALUE`.
    ///
    /// # Errors
    ///
    /// [`ParamError`] with the name, the value and what is allowed.
    pub fn assign(&mut self, assignment: &str) -> Result<Param, ParamError> {
        let (name, text) = assignment
            .split_once('=')
            .ok_or_else(|| ParamError::NotAnAssignment(assignment.to_owned()))?;
        let param = Param::named(name.trim())
            .ok_or_else(|| ParamError::UnknownName(name.trim().to_owned()))?;
        let spec = param.spec();
        let value = parse(spec.unit, text.trim()).ok_or_else(|| ParamError::NotAValue {
            name: spec.name,
            text: text.trim().to_owned(),
            unit: wanted(spec.unit),
        })?;
        self.set(param, value)?;
        Ok(param)
    }

    /// The value of `param` as text that [`Self::assign`] takes.
    pub fn text(&self, param: Param) -> String {
        show(param.spec().unit, self.get(param))
    }
}

fn parse(unit: Unit, text: &str) -> Option<u64> {
    match unit {
        Unit::Seconds => DURATIONS
            .iter()
            .find_map(|(suffix, seconds)| Some((text.strip_suffix(suffix)?, *seconds)))
            .map_or_else(
                || whole(text),
                |(number, seconds)| whole(number)?.checked_mul(seconds),
            ),
        Unit::Percent => whole(text.strip_suffix('%').unwrap_or(text).trim_end()),
        Unit::PercentHundredths => decimal(text.strip_suffix('%').unwrap_or(text).trim_end(), 2),
        Unit::Amount => decimal(text, 3),
        Unit::Support if text == "formula" => Some(0),
        Unit::Trustees => {
            let inner = text
                .strip_prefix('(')
                .and_then(|rest| rest.strip_suffix(')'));
            let (trustees, quorum) = inner.unwrap_or(text).split_once(',')?;
            let pair = TallyQuorum {
                trustees: u8::try_from(whole(trustees.trim())?).ok()?,
                quorum: u8::try_from(whole(quorum.trim())?).ok()?,
            };
            Some(pair.to_value())
        }
        _ => whole(text),
    }
}

/// Digits only: no sign, no space.
fn whole(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Digits with at most `places` of them after a point, as a whole number of the last place.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (units, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || fraction.len() > places {
        return None;
    }
    whole(units)?;
    whole(&format!("{units}{fraction:0<places$}"))
}

fn wanted(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "a time such as 432000, 12h or 5d",
        Unit::Percent => "a whole percentage such as 80",
        Unit::PercentHundredths => "a percentage with at most two decimals such as 4.88",
        Unit::Amount => "an amount with at most three decimals such as 10.00",
        Unit::Support => "a number of signatures, or \"formula\"",
        Unit::Trustees => "a pair such as 5,3",
        Unit::Certifications
        | Unit::Steps
        | Unit::Members
        | Unit::Ballots
        | Unit::Dividends
        | Unit::Keys => "a whole number",
    }
}

/// A value as text: durations in seconds, decimals with their point.
pub(super) fn show(unit: Unit, value: u64) -> String {
    match unit {
        Unit::Seconds => format!("{value}s"),
        Unit::Percent => format!("{value}%"),
        Unit::PercentHundredths => format!("{}.{:02}%", value / 100, value % 100),
        Unit::Amount => {
            let text = format!("{}.{:03}", value / 1_000, value % 1_000);
            text.strip_suffix('0').map(str::to_owned).unwrap_or(text)
        }
        Unit::Support if value == 0 => "formula".to_owned(),
        Unit::Trustees => {
            let pair = TallyQuorum::from_value(value);
            format!("{},{}", pair.trustees, pair.quorum)
        }
        _ => value.to_string(),
    }
}

impl Spec {
    /// The hard bounds as people of any language read them: `3–12`.
    pub fn bounds(&self) -> String {
        let shown = |value| show(self.unit, value);
        let range = || format!("{}–{}", shown(self.min), shown(self.max));
        match self.unit {
            Unit::Trustees => TALLY_QUORUMS.map(|it| shown(it.to_value())).join(" / "),
            Unit::Support => format!("{} / {}", shown(0), range()),
            _ => range(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_in_the_unit_of_its_parameter() {
        let good = [
            ("sig_qty=3", 3),
            ("sig_period=3600", 3_600),
            ("sig_period=12h", 43_200),
            ("sig_period = 5d", 432_000),
            ("sig_validity=2y", 63_115_200),
            ("x_join=75%", 75),
            ("c=4.9", 490),
            ("c=4.88%", 488),
            ("ud0=10", 10_000),
            ("ud0=12.345", 12_345),
            ("trustees=7,4", 1_796),
            ("trustees=(3, 2)", 770),
            ("support_needed=formula", 0),
            ("support_needed=50", 50),
        ];
        for (text, value) in good {
            let mut params = Params::default();
            let param = params.assign(text).unwrap();
            assert_eq!(params.get(param), value, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_read_back() {
        let shown = Params::default();
        for (param, value) in shown.iter() {
            let mut params = Params::default();
            let text = format!("{}={}", param.spec().name, shown.text(param));
            assert_eq!(params.assign(&text), Ok(param), "{text}");
            assert_eq!(params.get(param), value);
        }
    }

    #[test]
    fn an_error_says_name_value_and_bounds() {
        let messages = [
            ("sig_qty=2", "sig_qty is 2, allowed is 3–12"),
            (
                "sig_period=1d30",
                r#"sig_period is "1d30", which is not a time such as 432000, 12h or 5d"#,
            ),
            ("c=10.01", "c is 10.01%, allowed is 0.00%–10.00%"),
            (
                "trustees=5,4",
                "trustees is 5,4, allowed is 3,2 / 5,3 / 7,4",
            ),
            ("sig_qty", r#""sig_qty" is not of the form NAME=VALUE"#),
            ("sigqty=4", r#"there is no parameter "sigqty""#),
        ];
        for (text, message) in messages {
            let error = Params::default().assign(text).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn no_number_is_guessed() {
        for text in [
            "sig_qty=",
            "sig_qty=+5",
            "sig_qty=0x5",
            "sig_qty=5.0",
            "c=.5",
            "c=4.",
            "c=4.881",
            "ud0=1e1",
            "ud0=-1",
            "sig_period=99999999999999999999y",
            "sig_period=d",
            "trustees=261,3",
        ] {
            assert!(Params::default().assign(text).is_err(), "{text}");
        }
    }
}
