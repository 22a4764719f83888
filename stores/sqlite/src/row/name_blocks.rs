//! Blocks of names, for texts that are too short for a trigram.
//!
//! A text of one or two characters is in a large part of all names, so a search examines
//! every name. SQLite needs more time to reach a row than to search one name. So the names of
//! 128 consecutive slots share one row of the table `name_block`. Its `number` is the slot
//! divided by 128, and its `names` are:
//!
//! ```text
//!  n │ index, end │ index, end │ … │ name FE name FE …
//!    └──────── n entries ──────┘   └─ end counts bytes from here
//! ```
//!
//! `n` and `index` are one byte each, `end` is four bytes, little-endian. `index` is the slot
//! modulo 128, and the entries are sorted by it. Each name is folded and followed by the byte
//! FE, which no text contains. `end` is the position after that byte.

use memchr::memmem::Finder;
use rusqlite::{Connection, OptionalExtension};

use crate::error::Problem;

/// The number of slots in a block. A change of one name writes the whole block.
const SLOTS: i64 = 128;

/// The longest name in a block, in bytes. Longer names would make writes slow, so they are in
/// the partial index `long_names` instead. SQL statements here and in the schema repeat this
/// number.
const MAX_BYTES: usize = 4_096;

/// The byte after each name. UTF-8 never contains it.
const END: u8 = 0xFE;

/// Writes the folded name of a slot into its block. `None` deletes the name.
pub(crate) fn set(connection: &Connection, slot: i64, name: Option<&[u8]>) -> Result<(), Problem> {
    let number = slot.div_euclid(SLOTS);
    let old: Option<Vec<u8>> = connection
        .prepare_cached("SELECT names FROM name_block WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let index = index_in_block(slot);
    let mut names = match &old {
        None => Vec::new(),
        Some(old) => Block::read(number, old)?.names()?,
    };
    names.retain(|(other, _)| *other != index);
    if let Some(name) = name.filter(|name| name.len() <= MAX_BYTES) {
        let at = names.partition_point(|(other, _)| *other < index);
        names.insert(at, (index, name));
    }
    write(connection, number, &names)
}

/// Writes all blocks, from the names of the table `unit`.
pub(crate) fn fill(connection: &Connection) -> Result<(), Problem> {
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
        names.push((index_in_block(slot), row.get(1)?));
    }
    write(connection, number, &names)
}

/// The slots whose names contain `text`, in no particular order. Cost: all names are read.
pub(crate) fn search(connection: &Connection, text: &[u8]) -> Result<Vec<i64>, Problem> {
    let finder = Finder::new(text);
    let mut slots = Vec::new();
    let mut statement = connection.prepare_cached("SELECT number, names FROM name_block")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        Block::read(row.get(0)?, bytes)?.search(&finder, &mut slots);
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

/// Writes a block, or deletes it if it has no names.
fn write<N: AsRef<[u8]>>(
    connection: &Connection,
    number: i64,
    names: &[(u8, N)],
) -> Result<(), Problem> {
    if names.is_empty() {
        connection
            .prepare_cached("DELETE FROM name_block WHERE number = ?1")?
            .execute([number])?;
        return Ok(());
    }
    // Only a damaged table has more names than slots.
    let damaged = |_| Problem::DamagedNames { block: number };
    let mut block = vec![u8::try_from(names.len()).map_err(damaged)?];
    let mut text = Vec::new();
    for (index, name) in names {
        text.extend_from_slice(name.as_ref());
        text.push(END);
        let end = u32::try_from(text.len()).map_err(damaged)?;
        block.push(*index);
        block.extend_from_slice(&end.to_le_bytes());
    }
    block.append(&mut text);
    connection
        .prepare_cached("INSERT OR REPLACE INTO name_block (number, names) VALUES (?1, ?2)")?
        .execute((number, block))?;
    Ok(())
}

/// The slot modulo 128: its lowest seven bits.
fn index_in_block(slot: i64) -> u8 {
    let [low, ..] = slot.to_le_bytes();
    low & 0x7F
}

/// A row of `name_block`, split at its parts.
struct Block<'a> {
    number: i64,
    entries: &'a [Entry],
    text: &'a [u8],
}

/// Index and end of a name.
type Entry = [u8; 5];

impl<'a> Block<'a> {
    fn read(number: i64, bytes: &'a [u8]) -> Result<Self, Problem> {
        let read = || {
            let (count, rest) = bytes.split_first()?;
            let (entries, text) =
                rest.split_at_checked(usize::from(*count) * size_of::<Entry>())?;
            let (entries, _) = entries.as_chunks();
            let is_whole = entries.last().map_or(0, |last| end(*last)) == text.len();
            is_whole.then_some(Self {
                number,
                entries,
                text,
            })
        };
        read().ok_or(Problem::DamagedNames { block: number })
    }

    /// The index and the name of each entry, sorted by the index.
    fn names(&self) -> Result<Vec<(u8, &'a [u8])>, Problem> {
        let mut start = 0;
        let mut names = Vec::with_capacity(self.entries.len() + 1);
        for entry in self.entries {
            let [index, ..] = *entry;
            let name = self.text.get(start..end(*entry));
            let Some((_, name)) = name.and_then(<[u8]>::split_last) else {
                return Err(Problem::DamagedNames { block: self.number });
            };
            names.push((index, name));
            start = end(*entry);
        }
        Ok(names)
    }

    /// Adds the slots whose names contain the text, each once: after a hit the search continues
    /// at the next name.
    fn search(&self, finder: &Finder<'_>, slots: &mut Vec<i64>) {
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + at;
            let found = self.entries.partition_point(|entry| end(*entry) <= at);
            let Some(entry) = self.entries.get(found) else {
                return;
            };
            let [index, ..] = *entry;
            slots.push(self.number * SLOTS + i64::from(index));
            from = end(*entry);
        }
    }
}

fn end(entry: Entry) -> usize {
    let [_, end @ ..] = entry;
    usize::try_from(u32::from_le_bytes(end)).unwrap_or(usize::MAX)
}
