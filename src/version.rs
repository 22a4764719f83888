//! The versions of Rocket.Chat whose answers differ (SPEC §5).
//!
//! [`ServerVersion`] is one column of the table in SPEC §5. Its access policy is defined in
//! [`crate::access`], its response bodies in [`crate::response`].

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::excerpt::excerpt;

/// A group of Rocket.Chat releases that give the same answers.
///
/// The version of an [`Endpoint`](crate::Endpoint) determines the default
/// [`AccessPolicy`](crate::AccessPolicy), the bodies of 401 and 403, and the meaning of an
/// empty `sort` (SPEC §5). Everything else is the same in every version.
///
/// A version is parsed from its name or from a release number. `Display` writes the name:
///
/// ```
/// use livechat_units::{AccessPolicy, ServerVersion};
///
/// let version: ServerVersion = "8.6.1".parse()?;
/// assert_eq!(version, ServerVersion::V8);
/// assert_eq!(version.access_policy(), AccessPolicy::OwnUnits);
/// assert_eq!(version.to_string(), "8");
/// # Ok::<(), livechat_units::ServerVersionError>(())
/// ```
#[doc(alias = "release")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerVersion {
    /// The public API documentation, and releases up to 7.4. Its name is `documented`.
    #[default]
    Documented,
    /// Release 7.5: the answers of the documentation with
    /// [`AccessPolicy::OwnUnits`](crate::AccessPolicy::OwnUnits). Its name is `7.5`.
    V7_5,
    /// Releases 7.6 to 8.x. Its name is `8`.
    V8,
    /// Releases from 9.0 on, with the changes that the source of 8.x announces. Its name is `9`.
    V9,
}

/// The error for a text that is neither the name of a [`ServerVersion`] nor a release number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected}, found \"{found}\"")]
pub struct ServerVersionError {
    expected: &'static str,
    /// The beginning of the text, escaped.
    found: String,
}

const RELEASE: &str = "\"documented\" or a release such as 8 or 7.4.1";
const MINOR_NUMBER: &str =
    "the minor number of release 7, such as 7.4, because its answers changed in 7.5 and 7.6";

impl ServerVersion {
    /// Whether an empty `sort` is invalid. In the other versions it is the same as no `sort`.
    pub(crate) const fn refuses_empty_sort(self) -> bool {
        match self {
            Self::Documented | Self::V7_5 => false,
            Self::V8 | Self::V9 => true,
        }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::V7_5 => "7.5",
            Self::V8 => "8",
            Self::V9 => "9",
        })
    }
}

impl FromStr for ServerVersion {
    type Err = ServerVersionError;

    /// Parses `documented` or a release number of up to three parts with an optional
    /// suffix: `9`, `8.6`, `7.4.1`, `8.0.0-rc.1`. A release candidate belongs to the
    /// version of its release. Release 7 needs its minor number.
    fn from_str(text: &str) -> Result<Self, ServerVersionError> {
        if text == "documented" {
            return Ok(Self::Documented);
        }
        let expected = |expected| ServerVersionError {
            expected,
            found: excerpt(text),
        };
        let release = parse_release(text);
        match release.ok_or_else(|| expected(RELEASE))? {
            (..7, _) | (7, Some(..5)) => Ok(Self::Documented),
            (7, None) => Err(expected(MINOR_NUMBER)),
            (7, Some(5)) => Ok(Self::V7_5),
            (7 | 8, _) => Ok(Self::V8),
            (9.., _) => Ok(Self::V9),
        }
    }
}

/// The major number and, if present, the minor number of a release such as `8.0.0-rc.1`.
fn parse_release(text: &str) -> Option<(u32, Option<u32>)> {
    let (numbers, suffix) = text
        .split_once('-')
        .map_or((text, None), |(n, s)| (n, Some(s)));
    let is_suffix_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_identifier = |part: &str| !part.is_empty() && part.bytes().all(is_suffix_byte);
    if suffix.is_some_and(|suffix| !suffix.split('.').all(is_identifier)) {
        return None;
    }
    let numbers: Option<Vec<u32>> = numbers.split('.').map(parse_number).collect();
    match *numbers? {
        [major] => Some((major, None)),
        [major, minor] | [major, minor, _] => Some((major, Some(minor))),
        _ => None,
    }
}

/// Parses decimal digits without a leading zero. `u32::from_str` also accepts a sign.
fn parse_number(text: &str) -> Option<u32> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_digits);
    number.filter(|_| text == "0" || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_has_a_version() {
        for (version, texts) in [
            (
                ServerVersion::Documented,
                &["documented", "5", "6.13.0", "7.0", "7.4", "7.4.11", "0.1"][..],
            ),
            (ServerVersion::V7_5, &["7.5", "7.5.0", "7.5.3-rc.0"]),
            (
                ServerVersion::V8,
                &["7.6", "7.13.4", "8", "8.0.0-rc.1", "8.6.1", "8.9.0-develop"],
            ),
            (
                ServerVersion::V9,
                &["9", "9.0.0", "9.1", "10.2.3", "4294967295"],
            ),
        ] {
            for text in texts {
                assert_eq!(text.parse(), Ok(version), "{text}");
            }
            assert_eq!(version.to_string().parse(), Ok(version));
        }
    }

    #[test]
    fn texts_that_are_not_releases_are_errors() {
        for text in [
            "",
            "latest",
            "v8",
            "8.",
            ".8",
            "8..1",
            "8.6.1.2",
            "+8",
            "-8",
            "8.-1",
            "8.6.x",
            "8-",
            "8 ",
            "07.5",
            "7.04",
            "00",
            "8.6.1-rc..1",
            "8.6+1",
            "4294967296",
            "8.6.1-é",
            "Documented",
        ] {
            let error = text.parse::<ServerVersion>().unwrap_err();
            let expected = format!(
                "expected \"documented\" or a release such as 8 or 7.4.1, found \"{text}\""
            );
            assert_eq!(error.to_string(), expected);
        }
        let error = "7".parse::<ServerVersion>().unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"expected the minor number of release 7, such as 7.4, because its answers changed in 7.5 and 7.6, found "7""#
        );
        let long = "8".repeat(1_000).parse::<ServerVersion>().unwrap_err();
        assert!(long.to_string().len() < 200, "{long}");
    }
}
