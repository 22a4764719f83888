//! For authors of stores with columns: units, sort orders and cursors as columns.
//!
//! A database can sort and page by itself if it has, beside each document, one column for
//! each [`Field`] that compares as MongoDB compares the field's values:
//!
//! ```text
//!  Unit ─────► ColumnKeys    per field: the ascending key, the descending key if it
//!                            differs, and the set of fields that hold arrays
//!  SortSpec ─► Columns       (Field, Direction)…, then the direction of `_id`
//!  Cursor ───► ColumnPosition  per column of the sort order: the key at the position
//! ```
//!
//! A key is a byte string ([`SortKey::key_strings`]) for a column of type `BYTEA` or `BLOB`,
//! which the database compares byte by byte. A store with typed columns (text, number,
//! timestamp) reads the same values by [`SortKey::values`] and [`Cursor::values`].
//!
//! A field that holds an array sorts by its smallest element when ascending and by its largest when
//! descending, so it can have two keys. Two fields of one sort order that both hold an array are an
//! error, [`OrderError::ParallelArrays`]; [`ColumnKeys::parallel`] finds such units.
//!
//! ```
//! use livechat_units::columns::{ColumnKeys, Columns, Field};
//! use livechat_units::{Cursor, Direction, SortSpec, Unit};
//!
//! let unit = Unit::from_json(r#"{"_id":"uA","type":"u","name":"Sales","numMonitors":[3,7]}"#)?;
//! let keys = ColumnKeys::new(&unit);
//! assert_eq!(keys.key(Field::Name, Direction::Ascending), b"\x04Sales");
//!
//! let sort: SortSpec = r#"{"visibility":-1,"name":1}"#.parse()?;
//! let columns = Columns::new(&sort).map_err(|field| field.path().to_owned())?;
//! let order_by = [(Field::Visibility, Direction::Descending), (Field::Name, Direction::Ascending)];
//! assert_eq!(columns.keys(), order_by);
//! assert_eq!(columns.id_direction(), Direction::Ascending);
//!
//! let position = columns.position(&Cursor::new(&sort, &unit)?);
//! assert_eq!(position.keys(), [b"\x02".to_vec(), b"\x04Sales".to_vec()]);
//! assert_eq!(position.id(), "uA");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`SortKey::key_strings`]: crate::SortKey::key_strings
//! [`SortKey::values`]: crate::SortKey::values
//! [`OrderError::ParallelArrays`]: crate::OrderError::ParallelArrays

pub use crate::excerpt::excerpt;
pub use crate::field::{Field, FieldSet};
pub use crate::order::{Elements, Members, SortValue};

use crate::field;
use crate::order::{self, Direction, Part, SortField, SortSpec, compare_parts, key_string};
use crate::query::cursor::Cursor;
use crate::unit::Unit;
use crate::unit::value::Value;

/// The keys of the documented fields of one unit, in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnKeys {
    /// In the order of [`Field::ALL`]: the ascending key, and the descending key if it differs.
    keys: [(Vec<u8>, Option<Vec<u8>>); Field::ALL.len()],
    /// The fields that hold arrays.
    arrays: FieldSet,
}

impl ColumnKeys {
    /// The keys of `unit`. Cost: the length of the values under the documented fields.
    pub fn new(unit: &Unit) -> Self {
        let mut arrays = FieldSet::EMPTY;
        let keys = Field::ALL.map(|field| {
            let value = unit.get(field.path());
            let Some(Value::Array(elements)) = value else {
                let part = value.map_or(Part::Missing, Part::Value);
                return (key_string(part), None);
            };
            arrays = arrays.with(field);
            let parts = || elements.iter().map(Part::Value);
            let smallest = parts().min_by(|a, b| compare_parts(*a, *b));
            let largest = parts().max_by(|a, b| compare_parts(*a, *b));
            let key = |part: Option<_>| key_string(part.unwrap_or(Part::EmptyArray));
            let (ascending, descending) = (key(smallest), key(largest));
            let differs = descending != ascending;
            (ascending, differs.then_some(descending))
        });
        Self { keys, arrays }
    }

    /// The key of `field` in sort orders of this direction.
    pub fn key(&self, field: Field, direction: Direction) -> &[u8] {
        match (direction, field.pick(&self.keys)) {
            (Direction::Descending, (_, Some(descending))) => descending,
            (_, (ascending, _)) => ascending,
        }
    }

    /// The descending key of `field`, if it differs from the ascending one: only an array with two
    /// unequal elements has two keys.
    pub fn descending(&self, field: Field) -> Option<&[u8]> {
        let (_, descending) = field.pick(&self.keys);
        descending.as_deref()
    }

