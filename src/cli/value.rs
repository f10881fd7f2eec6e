//! Values as people write them: durations `90d`, sizes `64MiB`, days and moments in ISO form.

use std::{fmt, net::SocketAddr, str::FromStr, time::Duration};

use commune_crdt::{checkpoint::RecordHash, hash::from_hex, time::Height};

use crate::messages::key;

/// Farthest walk that one may ask for: the rule of 60 million members.
const MAX_STEPS: u32 = 10;

/// Why a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not a duration.
    #[error("a duration is a number and a unit (s, m, h, d, w), as 90d or 1h30m")]
    Duration,
    /// Not a size.
    #[error("a size is a number and a unit, as 64MiB, 1.9GB or 512B")]
    Size,
    /// Not an address with a port.
    #[error("an address is an IP address with a port, as 192.0.2.7:4000 or [fe80::1%2]:4000")]
    Address,
    /// Not a whole number.
    #[error("a whole number is expected")]
    Number,
    /// Not a number of steps.
    #[error("a walk has 1 to {MAX_STEPS} steps")]
    Steps,
    /// Not a seed.
    #[error("a seed is 1 to 64 hexadecimal digits")]
    Seed,
    /// Neither a day nor a moment.
    #[error("a date is written 2026-11-22 or 2026-11-22T18:30:00Z")]
    Moment,
    /// Not a height and the hash of a record.
    #[error("a record is its height and its hash, as 12:4be5… with 64 digits")]
    Record,
}

impl ValueError {
    /// The key of the text that says it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Duration => key("value-duration"),
            Self::Size => key("value-size"),
            Self::Address => key("value-address"),
            Self::Number => key("value-number"),
            Self::Steps => key("value-steps"),
            Self::Seed => key("value-seed"),
            Self::Moment => key("value-moment"),
            Self::Record => key("value-record"),
        }
    }
}

/// Reads a duration: numbers with the units `s m h d w`, largest first or not, as `90d`, `1h30m`.
///
/// # Errors
/// When it is empty, a unit is missing or unknown, or it is longer than 2⁶⁴ s.
pub fn duration(text: &str) -> Result<Duration, ValueError> {
    let mut rest = text;
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let (number, after) = leading_number(rest).ok_or(ValueError::Duration)?;
        let mut after = after.chars();
        let unit = match after.next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            Some('w') => 604_800,
            _ => return Err(ValueError::Duration),
        };
        seconds = number
            .checked_mul(unit)
            .and_then(|part| seconds.checked_add(part))
            .ok_or(ValueError::Duration)?;
        rest = after.as_str();
    }
    if text.is_empty() {
        Err(ValueError::Duration)
    } else {
        Ok(Duration::from_secs(seconds))
    }
}

/// Reads a size in bytes: `512`, `512B`, `64MiB`, `64M` (the same, as in `split`), `1.9GB`.
///
/// # Errors
/// When there is no number, the unit is unknown, or it is more than 2⁶⁴ bytes.
pub fn size(text: &str) -> Result<u64, ValueError> {
    let (whole, rest) = leading_number(text).ok_or(ValueError::Size)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let len = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, rest) = rest.split_at_checked(len).ok_or(ValueError::Size)?;
            if digits.is_empty() || digits.len() > 3 {
                return Err(ValueError::Size);
            }
            (
                format!("{digits:0<3}")
                    .parse::<u64>()
                    .map_err(|_| ValueError::Size)?,
                rest,
            )
        }
        None => (0, rest),
    };
    let unit: u64 = match rest.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(ValueError::Size),
    };
    let part = fraction.checked_mul(unit).ok_or(ValueError::Size)? / 1_000;
    whole
        .checked_mul(unit)
        .and_then(|bytes| bytes.checked_add(part))
        .ok_or(ValueError::Size)
}

/// Reads how many steps one walks along certifications.
///
/// # Errors
/// When it is no number from 1 to 10.
pub fn steps(text: &str) -> Result<u32, ValueError> {
    let number = text.parse().map_err(|_| ValueError::Number)?;
    if (1..=MAX_STEPS).contains(&number) {
        Ok(number)
    } else {
        Err(ValueError::Steps)
    }
}

