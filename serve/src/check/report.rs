//! The report of a check: the first differences in full, and a summary.

use std::collections::HashSet;
use std::io::{self, Write};

use livechat_units::{Limit, Scope, StoreError, UnitPage, UnitQuery};

use super::Verdict;
use crate::feed::with_causes;

/// The number of differences that are written. Further ones are only counted.
const MAX_WRITTEN: u64 = 20;

/// The number of ids that are written of a page or a scope.
const MAX_IDS: usize = 10;

/// The number of characters that are written of a text, an id, a document or an error.
const MAX_SHOWN: usize = 200;

/// The numbers of queries with each result so far.
pub(super) struct Report {
    /// The seed of the random queries.
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

    pub(super) fn count_same(&mut self) {
        self.same += 1;
    }

    /// Counts a query that the store does not support.
    pub(super) fn count_unsupported(&mut self) {
        self.unsupported += 1;
    }

    /// Checks the unlimited page. The reference is made of its units, so the queries do not find
    /// a unit that is listed twice or a wrong total.
    pub(super) fn check_unlimited_page(
        &mut self,
        output: &mut impl Write,
        page: &UnitPage,
    ) -> io::Result<()> {
        let ids: Vec<String> = page.units().map(|unit| unit.id().to_owned()).collect();
        let distinct: HashSet<&String> = ids.iter().collect();
        let (units, listed) = (distinct.len(), ids.len());
        let total = page.total();
        if u64::try_from(listed) == Ok(total) && units == listed {
            return Ok(());
        }
        self.write(output, |output, number| {
            writeln!(
                output,
                "difference {number}, all units on one page: the store lists {listed} documents \
                 with {units} different ids, and its total is {total}"
            )
        })
    }

    /// Counts a difference, and writes it if it is one of the first.
    pub(super) fn add_difference(
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
                describe_query(query),
                describe_answer(found),
                describe_answer(expected)
            )?;
            match (found, expected) {
                (Ok(found), Ok(expected)) => write_documents(output, found, expected),
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

fn describe_query(query: &UnitQuery) -> String {
    let mut parts = Vec::new();
    if let Some(text) = query.text() {
        parts.push(format!("text {}", excerpt(&format!("{:?}", text.as_str()))));
    }
    parts.push(format!("sort {}", excerpt(&query.sort().to_string())));
    if let Scope::Only(ids) = query.scope() {
        parts.push(format!("of the units {}", id_list(ids.iter())));
    }
    if let Some(cursor) = query.cursor() {
        parts.push(format!("after the unit {}", excerpt(cursor.id())));
    }
    parts.push(format!("offset {}", query.page().offset()));
    parts.push(match query.page().limit() {
        Limit::AtMost(count) => format!("count {count}"),
        Limit::Unlimited => "unlimited".to_owned(),
    });
    parts.join(", ")
}

fn describe_answer(answer: &Result<UnitPage, StoreError>) -> String {
    match answer {
        Ok(page) => {
            let ids: Vec<String> = page.units().map(|unit| unit.id().to_owned()).collect();
            let (count, total) = (page.len(), page.total());
            format!("{count} of {total} units: {}", id_list(ids.iter()))
        }
        Err(error) => format!("an error: {}", excerpt(&with_causes(error))),
    }
}

/// Finds the first unit that both pages have at the same index, but with different documents, and
/// writes both documents.
fn write_documents(
    output: &mut impl Write,
    found: &UnitPage,
    expected: &UnitPage,
) -> io::Result<()> {
    let both = found.units().zip(expected.units());
    let mut different = both.filter(|(found, expected)| {
        found.id() == expected.id() && found.as_json() != expected.as_json()
    });
    match different.next() {
        Some((found, expected)) => writeln!(
            output,
            "  a document in the store:     {}\n  \
               the same in the reference:   {}",
            excerpt(found.as_json()),
            excerpt(expected.as_json())
        ),
        None => Ok(()),
    }
}

/// The first ids, and the number of the others.
fn id_list<'a>(ids: impl ExactSizeIterator<Item = &'a String>) -> String {
    let count = ids.len();
    if count == 0 {
        return "none".to_owned();
    }
    let first: Vec<String> = ids.take(MAX_IDS).map(|id| excerpt(id)).collect();
    let more = if count > MAX_IDS {
        format!(" and {} more", count - MAX_IDS)
    } else {
        String::new()
    };
    first.join(", ") + &more
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    let mut excerpt: String = text
        .chars()
        .take(MAX_SHOWN)
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        excerpt.push('…');
    }
    excerpt
}
