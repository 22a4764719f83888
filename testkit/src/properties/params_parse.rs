//! A query string is read as a simple decoder reads it, or is refused for the first of
//! `offset`, `count`, `sort` and `text` that is wrong.

use livechat_units::{
    Limit, PagePolicy, Params, QueryError, QueryErrorKind, ServerVersion, SortSpec, TextFilter,
    UnitQuery,
};

use super::{assert_bounded, percent};

const MAX_BYTES: usize = 65_536;

/// Asserts that a query string is read correctly; see the module.
pub fn params_parse(data: &[u8]) {
    // Default, maximum, and whether an unlimited page is allowed.
    for settings in [(50, 100, true), (30, 7, false), (0, -1, true)] {
        let (default, maximum, unlimited) = settings;
        let policy = PagePolicy::default()
            .with_default_count(default)
            .with_max_count(maximum);
        let policy = if unlimited {
            policy.allow_unlimited()
        } else {
            policy.refuse_unlimited()
        };
        for version in [ServerVersion::Documented, ServerVersion::V8] {
            judge(data, policy, settings, version);
        }
    }
    if data.len() % 64 == 63 {
        length_alone_is_too_long(data);
    }
}

/// Padded with an unknown parameter, a query string keeps its meaning until it is one byte
/// too long.
fn length_alone_is_too_long(data: &[u8]) {
    let policy = PagePolicy::default();
    let mut longest = data.to_vec();
    if longest.len() >= MAX_BYTES {
        return;
    }
    longest.push(b'&');
    longest.resize(MAX_BYTES, b'x');
    let read = |data: &[u8]| Params::parse(data)?.into_query(policy);
    assert_eq!(read(&longest), read(data));
    longest.push(b'x');
    let error = read(&longest).expect_err("one byte too long");
    assert_eq!(error.kind(), QueryErrorKind::TooLong);
}

fn judge(data: &[u8], policy: PagePolicy, settings: (i64, i64, bool), version: ServerVersion) {
    let result = Params::parse(data)
        .and_then(|params| params.with_server_version(version).into_query(policy));
    if data.len() > MAX_BYTES {
        let error = result.expect_err("too long");
        assert_eq!(error.kind(), QueryErrorKind::TooLong);
        assert_eq!(error.parameter(), None);
        assert_bounded(&error.to_string());
        return;
    }
    match (result, expected(data, version)) {
        (Ok(query), Ok(expected)) => agrees(&query, &expected, settings),
        (Err(error), Err(wrong)) => names(&error, &wrong),
        (result, expected) => panic!("{result:?}, expected {expected:?}"),
    }
}

/// The values of the parameters.
#[derive(Debug)]
struct Expected {
    offset: u64,
    count: Option<u64>,
    sort: SortSpec,
    text: Option<String>,
}

