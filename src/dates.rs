//! Modules for `#[serde(with = "…")]`, which write the date fields of a host's structs in the form
//! of a unit's dates.
//!
//! Each module writes the text of [`Timestamp`]'s `Display`, `YYYY-MM-DDTHH:mm:ss.sssZ` for the
//! years 0 to 9999 (SPEC §1), and reads what its `FromStr` reads. A [`Timestamp`] needs no module.
//! MongoDB stores whole milliseconds, so an instant between two of them is written as the earlier
//! one.
//!
//! | field | module | for an `Option` |
//! |---|---|---|
//! | `i64`, milliseconds since 1970 | [`millis`] | [`millis::optional`] |
//! | `i64`, microseconds since 1970 | [`micros`] | [`micros::optional`] |
//! | [`SystemTime`] | [`system_time`] | [`system_time::optional`] |
//!
//! The types of `jiff`, `chrono` and `time` convert to and from `SystemTime`.
//!
//! ```
//! use std::time::SystemTime;
//! use livechat_units::dates;
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Change {
//!     #[serde(with = "dates::system_time")]
//!     at: SystemTime,
//!     #[serde(default, with = "dates::micros::optional")]
//!     seen: Option<i64>,
//! }
//!
//! let change = Change { at: SystemTime::UNIX_EPOCH, seen: Some(2_999) };
//! let text = serde_json::to_string(&change)?;
//! assert_eq!(text, r#"{"at":"1970-01-01T00:00:00.000Z","seen":"1970-01-01T00:00:00.002Z"}"#);
//! let change: Change = serde_json::from_str(&text)?;
//! assert_eq!(change.seen, Some(2_000));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::time::{Duration, SystemTime};

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::unit::{Timestamp, TimestampError};

const MICROS_PER_MILLI: i64 = 1_000;
/// [`Timestamp::MIN`] to [`Timestamp::MAX`], for messages.
const RANGE: &str = "an instant within 100,000,000 days of 1970";

impl Timestamp {
    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z, rounded down to a whole
    /// millisecond; `None` outside [`Timestamp::MIN`] to [`Timestamp::MAX`].
    ///
    /// ```
    /// use livechat_units::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_micros(-1).unwrap().as_millis(), -1);
    /// ```
    pub const fn from_micros(micros: i64) -> Option<Self> {
        Self::from_millis(micros.div_euclid(MICROS_PER_MILLI))
    }

    /// The microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        // At most 8.64e18, below 2^63.
        self.as_millis() * MICROS_PER_MILLI
    }
}

/// Fails if the instant is outside [`Timestamp::MIN`] to [`Timestamp::MAX`].
impl TryFrom<SystemTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: SystemTime) -> Result<Self, TimestampError> {
        let millis = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).ok(),
            // The distance before 1970 is rounded up, so the instant is rounded down.
            Err(before) => {
                let nanos = before.duration().as_nanos();
                i64::try_from(nanos.div_ceil(1_000_000))
                    .ok()
                    .map(|millis| -millis)
            }
        };
        let timestamp = millis.and_then(Self::from_millis);
        timestamp.ok_or_else(|| TimestampError::new(RANGE, &format!("{time:?}")))
    }
}

/// Fails if the platform's `SystemTime` cannot hold the instant.
impl TryFrom<Timestamp> for SystemTime {
    type Error = TimestampError;

    fn try_from(at: Timestamp) -> Result<Self, TimestampError> {
        let distance = Duration::from_millis(at.as_millis().unsigned_abs());
        let time = if at.as_millis() < 0 {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        };
        time.ok_or_else(|| {
            TimestampError::new("an instant in the range of `SystemTime`", &at.to_string())
        })
    }
}

/// Serialises the text of `Display`.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Deserialises the text of `FromStr`.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Defines a serde module that converts fields of one type to and from [`Timestamp`].
macro_rules! serde_module {
    ($name:ident, $field:ty, $description:literal, $to_timestamp:expr, $from_timestamp:expr) => {
        #[doc = concat!("Dates in fields with ", $description, ". The [parent module](super) has an example.")]
        pub mod $name {
            use super::{Deserialize, Deserializer, RANGE, Serialize, Serializer, Timestamp, de};

            fn to_timestamp<E: serde::ser::Error>(field: $field) -> Result<Timestamp, E> {
                let timestamp: Option<Timestamp> = $to_timestamp(field);
                timestamp.ok_or_else(|| {
                    let description = $description;
                    E::custom(format_args!("expected {RANGE}, found {field:?}: {description}"))
                })
            }

            fn from_timestamp<E: de::Error>(timestamp: Timestamp) -> Result<$field, E> {
                let field: Option<$field> = $from_timestamp(timestamp);
                field.ok_or_else(|| {
                    E::custom(format_args!(
                        concat!("expected an instant in the range of ", $description, ", found {}"),
                        timestamp
                    ))
                })
            }

            /// Serialises a field. Fails if the instant is outside [`Timestamp::MIN`] to
            /// [`Timestamp::MAX`].
            #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature of serde")]
            pub fn serialize<S: Serializer>(
                field: &$field,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                to_timestamp(*field)?.serialize(serializer)
            }

            /// Deserialises a field. Fails if the value is not a string with a date, or if the
            /// type of the field cannot hold the date.
            pub fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$field, D::Error> {
                from_timestamp(Timestamp::deserialize(deserializer)?)
            }

            /// The same for an `Option`: `None` is written as `null`. A field that may be missing
            /// needs `#[serde(default)]` too.
            pub mod optional {
                use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

                /// Serialises a field. Fails if the instant is outside [`Timestamp::MIN`] to
                /// [`Timestamp::MAX`].
                #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature of serde")]
                #[allow(clippy::ref_option, reason = "the signature of serde")]
                pub fn serialize<S: Serializer>(
                    field: &Option<$field>,
                    serializer: S,
                ) -> Result<S::Ok, S::Error> {
                    let timestamp = field.map(super::to_timestamp).transpose()?;
                    timestamp.serialize(serializer)
                }

                /// Deserialises a field. Fails if the value is neither `null` nor a string with a
                /// date, or if the type of the field cannot hold the date.
                pub fn deserialize<'de, D: Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Option<$field>, D::Error> {
                    let timestamp = Option::<Timestamp>::deserialize(deserializer)?;
                    timestamp.map(super::from_timestamp).transpose()
                }
            }
        }
    };
}

