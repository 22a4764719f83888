//! Instants with millisecond precision, and their ISO 8601 form (SPEC §1).
//!
//! A [`Timestamp`] is an `i64` of milliseconds since 1970. Conversions to and from dates of
//! the calendar take constant time, without tables.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::excerpt::excerpt;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, within the ±100,000,000 days of a
/// JavaScript `Date` (SPEC §1, `_updatedAt`).
///
/// `Display` writes `YYYY-MM-DDTHH:mm:ss.sssZ`. Years outside 0 to 9999 have a sign and six
/// digits, as in JavaScript's `toISOString`. `FromStr` parses the same form, with or
/// without the milliseconds.
///
/// ```
/// use livechat_units::Timestamp;
///
/// let at: Timestamp = "2022-09-15T11:44:32.103Z".parse()?;
/// assert_eq!(at.as_millis(), 1_663_242_272_103);
/// assert_eq!(at.to_string(), "2022-09-15T11:44:32.103Z");
/// # Ok::<(), livechat_units::TimestampError>(())
/// ```
#[doc(alias = "date")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The error of parsing or converting a [`Timestamp`]: the text has another form, its day does not
/// exist, or the instant is outside the range of the type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected}, found \"{found}\"")]
pub struct TimestampError {
    expected: &'static str,
    found: String,
}

impl TimestampError {
    pub(crate) fn new(expected: &'static str, found: &str) -> Self {
        let found = excerpt(found);
        Self { expected, found }
    }

    fn of_text(found: &str) -> Self {
        Self::new("a date like 2022-09-15T11:44:32.103Z", found)
    }
}

const MILLIS_PER_DAY: i64 = 86_400_000;

impl Timestamp {
    /// The latest instant, +275760-09-13T00:00:00.000Z.
    pub const MAX: Self = Self(100_000_000 * MILLIS_PER_DAY);
    /// The earliest instant, -271821-04-20T00:00:00.000Z.
    pub const MIN: Self = Self(-100_000_000 * MILLIS_PER_DAY);

    /// The instant `millis` milliseconds after 1970-01-01T00:00:00Z; `None` outside
    /// [`Timestamp::MIN`] to [`Timestamp::MAX`].
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis >= Self::MIN.0 && millis <= Self::MAX.0 {
            Some(Self(millis))
        } else {
            None
        }
    }

    /// The milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Parses the string of a `$date`: the form of `FromStr`, but with any UTC offset and
    /// with one to nine digits of a fraction, of which the first three count. The Go
    /// versions of `mongoexport` omit trailing zeros.
    pub(super) fn parse_lenient(text: &str) -> Option<Self> {
        let (seconds, rest) = parse_date_and_time(text)?;
        Self::from_parts(seconds, rest)
    }

    /// Parses the form of `FromStr`.
    pub(super) fn parse_strict(text: &str) -> Option<Self> {
        let (seconds, rest) = parse_date_and_time(text)?;
        // The rest is `Z` or `.sssZ`.
        let is_strict = matches!(rest.len(), 1 | 5) && rest.ends_with('Z');
        is_strict.then(|| Self::from_parts(seconds, rest)).flatten()
    }

    /// The instant of a time without its offset, in seconds since 1970, and of the text after
    /// it: a fraction, if any, and the UTC offset.
    fn from_parts(seconds: i64, text: &str) -> Option<Self> {
        let (millis, offset) = match text.strip_prefix('.') {
            None => (0, text),
            Some(text) => {
                let end = text.bytes().take_while(u8::is_ascii_digit).count();
                let (fraction, offset) = text.split_at_checked(end)?;
                let unit = match fraction.len() {
                    1 => 100,
                    2 => 10,
                    3..=9 => 1,
                    _ => return None,
                };
                let digits = fraction.get(..3).unwrap_or(fraction);
                (parse_digits(digits)? * unit, offset)
            }
        };
        Self::from_millis((seconds - parse_utc_offset(offset)?) * 1000 + millis)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse_strict(text).ok_or_else(|| TimestampError::of_text(text))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(MILLIS_PER_DAY));
        let millis = self.0.rem_euclid(MILLIS_PER_DAY);
        let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
        // Stores write many dates, and `write!` takes five times as long.
        let mut text = *b"+000000-00-00T00:00:00.000Z";
        for (last, digits, mut number) in [
            (6, 6, year.abs()),
            (9, 2, month),
            (12, 2, day),
            (15, 2, hour),
            (18, 2, minute),
            (21, 2, millis / 1000 % 60),
            (25, 3, millis % 1000),
        ] {
            for byte in text.iter_mut().take(last + 1).rev().take(digits) {
                *byte += u8::try_from(number % 10).unwrap_or_default();
                number /= 10;
            }
        }
        if let (true, Some(sign)) = (year < 0, text.first_mut()) {
            *sign = b'-';
        }
        // Years of four digits have no sign.
        let start = if (0..=9999).contains(&year) { 3 } else { 0 };
        let shown = text.get(start..).unwrap_or_default();
        f.write_str(std::str::from_utf8(shown).unwrap_or_default())
    }
}

