//! The report of a check: each difference in words, and a summary.

use std::collections::HashSet;
use std::io::{self, Write};

use livechat_units::{Limit, Scope, StoreError, UnitPage, UnitQuery};

use super::Verdict;
use crate::feed::with_causes;

/// How many differences are written in full. The others are counted.
const MAX_WRITTEN: u64 = 20;

/// How many ids of a page or a scope a difference shows.
const MAX_IDS: usize = 10;

/// How many characters of a text, a document or an error a difference shows.
const MAX_SHOWN: usize = 200;

/// What a check has found so far.
pub(super) struct Report {
    seed: u64,
    same: u64,
    unsupported: u64,
    differences: u64,
}

impl Report {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            same: 0,
            unsupported: 0,
            differences: 0,
        }
    }

    pub(super) fn same(&mut self) {
        self.same += 1;
    }

    /// The store says that it cannot serve the query.
    pub(super) fn unsupported(&mut self) {
        self.unsupported += 1;
    }

    /// Checks the page from which the reference is made, because no query compares it.
    pub(super) fn unlimited_page(
        &mut self,
        output: &mut impl Write,
        page: &UnitPage,
    ) -> io::Result<()> {
        let ids: Vec<String> = page.units().map(|unit| unit.id().to_owned()).collect();
        let different: HashSet<&String> = ids.iter().collect();
        let (units, listed) = (different.len(), ids.len());
        let counted = page.total();
        if u64::try_from(listed) == Ok(counted) && units == listed {
            return Ok(());
        }
        self.write(output, |output, number| {
            writeln!(
                output,
                "difference {number}, all units on one page: the store lists {listed} documents \
                 with {units} different ids and says that there are {counted}"
            )
        })
    }

    /// Writes a difference, or counts it if there have been many.
    pub(super) fn difference(
        &mut self,
        output: &mut impl Write,
        query_number: u64,
        query: &UnitQuery,
        found: &Result<UnitPage, StoreError>,
        expected: &Result<UnitPage, StoreError>,
    ) -> io::Result<()> {
        let seed = self.seed;
        self.write(output, |output, number| {
            writeln!(
                output,
                "difference {number}, query {query_number} of seed {seed}:\n  \
                   query:     {}\n  \
                   store:     {}\n  \
                   reference: {}",
                in_words(query),
                answer(found),
                answer(expected)
            )?;
            match (found, expected) {
                (Ok(found), Ok(expected)) => documents(output, found, expected),
                _ => Ok(()),
            }
        })
    }

    fn write<W: Write>(
        &mut self,
        output: &mut W,
        write: impl FnOnce(&mut W, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        self.differences += 1;
        if self.differences <= MAX_WRITTEN {
            write(output, self.differences)?;
        }
        Ok(())
    }

    pub(super) fn summary(&self, output: &mut impl Write, units: usize) -> io::Result<()> {
        if self.differences > MAX_WRITTEN {
            let more = self.differences - MAX_WRITTEN;
            writeln!(output, "and {more} more differences")?;
        }
        writeln!(
            output,
            "{units} units, seed {}: {} queries had the same answer, {} are not supported by the \
             store, {} differences",
            self.seed, self.same, self.unsupported, self.differences
        )
    }

    pub(super) fn verdict(&self) -> Verdict {
        if self.differences == 0 {
            Verdict::Same
        } else {
            Verdict::Different
        }
    }
}

/// The parts of a query.
fn in_words(query: &UnitQuery) -> String {
    let mut parts = Vec::new();
    if let Some(text) = query.text() {
        parts.push(format!("text {}", shown(&format!("{:?}", text.as_str()))));
    }
    parts.push(format!("sort {}", shown(&query.sort().to_string())));
    if let Scope::Only(ids) = query.scope() {
        parts.push(format!("of the units {}", listed(ids.iter())));
    }
    if let Some(cursor) = query.cursor() {
        parts.push(format!("after the unit {}", shown(cursor.id())));
    }
    parts.push(format!("offset {}", query.page().offset()));
    parts.push(match query.page().limit() {
        Limit::AtMost(count) => format!("count {count}"),
        Limit::Unlimited => "unlimited".to_owned(),
    });
    parts.join(", ")
}

fn answer(answer: &Result<UnitPage, StoreError>) -> String {
    match answer {
        Ok(page) => {
            let ids: Vec<String> = page.units().map(|unit| unit.id().to_owned()).collect();
            let (count, total) = (page.len(), page.total());
            format!("{count} of {total} units: {}", listed(ids.iter()))
        }
        Err(error) => format!("an error: {}", shown(&with_causes(error))),
    }
}

/// The first unit that both pages have at the same index with different documents.
fn documents(output: &mut impl Write, found: &UnitPage, expected: &UnitPage) -> io::Result<()> {
    let both = found.units().zip(expected.units());
    let mut different = both.filter(|(found, expected)| {
        found.id() == expected.id() && found.as_json() != expected.as_json()
    });
    match different.next() {
        Some((found, expected)) => writeln!(
            output,
            "  a document in the store:     {}\n  \
               the same in the reference:   {}",
            shown(found.as_json()),
            shown(expected.as_json())
        ),
        None => Ok(()),
    }
}

fn listed<'a>(ids: impl ExactSizeIterator<Item = &'a String>) -> String {
    let count = ids.len();
    if count == 0 {
        return "none".to_owned();
    }
    let first: Vec<String> = ids.take(MAX_IDS).map(|id| shown(id)).collect();
    let more = if count > MAX_IDS {
        format!(" and {} more", count - MAX_IDS)
    } else {
        String::new()
    };
    first.join(", ") + &more
}

/// The beginning of a text, on one line.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MAX_SHOWN)
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
