//! The values of a sort key as a store reads them to build its own conditions.

use std::slice;

use super::Part;
use crate::unit::Timestamp;
use crate::unit::number::Number;
use crate::unit::value::{Text, Value};

/// One value of a sort key: what MongoDB compares at that field (SPEC §2, Sort).
///
/// [`SortKey::values`](crate::SortKey::values) and [`Cursor::values`](crate::Cursor::values)
/// yield one for each field of the sort order. An array on the path has been replaced by
/// the element that decides, so [`Array`](SortValue::Array) is an array inside an array.
///
/// The variants stand in the order in which MongoDB sorts their types; `Int` and `Double`
/// are one type, compared by value.
///
/// ```
/// use livechat_units::columns::SortValue;
/// use livechat_units::{SortKey, SortSpec, Unit};
///
/// let sort: SortSpec = r#"{"numMonitors":1,"region":-1,"note":1}"#.parse()?;
/// let unit = Unit::from_json(r#"{"_id":"u","numMonitors":3,"region":["EU","US"]}"#)?;
/// let key = SortKey::new(&sort, &unit)?;
/// let values: Vec<SortValue> = key.values().collect();
/// assert!(matches!(
///     values.as_slice(),
///     [SortValue::Int(3), SortValue::String("US"), SortValue::Null]
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "these are the types of JSON and the date; a store must handle each"
)]
pub enum SortValue<'a> {
    /// An array without elements at the end of a path. It sorts before null.
    EmptyArray,
    /// Null, or no value at all: the two are equal in every sort order.
    Null,
    /// An integer of 64 bits, written without fraction or exponent.
    Int(i64),
    /// The nearest double of any other number. It may be NaN or infinite.
    Double(f64),
    /// A string, compared by its UTF-8 bytes.
    String(&'a str),
    /// An object, compared member by member.
    Object(Members<'a>),
    /// An array inside an array, compared element by element.
    Array(Elements<'a>),
    /// A boolean; false sorts first.
    Bool(bool),
    /// An instant.
    Date(Timestamp),
}

/// The members of an object in a sort key, in the order of the document.
#[derive(Clone, Debug)]
pub struct Members<'a>(slice::Iter<'a, (Text, Value)>);

/// The elements of an array in a sort key.
#[derive(Clone, Debug)]
pub struct Elements<'a>(slice::Iter<'a, Value>);

impl<'a> From<Part<&'a Value>> for SortValue<'a> {
    fn from(part: Part<&'a Value>) -> Self {
        match part {
            Part::EmptyArray => Self::EmptyArray,
            Part::Missing => Self::Null,
            Part::Value(value) => value.into(),
        }
    }
}

impl<'a> From<&'a Value> for SortValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(Number::Int(int)) => Self::Int(*int),
            Value::Number(Number::Double { value, .. }) => Self::Double(*value),
            Value::String(text) => Self::String(text),
            Value::Array(elements) => Self::Array(Elements(elements.iter())),
            Value::Object(fields) => Self::Object(Members(fields.iter())),
            Value::Date(date) => Self::Date(date.at),
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, SortValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.0.next()?;
        Some((key, value.into()))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = SortValue<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(SortValue::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{SortKey, SortSpec};
    use crate::unit::Unit;

    /// The value of `x`, as `Debug` would show its JSON.
    fn shown(value: SortValue<'_>) -> String {
        match value {
            SortValue::Object(members) => {
                let members = members.map(|(key, value)| format!("{key}: {}", shown(value)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            SortValue::Array(elements) => {
                let elements: Vec<_> = elements.map(shown).collect();
                format!("[{}]", elements.join(", "))
            }
            SortValue::Date(at) => at.to_string(),
            scalar => format!("{scalar:?}"),
        }
    }

    #[test]
    fn every_type_has_its_variant() {
        for (literal, ascending, descending) in [
            ("null", "Null", "Null"),
            ("[]", "EmptyArray", "EmptyArray"),
            ("[[]]", "[]", "[]"),
            ("7", "Int(7)", "Int(7)"),
            ("-0.0", "Double(-0.0)", "Double(-0.0)"),
            (
                "9223372036854775808",
                "Double(9.223372036854776e18)",
                "Double(9.223372036854776e18)",
            ),
            ("[1,\"a\",true]", "Int(1)", "Bool(true)"),
            (
                r#"{"a":[1,{}],"b":null}"#,
                "{a: [Int(1), {}], b: Null}",
                "{a: [Int(1), {}], b: Null}",
            ),
            (
                r#"{"$date":0}"#,
                "1970-01-01T00:00:00.000Z",
                "1970-01-01T00:00:00.000Z",
            ),
        ] {
            let unit = Unit::from_json(&format!(r#"{{"_id":"","x":{literal}}}"#)).unwrap();
            for (direction, expected) in [(1, ascending), (-1, descending)] {
                let sort: SortSpec = format!(r#"{{"x":{direction},"y":1}}"#).parse().unwrap();
                let key = SortKey::new(&sort, &unit).unwrap();
                let values: Vec<String> = key.values().map(shown).collect();
                assert_eq!(values, [expected, "Null"], "{literal}");
            }
        }
    }
}
