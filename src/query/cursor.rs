//! A position in a sort order, from which a listing continues without an offset.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::excerpt::excerpt;
use crate::field::ID;
use crate::order::{self, OrderError, OwnedPart, Part, SortKey, SortSpec, SortValue};
use crate::unit::value::{self, Date, Fields, Value};
use crate::unit::{Form, Unit};

/// The position of a unit in a sort order: its sort values and its `_id`.
///
/// A listing [after](super::UnitQuery::with_cursor) a cursor begins with the first match
/// that sorts after the position, whether or not the unit still exists. Units that are
/// added or removed between two pages never cause a unit to be skipped or repeated, and every
/// page costs as much as the first. A unit whose sort values change is listed at its new
/// position: it is missed if it moves to before the cursor, and repeated if it moves behind it.
///
/// `Display` writes a cursor as text for a URL or a cookie, and `FromStr` reads it. The text
/// is not encrypted: it contains the unit's sort values. Its format may change, but later
/// versions read the text of earlier ones. A client that edits the text can continue from
/// any position in any sort order, but sees only units in the scope of the query. The endpoint
/// has no parameter for a cursor, because Rocket.Chat's has none.
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
#[doc(alias("bookmark", "continuation token"))]
pub struct Cursor {
    sort: SortSpec,
    parts: Box<[OwnedPart]>,
    id: Box<str>,
}

/// The error for a text that is not a [`Cursor`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "expected a cursor as this crate writes it, of at most {max} bytes, found {0}",
    max = Cursor::MAX_BYTES
)]
pub struct CursorError(String);

/// The characters to escape: all that may have a meaning in a URL or a cookie.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Cursor {
    /// The longest text that is read as a cursor, in bytes: the bound of a query string.
    /// The text of a cursor with longer values cannot be read back.
    pub const MAX_BYTES: usize = 65_536;

    /// The position of `unit` under `sort`. A document with another `type` counts as a unit.
    ///
    /// # Errors
    /// The errors of [`SortKey::new`].
    pub fn new(sort: &SortSpec, unit: &Unit) -> Result<Self, OrderError> {
        let key = SortKey::new(sort, unit)?;
        let parts = key.parts().map(|part| match part {
            // Without the text that the date was read from: it is not compared.
            Part::Value(Value::Date(date)) => OwnedPart::Value(Value::Date(Date::new(date.at))),
            part => OwnedPart::from(part),
        });
        Ok(Self::from_parts(sort.clone(), parts, unit.id()))
    }

    /// Makes a cursor of the parts of a sort key. Drops the parts after `_id`, and replaces `_id`
    /// and constant fields by their values in every unit with this id.
    fn from_parts(sort: SortSpec, parts: impl Iterator<Item = OwnedPart>, id: &str) -> Self {
        let parts = sort.fields_up_to_id().iter().zip(parts);
        let parts = parts.map(|(field, part)| match field.path() {
            ID => OwnedPart::Value(Value::String(id.to_owned().into())),
            path => order::constant(path).unwrap_or(part),
        });
        Self {
            parts: parts.collect(),
            sort,
            id: id.into(),
        }
    }

    /// The cursor as a JSON document. Equal cursors have equal documents.
    fn to_json(&self) -> String {
        let key = self.parts.iter().map(|part| match part {
            OwnedPart::EmptyArray => Value::Null,
            OwnedPart::Missing => Value::Array(Vec::new()),
            OwnedPart::Value(value) => Value::Array(vec![value.clone()]),
        });
        let fields: Fields = vec![
            (ID.into(), Value::String(self.id.to_string().into())),
            ("sort".into(), Value::String(self.sort.to_string().into())),
            ("key".into(), Value::Array(key.collect())),
        ];
        let mut json = String::new();
        value::push_object(&fields, Form::Extended, &mut json);
        json
    }

    /// The sort order that the position belongs to.
    pub fn sort(&self) -> &SortSpec {
        &self.sort
    }

    /// The `_id` of the unit at the position.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The position as a sort key: units that are listed after it have a greater key.
    pub fn key(&self) -> SortKey<'_> {
        let parts = self.parts.iter().map(OwnedPart::as_part);
        SortKey::of_parts(&self.sort, parts.collect(), &self.id)
    }

    /// The values at the position, one for each field of the sort order up to `_id`.
    pub fn values(&self) -> impl Iterator<Item = SortValue<'_>> {
        self.parts.iter().map(|part| part.as_part().into())
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
/// [`CursorError`] if the text is longer than [`Cursor::MAX_BYTES`], was not written by
/// `Display`, or contains a value that is nested deeper than [`Unit::MAX_DEPTH`]` - 2`.
impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_BYTES {
            return Err(CursorError(format!("{} bytes", text.len())));
        }
        read(text).ok_or_else(|| CursorError(format!("\"{}\"", excerpt(text))))
    }
}

fn read(text: &str) -> Option<Cursor> {
    let json = percent_decode_str(text).decode_utf8().ok()?;
    let document = Unit::from_json(&json).ok()?;
    let (Value::String(sort), Value::Array(key)) = (document.get("sort")?, document.get("key")?)
    else {
        return None;
    };
    let sort: SortSpec = sort.parse().ok()?;
    let parts = key.iter().map(|part| match part {
        Value::Null => Some(OwnedPart::EmptyArray),
        Value::Array(value) if value.is_empty() => Some(OwnedPart::Missing),
        Value::Array(value) if value.len() == 1 => value.first().cloned().map(OwnedPart::Value),
        _ => None,
    });
    let parts: Vec<OwnedPart> = parts.collect::<Option<_>>()?;
    let is_complete = parts.len() == sort.fields_up_to_id().len();
    is_complete.then(|| Cursor::from_parts(sort, parts.into_iter(), document.id()))
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
    fn text_is_read_back_as_the_same_cursor() {
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
    fn cursors_are_equal_if_their_sort_orders_keys_and_ids_are() {
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
    fn a_document_of_another_type_has_the_position_of_a_unit() {
        for path in ["type", "type.x"] {
            let sort = format!(r#"{{"{path}":1}}"#);
            let unit = cursor(&sort, r#"{"_id":"a","type":"u"}"#);
            assert_eq!(cursor(&sort, r#"{"_id":"a"}"#), unit);
            assert_eq!(cursor(&sort, r#"{"_id":"a","type":{"x":1}}"#), unit);
        }
    }

    #[test]
    fn other_texts_are_refused() {
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

    #[test]
    fn values_that_no_unit_has_are_not_read_from_the_text() {
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