/// The first parameter that is wrong.
#[derive(Debug)]
enum Wrong {
    Param(&'static str),
    /// The value in the message, and whether it could be decoded.
    Sort(String, bool),
}

fn expected(data: &[u8], version: ServerVersion) -> Result<Expected, Wrong> {
    let number = |name| match decoded(data, name)? {
        None => Ok(None),
        Some(digits) => number(&digits).map(Some).ok_or(Wrong::Param(name)),
    };
    let offset = number("offset")?.unwrap_or(0);
    let count = number("count")?;
    let sort = match value(data, "sort")? {
        None => SortSpec::default(),
        Some(b"") if version == ServerVersion::Documented => SortSpec::default(),
        Some(raw) => match percent::decode_value(raw) {
            None => return Err(Wrong::Sort(String::from_utf8_lossy(raw).into(), false)),
            // The property `sort_parse` covers the meaning of a sort.
            Some(text) => text.parse().map_err(|_| Wrong::Sort(text, true))?,
        },
    };
    let text = decoded(data, "text")?;
    if text
        .as_ref()
        .is_some_and(|text| text.contains('\0') || text.len() > 32_764)
    {
        return Err(Wrong::Param("text"));
    }
    Ok(Expected {
        offset,
        count,
        sort,
        text,
    })
}

/// The value of a known parameter as it was sent, or `None` if it is absent. The known name
/// followed by a bracket is wrong.
fn value<'a>(data: &'a [u8], name: &'static str) -> Result<Option<&'a [u8]>, Wrong> {
    let bracketed = |pair: &[u8]| {
        let sent = pair.split(|&byte| byte == b'=').next().unwrap_or(pair);
        let sent = String::from_utf8_lossy(&percent::decode_leniently(sent)).into_owned();
        let inner = sent.strip_prefix('[').unwrap_or(&sent);
        let rest = inner.strip_prefix(name);
        rest.is_some_and(|rest| {
            rest.starts_with(['[', ']']) || rest.is_empty() && inner.len() < sent.len()
        })
    };
    if data.split(|&byte| byte == b'&').any(bracketed) {
        return Err(Wrong::Param(name));
    }
    let mut values = data.split(|&byte| byte == b'&').filter_map(|pair| {
        let end = pair.iter().position(|&byte| byte == b'=');
        let (sent_name, value) = match end {
            Some(end) => (&pair[..end], &pair[end + 1..]),
            None => (pair, &pair[pair.len()..]),
        };
        (percent::decode_leniently(sent_name) == name.as_bytes()).then_some(value)
    });
    let first = values.next();
    if values.next().is_some() {
        return Err(Wrong::Param(name));
    }
    Ok(first)
}

fn decoded(data: &[u8], name: &'static str) -> Result<Option<String>, Wrong> {
    let Some(raw) = value(data, name)?.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    percent::decode_value(raw)
        .map(Some)
        .ok_or(Wrong::Param(name))
}

/// A decimal number up to 2^53 - 1, which has sixteen digits.
fn number(text: &str) -> Option<u64> {
    let digits = text.trim_start_matches('0');
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || digits.len() > 16 {
        return None;
    }
    let value = digits
        .bytes()
        .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    (value < 1 << 53).then_some(value)
}

fn agrees(query: &UnitQuery, expected: &Expected, settings: (i64, i64, bool)) {
    assert_eq!(query.page().offset(), expected.offset);
    assert_eq!(query.page().limit(), limit(expected.count, settings));
    assert_eq!(query.sort(), &expected.sort);
    assert_eq!(
        query.text().map(TextFilter::as_str),
        expected.text.as_deref()
    );
}

/// The limit of a page by SPEC §2, Page policy.
fn limit(count: Option<u64>, (default, maximum, unlimited): (i64, i64, bool)) -> Limit {
    let setting = |value: i64, fallback| match u64::try_from(value) {
        Ok(value) if value > 0 => value,
        _ => fallback,
    };
    let maximum = setting(maximum, 100);
    match count {
        Some(0) if unlimited => Limit::Unlimited,
        None | Some(0) => Limit::at_most(setting(default, 50).min(maximum)).unwrap(),
        Some(count) => Limit::at_most(count.min(maximum)).unwrap(),
    }
}

/// The error names the parameter that is wrong.
fn names(error: &QueryError, wrong: &Wrong) {
    let message = error.to_string();
    match wrong {
        Wrong::Param(name) => {
            assert_eq!(error.kind(), QueryErrorKind::InvalidParams);
            assert_eq!(error.parameter(), Some(*name));
            let beginning = format!("Invalid {name} parameter provided: \"");
            assert!(message.starts_with(&beginning), "{message}, not {name}");
            assert!(error.sort_error().is_none());
            assert_bounded(&message);
        }
        // Only this message repeats the whole value.
        Wrong::Sort(value, decoded) => {
            assert_eq!(error.kind(), QueryErrorKind::InvalidSort);
            assert_eq!(error.parameter(), Some("sort"));
            let whole = format!("Invalid sort parameter provided: \"{value}\"");
            assert_eq!(message, whole);
            assert_eq!(error.sort_error().is_some(), *decoded);
        }
    }
}
