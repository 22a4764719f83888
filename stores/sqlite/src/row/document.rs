//! Documents: JSON with a checksum, which shows whether the JSON has changed.

use livechat_units::{Unit, UnitPageBuilder};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::error::Problem;

/// The columns that [`Document::from_row`] reads.
pub(crate) const COLUMNS: &str = "slot, checksum, form, json";

/// The form of the JSON of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The plain form, which the answer contains. The unit can be read from it.
    Plain,
    /// Extended JSON, for the few units that cannot be read from their plain form.
    Extended,
}

/// A document whose checksum is right.
pub(crate) struct Document<'a> {
    form: Form,
    json: &'a str,
}

impl<'a> Document<'a> {
    /// # Errors
    /// The document is missing, or it is not the one that was written.
    pub(crate) fn from_row(row: &'a rusqlite::Row<'_>) -> Result<Self, Problem> {
        let slot = row.get(0)?;
        let found = (row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?);
        let read = || {
            let (ValueRef::Integer(expected), ValueRef::Integer(code), ValueRef::Text(json)) =
                found
            else {
                return None;
            };
            let form = [Form::Plain, Form::Extended]
                .into_iter()
                .find(|form| form.code() == code)?;
            let json = std::str::from_utf8(json).ok()?;
            (expected == checksum(slot, form, json)).then_some(Self { form, json })
        };
        read().ok_or(Problem::DamagedDocument { slot })
    }

    pub(crate) fn unit(&self) -> Result<Unit, Problem> {
        Ok(Unit::from_json(self.json)?)
    }

    /// Adds the document to a page. The plain form needs no parsing.
    pub(crate) fn push_to(&self, page: &mut UnitPageBuilder) -> Result<(), Problem> {
        match self.form {
            Form::Plain => page.push_json(self.json),
            Form::Extended => page.push(&self.unit()?),
        }
        Ok(())
    }
}

impl Form {
    /// The value of the column `form`.
    fn code(self) -> i64 {
        match self {
            Self::Plain => 0,
            Self::Extended => 1,
        }
    }
}

/// Writes the document of a slot. It replaces one that is there.
pub(crate) fn put(
    connection: &Connection,
    slot: i64,
    form: Form,
    json: &str,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO document (slot, checksum, form, json) \
        VALUES (?1, ?2, ?3, ?4)";
    let mut put = connection.prepare_cached(sql)?;
    put.execute((slot, checksum(slot, form, json), form.code(), json))?;
    Ok(())
}

/// The CRC-32 of the JSON. Its initial value is made of the slot and the form, so that the
/// document of another slot has another checksum.
fn checksum(slot: i64, form: Form, json: &str) -> i64 {
    let [low @ .., _, _, _, _] = slot.to_le_bytes();
    let low = u32::from_le_bytes(low);
    let mut checksum = crc32fast::Hasher::new_with_initial(match form {
        Form::Plain => low,
        Form::Extended => !low,
    });
    checksum.update(json.as_bytes());
    i64::from(checksum.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of earlier versions contain these checksums.
    #[test]
    fn checksums_stay_the_same() {
        let json = r#"{"_id":"u","type":"u"}"#;
        assert_eq!(checksum(1, Form::Plain, json), 0x50C1_932A);
        assert_eq!(checksum(2, Form::Plain, json), 0x69B9_3E6A);
        assert_eq!(checksum(1, Form::Extended, json), 0x0717_DD35);
    }
}
