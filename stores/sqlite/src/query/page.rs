//! The page of a listing: finds its slots in the sort order, and reads their documents.

use livechat_units::UnitPageBuilder;
use rusqlite::{Connection, ToSql};

use super::matches::Matches;
use super::page_query::PageQuery;
use super::sort::{SORT_COST, sort_all, sort_matches};
use super::statement;
use super::walk::Walk;
use crate::error::Problem;
use crate::row::document::{self, Document};
use crate::schema::declared::DeclaredOrder;
use crate::schema::total;

/// Adds the documents of the page to `builder`.
pub(super) fn fill(
    connection: &Connection,
    orders: &[DeclaredOrder],
    page: &PageQuery<'_>,
    builder: &mut UnitPageBuilder,
) -> Result<(), Problem> {
    let walk = Walk::find(connection, orders, page.columns, page.start())?;
    let slots = match (page.matches, walk) {
        (Matches::All(_), Some(walk)) => {
            if page.offset == 0 && fill_by_walk(connection, &walk, page, builder)? {
                return Ok(());
            }
            walk_all(connection, &walk, page)?
        }
        (Matches::All(_), None) => sort_all(connection, page)?,
        (Matches::Slots(found), walk) => {
            let walked = match walk {
                Some(walk) if is_walk_cheaper(connection, found.len(), page)? => {
                    walk_to_matches(connection, &walk, page)?
                }
                _ => None,
            };
            match walked {
                Some(slots) => slots,
                None => sort_matches(connection, found, page)?,
            }
        }
    };
    read_documents(connection, &slots, |document| document.push_to(builder))
}

/// Adds the documents of a page without an offset. The statements of the walk read them, without
/// a list of slots. Returns false, and adds nothing, if the walk merges two indexes.
fn fill_by_walk(
    connection: &Connection,
    walk: &Walk,
    page: &PageQuery<'_>,
    builder: &mut UnitPageBuilder,
) -> Result<bool, Problem> {
    let mut left = page.limit;
    for part in &walk.parts {
        let Some(documents) = part.documents() else {
            return Ok(false);
        };
        if left == 0 {
            break;
        }
        let sql = format!("{documents} LIMIT ?{}", part.values + 1);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(&*page.parameters(part.values, &[&left]))?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            Document::from_row(row)?.push_to(builder)?;
            found += 1;
        }
        left -= found;
    }
    Ok(true)
}

/// The slots of the page, by a walk. All units match.
fn walk_all(
    connection: &Connection,
    walk: &Walk,
    page: &PageQuery<'_>,
) -> Result<Vec<i64>, Problem> {
    match walk.parts.as_slice() {
        // SQLite skips the offset itself, because that is faster.
        [all] => {
            let (limit, offset) = (all.values + 1, all.values + 2);
            let sql = format!("{} LIMIT ?{limit} OFFSET ?{offset}", all.slots());
            let others: [&dyn ToSql; 2] = [&page.limit, &page.offset];
            statement::slots(connection, &sql, &*page.parameters(all.values, &others))
        }
        _ => match walk_to_matches(connection, walk, page)? {
            Some(slots) => Ok(slots),
            None => sort_all(connection, page),
        },
    }
}

/// Whether a walk to the end of the page is cheaper than reading and sorting `matches` units.
/// The estimate assumes that the matches are spread evenly over the sort order.
fn is_walk_cheaper(
    connection: &Connection,
    matches: usize,
    page: &PageQuery<'_>,
) -> Result<bool, Problem> {
    let as_number = |count| u64::try_from(count).unwrap_or(u64::MAX);
    let needed = as_number(page.offset.saturating_add(page.limit));
    let matches = as_number(matches);
    let steps = needed.saturating_mul(total::read(connection)?) / matches.max(1);
    Ok(steps < matches.saturating_mul(SORT_COST))
}

/// The slots of the page, by a walk that skips units that do not match. `None` if few matches
/// are near the start of the walk, so that it has cost as much as sorting all matches.
fn walk_to_matches(
    connection: &Connection,
    walk: &Walk,
    page: &PageQuery<'_>,
) -> Result<Option<Vec<i64>>, Problem> {
    let mut steps = page.matches.total().saturating_mul(SORT_COST);
    let mut slots = Vec::new();
    let mut skip = page.offset;
    for part in &walk.parts {
        if slots.len() == page.limit {
            break;
        }
        let mut statement = connection.prepare_cached(&part.slots())?;
        let mut rows = statement.query(&*page.parameters(part.values, &[]))?;
        while slots.len() < page.limit
            && let Some(row) = rows.next()?
        {
            let Some(left) = steps.checked_sub(1) else {
                return Ok(None);
            };
            steps = left;
            let slot = row.get(0)?;
            if !page.matches.contains(slot) {
                continue;
            }
            match skip.checked_sub(1) {
                Some(left) => skip = left,
                None => slots.push(slot),
            }
        }
    }
    Ok(Some(slots))
}

/// Calls `read` with the document of each slot, in the order of `slots`.
pub(super) fn read_documents(
    connection: &Connection,
    slots: &[i64],
    mut read: impl FnMut(Document<'_>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let sql = format!("SELECT {} FROM document WHERE slot = ?1", document::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    for &slot in slots {
        let mut rows = statement.query([slot])?;
        let row = rows.next()?.ok_or(Problem::DamagedDocument { slot })?;
        read(Document::from_row(row)?)?;
    }
    Ok(())
}

/// Calls `read` with the document of every unit, in no particular order.
pub(super) fn read_all_documents(
    connection: &Connection,
    mut read: impl FnMut(Document<'_>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    // With a left join a missing document is an error, and not a missing row.
    let sql = format!(
        "SELECT {} FROM unit NOT INDEXED LEFT JOIN document USING (slot)",
        document::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        read(Document::from_row(row)?)?;
    }
    Ok(())
}