serde_module!(
    millis,
    i64,
    "`i64`, milliseconds since 1970",
    Timestamp::from_millis,
    |at: Timestamp| { Some(at.as_millis()) }
);
serde_module!(
    micros,
    i64,
    "`i64`, microseconds since 1970",
    Timestamp::from_micros,
    |at: Timestamp| { Some(at.as_micros()) }
);
serde_module!(
    system_time,
    std::time::SystemTime,
    "`SystemTime`",
    |time: std::time::SystemTime| Timestamp::try_from(time).ok(),
    |at: Timestamp| std::time::SystemTime::try_from(at).ok()
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn an_instant_between_milliseconds_is_the_earlier_one() {
        for (micros, millis) in [
            (0, 0),
            (999, 0),
            (1_000, 1),
            (-1, -1),
            (-1_000, -1),
            (-1_001, -2),
        ] {
            assert_eq!(
                Timestamp::from_micros(micros),
                Timestamp::from_millis(millis)
            );
            let distance = Duration::from_micros(micros.unsigned_abs());
            let time = if micros < 0 {
                SystemTime::UNIX_EPOCH - distance
            } else {
                SystemTime::UNIX_EPOCH + distance
            };
            let at = Timestamp::try_from(time).unwrap();
            assert_eq!(at.as_millis(), millis, "{micros}");
        }
    }

    #[test]
    fn instants_out_of_range_are_refused() {
        for at in [Timestamp::MIN, Timestamp::MAX] {
            assert_eq!(Timestamp::from_micros(at.as_micros()), Some(at));
        }
        assert_eq!(
            Timestamp::from_micros(Timestamp::MAX.as_micros() + 1_000),
            None
        );
        assert_eq!(Timestamp::from_micros(Timestamp::MIN.as_micros() - 1), None);
        let beyond = Duration::from_millis(Timestamp::MAX.as_millis().unsigned_abs() + 1);
        if let Some(time) = SystemTime::UNIX_EPOCH.checked_add(beyond) {
            let error = Timestamp::try_from(time).unwrap_err().to_string();
            assert!(error.starts_with("expected an instant within"), "{error}");
            assert!(error.contains("found \"SystemTime"), "{error}");
        }
        let error = millis::serialize(&i64::MAX, serde_json::value::Serializer).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected an instant within 100,000,000 days of 1970, found 9223372036854775807: \
             `i64`, milliseconds since 1970"
        );
    }

    #[test]
    fn a_date_that_is_no_text_or_has_another_form_is_refused() {
        for value in [
            json!(0),
            json!("2022-09-15"),
            json!({"$date": 0}),
            json!(null),
        ] {
            assert!(
                serde_json::from_value::<Timestamp>(value.clone()).is_err(),
                "{value}"
            );
            assert!(micros::deserialize(value.clone()).is_err(), "{value}");
        }
        assert_eq!(micros::optional::deserialize(json!(null)).unwrap(), None);
    }

    proptest! {
        #[test]
        fn conversions_return_the_first_value(
            millis in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis(),
        ) {
            let at = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(Timestamp::from_micros(at.as_micros()), Some(at));
            let value = serde_json::to_value(at).unwrap();
            prop_assert_eq!(&value, &json!(at.to_string()));
            prop_assert_eq!(serde_json::from_value::<Timestamp>(value.clone()).unwrap(), at);
            prop_assert_eq!(millis::deserialize(value.clone()).unwrap(), millis);
            prop_assert_eq!(micros::deserialize(value.clone()).unwrap(), at.as_micros());
            if let Ok(time) = SystemTime::try_from(at) {
                prop_assert_eq!(Timestamp::try_from(time), Ok(at));
                let written = system_time::serialize(&time, serde_json::value::Serializer).unwrap();
                prop_assert_eq!(&written, &value);
                prop_assert_eq!(system_time::deserialize(value.clone()).unwrap(), time);
                prop_assert_eq!(system_time::optional::deserialize(value).unwrap(), Some(time));
            }
        }
    }
}
