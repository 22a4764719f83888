//! The dates of extended JSON, by a calendar that is independent of the library.

use livechat_units::Timestamp;

/// The instant of an ISO 8601 date and time. The year has four digits, or a sign and six
/// digits if four do not suffice. A fraction of a second has up to nine digits, of which
/// the first three count. The zone is `Z` or a distance from it.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    let (clock, rest) = time.split_at_checked(8)?;
    let [hour, minute, second] = three(clock, ":")?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(date)? * 86_400 + hour * 3600 + minute * 60 + second;

    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = match rest.strip_suffix(zone)? {
        "" => "0",
        fraction => fraction.strip_prefix('.')?,
    };
    number(fraction, 1..=9)?;
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;

    let east = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        ("+", distance) => minutes(distance)?,
        ("-", distance) => -minutes(distance)?,
        _ => return None,
    };
    Timestamp::from_millis((seconds - east * 60) * 1000 + millis)
}

/// Days from 1970-01-01 to a date.
fn days(date: &str) -> Option<i64> {
    let signed = date.starts_with(['+', '-']);
    let (year, month_and_day) = date.split_at_checked(if signed { 7 } else { 4 })?;
    let year = match year.split_at_checked(1)? {
        ("+", year) => number(year, 6..=6).filter(|&year| year > 9999)?,
        ("-", year) => -number(year, 6..=6).filter(|&year| year > 0)?,
        _ => number(year, 4..=4)?,
    };
    let [month, day] =
        [month_and_day.get(1..3)?, month_and_day.get(4..)?].map(|n| number(n, 2..=2));
    let (month, day) = (usize::try_from(month?).ok()?, day?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_date = month_and_day.starts_with('-')
        && month_and_day.get(3..4) == Some("-")
        && (1..=12).contains(&month)
        && (1..=months[month - 1]).contains(&day);
    let of_year: i64 = months.iter().take(month.saturating_sub(1)).sum();
    is_date.then(|| before(year) - before(1970) + of_year + day - 1)
}

/// Days from the first day of year 1 to the first day of `year`.
fn before(year: i64) -> i64 {
    let years = year - 1;
    years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400)
}

/// The minutes of a distance: `hh`, `hhmm` or `hh:mm`.
fn minutes(distance: &str) -> Option<i64> {
    let (hours, minutes) = distance.split_at_checked(2)?;
    let minutes = match minutes {
        "" => "00",
        minutes => minutes.strip_prefix(':').unwrap_or(minutes),
    };
    let (hours, minutes) = (number(hours, 2..=2)?, number(minutes, 2..=2)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn three(text: &str, separator: &str) -> Option<[i64; 3]> {
    let parts = text.split(separator).map(|part| number(part, 2..=2));
    parts.collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// A number of only digits, as many as `digits` allows.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = plain && digits.contains(&text.len());
    plain.then(|| text.parse().ok()).flatten()
}
