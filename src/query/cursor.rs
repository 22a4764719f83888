//! Where a listing was left, so that it can go on from there without an offset.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::excerpt::excerpt;

use crate::order::{self, OrderError, OwnedPart, Part, SortKey, SortSpec};
use crate::unit::Unit;
use crate::unit::form::Form;
use crate::unit::value::{self, Date, Fields, Text, Value};

/// The place of a unit in an order: the values that it was sorted by, and its `_id`.
///
/// A listing that goes on [after](super::UnitQuery::with_cursor) a cursor begins with
/// the first match behind that place, whether or not the unit is still there. So units
/// that are added or removed meanwhile make nothing be skipped or listed twice, and no
/// page costs more than the first. A unit that is changed so that it sorts elsewhere is
/// where it is now: one that has moved from behind the place to before it is missed, one
/// that has moved the other way comes again.
///
/// `Display` writes a cursor as text for a URL or a cookie, and `FromStr` reads it. What
/// is in the text is no secret (it has the unit's values) and no contract, but it stays
/// readable for later versions. Whoever can change the text can go on from any place, in
/// any order, but sees no more units than the query's scope has.
///
/// Rocket.Chat's endpoint has no parameter for a cursor, so this one has none.
///
/// ```
/// use livechat_units::{Cursor, SortSpec, Unit, UnitQuery, UnitStore};
///
/// let units = ["a", "b", "c"].map(|id| Unit::builder(id).name(id).build().unwrap());
/// let by_name: SortSpec = r#"{"name":1}"#.parse()?;
/// let cursor = Cursor::new(&by_name, &units[0])?;
/// let text = cursor.to_string();
///
/// let page = units.list(&UnitQuery::default().with_cursor(text.parse::<Cursor>()?))?;
/// assert_eq!(page.units().map(|unit| unit.id().to_owned()).collect::<String>(), "bc");
/// assert_eq!(page.total(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cursor {
    sort: SortSpec,
    parts: Box<[OwnedPart]>,
    id: Box<str>,
}

/// A text that is no [`Cursor`].
///
/// ```
/// use livechat_units::{Cursor, UnitQuery};
///
/// // A link that somebody has edited: the listing begins at its first page.
/// let from_link = |text: &str| match text.parse::<Cursor>() {
///     Ok(cursor) => UnitQuery::default().with_cursor(cursor),
///     Err(_) => UnitQuery::default(),
/// };
/// assert_eq!(from_link("page-2"), UnitQuery::default());
/// assert_eq!(
///     "page-2".parse::<Cursor>().unwrap_err().to_string(),
///     r#"expected a cursor as this crate writes it, of at most 65536 bytes, found "page-2""#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "expected a cursor as this crate writes it, of at most {} bytes, {found}",
    Cursor::MAX_BYTES
)]
pub struct CursorError {
    found: String,
}

