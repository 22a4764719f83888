//! A unit as a row of the table `units`.
//!
//! ```text
//!  column                type      value
//!  _id                   text      the `_id`
//!  folded                text      the folded name; null if the name is not a string
//!  document              text      the document as extended JSON
//!  name … updated_at     bytea     per documented field: the first 256 bytes of its
//!                                  ascending key
//!  regular               boolean   whether these keys give the unit's position in every order
//!  up, down              bytea[]   the whole ascending and descending keys; null if regular
//!  parallel              smallint  the set of fields that hold arrays, if two or more; else 0
//! ```
//!
//! A unit is irregular if a key has more than 256 bytes, or a field holds an array with two
//! unequal elements, or two fields hold arrays.

mod column;
mod nul;

use livechat_units::columns::{ColumnKeys, Field, excerpt};
use livechat_units::{Direction, TextFilter, Unit};

use crate::error::Problem;

pub(crate) use self::column::{column, definitions, order_by, subscript};

/// How many bytes of a key the columns of the fields hold. Five such keys and an `_id` of
/// [`MAX_ID_BYTES`] fit into one entry of an index, which PostgreSQL bounds by a third of a
/// page: 2,704 bytes.
const KEY_BYTES: usize = 256;

/// The longest `_id`, in bytes; see [`KEY_BYTES`].
pub(crate) const MAX_ID_BYTES: usize = 1_024;

/// The longest document, in bytes of its JSON: MongoDB's bound for its own form of it.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

/// The values of a row.
pub(crate) struct Row {
    pub(crate) id: String,
    /// `None` if the name is not a string.
    pub(crate) folded: Option<String>,
    pub(crate) document: String,
    /// The first [`KEY_BYTES`] of the ascending key of each field.
    pub(crate) keys: [Vec<u8>; Field::ALL.len()],
    /// For an irregular unit.
    pub(crate) irregular: Option<WholeKeys>,
}

/// What the row of an irregular unit has besides: one key for each field, in the order of
/// [`Field::ALL`].
pub(crate) struct WholeKeys {
    pub(crate) ascending: Vec<Vec<u8>>,
    pub(crate) descending: Vec<Vec<u8>>,
    /// The bits of [`ColumnKeys::parallel`].
    pub(crate) parallel: i16,
}

impl Row {
    /// The row of a unit, or the reason why PostgreSQL cannot store it.
    pub(crate) fn new(unit: &Unit) -> Result<Self, Problem> {
        let document = unit.to_extended_json();
        if let Some(problem) = refusal(unit, &document) {
            return Err(problem);
        }
        let keys = ColumnKeys::new(unit);
        let key = |field| keys.key(field, Direction::Ascending);
        Ok(Self {
            id: unit.id().to_owned(),
            folded: unit.name().map(|name| searchable(&TextFilter::fold(name))),
            document: document.into_owned(),
            keys: Field::ALL.map(|field| {
                let key = key(field);
                key.get(..KEY_BYTES).unwrap_or(key).to_vec()
            }),
            irregular: WholeKeys::new(&keys),
        })
    }
}

impl WholeKeys {
    /// `None` for a regular unit.
    fn new(keys: &ColumnKeys) -> Option<Self> {
        let is_irregular = |field| {
            let is_long = keys.key(field, Direction::Ascending).len() > KEY_BYTES;
            is_long || keys.descending(field).is_some()
        };
        let parallel = keys.parallel();
        if parallel.is_empty() && !Field::ALL.into_iter().any(is_irregular) {
            return None;
        }
        let all = |direction| {
            let keys = Field::ALL.map(|field| keys.key(field, direction).to_vec());
            Vec::from(keys)
        };
        Some(Self {
            ascending: all(Direction::Ascending),
            descending: all(Direction::Descending),
            parallel: i16::from(parallel.bits()),
        })
    }
}

/// Why this document of a unit cannot be stored.
fn refusal(unit: &Unit, document: &str) -> Option<Problem> {
    let id = excerpt(unit.id());
    if unit.id().len() > MAX_ID_BYTES {
        return Some(Problem::LongId {
            bound: MAX_ID_BYTES,
            found: unit.id().len(),
            id,
        });
    }
    if document.len() > MAX_DOCUMENT_BYTES {
        return Some(Problem::LongDocument {
            bound: MAX_DOCUMENT_BYTES,
            found: document.len(),
            id,
        });
    }
    let field = nul::field_with_nul(document)?;
    let field = excerpt(&field);
    Some(Problem::Nul { field, id })
}

/// Folded text in the form that is stored and searched: with `σ` for `Σ`.
///
/// `pg_trgm` lower-cases what it indexes. In a database with a locale of ICU, the lower case
/// of `Σ` depends on whether a word ends after it, which a part of a name does not show. A
/// `σ` is the same everywhere, and a folded text contains none, because folding makes it `Σ`.
pub(crate) fn searchable(folded: &str) -> String {
    folded.replace('Σ', "σ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Result<Row, Problem> {
        Row::new(&json.parse().unwrap())
    }

    #[test]
    fn a_unit_is_irregular_if_its_short_ascending_keys_do_not_suffice() {
        let parallel = |json: &str| row(json).unwrap().irregular.map(|row| row.parallel);
        assert_eq!(parallel(r#"{"_id":"a","type":"u","name":"A"}"#), None);
        // With one element, the ascending and the descending key are equal.
        assert_eq!(parallel(r#"{"_id":"a","name":["A"]}"#), None);
        assert_eq!(parallel(r#"{"_id":"a","name":["A","B"]}"#), Some(0));
        assert_eq!(
            parallel(r#"{"_id":"a","name":[],"visibility":["A"]}"#),
            Some(3)
        );
        assert_eq!(
            parallel(r#"{"_id":"a","name":[],"_updatedAt":[1,2],"numMonitors":[]}"#),
            Some(21)
        );
        let long = |bytes| format!(r#"{{"_id":"a","name":"{}"}}"#, "n".repeat(bytes));
        assert_eq!(parallel(&long(KEY_BYTES - 1)), None);
        assert_eq!(parallel(&long(KEY_BYTES)), Some(0));
        assert_eq!(row(&long(KEY_BYTES)).unwrap().keys[0].len(), KEY_BYTES);
    }

    #[test]
    fn a_refused_document_is_named_with_the_bound_or_the_field() {
        let refused = |json: &str| {
            let error = row(json).map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), livechat_units::StoreErrorKind::Unsupported);
            error.to_string()
        };
        assert_eq!(
            refused(r#"{"_id":"a","note":{"x":["b\u0000"]}}"#),
            r#"the field "note" holds U+0000, which PostgreSQL does not store, in the document with the _id "a""#
        );
        let id = |bytes| format!(r#"{{"_id":"{}"}}"#, "i".repeat(bytes));
        assert!(row(&id(MAX_ID_BYTES)).is_ok());
        assert_eq!(
            refused(&id(MAX_ID_BYTES + 1)),
            format!(
                "expected an _id of at most 1024 bytes, found 1025, in the document with the _id \"{}…\"",
                "i".repeat(80)
            )
        );
        let long = format!(r#"{{"_id":"a","x":"{}"}}"#, "x".repeat(MAX_DOCUMENT_BYTES));
        assert_eq!(
            refused(&long),
            format!(
                "expected a document of at most 16777216 bytes, found {}, with the _id \"a\"",
                long.len()
            )
        );
    }
}
