//! Documents as the table keeps them: JSON, and how to tell that it is still what was
//! written.

use livechat_units::{Unit, UnitPageBuilder};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::error::{Fault, Problem};

/// What [`Document::of_row`] reads.
pub(crate) const COLUMNS: &str = "slot, checksum, form, json";

/// What the JSON of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The answer, from which the unit can be read again.
    Plain,
    /// Extended JSON, for the few units that the answer does not give back.
    Extended,
}

/// A document that is what was written.
pub(crate) struct Document<'a> {
    form: Form,
    json: &'a str,
}

impl<'a> Document<'a> {
    /// # Errors
    /// When there is none, or another one than was written.
    pub(crate) fn of_row(row: &'a rusqlite::Row<'_>) -> Result<Self, Fault> {
        let slot = row.get(0)?;
        let found = (row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?);
        let read = || {
            let (ValueRef::Integer(known), ValueRef::Integer(code), ValueRef::Text(json)) = found
            else {
                return None;
            };
            let form = [Form::Plain, Form::Extended]
                .into_iter()
                .find(|form| form.code() == code)?;
            let json = std::str::from_utf8(json).ok()?;
            (known == checksum(slot, form, json)).then_some(Self { form, json })
        };
        read().ok_or_else(|| Problem::DamagedDocument { slot }.into())
    }

    pub(crate) fn unit(&self) -> Result<Unit, Fault> {
        Ok(Unit::from_json(self.json)?)
    }

    /// Adds it to a page, without reading it where that can be.
    pub(crate) fn push_to(&self, page: &mut UnitPageBuilder) -> Result<(), Fault> {
        match self.form {
            Form::Plain => page.push_json(self.json),
            Form::Extended => page.push(&self.unit()?),
        }
        Ok(())
    }
}

impl Form {
    /// As the table has it.
    fn code(self) -> i64 {
        match self {
            Self::Plain => 0,
            Self::Extended => 1,
        }
    }
}

/// Writes the document of a slot, whether or not there is one.
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

/// Of the JSON, and begun with the rest of the row, so that a document in the place of
/// another is noticed too.
fn checksum(slot: i64, form: Form, json: &str) -> i64 {
    let [low @ .., _, _, _, _] = slot.to_le_bytes();
    let begin = u32::from_le_bytes(low);
    let mut checksum = crc32fast::Hasher::new_with_initial(match form {
        Form::Plain => begin,
        Form::Extended => !begin,
    });
    checksum.update(json.as_bytes());
    i64::from(checksum.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_that_files_have() {
        let json = r#"{"_id":"u","type":"u"}"#;
        assert_eq!(checksum(1, Form::Plain, json), 0x50C1_932A);
        assert_eq!(checksum(2, Form::Plain, json), 0x69B9_3E6A);
        assert_eq!(checksum(1, Form::Extended, json), 0x0717_DD35);
    }
}
