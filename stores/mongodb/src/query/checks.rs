//! Checks of the documents that the server returns. Each answer is compared with SPEC; a
//! difference is an error, and never a wrong answer.

use bson::raw::{RawBsonRef, RawDocument};
use livechat_units::{SortKey, UnitQuery};

use super::order::top_level_fields;
use crate::error::{Fault, Problem, Reason, quoted};
use crate::row::Row;

/// Reads a candidate. `None` if SPEC does not take it for a match.
///
/// A document that cannot be read is an error only if it may be a match: a damaged department
/// of the same collection must not fail a listing.
pub(super) fn read_match(
    document: &RawDocument,
    query: &UnitQuery,
) -> Result<Option<Row>, Problem> {
    match Row::read(document) {
        Ok(row) => Ok(query.matches(&row.unit).then_some(row)),
        Err(_) if !may_match(document, query) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Whether any value of `type` makes the document a unit, and any value of `name` contains the
/// text. All values of a repeated field count, whichever of them SPEC or a server takes.
fn may_match(document: &RawDocument, query: &UnitQuery) -> bool {
    let mut is_unit = false;
    let mut has_name = query.text().is_none();
    for element in document.iter_elements() {
        let Ok(element) = element else {
            // The rest cannot be read, and may make it a match.
            return true;
        };
        // A string that is not valid UTF-8 is an error here. It matches nothing on a server.
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

/// Checks that the core can sort this match, whose sort fields must have types of JSON.
pub(super) fn check_types(query: &UnitQuery, row: &Row, reason: &Reason) -> Result<(), Problem> {
    match non_json_sort_field(query, row) {
        None => Ok(()),
        Some(field) => Err(Problem::non_json_type(reason, field, row.unit.id())),
    }
}

/// Checks that a document of the page is a match. The server and SPEC differ only about
/// documents that hold a field twice, and the listing has searched for these before.
pub(super) fn check_match(query: &UnitQuery, row: &Row) -> Result<(), Problem> {
    if query.matches(&row.unit) {
        return Ok(());
    }
    let id = quoted(row.unit.id());
    Err(Problem::NotAMatch { id })
}

/// Checks that a document of the page sorts after the cursor.
///
/// The server may sort a document elsewhere, such as one whose object reads as another value.
/// A listing that continued from the position of that document might never end.
pub(super) fn check_position(query: &UnitQuery, row: &Row) -> Result<(), Fault> {
    let Some(cursor) = query.cursor() else {
        return Ok(());
    };
    let is_non_json = non_json_sort_field(query, row).is_some();
    if is_non_json || SortKey::new(query.sort(), &row.unit)? > cursor.key() {
        return Ok(());
    }
    let id = quoted(row.unit.id());
    Err(Problem::NotAfterCursor { id }.into())
}

/// A sort field of the document that contains a value of a type that JSON lacks.
fn non_json_sort_field<'a>(query: &'a UnitQuery, row: &Row) -> Option<&'a str> {
    let mut fields = top_level_fields(query.sort());
    fields.find(|field| row.non_json.iter().any(|non_json| non_json == field))
}
