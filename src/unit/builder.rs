//! Building a unit from values instead of JSON text.

use super::error::UnitError;
use super::number::Number;
use super::read;
use super::timestamp::Timestamp;
use super::value::{Date, Fields, Text, Value, compact_json};
use super::{Unit, UnitErrorKind};
use crate::field::{self, Field};

/// The initial capacity for the JSON of a unit, in bytes. A unit in Rocket.Chat's
/// documentation has about 150 bytes of JSON. Longer JSON reallocates.
const USUAL_JSON_BYTES: usize = 192;

/// Builds a [`Unit`] field by field; see [`Unit::builder`].
///
/// The document has `_id`, `type` and then the fields in the order of the calls. A field
/// that is set twice keeps its first position and takes its last value.
///
/// ```
/// use livechat_units::Unit;
/// use serde_json::json;
///
/// let unit = Unit::builder("uA")
///     .name("Sales")
///     .field("customFields", json!({"since": {"$date": 0}}))
///     .name("Wholesales")
///     .build()?;
/// assert_eq!(
///     unit.as_json(),
///     r#"{"_id":"uA","type":"u","name":"Wholesales","customFields":{"since":"1970-01-01T00:00:00.000Z"}}"#
/// );
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct UnitBuilder {
    /// Every field that was set, repeated keys included.
    fields: Fields,
    /// The error of the last invalid [`field`](Self::field).
    field_error: Option<UnitErrorKind>,
}

impl UnitBuilder {
    pub(super) fn new(id: String) -> Self {
        let id = Value::String(Text::Owned(id));
        let unit = Value::String(Text::Borrowed(field::UNIT_TYPE));
        Self {
            fields: vec![(field::ID.into(), id), (field::TYPE.into(), unit)],
            field_error: None,
        }
    }

    /// Sets `name`.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.set(Field::Name, Value::String(Text::Owned(name.into())))
    }

    /// Sets `visibility`. The documented values are `public` and `private`.
    pub fn visibility(self, visibility: impl Into<String>) -> Self {
        let visibility = Value::String(Text::Owned(visibility.into()));
        self.set(Field::Visibility, visibility)
    }

    /// Sets `numMonitors`.
    pub fn num_monitors(self, count: i64) -> Self {
        self.set(Field::NumMonitors, Value::Number(Number::Int(count)))
    }

    /// Sets `numDepartments`.
    pub fn num_departments(self, count: i64) -> Self {
        self.set(Field::NumDepartments, Value::Number(Number::Int(count)))
    }

    /// Sets `_updatedAt`.
    pub fn updated_at(self, at: Timestamp) -> Self {
        self.set(Field::UpdatedAt, Value::Date(Date::new(at)))
    }

    /// Sets any field. Extended-JSON wrappers in the value are replaced by their values, as
    /// [`Unit::from_json`] does. A documented field can have a value of any type.
    pub fn field(mut self, key: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        let value = value.into();
        // The document is level 1, the value of a field level 2.
        let is_within_depth = read::is_within_depth(&value, 2);
        let read = is_within_depth.then(|| read::field(&value.to_string()));
        match read.unwrap_or(Err(UnitErrorKind::TooDeep)) {
            Ok(value) => self.fields.push((Text::Owned(key.into()), value)),
            Err(kind) => self.field_error = Some(kind),
        }
        self
    }

    /// Builds the unit.
    ///
    /// # Errors
    /// If [`field`](Self::field) was given an `_id` that is not a string, or a value that
    /// nests deeper than [`Unit::MAX_DEPTH`].
    pub fn build(mut self) -> Result<Unit, UnitError> {
        read::merge_repeated_keys(&mut self.fields);
        for (key, value) in &mut self.fields {
            read::convert_if_updated_at(key, value);
        }
        let json = compact_json(&self.fields, USUAL_JSON_BYTES);
        let unit = Unit::from_fields(self.fields, json)?;
        match self.field_error {
            None => Ok(unit),
            Some(kind) => Err(UnitError::in_document(kind, unit.as_json())),
        }
    }

    fn set(mut self, field: Field, value: Value) -> Self {
        self.fields.push((Text::Borrowed(field.path()), value));
        self
    }
}