    /// The fields that hold arrays if at least two do, otherwise no field. A sort order by two
    /// fields of this set cannot list the unit ([`ParallelArrays`](crate::OrderError::ParallelArrays)).
    pub fn parallel(&self) -> FieldSet {
        if self.arrays.len() > 1 {
            self.arrays
        } else {
            FieldSet::EMPTY
        }
    }
}

/// A sort order as columns: keys of documented fields, the most significant first, and then the
/// `_id`. Fields that never decide are left out: `type`, paths inside `type` or `_id`, and every
/// field after `_id`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Columns {
    keys: Vec<(Field, Direction)>,
    id: Direction,
    fields: FieldSet,
}

/// The values of the columns of a sort order at the position of a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnPosition {
    keys: Vec<Vec<u8>>,
    id: String,
}

impl Columns {
    /// The columns of `sort`.
    ///
    /// # Errors
    /// The first field of `sort` without a column, because its path is not documented.
    pub fn new(sort: &SortSpec) -> Result<Self, &SortField> {
        let has_column = |field: &&SortField| {
            Field::from_path(field.path()).is_some()
                || field.path() == field::ID
                || order::constant(field.path()).is_some()
        };
        match sort.fields().iter().find(|field| !has_column(field)) {
            Some(field) => Err(field),
            None => Ok(Self::of_documented(sort)),
        }
    }

    /// The columns of `sort` for a table that keeps the documented fields alone, none of them as an
    /// array or an object. Another path has no value in any row, so it never decides, and is left out.
    ///
    /// ```
    /// use livechat_units::columns::{Columns, Field};
    /// use livechat_units::Direction;
    ///
    /// let sort = r#"{"customFields.rank":1,"name":-1}"#.parse()?;
    /// let columns = Columns::of_documented(&sort);
    /// assert_eq!(columns.keys(), [(Field::Name, Direction::Descending)]);
    /// # Ok::<(), livechat_units::SortError>(())
    /// ```
    pub fn of_documented(sort: &SortSpec) -> Self {
        let documented = sort
            .fields()
            .iter()
            .filter_map(|field| Field::from_path(field.path()));
        let fields = documented.fold(FieldSet::EMPTY, FieldSet::with);
        let mut keys = Vec::new();
        let mut id = Direction::Ascending;
        for (path, direction) in sort.decisive_fields() {
            match Field::from_path(path) {
                Some(field) => keys.push((field, direction)),
                None if path == field::ID => id = direction,
                None => {}
            }
        }
        Self { keys, id, fields }
    }

    /// The columns before `_id`, each with its direction. A field is here at most once.
    pub fn keys(&self) -> &[(Field, Direction)] {
        &self.keys
    }

    /// The direction of `_id`, the last column.
    pub fn id_direction(&self) -> Direction {
        self.id
    }

    /// Every documented field of the sort order, also after `_id`. The sort order cannot list a
    /// unit in which two of them hold arrays.
    pub fn fields(&self) -> FieldSet {
        self.fields
    }

    /// The value of each column at the position of `cursor`, which must have this sort order. The
    /// cursor of a [`UnitQuery`](crate::UnitQuery) has the sort order of the query.
    pub fn position(&self, cursor: &Cursor) -> ColumnPosition {
        let key = cursor.key();
        let fields = cursor.sort().fields().iter().zip(key.key_strings());
        let documented = fields.filter(|(field, _)| Field::from_path(field.path()).is_some());
        ColumnPosition {
            keys: documented
                .map(|(_, key)| key)
                .take(self.keys.len())
                .collect(),
            id: cursor.id().to_owned(),
        }
    }
}

impl ColumnPosition {
    /// One key for each of [`Columns::keys`].
    pub fn keys(&self) -> &[Vec<u8>] {
        &self.keys
    }

    /// The `_id`.
    pub fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::order::{OrderError, SortKey};

    fn columns(sort: &str) -> Result<(String, Direction, u8), String> {
        let sort: SortSpec = sort.parse().unwrap();
        let columns = Columns::new(&sort).map_err(|field| field.path().to_owned())?;
        let keys = columns.keys().iter().map(|(field, direction)| {
            let sign = match direction {
                Direction::Ascending => '+',
                Direction::Descending => '-',
            };
            format!("{sign}{}", field.path())
        });
        let keys: Vec<String> = keys.collect();
        Ok((
            keys.join(" "),
            columns.id_direction(),
            columns.fields().bits(),
        ))
    }