/// What no URL and no cookie gives a meaning to.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Cursor {
    /// The longest text that is read as a cursor, in bytes: that of a query string. A
    /// cursor of a unit whose values are longer has no text that can be read again.
    pub const MAX_BYTES: usize = 65_536;

    /// The place of `unit` under `sort`. A document that is no unit has the place that it
    /// would have as one, with the `type` that all units have.
    ///
    /// # Errors
    /// Those of [`SortKey::new`].
    pub fn new(sort: &SortSpec, unit: &Unit) -> Result<Self, OrderError> {
        let key = SortKey::new(sort, unit)?;
        let parts = key.parts().map(|part| match part {
            // Without the text it came in, which decides nothing.
            Part::Value(Value::Date(date)) => OwnedPart::Value(Value::Date(Date::new(date.at))),
            part => OwnedPart::from(part),
        });
        Ok(Self::of(sort.clone(), parts, unit.id()))
    }

    /// Of `parts`, one for each field, the ones that a unit with this id can have and
    /// that decide: those behind `_id` do not.
    fn of(sort: SortSpec, parts: impl Iterator<Item = OwnedPart>, id: &str) -> Self {
        let decisive = decisive(&sort);
        let parts = sort.fields().iter().zip(parts).take(decisive);
        let parts: Box<[OwnedPart]> = parts
            .map(
                |(field, part)| match (field.path(), order::constant(field.path())) {
                    (_, Some(constant)) => constant,
                    ("_id", None) => OwnedPart::Value(Value::String(Text::Owned(id.to_owned()))),
                    (_, None) => part,
                },
            )
            .collect();
        Self {
            sort,
            parts,
            id: id.into(),
        }
    }

    /// All of it as a document. Cursors with the same are the same.
    fn to_json(&self) -> String {
        let key = self.parts.iter().map(|part| match part {
            OwnedPart::EmptyArray => Value::Null,
            OwnedPart::Missing => Value::Array(Vec::new()),
            OwnedPart::Value(value) => Value::Array(vec![value.clone()]),
        });
        let text = |text: String| Value::String(Text::Owned(text));
        let fields: Fields = vec![
            (Text::Borrowed("_id"), text(self.id.to_string())),
            (Text::Borrowed("sort"), text(self.sort.to_string())),
            (Text::Borrowed("key"), Value::Array(key.collect())),
        ];
        let mut json = String::new();
        value::push_object(&fields, Form::Extended, &mut json);
        json
    }

    /// The order it is a place of.
    pub fn sort(&self) -> &SortSpec {
        &self.sort
    }

    /// The `_id` of the unit it was made of.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The place itself: what is listed after it has a greater key.
    pub fn key(&self) -> SortKey<'_> {
        let parts = self.parts.iter().map(OwnedPart::as_part);
        SortKey::of_parts(&self.sort, parts, &self.id)
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Eq for Cursor {}

impl Hash for Cursor {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_json().hash(state);
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        utf8_percent_encode(&self.to_json(), ESCAPED).fmt(f)
    }
}

/// Cost: the length of the text.
///
/// # Errors
/// When the text is longer than [`Cursor::MAX_BYTES`] or was not written by `Display`. A
/// value that nests within two levels of [`Unit::MAX_DEPTH`] is not read either.
impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_BYTES {
            return Err(CursorError {
                found: format!("found {} bytes", text.len()),
            });
        }
        read(text).ok_or_else(|| CursorError {
            found: format!("found \"{}\"", excerpt(text)),
        })
    }
}

fn read(text: &str) -> Option<Cursor> {
    let json = percent_decode_str(text).decode_utf8().ok()?;
    let document = Unit::from_json(&json).ok()?;
    let Some(Value::String(sort)) = document.get("sort") else {
        return None;
    };
    let sort: SortSpec = sort.parse().ok()?;
    let Some(Value::Array(key)) = document.get("key") else {
        return None;
    };
    let parts = key.iter().map(|part| match part {
        Value::Null => Some(OwnedPart::EmptyArray),
        Value::Array(value) => match value.as_slice() {
            [] => Some(OwnedPart::Missing),
            [value] => Some(OwnedPart::Value(value.clone())),
            _ => None,
        },
        _ => None,
    });
    let parts: Vec<OwnedPart> = parts.collect::<Option<_>>()?;
    let is_whole = parts.len() == decisive(&sort);
    is_whole.then(|| Cursor::of(sort, parts.into_iter(), document.id()))
}

