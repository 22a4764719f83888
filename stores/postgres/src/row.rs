//! A unit as a row: the document, and what it is found and sorted by.

use livechat_units::{OrderError, SortError, SortKey, SortSpec, StoreError, TextFilter, Unit};

use crate::error::{Problem, excerpt};
use crate::limits::{MAX_DOCUMENT_BYTES, MAX_ID_BYTES};
use crate::zero;

/// How much of a key the indexes hold.
pub(crate) const KEY_BYTES: usize = 256;

/// A field of SPEC §1 that units are sorted by.
pub(crate) struct Field {
    pub(crate) path: &'static str,
    /// The column of its keys.
    pub(crate) column: &'static str,
    /// Its letter in the names of indexes.
    pub(crate) letter: char,
}

pub(crate) const FIELDS: [Field; 5] = [
    field("name", "name", 'n'),
    field("visibility", "visibility", 'v'),
    field("numMonitors", "num_monitors", 'm'),
    field("numDepartments", "num_departments", 'd'),
    field("_updatedAt", "updated_at", 'u'),
];

const fn field(path: &'static str, column: &'static str, letter: char) -> Field {
    Field {
        path,
        column,
        letter,
    }
}

/// The orders whose keys make a row.
#[derive(Debug)]
pub(crate) struct Orders {
    /// All fields together, one direction each.
    ascending: SortSpec,
    descending: SortSpec,
    /// Each field alone, both ways.
    single: Vec<(SortSpec, SortSpec)>,
    /// Every two fields, with the bits of both.
    pairs: Vec<(SortSpec, i16)>,
}

/// What a unit is kept as.
pub(crate) struct Row {
    pub(crate) id: String,
    /// `None` where the name is not a string.
    pub(crate) folded: Option<String>,
    pub(crate) document: String,
    /// The beginning of the ascending key of each field.
    pub(crate) keys: Vec<Vec<u8>>,
    /// Where [`Row::keys`] do not tell the place of the unit: one is longer than
    /// [`KEY_BYTES`], or a field holds an array.
    pub(crate) irregular: Option<WholeKeys>,
}

/// The keys of all fields, ascending and descending.
pub(crate) struct WholeKeys {
    pub(crate) up: Vec<Vec<u8>>,
    pub(crate) down: Vec<Vec<u8>>,
    /// The bits of the fields that hold arrays, if there are two or more: a sort by two
    /// of them is an error.
    pub(crate) parallel: i16,
}

impl Orders {
    pub(crate) fn new() -> Result<Self, SortError> {
        let all = FIELDS
            .iter()
            .fold(SortSpec::builder(), |all, field| all.ascending(field.path));
        let ascending = all.build()?;
        let mut single = Vec::new();
        let mut pairs = Vec::new();
        for (place, field) in FIELDS.iter().enumerate() {
            let up = SortSpec::builder().ascending(field.path).build()?;
            single.push((up.clone(), up.reversed()));
            for (other, second) in FIELDS.iter().enumerate().skip(place + 1) {
                let pair = SortSpec::builder().ascending(field.path);
                let pair = pair.ascending(second.path).build()?;
                pairs.push((pair, bit(place) | bit(other)));
            }
        }
        Ok(Self {
            descending: ascending.reversed(),
            ascending,
            single,
            pairs,
        })
    }

    /// The row of a unit.
    pub(crate) fn row(&self, unit: &Unit, operation: &'static str) -> Result<Row, StoreError> {
        let document = unit.to_extended_json();
        let id = || excerpt(unit.id());
        let problem = if unit.id().len() > MAX_ID_BYTES {
            let found = unit.id().len();
            Some(Problem::LongId { found, id: id() })
        } else if document.len() > MAX_DOCUMENT_BYTES {
            let found = document.len();
            Some(Problem::LongDocument { found, id: id() })
        } else {
            zero::field_with_nul(&document).map(|field| Problem::Nul {
                field: excerpt(&field),
                id: id(),
            })
        };
        if let Some(problem) = problem {
            return Err(problem.during(operation));
        }
        let whole = self.keys(unit)?;
        let cut = |key: &Vec<u8>| key.get(..KEY_BYTES).unwrap_or(key).to_vec();
        let keys = whole.up.iter().map(cut).collect();
        let is_long = whole.up.iter().any(|key| key.len() > KEY_BYTES);
        let irregular = is_long || whole.parallel != 0 || whole.up != whole.down;
        Ok(Row {
            id: unit.id().to_owned(),
            folded: unit.name().map(|name| searchable(&TextFilter::fold(name))),
            document: document.into_owned(),
            keys,
            irregular: irregular.then_some(whole),
        })
    }

    fn keys(&self, unit: &Unit) -> Result<WholeKeys, OrderError> {
        let together = |sort| Ok(SortKey::new(sort, unit)?.key_strings());
        // At most one field holds an array, so that each field's key is its own.
        if let Ok(up) = together(&self.ascending) {
            let down = together(&self.descending)?;
            return Ok(WholeKeys {
                up,
                down,
                parallel: 0,
            });
        }
        let mut parallel = 0;
        for (pair, bits) in &self.pairs {
            if let Err(OrderError::ParallelArrays) = SortKey::new(pair, unit) {
                parallel |= bits;
            }
        }
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for (ascending, descending) in &self.single {
            up.extend(together(ascending)?);
            down.extend(together(descending)?);
        }
        Ok(WholeKeys { up, down, parallel })
    }
}

/// Folded text as it is kept. `pg_trgm` puts what it indexes into lower case, and in a
/// database of ICU's locales that of a capital sigma hangs on where the word ends, which
/// a part of a name does not show. The small one folds into it, so that it is free.
pub(crate) fn searchable(folded: &str) -> String {
    folded.replace('Σ', "σ")
}

/// The bit of the field at this place.
pub(crate) fn bit(place: usize) -> i16 {
    u32::try_from(place).map_or(0, |place| 1_i16.wrapping_shl(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Result<Row, StoreError> {
        let unit: Unit = json.parse().unwrap();
        Orders::new().unwrap().row(&unit, "upsert")
    }

    #[test]
    fn rows_are_regular_unless_keys_are_not_enough() {
        let parallel = |json: &str| row(json).unwrap().irregular.map(|row| row.parallel);
        assert_eq!(parallel(r#"{"_id":"a","type":"u","name":"A"}"#), None);
        // One array orders alike both ways, and is no error beside no other.
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
    fn what_cannot_be_kept_is_named() {
        use std::error::Error;
        let refused = |json: &str| {
            let error = row(json).map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), livechat_units::StoreErrorKind::Unsupported);
            error.source().unwrap().to_string()
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
