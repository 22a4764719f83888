//! A unit as the tables keep it.

use std::borrow::Cow;

use livechat_units::{Direction, OrderError, SortError, SortKey, SortSpec, TextFilter, Unit};
use rusqlite::types::ToSql;

use crate::document::Form;
use crate::error::{Fault, Problem, excerpt};
use crate::field::Field;

/// The longest document, in bytes of its JSON.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 32 << 20;

/// What makes rows of units.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Each field alone, ascending and descending.
    single: [(SortSpec, SortSpec); 5],
    /// Each pair of fields.
    pairs: Vec<(u8, SortSpec)>,
    together: SortSpec,
}

/// The columns of a unit.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    id: &'a [u8],
    /// `None` where the name is not a string.
    folded: Option<Vec<u8>>,
    keys: [Vec<u8>; 5],
    /// Where the largest element of an array is not also its smallest.
    descending: [Option<Vec<u8>>; 5],
    parallel: Option<u8>,
    form: Form,
    json: Cow<'a, str>,
}

/// The columns of the table `unit` that [`Row::values`] fills, in this order.
pub(crate) const COLUMNS: &str = "id, folded, parallel, \
    k_name, k_visibility, k_monitors, k_departments, k_updated, \
    d_name, d_visibility, d_monitors, d_departments, d_updated";

impl Keys {
    pub(crate) fn new() -> Result<Self, SortError> {
        let single = |field: Field, direction| {
            let builder = SortSpec::builder();
            builder.then(field.path(), direction).build()
        };
        let both = |field| -> Result<_, SortError> {
            let ascending = single(field, Direction::Ascending)?;
            Ok((ascending, single(field, Direction::Descending)?))
        };
        let [name, visibility, monitors, departments, updated] = Field::ALL;
        let mut pairs = Vec::new();
        for (at, first) in Field::ALL.into_iter().enumerate() {
            for second in Field::ALL.into_iter().skip(at + 1) {
                let pair = SortSpec::builder().ascending(first.path());
                let pair = pair.ascending(second.path()).build()?;
                pairs.push((first.bit() | second.bit(), pair));
            }
        }
        let all = Field::ALL.into_iter();
        let all = all.fold(SortSpec::builder(), |all, field| {
            all.ascending(field.path())
        });
        Ok(Self {
            single: [
                both(name)?,
                both(visibility)?,
                both(monitors)?,
                both(departments)?,
                both(updated)?,
            ],
            pairs,
            together: all.build()?,
        })
    }

    /// The row of `unit`.
    ///
    /// # Errors
    /// When the document is too long.
    pub(crate) fn row<'a>(&self, unit: &'a Unit) -> Result<Row<'a>, Fault> {
        let json = unit.to_extended_json();
        if json.len() > MAX_DOCUMENT_BYTES {
            let problem = Problem::LongDocument {
                id: excerpt(unit.id()),
                found: json.len(),
                bound: MAX_DOCUMENT_BYTES,
            };
            return Err(problem.into());
        }
        let mut keys: [Vec<u8>; 5] = Default::default();
        let mut descending: [Option<Vec<u8>>; 5] = Default::default();
        let columns = keys.iter_mut().zip(&mut descending);
        for ((key, other), (up, down)) in columns.zip(&self.single) {
            *key = key_string(up, unit)?;
            let last = key_string(down, unit)?;
            *other = (last != *key).then_some(last);
        }
        Ok(Row {
            id: unit.id().as_bytes(),
            folded: unit.name().map(fold),
            keys,
            descending,
            parallel: self.parallel(unit),
            form: if json == unit.as_json() {
                Form::Plain
            } else {
                Form::Extended
            },
            json,
        })
    }

    /// The fields that hold arrays, if there are at least two: an order by two of them
    /// is an error for this unit.
    fn parallel(&self, unit: &Unit) -> Option<u8> {
        SortKey::new(&self.together, unit).err()?;
        let pairs = self.pairs.iter();
        let parallel = pairs.filter(|(_, pair)| SortKey::new(pair, unit).is_err());
        Some(parallel.fold(0, |fields, (pair, _)| fields | pair))
    }
}

/// The key of an order by one field.
fn key_string(sort: &SortSpec, unit: &Unit) -> Result<Vec<u8>, OrderError> {
    let strings = SortKey::new(sort, unit)?.key_strings();
    Ok(strings.into_iter().next().unwrap_or_default())
}

/// A name as texts are looked for in it. No text holds U+0000, at which the tokenizer of
/// SQLite stops: a byte that is in no UTF-8 stands for it.
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

impl Row<'_> {
    pub(crate) fn id(&self) -> &[u8] {
        self.id
    }

    pub(crate) fn folded(&self) -> Option<&[u8]> {
        self.folded.as_deref()
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// The values of [`COLUMNS`].
    pub(crate) fn values(&self) -> [&dyn ToSql; 13] {
        let [name, visibility, monitors, departments, updated] = &self.keys;
        let [d_name, d_visibility, d_monitors, d_departments, d_updated] = &self.descending;
        [
            &self.id,
            &self.folded,
            &self.parallel,
            name,
            visibility,
            monitors,
            departments,
            updated,
            d_name,
            d_visibility,
            d_monitors,
            d_departments,
            d_updated,
        ]
    }
}