/// Parses `YYYY-MM-DDTHH:mm:ss` at the beginning of `text`. Returns the seconds since 1970
/// and the rest of the text.
fn parse_date_and_time(text: &str) -> Option<(i64, &str)> {
    let (year, text) = parse_year(text)?;
    let (head, rest) = text.split_at_checked(15)?;
    let field = |from: usize, to: usize| head.get(from..to).and_then(parse_digits);
    let separators = [(0, b'-'), (3, b'-'), (6, b'T'), (9, b':'), (12, b':')];
    let mut separators = separators.into_iter();
    let in_form = separators.all(|(at, byte)| head.as_bytes().get(at) == Some(&byte));
    let (month, day) = (field(1, 3)?, field(4, 6)?);
    let (hour, minute, second) = (field(7, 9)?, field(10, 12)?, field(13, 15)?);
    let in_range = in_form
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    in_range.then(|| {
        let days = days_from_civil(year, month, day);
        (days * 86_400 + hour * 3600 + minute * 60 + second, rest)
    })
}

/// Parses a year at the beginning of `text`: four digits, or a sign and six digits for
/// years outside 0 to 9999. Returns the year and the rest of the text.
fn parse_year(text: &str) -> Option<(i64, &str)> {
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => {
            let (digits, rest) = text.split_at_checked(4)?;
            return Some((parse_digits(digits)?, rest));
        }
    };
    let (digits, rest) = text.get(1..)?.split_at_checked(6)?;
    let year = sign * parse_digits(digits)?;
    (!(0..=9999).contains(&year)).then_some((year, rest))
}

/// Parses `Z`, `±hh:mm`, `±hhmm` or `±hh`. Returns the seconds east of UTC.
fn parse_utc_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" if minutes.is_empty() => 0,
        digits if digits.len() == 2 => parse_digits(digits)?,
        _ => return None,
    };
    let hours = parse_digits(hours)?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Parses ASCII digits without a sign.
fn parse_digits(digits: &str) -> Option<i64> {
    let is_digits = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| is_digits)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// The calendar is the proleptic Gregorian one. The two functions below count in eras of 400
// years. Years begin on the first of March, so that a leap day is the last of its year.

/// The days of 400 years.
const DAYS_PER_ERA: i64 = 146_097;
/// The days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;

/// The days from 1970-01-01 to a date.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let months_since_march = (month + 9) % 12;
    let day_of_year = (153 * months_since_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(400) * DAYS_PER_ERA + day_of_era - EPOCH_DAYS
}

