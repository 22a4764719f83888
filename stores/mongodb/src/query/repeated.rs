//! The search for matches that hold a field twice, before the page of the server is trusted.
//!
//! | where the field is | found by |
//! |---|---|
//! | in a document that matches the filter | the census, then one `find` for its `_id` |
//! | in an object of a sort field of such a document | one `find`, if the census saw objects or arrays there |
//! | in a document that the filter does not match | one `find` over these, until one is a match |
//! | in a document of the page | [`repeated_field`], for servers whose expressions see each field once |

use std::collections::HashSet;

use bson::Bson;
use bson::raw::{RawBsonRef, RawDocument, RawDocumentBuf};
use livechat_units::UnitQuery;

use super::census::Census;
use super::checks::read_match;
use super::expressions::{MAX_LEVELS, repeats_field, repeats_field_in_sort};
use super::order::top_level_fields;
use super::plan::Plan;
use crate::connection::Session;
use crate::error::{Problem, Reason, quoted};
use crate::row::shown_id;

/// Searches for a match of which the server may not take the last value of a field.
pub(super) async fn search(
    session: &mut Session<'_>,
    plan: &Plan,
    query: &UnitQuery,
    census: Census,
) -> Result<Option<Reason>, Problem> {
    if census.repeated > 0 {
        let found = any_match(session, plan, repeats_field(query)).await?;
        let reason = found.map(|document| differs(&document, query));
        return Ok(Some(reason.unwrap_or(Reason::RepeatedFieldGone)));
    }
    if census.nested > 0 {
        let found = any_match(session, plan, repeats_field_in_sort(query)).await?;
        if let Some(document) = found {
            return Ok(Some(differs_in_sort(&document, query)));
        }
    }
    let is_match = |document: &RawDocument| Ok(read_match(document, query)?.is_some());
    let found = session.find_first(plan.only_in_spec(), None, is_match);
    Ok(found.await?.map(|document| differs(&document, query)))
}

/// One document that the server takes for a match and that meets the condition.
async fn any_match(
    session: &mut Session<'_>,
    plan: &Plan,
    condition: Bson,
) -> Result<Option<RawDocumentBuf>, Problem> {
    let mut filter = plan.matches();
    filter.insert("$expr", condition);
    session.find_first(filter, Some(1), |_| Ok(true)).await
}

/// Why the server cannot list this document.
pub(super) fn differs(document: &RawDocument, query: &UnitQuery) -> Reason {
    let id = shown_id(document);
    match repeated_field(document, query) {
        Some(field) => Reason::RepeatedField {
            field: quoted(field),
            id,
        },
        None => Reason::ReadDifferently { id },
    }
}

/// Why the server cannot sort this document, which repeats a field in a sort field or nests
/// too deep there.
fn differs_in_sort(document: &RawDocument, query: &UnitQuery) -> Reason {
    if repeated_field(document, query).is_some() {
        return differs(document, query);
    }
    let bound = MAX_LEVELS;
    Reason::DeepObjects { bound }
}

/// A field that the document holds twice: one of its own, or one within a sort field. `None`
/// also if the bytes are not valid BSON. Cost: the length of the document.
pub(super) fn repeated_field<'a>(document: &'a RawDocument, query: &UnitQuery) -> Option<&'a str> {
    own_repeated_field(document).or_else(|| {
        let sorted: HashSet<&str> = top_level_fields(query.sort()).collect();
        let fields = document.iter().filter_map(Result::ok);
        let fields = fields.filter(|(key, _)| sorted.contains(key.as_str()));
        repeated_field_within(fields.map(|(_, value)| value).collect())
    })
}

fn own_repeated_field(document: &RawDocument) -> Option<&str> {
    let mut seen = HashSet::new();
    let fields = document.iter().filter_map(Result::ok);
    let mut keys = fields.map(|(key, _)| key.as_str());
    keys.find(|key| !seen.insert(*key))
}

/// Uses a stack of its own instead of recursion, because values may nest to any depth.
fn repeated_field_within(mut stack: Vec<RawBsonRef<'_>>) -> Option<&str> {
    while let Some(value) = stack.pop() {
        match value {
            RawBsonRef::Document(document) => {
                if let Some(key) = own_repeated_field(document) {
                    return Some(key);
                }
                let fields = document.iter().filter_map(Result::ok);
                stack.extend(fields.map(|(_, value)| value));
            }
            RawBsonRef::Array(array) => stack.extend(array.into_iter().filter_map(Result::ok)),
            _ => {}
        }
    }
    None
}