/// How many fields of an order decide: those up to `_id`.
fn decisive(sort: &SortSpec) -> usize {
    let fields = sort.fields();
    let id = fields.iter().position(|field| field.path() == "_id");
    id.map_or(fields.len(), |id| id + 1)
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    use proptest::prelude::*;

    use super::*;

    fn cursor(sort: &str, document: &str) -> Cursor {
        Cursor::new(&sort.parse().unwrap(), &Unit::from_json(document).unwrap()).unwrap()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn text_comes_back_as_the_same_place() {
        for value in [
            "null",
            "[]",
            "[[]]",
            "[[[]]]",
            "0",
            "-0.0",
            "9007199254740993",
            r#"{"$numberDouble":"NaN"}"#,
            r#"{"$numberDouble":"1152921504606846976"}"#,
            r#"{"$date":-1}"#,
            r#"["a",{"$date":7}]"#,
            r#"{"a":{"$date":1},"b":"%2C \u0000é"}"#,
            r#""2022-09-15T11:44:32Z""#,
        ] {
            for path in ["x", "_updatedAt", "x.0", "missing"] {
                for direction in [1, -1] {
                    let sort = format!(r#"{{"{path}":{direction},"_id":1}}"#);
                    let document =
                        format!(r#"{{"_id":"u &%\"","x":{value},"_updatedAt":{value}}}"#);
                    let cursor = cursor(&sort, &document);
                    let text = cursor.to_string();
                    assert!(text.bytes().all(|b| b.is_ascii_graphic() && b != b'&'));
                    let again: Cursor = text.parse().unwrap();
                    assert_eq!(again, cursor, "{text}");
                    assert!(again.key() == cursor.key(), "{text}");
                    let unit = Unit::from_json(&document).unwrap();
                    let sort = sort.parse().unwrap();
                    assert!(
                        cursor.key() == SortKey::new(&sort, &unit).unwrap(),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn cursors_are_equal_when_order_key_and_id_are() {
        let hash =
            |cursor: &Cursor| BuildHasherDefault::<DefaultHasher>::default().hash_one(cursor);
        let one = || cursor(r#"{"x":1}"#, r#"{"_id":"a","x":1,"y":2}"#);
        assert!(one() == one() && hash(&one()) == hash(&one()));
        for other in [
            cursor(r#"{"x":-1}"#, r#"{"_id":"a","x":1}"#),
            cursor(r#"{"y":1}"#, r#"{"_id":"a","y":1}"#),
            cursor(r#"{"x":1}"#, r#"{"_id":"b","x":1}"#),
            cursor(r#"{"x":1}"#, r#"{"_id":"a","x":2}"#),
        ] {
            assert!(other != one() && hash(&other) != hash(&one()), "{other}");
        }
    }

    #[test]
    fn what_is_no_unit_has_the_place_of_one() {
        for path in ["type", "type.x"] {
            let sort = format!(r#"{{"{path}":1}}"#);
            let unit = cursor(&sort, r#"{"_id":"a","type":"u"}"#);
            assert_eq!(cursor(&sort, r#"{"_id":"a"}"#), unit);
            assert_eq!(cursor(&sort, r#"{"_id":"a","type":{"x":1}}"#), unit);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let refused = |text: &str| text.parse::<Cursor>().unwrap_err().to_string();
        let expected = "expected a cursor as this crate writes it, of at most 65536 bytes, found";
        assert_eq!(refused("x"), format!(r#"{expected} "x""#));
        let longest = "x".repeat(Cursor::MAX_BYTES);
        assert!(refused(&longest).ends_with("…\""));
        assert_eq!(
            refused(&format!("{longest}x")),
            format!("{expected} 65537 bytes")
        );
        for document in [
            r#"{"sort":"{}","key":[]}"#,
            r#"{"_id":"a","key":[]}"#,
            r#"{"_id":"a","sort":"{}"}"#,
            r#"{"_id":"a","sort":"[]","key":[]}"#,
            r#"{"_id":"a","sort":"{}","key":[[]]}"#,
            r#"{"_id":"a","sort":"{\"_id\":1,\"x\":1}","key":[["a"],[]]}"#,
            r#"{"_id":"a","sort":"{\"x\":1}","key":[]}"#,
            r#"{"_id":"a","sort":"{\"x\":1}","key":[1]}"#,
            r#"{"_id":"a","sort":"{\"x\":1}","key":[[1,2]]}"#,
        ] {
            let text = utf8_percent_encode(document, ESCAPED).to_string();
            assert!(text.parse::<Cursor>().is_err(), "{document}");
        }
    }

    /// What no unit can have there is not believed.
    #[test]
    fn what_all_units_have_in_common_is_not_taken_from_the_text() {
        for path in ["type", "type.x", "_id.x"] {
            let sort = format!(r#"{{"{path}":1}}"#);
            let text = format!(r#"{{"_id":"a","sort":{sort:?},"key":[["forged"]]}}"#);
            let read: Cursor = utf8_percent_encode(&text, ESCAPED)
                .to_string()
                .parse()
                .unwrap();
            let unit = r#"{"_id":"a","type":"u"}"#;
            assert_eq!(read, cursor(&sort, unit), "{path}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text: String) {
            let _ = text.parse::<Cursor>();
        }
    }
}
