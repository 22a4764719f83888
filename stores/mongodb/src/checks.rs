//! What is checked about matches: whether the server's order is SPEC's, and whether each
//! document is what the server took it for.

use bson::raw::RawDocument;
use livechat_units::{SortKey, StoreError, StoreErrorKind, Unit, UnitQuery};

use crate::after::Ids;
use crate::error::{LIST, excerpt, unsupported};
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

/// What about these matches MongoDB orders in another way than SPEC §2, or cannot tell
/// whether it follows a cursor.
pub(crate) fn only_ordered_here(census: Census, query: &UnitQuery) -> Option<&'static str> {
    if census.object_ids > 0 && census.object_ids < census.total {
        // All strings come before all ObjectIds there. Here both are strings.
        Some("units some of whose ids are strings and some ObjectIds")
    } else if census.texts_for_dates > 0 {
        // In the form of a date they are dates (SPEC §1).
        Some("a sort by `_updatedAt` of units where it is a string")
    } else if census.arrays > 0 && query.cursor().is_some() {
        Some("a cursor in a sort that meets arrays")
    } else if census.arrays > 0 {
        Some("a sort that meets arrays by two paths, or by a position")
    } else {
        None
    }
}

/// Which unit, if any, holds a field twice of which the server may not take the last value, as
/// a part of the data.
pub(crate) async fn repeated(
    reads: &mut Reads<'_>,
    plan: &Plan,
    query: &UnitQuery,
    census: Census,
) -> Result<Option<String>, StoreError> {
    let matches_that = |condition| {
        let mut filter = plan.matches();
        filter.insert("$expr", condition);
        filter
    };
    let mut found = None;
    if census.repeated > 0 {
        found = reads.any(matches_that(repeated::held_twice(query))).await?;
    }
    if found.is_none() && census.nested > 0 {
        let condition = repeated::held_twice_in_sort(query);
        found = reads.any(matches_that(condition)).await?;
    }
    if found.is_none() {
        found = reads.any(plan.strays()).await?;
    }
    let counted = (census.repeated > 0)
        .then(|| "a document that holds a field twice, which is gone by now".to_owned());
    let part = found.map(|document| in_document(&document, query));
    Ok(part.or(counted))
}

/// Why the server is not trusted with this document, as a part of the data.
pub(crate) fn in_document(document: &RawDocument, query: &UnitQuery) -> String {
    let id = shown_id(document);
    match repeated::find(document, query) {
        Some(field) => format!(
            "a document that holds the field {} twice, with the _id {id}",
            excerpt(field)
        ),
        None => format!(
            "a document that MongoDB's expressions see otherwise than its filters, or whose sort \
             field nests in more than {} levels, with the _id {id}",
            repeated::LEVELS
        ),
    }
}

pub(crate) fn too_many(part: &str, bound: u64) -> StoreError {
    unsupported(format!(
        "{part}: expected at most {bound} matches to put in order, found more"
    ))
}

/// The core has a place in the order for JSON's types alone.
pub(crate) fn check_types(query: &UnitQuery, row: &Row, part: &str) -> Result<(), StoreError> {
    let mut heads = heads(query.sort());
    match heads.find(|head| row.foreign.iter().any(|field| field == head)) {
        None => Ok(()),
        Some(field) => Err(unsupported(format!(
            "{part}: expected JSON's types under the sort field {}, found another in the \
             document with the _id {}",
            excerpt(field),
            excerpt(row.unit.id())
        ))),
    }
}

/// The server and the core may only differ where the document does not say one thing: a
/// field that it holds twice.
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
