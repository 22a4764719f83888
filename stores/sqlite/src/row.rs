//! A unit as the tables store it.
//!
//! ```text
//!  Unit ──► Row ──► unit         slot, id, folded name, parallel, five k_…, five d_…
//!            │
//!            └────► document     slot, checksum, form, JSON
//!
//!  folded names ──► name_block   128 slots a row, for texts without a trigram
//! ```
//!
//! A slot is the integer key that the rows of one unit share. `k_…` is the ascending key of a
//! documented field and `d_…` the descending one, NULL if it is the same ([`ColumnKeys`]).
//! `parallel` is the set of fields that hold arrays, as bits, or NULL if they are fewer than
//! two.

pub(crate) mod document;
pub(crate) mod name_blocks;

use std::borrow::Cow;
use std::sync::LazyLock;

use livechat_units::columns::{ColumnKeys, Field, excerpt};
use livechat_units::{Direction, TextFilter, Unit};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::error::Problem;
use document::Form;

/// The longest document, in bytes of its JSON.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 32 << 20;

/// The last part of the names of a field's columns and indexes: `k_name`, `d_name`, `by_name`.
pub(crate) const fn stem(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Visibility => "visibility",
        Field::NumMonitors => "monitors",
        Field::NumDepartments => "departments",
        Field::UpdatedAt => "updated",
    }
}

/// The columns of a unit.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    id: &'a [u8],
    /// `None` if the name is not a string.
    folded: Option<Vec<u8>>,
    keys: ColumnKeys,
    form: Form,
    json: Cow<'a, str>,
}

/// The slot and the folded name of an existing row, which a change of the unit needs.
#[derive(Debug)]
pub(crate) struct StoredRow {
    pub(crate) slot: i64,
    pub(crate) folded: Option<Vec<u8>>,
}

/// The columns of the table `unit` after `slot`, in the order of [`Row::values`].
static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let keys = |prefix| Field::ALL.map(|field| format!("{prefix}_{}", stem(field)));
    let keys = [keys("k"), keys("d")].concat().join(", ");
    format!("id, folded, parallel, {keys}")
});

/// The parameters of [`COLUMNS`]. The slot is `?1`.
static PARAMETERS: LazyLock<String> = LazyLock::new(|| {
    let columns = COLUMNS.split(", ").zip(2..);
    let parameters: Vec<String> = columns.map(|(_, number)| format!("?{number}")).collect();
    parameters.join(", ")
});

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let (columns, values) = (&*COLUMNS, &*PARAMETERS);
    format!("INSERT INTO unit (slot, {columns}) VALUES (?1, {values})")
});

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let (columns, values) = (&*COLUMNS, &*PARAMETERS);
    format!("UPDATE unit SET ({columns}) = ({values}) WHERE slot = ?1")
});

impl<'a> Row<'a> {
    /// The row of `unit`.
    ///
    /// # Errors
    /// The document is too long.
    pub(crate) fn new(unit: &'a Unit) -> Result<Self, Problem> {
        let json = unit.to_extended_json();
        if json.len() > MAX_DOCUMENT_BYTES {
            return Err(Problem::LongDocument {
                id: excerpt(unit.id()),
                found: json.len(),
                bound: MAX_DOCUMENT_BYTES,
            });
        }
        Ok(Self {
            id: unit.id().as_bytes(),
            folded: unit.name().map(fold),
            keys: ColumnKeys::new(unit),
            form: if json == unit.as_json() {
                Form::Plain
            } else {
                Form::Extended
            },
            json,
        })
    }
}

impl Row<'_> {
    pub(crate) fn id(&self) -> &[u8] {
        self.id
    }

    pub(crate) fn folded(&self) -> Option<&[u8]> {
        self.folded.as_deref()
    }

    /// Adds the unit and its document in a new slot, which is returned.
    pub(crate) fn insert(&self, connection: &Connection) -> rusqlite::Result<i64> {
        let slot = self.insert_into_unit(connection, None)?;
        document::put(connection, slot, self.form, &self.json)?;
        Ok(slot)
    }

    /// Replaces the unit and the document in a slot.
    pub(crate) fn update(&self, connection: &Connection, slot: i64) -> rusqlite::Result<()> {
        let mut update = connection.prepare_cached(&UPDATE)?;
        update.execute(params_from_iter(self.values(Some(slot))))?;
        document::put(connection, slot, self.form, &self.json)
    }

    /// Adds the row of the table `unit`, in this slot or in a new one, which is returned.
    pub(crate) fn insert_into_unit(
        &self,
        connection: &Connection,
        slot: Option<i64>,
    ) -> rusqlite::Result<i64> {
        let mut insert = connection.prepare_cached(&INSERT)?;
        insert.insert(params_from_iter(self.values(slot)))
    }

    /// The slot, and then the values of [`COLUMNS`].
    fn values(&self, slot: Option<i64>) -> impl Iterator<Item = ToSqlOutput<'_>> {
        let parallel = self.keys.parallel();
        let parallel = (!parallel.is_empty()).then(|| parallel.bits().into());
        let keys = Field::ALL.into_iter();
        let ascending = keys.map(|field| Some(self.keys.key(field, Direction::Ascending)));
        let keys = Field::ALL.into_iter();
        let descending = keys.map(|field| self.keys.descending(field));
        let (id, folded) = (blob(Some(self.id)), blob(self.folded()));
        [integer(slot), id, folded, integer(parallel)]
            .into_iter()
            .chain(ascending.chain(descending).map(blob))
    }
}

fn blob(bytes: Option<&[u8]>) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(bytes.map_or(ValueRef::Null, ValueRef::Blob))
}

fn integer(number: Option<i64>) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(number.map_or(Value::Null, Value::Integer))
}

/// The row of the unit with this id.
pub(crate) fn find(connection: &Connection, id: &[u8]) -> rusqlite::Result<Option<StoredRow>> {
    connection
        .prepare_cached("SELECT slot, folded FROM unit INDEXED BY by_id WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(StoredRow {
                slot: row.get(0)?,
                folded: row.get(1)?,
            })
        })
        .optional()
}

/// Deletes the unit and the document in a slot.
pub(crate) fn delete(connection: &Connection, slot: i64) -> rusqlite::Result<()> {
    for table in ["unit", "document"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE slot = ?1"))?
            .execute([slot])?;
    }
    Ok(())
}

/// The folded name, in which texts are searched. SQLite's tokenizer stops at U+0000, so a
/// byte that UTF-8 never has replaces it. No text contains U+0000.
fn fold(name: &str) -> Vec<u8> {
    const NOT_UTF8: u8 = 0xFF;
    let mut folded = TextFilter::fold(name).into_bytes();
    for byte in &mut folded {
        if *byte == 0 {
            *byte = NOT_UTF8;
        }
    }
    folded
}
