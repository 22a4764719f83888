//! What a write did with its documents.

use std::fmt;

use crate::excerpt::excerpt;
use crate::unit::Unit;

/// What a write did with its documents: how many are units and stored, and how many are no units and
/// not stored.
///
/// `Display` writes it for a log.
///
/// ```
/// use livechat_units::{MemoryStore, Unit};
///
/// let mut store = MemoryStore::new();
/// let written = store.replace_all([
///     Unit::from_json(r#"{"_id":"a","type":"u","name":"Sales"}"#)?,
///     Unit::from_json(r#"{"_id":"a","type":"u","name":"Wholesales"}"#)?,
///     Unit::from_json(r#"{"_id":"d","type":"d","name":"A department"}"#)?,
/// ]);
/// assert_eq!((written.stored(), written.replaced(), written.not_units()), (2, 1, 1));
/// assert_eq!(
///     written.to_string(),
///     r#"2 units, of which 1 was replaced. 1 document is no unit: its `type` is not "u" (`_id` "d")"#
/// );
/// assert_eq!(store.len(), 1);
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    stored: usize,
    replaced: usize,
    not_units: usize,
    first_not_unit: Option<String>,
}

impl Written {
    /// The documents that are units. All of them are stored.
    pub fn stored(&self) -> usize {
        self.stored
    }

    /// The units that are gone because this write had a document with their `_id`: units of the
    /// store, or of earlier documents of the write.
    pub fn replaced(&self) -> usize {
        self.replaced
    }

    /// The documents that are not stored, because their `type` is not `"u"` ([`Unit::is_unit`]).
    pub fn not_units(&self) -> usize {
        self.not_units
    }

    /// The `_id` of the first document that is no unit: at most 80 characters of it.
    pub fn first_not_unit(&self) -> Option<&str> {
        self.first_not_unit.as_deref()
    }

    /// Counts a document. For authors of stores.
    pub fn count(&mut self, document: &Unit) {
        if document.is_unit() {
            self.stored += 1;
            return;
        }
        self.not_units += 1;
        let id = || excerpt(document.id());
        self.first_not_unit.get_or_insert_with(id);
    }

    /// Adds what a later part of the same write did.
    pub(crate) fn add(&mut self, later: Self) {
        self.stored += later.stored;
        self.replaced += later.replaced;
        self.not_units += later.not_units;
        self.first_not_unit = self.first_not_unit.take().or(later.first_not_unit);
    }

    /// Counts units that the write replaced or removed. For authors of stores.
    pub fn count_replaced(&mut self, units: usize) {
        self.replaced += units;
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = if self.stored == 1 { "unit" } else { "units" };
        write!(f, "{} {units}", self.stored)?;
        match self.replaced {
            0 => {}
            1 => f.write_str(", of which 1 was replaced")?,
            replaced => write!(f, ", of which {replaced} were replaced")?,
        }
        let Some(id) = &self.first_not_unit else {
            return Ok(());
        };
        let others = self.not_units;
        if others == 1 {
            return write!(
                f,
                ". 1 document is no unit: its `type` is not \"u\" (`_id` {id:?})"
            );
        }
        write!(
            f,
            ". {others} documents are no units: their `type` is not \"u\" (the first has the `_id` {id:?})"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_counted_and_shown() {
        let document = |id: &str, kind: &str| {
            Unit::from_json(&format!(r#"{{"_id":"{id}","type":"{kind}"}}"#)).unwrap()
        };
        let mut written = Written::default();
        assert_eq!(written.to_string(), "0 units");
        written.count(&document("a", "u"));
        assert_eq!(written.to_string(), "1 unit");
        written.count(&document(&"d".repeat(1_000), "d"));
        written.count(&document("e", ""));
        written.count_replaced(0);
        let shown = format!("{}…", "d".repeat(80));
        assert_eq!(written.first_not_unit(), Some(&*shown));
        assert_eq!(
            written.to_string(),
            format!(
                "1 unit. 2 documents are no units: their `type` is not \"u\" \
                 (the first has the `_id` \"{shown}\")"
            )
        );
    }
}
