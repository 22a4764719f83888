//! Documents that hold a field twice: what a server can say about them, and what their bytes
//! say.
//!
//! BSON allows it. SPEC §1 takes the last value. MongoDB's filters, sorts and indexes take the
//! first, and others differ. So such documents are looked for before the server is trusted:
//!
//! * [`held_twice`] among the matches: MongoDB's `$bsonSize` counts every field of a document,
//!   and `$mergeObjects` keeps one field of each name.
//! * [`held_twice_in_sort`] among the matches whose sort fields other values nest in.
//! * [`seen_otherwise`] among the documents that the filter does not let through.
//! * [`find`] in the bytes of each document of a page, for servers whose expressions see each
//!   field once.

use std::collections::HashSet;

use bson::raw::{RawBsonRef, RawDocument};
use bson::{Bson, Document, doc};
use livechat_units::{TextFilter, UnitQuery};

use crate::pattern::Pattern;
use crate::query::heads;

/// How many levels of a field of the sort a server looks into. Objects that lie deeper are left
/// to the core. Each level nests the expression by 6. MongoDB's default is 200 levels.
pub(crate) const LEVELS: usize = 8;

/// An expression: whether a document that the filter lets through holds one of its fields
/// twice, or is seen as no match.
pub(crate) fn held_twice(query: &UnitQuery) -> Bson {
    let mut conditions = vec![
        is_repeated("$$ROOT".into()),
        doc! { "$ne": ["$type", "u"] }.into(),
    ];
    if let Some(text) = query.text() {
        conditions.push(doc! { "$not": [name_matches(text)] }.into());
    }
    doc! { "$or": conditions }.into()
}

/// An expression: whether other values nest in a field of the sort.
pub(crate) fn nest_in_sort(query: &UnitQuery) -> Bson {
    any_of_sort(query, |value| nests(value).into())
}

/// An expression: whether an object in a field of the sort holds a field twice, or lies too
/// deep.
pub(crate) fn held_twice_in_sort(query: &UnitQuery) -> Bson {
    any_of_sort(query, |value| is_repeated_within(value, LEVELS))
}

/// Whether a field of the sort, each of which is looked at once, meets the condition.
fn any_of_sort(query: &UnitQuery, condition: impl Fn(&str) -> Bson) -> Bson {
    let mut seen = HashSet::new();
    let heads = heads(query.sort()).filter(|head| seen.insert(*head));
    let conditions = heads.map(|head| condition(&format!("${head}")));
    doc! { "$or": conditions.collect::<Vec<_>>() }.into()
}

/// An expression: whether SPEC §1 may take a document for a match that the filter does not let
/// through.
pub(crate) fn seen_otherwise(query: &UnitQuery) -> Bson {
    doc! { "$or": [is_repeated("$$ROOT".into()), is_match(query)] }.into()
}

/// The same without `$regexMatch`, which MongoDB fails with [`REGEX_FAILED`] for a name that
/// is not valid UTF-8. MongoDB's expressions see both values of a field that is held twice, so
/// there this is enough. Names alone would let every unit through that the text is not in.
///
/// [`REGEX_FAILED`]: crate::error::REGEX_FAILED
pub(crate) fn seen_twice() -> Bson {
    is_repeated("$$ROOT".into())
}

/// Whether the values that expressions see make a match. Where a field is held twice, some
/// servers show them another value than they show to a filter.
fn is_match(query: &UnitQuery) -> Bson {
    let mut conditions = vec![is_string("$type"), doc! { "$eq": ["$type", "u"] }];
    conditions.extend(query.text().map(name_matches));
    doc! { "$and": conditions }.into()
}

fn name_matches(text: &TextFilter) -> Document {
    // Servers may evaluate all operands, so it must be a string in all documents.
    let name = doc! { "$cond": [is_string("$name"), "$name", ""] };
    let regex = Pattern::new(text).regex;
    let matches = doc! { "$regexMatch": { "input": name, "regex": regex, "options": "i" } };
    doc! { "$and": [is_string("$name"), matches] }
}

fn is_string(field: &str) -> Document {
    doc! { "$eq": [{ "$type": field }, "string"] }
}

/// Whether the value is one that other values nest in.
fn nests(value: &str) -> Document {
    doc! { "$in": [{ "$type": value }, ["object", "array"]] }
}

/// Whether an object itself holds a field twice. No values are compared.
fn is_repeated(object: Bson) -> Bson {
    let merged = doc! { "$mergeObjects": [object.clone()] };
    doc! { "$ne": [{ "$bsonSize": object }, { "$bsonSize": merged }] }.into()
}

/// Whether any object in the value, or the value, holds a field twice, or lies deeper than
/// this. It is about as long as `levels`.
fn is_repeated_within(value: &str, levels: usize) -> Bson {
    let Some(below) = levels.checked_sub(1) else {
        return nests(value).into();
    };
    // Servers may evaluate what `$cond` does not choose, so it must be an object there too.
    let is_object = doc! { "$eq": [{ "$type": value }, "object"] };
    let object = doc! { "$cond": [is_object, value, { "$literal": {} }] };
    let fields = doc! { "$objectToArray": object.clone() };
    let values = doc! { "$map": { "input": fields, "as": "field", "in": "$$field.v" } };
    let inner = format!("v{levels}");
    let any = doc! { "$map": {
        "input": { "$cond": [{ "$isArray": [value] }, value, values] },
        "as": inner.as_str(),
        "in": is_repeated_within(&format!("$${inner}"), below),
    } };
    doc! { "$or": [is_repeated(object.into()), { "$anyElementTrue": [any] }] }.into()
}

/// A field that the document holds twice: one of its own, or one within a field of the sort.
/// `None` where there is none, or where the bytes are no valid BSON. Cost: the length of the
/// document.
pub(crate) fn find<'a>(document: &'a RawDocument, query: &UnitQuery) -> Option<&'a str> {
    find_own(document).or_else(|| {
        let heads: HashSet<&str> = heads(query.sort()).collect();
        let fields = document.iter().filter_map(Result::ok);
        let sorted = fields.filter(|(key, _)| heads.contains(key.as_str()));
        find_within(sorted.map(|(_, value)| value).collect())
    })
}

fn find_own(document: &RawDocument) -> Option<&str> {
    let mut seen = HashSet::new();
    let keys = document.iter().filter_map(Result::ok);
    let mut keys = keys.map(|(key, _)| key.as_str());
    keys.find(|key| !seen.insert(*key))
}

/// Without recursion: values may nest in any depth.
fn find_within(mut values: Vec<RawBsonRef<'_>>) -> Option<&str> {
    while let Some(value) = values.pop() {
        match value {
            RawBsonRef::Document(document) => {
                if let Some(key) = find_own(document) {
                    return Some(key);
                }
                let fields = document.iter().filter_map(Result::ok);
                values.extend(fields.map(|(_, value)| value));
            }
            RawBsonRef::Array(array) => values.extend(array.into_iter().filter_map(Result::ok)),
            _ => {}
        }
    }
    None
}
