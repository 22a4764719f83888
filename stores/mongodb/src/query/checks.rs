//! Checks of the documents that the server returns. If the server and SPEC disagree about a
//! document, the listing leaves it out or fails. It never returns a wrong page.

use bson::raw::{RawBsonRef, RawDocument};
use livechat_units::{SortKey, UnitQuery};

use super::order::top_level_fields;
use crate::error::{Problem, Reason, quoted};
use crate::row::Row;

/// Reads a candidate. `None` if it is not a match in SPEC.
///
/// A document that cannot be read is an error only if it may be a match. Otherwise one damaged
/// department would make every listing fail.
pub(crate) fn read_match(
    document: &RawDocument,
    query: &UnitQuery,
) -> Result<Option<Row>, Problem> {
    match Row::read(document) {
        Ok(row) => Ok(query.matches(&row.unit).then_some(row)),
        Err(_) if !may_match(document, query) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Whether the document has `type: "u"` and a `name` that contains the text. If it holds one of
/// these fields twice, either value suffices, because a server may take another one than SPEC.
fn may_match(document: &RawDocument, query: &UnitQuery) -> bool {
    let mut is_unit = false;
    let mut has_name = query.text().is_none();
    for element in document.iter_elements() {
        let Ok(element) = element else {
            // The rest of the document cannot be read. It may contain the name or the type.
            return true;
        };
        // `value` fails for a string that is not valid UTF-8. No server matches such a string.
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

/// Checks that the core can sort this match: that its sort fields contain only types of JSON.
pub(super) fn check_types(query: &UnitQuery, row: &Row, reason: &Reason) -> Result<(), Problem> {
    match non_json_sort_field(query, row) {
        None => Ok(()),
        Some(field) => Err(Problem::non_json_type(reason, field, row.unit.id())),
    }
}

/// Checks that a document of the page is a match. The server and SPEC differ only about
/// documents that hold a field twice. The listing has searched for these before it reads the
/// page, and has found none.
pub(super) fn check_match(query: &UnitQuery, row: &Row) -> Result<(), Problem> {
    if query.matches(&row.unit) {
        return Ok(());
    }
    let id = quoted(row.unit.id());
    Err(Problem::NotAMatch { id })
}

/// Checks that a document of the page sorts after the cursor.
///
/// The server and SPEC may sort a document differently, for example if a sort field contains an
/// object that is a wrapper of extended JSON. A listing that continued after that document might
/// never end.
pub(super) fn check_position(query: &UnitQuery, row: &Row) -> Result<(), Problem> {
    let Some(cursor) = query.cursor() else {
        return Ok(());
    };
    let is_non_json = non_json_sort_field(query, row).is_some();
    if is_non_json || SortKey::new(query.sort(), &row.unit)? > cursor.key() {
        return Ok(());
    }
    let id = quoted(row.unit.id());
    Err(Problem::NotAfterCursor { id })
}

/// A sort field of the document that contains a value whose type JSON lacks.
fn non_json_sort_field<'a>(query: &'a UnitQuery, row: &Row) -> Option<&'a str> {
    let mut fields = top_level_fields(query.sort());
    fields.find(|field| row.non_json.iter().any(|non_json| non_json == field))
}