    #[test]
    fn a_sort_order_is_columns_or_names_the_field_without_one() {
        use Direction::{Ascending, Descending};
        let is = |keys: &str, id, fields| Ok((keys.to_owned(), id, fields));
        assert_eq!(columns("{}"), is("", Ascending, 0));
        assert_eq!(columns(r#"{"name":-1}"#), is("-name", Descending, 1));
        assert_eq!(
            columns(r#"{"_updatedAt":-1,"numDepartments":1}"#),
            is("-_updatedAt +numDepartments", Ascending, 24)
        );
        // A field after `_id` never decides, but counts as one of two fields with arrays.
        assert_eq!(
            columns(r#"{"visibility":1,"_id":-1,"name":1}"#),
            is("+visibility", Descending, 3)
        );
        // `_id` has the direction of the last field, also if that field never decides.
        assert_eq!(
            columns(r#"{"name":1,"type.x":1,"type":-1}"#),
            is("+name", Descending, 1)
        );
        for (sort, path) in [
            (r#"{"name":1,"a.b":1,"c":1}"#, "a.b"),
            (r#"{"_id":1,"name.first":1}"#, "name.first"),
        ] {
            assert_eq!(columns(sort), Err(path.to_owned()));
        }
    }

    #[test]
    fn other_paths_are_left_out_for_a_table_of_the_documented_fields() {
        for (sort, same) in [
            (r#"{"a":1,"name":-1}"#, r#"{"name":-1}"#),
            (r#"{"name":1,"name.x":1,"a":-1}"#, r#"{"name":1,"_id":-1}"#),
            (r#"{"a":-1}"#, r#"{"_id":-1}"#),
        ] {
            let [sort, same] = [sort, same].map(|sort| sort.parse::<SortSpec>().unwrap());
            let left = Columns::of_documented(&sort);
            assert_eq!(left, Columns::new(&same).unwrap());
        }
    }

    #[test]
    fn a_position_has_a_key_for_each_column() {
        let unit = Unit::from_json(r#"{"_id":"u","type":"u","name":"A","numMonitors":1}"#).unwrap();
        for (sort, keys) in [
            ("{}", 0),
            (r#"{"_id":1,"name":1}"#, 0),
            (r#"{"type":1,"numMonitors":-1,"name":1}"#, 2),
        ] {
            let sort: SortSpec = sort.parse().unwrap();
            let columns = Columns::new(&sort).unwrap();
            let position = columns.position(&Cursor::new(&sort, &unit).unwrap());
            assert_eq!((position.keys().len(), position.id()), (keys, "u"));
            let all = ColumnKeys::new(&unit);
            for (key, (field, direction)) in position.keys().iter().zip(columns.keys()) {
                assert_eq!(key, all.key(*field, *direction));
            }
        }
    }

    /// JSON texts of documents, most with arrays under documented fields.
    fn document() -> impl Strategy<Value = String> {
        let scalar = prop::sample::select(vec![
            "null",
            "1",
            "1.0",
            "2",
            "\"a\"",
            "\"b\"",
            "true",
            "{}",
            r#"{"$date":5}"#,
            "[]",
            "[1]",
        ]);
        let array = prop::collection::vec(scalar.clone(), 0..4)
            .prop_map(|elements| format!("[{}]", elements.join(",")));
        let value = prop_oneof![scalar.prop_map(str::to_owned), array];
        prop::collection::vec(prop::option::of(value), Field::ALL.len()).prop_map(|values| {
            let mut json = r#"{"_id":"u""#.to_owned();
            for (field, value) in Field::ALL.into_iter().zip(values) {
                if let Some(value) = value {
                    write!(json, r#","{}":{value}"#, field.path()).unwrap();
                }
            }
            json + "}"
        })
    }

    proptest! {
        /// Compares with sort keys, which follow paths through any document.
        #[test]
        fn keys_equal_the_key_strings_of_sort_keys(document in document()) {
            let unit = Unit::from_json(&document).unwrap();
            let keys = ColumnKeys::new(&unit);
            let mut parallel = FieldSet::EMPTY;
            for field in Field::ALL {
                for direction in [Direction::Ascending, Direction::Descending] {
                    let sort = SortSpec::builder().then(field.path(), direction).build().unwrap();
                    let strings = SortKey::new(&sort, &unit).unwrap().key_strings();
                    prop_assert_eq!(strings, [keys.key(field, direction)]);
                }
                let same = keys.key(field, Direction::Ascending)
                    == keys.key(field, Direction::Descending);
                prop_assert_eq!(keys.descending(field).is_none(), same);
                for other in Field::ALL.into_iter().filter(|other| *other != field) {
                    let pair = SortSpec::builder().ascending(field.path()).ascending(other.path());
                    let pair = pair.build().unwrap();
                    if SortKey::new(&pair, &unit).err() == Some(OrderError::ParallelArrays) {
                        parallel = parallel.with(field);
                    }
                }
            }
            prop_assert_eq!(keys.parallel(), parallel);
        }
    }
}
