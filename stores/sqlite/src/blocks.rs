//! Names in blocks, for texts that have no trigram.
//!
//! A text of one or two characters is in a large part of all names, and each has to be
//! looked at. SQLite takes longer for getting at a row than the search in its name
//! takes, so the names of neighbouring slots lie together in one value.
//!
//! A block is the number of its names in one byte, for each name the last bits of its
//! slot and where it ends, and then the names, each followed by [`END`], which no text
//! holds.

use memchr::memmem::Finder;
use rusqlite::{Connection, OptionalExtension};

use crate::error::{Fault, Problem};

/// Slots of a block. A change of a name writes one block anew.
const SLOTS: i64 = 128;

/// Longer names are not in blocks, which would take long to write. They have an index,
/// whose text in the schema says this number too.
const MAX_BYTES: usize = 4_096;

/// A byte that is in no UTF-8.
const END: u8 = 0xFE;

/// Puts the name of a slot into its block; `None` takes it out.
pub(crate) fn set(connection: &Connection, slot: i64, name: Option<&[u8]>) -> Result<(), Fault> {
    let number = slot.div_euclid(SLOTS);
    let old: Option<Vec<u8>> = connection
        .prepare_cached("SELECT names FROM name_block WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let place = place(slot);
    let mut names = match &old {
        None => Vec::new(),
        Some(old) => Block::read(number, old)?.names(number)?,
    };
    names.retain(|(known, _)| *known != place);
    if let Some(name) = name.filter(|name| name.len() <= MAX_BYTES) {
        let at = names.partition_point(|(known, _)| *known < place);
        names.insert(at, (place, name));
    }
    write(connection, number, &names)
}

/// Makes all blocks of the names in the table.
pub(crate) fn fill(connection: &Connection) -> Result<(), Fault> {
    let mut statement = connection.prepare(
        "SELECT slot, folded FROM unit NOT INDEXED WHERE length(folded) <= 4096 ORDER BY slot",
    )?;
    let mut rows = statement.query([])?;
    let mut names: Vec<(u8, Vec<u8>)> = Vec::new();
    let mut number = 0;
    while let Some(row) = rows.next()? {
        let slot: i64 = row.get(0)?;
        if slot.div_euclid(SLOTS) != number {
            write(connection, number, &names)?;
            names.clear();
            number = slot.div_euclid(SLOTS);
        }
        names.push((place(slot), row.get(1)?));
    }
    write(connection, number, &names)
}

/// The slots whose names contain `text`, in no order.
pub(crate) fn search(connection: &Connection, text: &[u8]) -> Result<Vec<i64>, Fault> {
    let finder = Finder::new(text);
    let mut slots = Vec::new();
    let mut statement = connection.prepare_cached("SELECT number, names FROM name_block")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number = row.get(0)?;
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        Block::read(number, bytes)?.search(number, &finder, &mut slots);
    }
    let mut statement = connection.prepare_cached(
        "SELECT slot FROM unit INDEXED BY long_names \
         WHERE length(folded) > 4096 AND instr(folded, ?1)",
    )?;
    let mut rows = statement.query([text])?;
    while let Some(row) = rows.next()? {
        slots.push(row.get(0)?);
    }
    Ok(slots)
}

fn write<N: AsRef<[u8]>>(
    connection: &Connection,
    number: i64,
    names: &[(u8, N)],
) -> Result<(), Fault> {
    let Ok(count) = u8::try_from(names.len()) else {
        return Err(Problem::DamagedNames { block: number }.into());
    };
    if count == 0 {
        connection
            .prepare_cached("DELETE FROM name_block WHERE number = ?1")?
            .execute([number])?;
        return Ok(());
    }
    let mut entries = vec![count];
    let mut text = Vec::new();
    for (place, name) in names {
        text.extend_from_slice(name.as_ref());
        text.push(END);
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        entries.push(*place);
        entries.extend_from_slice(&end.to_le_bytes());
    }
    entries.append(&mut text);
    connection
        .prepare_cached("INSERT OR REPLACE INTO name_block (number, names) VALUES (?1, ?2)")?
        .execute((number, entries))?;
    Ok(())
}

/// Which of the slots of its block a slot is.
fn place(slot: i64) -> u8 {
    u8::try_from(slot.rem_euclid(SLOTS)).unwrap_or_default()
}

struct Block<'a> {
    entries: &'a [Entry],
    text: &'a [u8],
}

/// Place and end of a name.
type Entry = [u8; 5];

impl<'a> Block<'a> {
    fn read(number: i64, bytes: &'a [u8]) -> Result<Self, Problem> {
        let read = || {
            let (count, rest) = bytes.split_first()?;
            let (entries, text) =
                rest.split_at_checked(usize::from(*count) * size_of::<Entry>())?;
            let (entries, _) = entries.as_chunks();
            let whole = entries.last().map_or(0, |last| end(*last)) == text.len();
            whole.then_some(Self { entries, text })
        };
        read().ok_or(Problem::DamagedNames { block: number })
    }

    /// The names by place.
    fn names(&self, number: i64) -> Result<Vec<(u8, &'a [u8])>, Problem> {
        let mut start = 0;
        let mut names = Vec::with_capacity(self.entries.len() + 1);
        for entry in self.entries {
            let [place, ..] = *entry;
            let name = self.text.get(start..end(*entry));
            let Some((_, name)) = name.and_then(<[u8]>::split_last) else {
                return Err(Problem::DamagedNames { block: number });
            };
            names.push((place, name));
            start = end(*entry);
        }
        Ok(names)
    }

    fn search(&self, number: i64, finder: &Finder<'_>, slots: &mut Vec<i64>) {
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + at;
            let found = self.entries.partition_point(|entry| end(*entry) <= at);
            let Some(entry) = self.entries.get(found) else {
                return;
            };
            let [place, ..] = *entry;
            slots.push(number * SLOTS + i64::from(place));
            from = end(*entry);
        }
    }
}

fn end(entry: Entry) -> usize {
    let [_, end @ ..] = entry;
    usize::try_from(u32::from_le_bytes(end)).unwrap_or(usize::MAX)
}
