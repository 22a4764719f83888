//! What is checked about matches: whether the server's order is SPEC's, and whether each
//! document is what the server took it for.

use bson::raw::{RawBsonRef, RawDocument};
use livechat_units::{QueryPart, SortKey, StoreError, StoreErrorKind, Unit, UnitQuery};

use crate::after::Ids;
use crate::error::{LIST, Reason, excerpt};
use crate::query::{Plan, heads};
use crate::reads::{Census, Reads};
use crate::repeated;
use crate::row::{Row, shown_id};

impl Census {
    pub(crate) fn ids(self) -> Ids {
        if self.object_ids == 0 {
            Ids::Strings
        } else {
            Ids::ObjectIds
        }
    }
}

/// Why MongoDB orders these matches in another way than SPEC §2, or cannot tell whether one
/// follows a cursor.
pub(crate) fn only_ordered_here(census: Census, query: &UnitQuery) -> Option<Reason> {
    let (part, words) = if census.object_ids > 0 && census.object_ids < census.total {
        // All strings come before all ObjectIds there. Here both are strings.
        (
            QueryPart::Sort,
            "units some of whose ids are strings and some ObjectIds",
        )
    } else if census.texts_for_dates > 0 {
        // In the form of a date they are dates (SPEC §1).
        (
            QueryPart::Sort,
            "a sort by `_updatedAt` of units where it is a string",
        )
    } else if census.arrays > 0 && query.cursor().is_some() {
        (QueryPart::Cursor, "a cursor in a sort that meets arrays")
    } else if census.arrays > 0 {
        (
            QueryPart::Sort,
            "a sort that meets arrays by two paths, or by a position",
        )
    } else {
        return None;
    };
    Some(Reason::query(part, words))
}

/// Which unit, if any, holds a field twice of which the server may not take the last value.
pub(crate) async fn repeated(
    reads: &mut Reads<'_>,
    plan: &Plan,
    query: &UnitQuery,
    census: Census,
) -> Result<Option<Reason>, StoreError> {
    let matches_that = |condition| {
        let mut filter = plan.matches();
        filter.insert("$expr", condition);
        filter
    };
    if census.repeated > 0 {
        let found = reads.any(matches_that(repeated::held_twice(query))).await?;
        let gone = "a document that holds a field twice, which is gone by now";
        let reason = found.map(|document| in_document(&document, query));
        return Ok(reason.or_else(|| Some(Reason::Data(gone.to_owned()))));
    }
    if census.nested > 0 {
        let condition = repeated::held_twice_in_sort(query);
        if let Some(document) = reads.any(matches_that(condition)).await? {
            return Ok(Some(in_sort(&document, query)));
        }
    }
    let is_match = |document: &RawDocument| Ok(read_match(document, query)?.is_some());
    let stray = reads.find_first(plan.strays(), None, is_match).await?;
    Ok(stray.map(|document| in_document(&document, query)))
}

/// Reads a document that the server's filter need not let through, or lets through by the
/// beginning of the text alone. `None` where SPEC takes it for no match.
///
/// A document that cannot be read is an error only if it may be a match: departments lie in
/// the same collection, and no listing is to fail by one of them.
pub(crate) fn read_match(
    document: &RawDocument,
    query: &UnitQuery,
) -> Result<Option<Row>, StoreError> {
    match Row::read(document) {
        Ok(row) => Ok(query.matches(&row.unit).then_some(row)),
        Err(_) if !may_match(document, query) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether any of the values that the document holds as its `type` makes it a unit, and any of
/// those of `name` contains the text. So each value counts that a server or SPEC may take.
fn may_match(document: &RawDocument, query: &UnitQuery) -> bool {
    let mut is_unit = false;
    let mut has_name = query.text().is_none();
    for element in document.iter_elements() {
        let Ok(element) = element else {
            // What follows cannot be read.
            return true;
        };
        // A text that is not valid UTF-8 is an error here, and matches nothing on a server.
        let Ok(RawBsonRef::String(value)) = element.value() else {
            continue;
        };
        match element.key().as_str() {
            "type" => is_unit |= value == "u",
            "name" => has_name |= query.text().is_some_and(|text| text.is_match(value)),
            _ => {}
        }
    }
    is_unit && has_name
}

/// Why the server is not asked to sort this document.
fn in_sort(document: &RawDocument, query: &UnitQuery) -> Reason {
    if repeated::find(document, query).is_some() {
        return in_document(document, query);
    }
    let words = format!(
        "a sort by a field in which objects nest in more than {} levels",
        repeated::LEVELS
    );
    Reason::query(QueryPart::Sort, words)
}

/// Why the server is not asked to list this document.
pub(crate) fn in_document(document: &RawDocument, query: &UnitQuery) -> Reason {
    let id = shown_id(document);
    Reason::Data(match repeated::find(document, query) {
        Some(field) => format!(
            "a document that holds the field {} twice, with the _id {id}",
            excerpt(field)
        ),
        None => format!(
            "a document that MongoDB's expressions see otherwise than its filters, with the _id \
             {id}"
        ),
    })
}

/// The core has a place in the order for JSON's types alone.
pub(crate) fn check_types(query: &UnitQuery, row: &Row, reason: &Reason) -> Result<(), StoreError> {
    let mut heads = heads(query.sort());
    match heads.find(|head| row.foreign.iter().any(|field| field == head)) {
        None => Ok(()),
        Some(field) => Err(reason.foreign_type(field, row.unit.id())),
    }
}

/// The server and the core differ only about a document that holds a field twice, and such a
/// one has been looked for.
pub(crate) fn check_match(query: &UnitQuery, unit: &Unit) -> Result<(), StoreError> {
    if query.matches(unit) {
        return Ok(());
    }
    let problem = format!(
        "expected a match, found the document with the _id {}, which is one only on the server",
        excerpt(unit.id())
    );
    Err(StoreError::new(StoreErrorKind::Corrupt, LIST).with_source(problem))
}

/// A place before the cursor is one that only the server has for the document, such as for
/// an object that reads as another value: to go on from it might never end.
pub(crate) fn check_place(query: &UnitQuery, row: &Row) -> Result<(), StoreError> {
    let Some(cursor) = query.cursor() else {
        return Ok(());
    };
    let mut heads = heads(query.sort());
    let is_foreign = heads.any(|head| row.foreign.iter().any(|field| field == head));
    if is_foreign || SortKey::new(query.sort(), &row.unit)? > cursor.key() {
        return Ok(());
    }
    let problem = format!(
        "expected a place after the cursor, found the document with the _id {}, which has one \
         only on the server",
        excerpt(row.unit.id())
    );
    Err(StoreError::new(StoreErrorKind::Corrupt, LIST).with_source(problem))
}