/// Reads a seed in hexadecimal. One of less than 64 digits has zeros in front.
///
/// # Errors
/// When it is empty, longer, or has other characters.
pub fn seed(text: &str) -> Result<[u8; 32], ValueError> {
    if text.is_empty() {
        return Err(ValueError::Seed);
    }
    from_hex(&format!("{:0>64}", text.to_ascii_lowercase())).ok_or(ValueError::Seed)
}

/// A moment as scripts read it: `2026-11-22T18:30:00Z`.
pub fn rfc3339(unix_seconds: u64) -> String {
    let (days, rest) = (unix_seconds / 86_400, unix_seconds % 86_400);
    // Days since 1 March of the year 0, which puts the leap day last.
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year_of_era = day
        .saturating_sub(day / 1_460)
        .saturating_add(day / 36_524)
        .saturating_sub(day / 146_096)
        / 365;
    let day_of_year = day.saturating_sub(
        year_of_era
            .saturating_mul(365)
            .saturating_add(year_of_era / 4)
            .saturating_sub(year_of_era / 100),
    );
    let shifted = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    let day = day_of_year
        .saturating_sub(shifted.saturating_mul(153).saturating_add(2) / 5)
        .saturating_add(1);
    let month = if shifted < 10 {
        shifted.saturating_add(3)
    } else {
        shifted.saturating_sub(9)
    };
    let year = year_of_era
        .saturating_add(era.saturating_mul(400))
        .saturating_add(u64::from(month <= 2));
    let (hours, minutes, seconds) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

/// Reads the address of a peer: an IP address with a port.
///
/// # Errors
/// When it is something else, such as a name.
pub fn address(text: &str) -> Result<SocketAddr, ValueError> {
    text.parse().map_err(|_| ValueError::Address)
}

/// Reads a height and the hash of the record there, as `checkpoint show --record` prints them.
///
/// # Errors
/// [`ValueError::Record`].
pub fn record(text: &str) -> Result<(Height, RecordHash), ValueError> {
    let (height, hash) = text.split_once(':').ok_or(ValueError::Record)?;
    let height = height.parse().ok().filter(|it| *it > 0);
    let hash = from_hex(&hash.to_lowercase()).map(RecordHash);
    let record = height.map(Height).zip(hash);
    record.ok_or(ValueError::Record)
}

fn leading_number(text: &str) -> Option<(u64, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(len)?;
    Some((digits.parse().ok()?, rest))
}

/// A second in time, read and shown as RFC 3339 in UTC: `2026-11-22T18:30:00Z`.
///
/// A day alone is its first second. Offsets such as `+01:00` are understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub unix_seconds: u64,
}

const DAY: u64 = 86_400;

impl FromStr for Moment {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        parse_moment(text)
            .map(|unix_seconds| Self { unix_seconds })
            .ok_or(ValueError::Moment)
    }
}

fn parse_moment(text: &str) -> Option<u64> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date
        .split('-')
        .zip([4, 2, 2])
        .map(|(part, len)| digits(part, len));
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let days = days_of(year, month, day)?;
    // Writing it back refuses the 30th of February, and anything after a third hyphen.
    let midnight = days.checked_mul(DAY)?;
    if !(Moment {
        unix_seconds: midnight,
    })
    .to_string()
    .starts_with(&format!("{date}T"))
    {
        return None;
    }
    match time {
        Some(time) => parse_time(midnight, time),
        None => Some(midnight),
    }
}

fn parse_time(midnight: u64, time: &str) -> Option<u64> {
    let (clock, later, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, false, "00:00"),
        None => {
            let at = time.rfind(['+', '-'])?;
            let (clock, offset) = time.split_at_checked(at)?;
            (clock, offset.starts_with('-'), offset.get(1..)?)
        }
    };
    let clock = clock
        .split_once('.')
        .map_or(clock, |(clock, _fraction)| clock);
    let (hours, rest) = clock.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
    let local = midnight.checked_add(seconds_of(hours, minutes, seconds)?)?;
    let (hours, minutes) = offset.split_once(':')?;
    let shift = seconds_of(hours, minutes, "00")?;
    if later {
        local.checked_add(shift)
    } else {
        local.checked_sub(shift)
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "below 86,400")]
fn seconds_of(hours: &str, minutes: &str, seconds: &str) -> Option<u64> {
    let (hours, minutes, seconds) = (digits(hours, 2)?, digits(minutes, 2)?, digits(seconds, 2)?);
    (hours < 24 && minutes < 60 && seconds < 60).then(|| hours * 3_600 + minutes * 60 + seconds)
}

