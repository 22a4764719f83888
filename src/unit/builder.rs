//! Building a unit from values instead of JSON text.

use super::error::{UnitError, UnitErrorKind};
use super::timestamp::Timestamp;
use super::{Unit, read};
use crate::field::{self, Field};
use crate::json;

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
    /// The JSON of the document without the closing brace. Its keys may be repeated.
    json: String,
    /// Whether a value of a [`field`](Self::field) nests too deep.
    is_too_deep: bool,
}

impl UnitBuilder {
    pub(super) fn new(id: &str) -> Self {
        let empty = Self {
            json: String::with_capacity(USUAL_JSON_BYTES),
            is_too_deep: false,
        };
        let identified = empty.string(field::ID, id);
        identified.string(field::TYPE, field::UNIT_TYPE)
    }

    /// Sets `name`.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.string(Field::Name.path(), &name.into())
    }

    /// Sets `visibility`. The documented values are `public` and `private`.
    pub fn visibility(self, visibility: impl Into<String>) -> Self {
        self.string(Field::Visibility.path(), &visibility.into())
    }

    /// Sets `numMonitors`.
    pub fn num_monitors(self, count: i64) -> Self {
        self.json(Field::NumMonitors.path(), &count.to_string())
    }

    /// Sets `numDepartments`.
    pub fn num_departments(self, count: i64) -> Self {
        self.json(Field::NumDepartments.path(), &count.to_string())
    }

    /// Sets `_updatedAt`.
    pub fn updated_at(self, at: Timestamp) -> Self {
        self.string(Field::UpdatedAt.path(), &at.to_string())
    }

    /// Sets any field. Extended-JSON wrappers in the value are replaced by their values, as
    /// [`Unit::from_json`] does. A documented field can have a value of any type.
    pub fn field(mut self, key: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        let value = value.into();
        // The document is level 1, the value of a field level 2.
        if !read::is_within_depth(&value, 2) {
            self.is_too_deep = true;
            return self;
        }
        self.json(&key.into(), &value.to_string())
    }

    /// Builds the unit.
    ///
    /// # Errors
    /// If [`field`](Self::field) was given an `_id` that is not a string, or a value that
    /// nests deeper than [`Unit::MAX_DEPTH`].
    pub fn build(mut self) -> Result<Unit, UnitError> {
        self.json.push('}');
        let unit = Unit::from_json(&self.json)?;
        if self.is_too_deep {
            let json = unit.as_json();
            return Err(UnitError::in_document(UnitErrorKind::TooDeep, json));
        }
        Ok(unit)
    }

    fn string(self, key: &str, value: &str) -> Self {
        let mut builder = self.json(key, "");
        json::push_string(&mut builder.json, value);
        builder
    }

    fn json(mut self, key: &str, value: &str) -> Self {
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        json::push_string(&mut self.json, key);
        self.json.push(':');
        self.json.push_str(value);
        self
    }
}