/// The year, month and day at this number of days after 1970-01-01.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAYS;
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = (months_since_march + 2) % 12 + 1;
    let year = days.div_euclid(DAYS_PER_ERA) * 400 + year_of_era;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strict(text: &str) -> Option<i64> {
        text.parse().ok().map(Timestamp::as_millis)
    }

    fn lenient(text: &str) -> Option<i64> {
        Timestamp::parse_lenient(text).map(Timestamp::as_millis)
    }

    #[test]
    fn known_instants_are_parsed() {
        assert_eq!(strict("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(strict("1969-12-31T23:59:59.999Z"), Some(-1));
        assert_eq!(strict("2000-02-29T00:00:00Z"), Some(951_782_400_000));
        assert_eq!(
            strict("0000-01-01T00:00:00.000Z"),
            Some(-62_167_219_200_000)
        );
    }

    #[test]
    fn other_forms_and_invalid_dates_are_refused() {
        for text in [
            "",
            "2022-09-15",
            "2022-09-15T11:44:32",
            "2022-09-15 11:44:32.103Z",
            "2022-09-15T11:44:32.10Z",
            "2022-09-15T11:44:32.1030Z",
            "2022-09-15T11:44:32.103+00:00",
            "2022-13-01T00:00:00.000Z",
            "2022-00-01T00:00:00.000Z",
            "2023-02-29T00:00:00.000Z",
            "1900-02-29T00:00:00.000Z",
            "2022-04-31T00:00:00.000Z",
            "2022-09-15T24:00:00.000Z",
            "2022-09-15T11:60:00.000Z",
            "2022-09-15T11:44:60.000Z",
            "+022-09-15T11:44:32.103Z",
            "+002022-09-15T11:44:32.103Z",
            "-000000-09-15T11:44:32.103Z",
            "+275760-09-13T00:00:00.001Z",
            "２022-09-15T11:44:32.103Z",
        ] {
            assert_eq!(strict(text), None, "{text}");
        }
        assert_eq!(
            "soon".parse::<Timestamp>().unwrap_err().to_string(),
            r#"expected a date like 2022-09-15T11:44:32.103Z, found "soon""#
        );
    }

    #[test]
    fn dates_of_extended_json_may_have_offsets_and_fractions() {
        let expected = Some(1_356_351_330_500);
        for text in [
            "2012-12-24T12:15:30.5Z",
            "2012-12-24T12:15:30.50Z",
            "2012-12-24T12:15:30.500999999Z",
            "2012-12-24T14:15:30.500+02:00",
            "2012-12-24T07:15:30.500-0500",
            "2012-12-24T13:15:30.500+01",
            "2012-12-24T17:45:30.500+05:30",
            "2012-12-24T02:45:30.500-0930",
        ] {
            assert_eq!(lenient(text), expected, "{text}");
        }
        for text in [
            "2012-12-24T12:15:30.Z",
            "2012-12-24T12:15:30.1234567890Z",
            "2012-12-24T12:15:30",
            "2012-12-24T12:15:30+24:00",
            "2012-12-24T12:15:30+1:00",
            "2012-12-24T12:15:30+01:",
            "2012-12-24T12:15:30+01:5",
            "2012-12-24T12:15:30+01:005",
            "2012-12-24T12:15:30+01:60",
            "yesterday",
        ] {
            assert_eq!(lenient(text), None, "{text}");
        }
    }

    #[test]
    fn the_range_is_that_of_a_javascript_date() {
        let beyond = Timestamp::MAX.as_millis() + 1;
        assert_eq!(Timestamp::from_millis(beyond), None);
        assert_eq!(Timestamp::from_millis(-beyond), None);
        assert_eq!(Timestamp::MAX.to_string(), "+275760-09-13T00:00:00.000Z");
        assert_eq!(Timestamp::MIN.to_string(), "-271821-04-20T00:00:00.000Z");
    }

    /// The last day of an era is the 29th of February of a year such as 2000.
    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn every_day_of_an_era_converts_to_a_date_and_back() {
        for days in 0..DAYS_PER_ERA {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        let leap_day = days_from_civil(2000, 2, 29);
        assert_eq!(civil_from_days(leap_day), (2000, 2, 29));
    }

    proptest! {
        #[test]
        fn parsing_reverses_display(
            millis in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis(),
        ) {
            let at = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(at.to_string().parse(), Ok(at));
        }

        #[test]
        fn days_convert_to_valid_dates_and_back(days in -100_000_000_i64..=100_000_000) {
            let (year, month, day) = civil_from_days(days);
            prop_assert!((1..=12).contains(&month));
            prop_assert!((1..=days_in_month(year, month)).contains(&day));
            prop_assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