fn digits(text: &str, len: usize) -> Option<u64> {
    (text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Days from 1970 to a day of the Gregorian calendar; see <https://howardhinnant.github.io/date_algorithms.html>.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a year has four digits here, a month two"
)]
fn days_of(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) = match month {
        1 | 2 => (year.checked_sub(1)?, month + 9),
        3..=12 => (year, month - 3),
        _ => return None,
    };
    let day_of_year = (153 * month + 2) / 5 + day.checked_sub(1)?;
    (year * 365 + year / 4 - year / 100 + year / 400 + day_of_year).checked_sub(EPOCH)
}

/// Days from the first of March of the year 0 to 1970.
const EPOCH: u64 = 719_468;
/// Days in the 400 years after which the Gregorian calendar repeats.
const ERA: u64 = 146_097;

impl fmt::Display for Moment {
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "each term is below 2⁴⁸, and no difference is below 0"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.unix_seconds / DAY + EPOCH, self.unix_seconds % DAY);
        let (era, day) = (days / ERA, days % ERA);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 {
            (month + 3, 0)
        } else {
            (month - 9, 1)
        };
        let year = era * 400 + year + next;
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_sums_of_numbers_with_units() {
        let seconds = |text| duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90d"), Ok(90 * 86_400));
        assert_eq!(seconds("1h30m"), Ok(5_400));
        assert_eq!(seconds("2w1s"), Ok(1_209_601));
        for bad in [
            "",
            "90",
            "d",
            "-1d",
            "1.5h",
            "90 d",
            "1y",
            "99999999999999999w",
            "5d5",
            "é",
        ] {
            assert_eq!(seconds(bad), Err(ValueError::Duration), "{bad}");
        }
    }

    #[test]
    fn sizes_know_binary_and_decimal_units() {
        assert_eq!(size("0"), Ok(0));
        assert_eq!(size("512B"), Ok(512));
        assert_eq!(size("64MiB"), Ok(64 << 20));
        assert_eq!(size("64M"), Ok(64 << 20));
        assert_eq!(size("1.9GB"), Ok(1_900_000_000));
        assert_eq!(size("1.5k"), Ok(1_536));
        for bad in [
            "",
            "MiB",
            "1,5GB",
            "1.GB",
            "1.2345GB",
            "64 MiB",
            "-1",
            "17179869184GiB",
            "1é",
        ] {
            assert_eq!(size(bad), Err(ValueError::Size), "{bad}");
        }
    }

    #[test]
    fn moments_are_read_as_rfc_3339_and_written_back_in_utc() {
        let seconds = |text: &str| text.parse::<Moment>().map(|moment| moment.unix_seconds);
        assert_eq!(seconds("1970-01-01"), Ok(0));
        assert_eq!(seconds("2026-11-22T18:30:00Z"), Ok(1_795_372_200));
        assert_eq!(seconds("2026-11-22T19:30:00.25+01:00"), Ok(1_795_372_200));
        assert_eq!(seconds("2026-11-22 16:30-02:00"), Ok(1_795_372_200));
        assert_eq!(seconds("2000-02-29"), Ok(951_782_400));
        for bad in [
            "",
            "22.11.2026",
            "2026-11",
            "2026-11-31",
            "2023-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-11-22-01",
            "2026-11-22T",
            "2026-11-22T18:30:00",
            "2026-11-22T24:00:00Z",
            "2026-11-22T18:60Z",
            "1969-12-31",
            "1970-01-01T00:00:00+01:00",
        ] {
            assert_eq!(seconds(bad), Err(ValueError::Moment), "{bad}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_written_and_read_back() {
        for day in 0..ERA {
            let moment = Moment {
                unix_seconds: day * DAY + 3_661,
            };
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
        assert_eq!(
            Moment {
                unix_seconds: 253_402_300_799
            }
            .to_string(),
            "9999-12-31T23:59:59Z"
        );
        assert!(
            Moment {
                unix_seconds: u64::MAX
            }
            .to_string()
            .ends_with('Z')
        );
    }
}
