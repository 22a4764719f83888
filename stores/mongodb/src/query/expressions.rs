//! Expressions of MongoDB about documents that hold a field twice.
//!
//! BSON allows such documents. SPEC §1 takes the last value. MongoDB's filters, sorts and
//! indexes take the first. Its expressions see both values: `$bsonSize` counts every field of
//! an object, and `$mergeObjects` keeps one field of each name, so the sizes differ.
//!
//! Some servers that speak MongoDB's protocol evaluate all operands of an expression, also
//! those that `$cond` does not choose. Every operand here is therefore valid for every value.

use bson::{Bson, Document, doc};
use livechat_units::{TextFilter, UnitQuery};

use super::order::top_level_fields;
use super::text::Pattern;

/// The number of levels of a sort field that [`repeats_field_in_sort`] examines. Each level adds
/// 6 levels of nesting to the expression. MongoDB's default limit is 200 levels.
pub(super) const MAX_LEVELS: usize = 8;

/// Of a document that matches the filter: whether it repeats a top-level field, or does not
/// match by the values that expressions see.
pub(super) fn repeats_field(query: &UnitQuery) -> Bson {
    let mut conditions = vec![
        repeats_own_field("$$ROOT".into()),
        doc! { "$ne": ["$type", "u"] }.into(),
    ];
    if let Some(text) = query.text() {
        conditions.push(doc! { "$not": [name_matches(text)] }.into());
    }
    doc! { "$or": conditions }.into()
}

/// Whether a sort field contains an object or an array.
pub(super) fn nests_in_sort(query: &UnitQuery) -> Bson {
    any_sort_field(query, |value| is_object_or_array(value).into())
}

/// Whether an object in a sort field repeats a field, or is deeper than [`MAX_LEVELS`] levels.
pub(super) fn repeats_field_in_sort(query: &UnitQuery) -> Bson {
    any_sort_field(query, |value| repeats_field_within(value, MAX_LEVELS))
}

/// Whether any top-level field of the sort meets the condition.
fn any_sort_field(query: &UnitQuery, condition: impl Fn(&str) -> Bson) -> Bson {
    let fields = top_level_fields(query.sort());
    let conditions = fields.map(|field| condition(&format!("${field}")));
    doc! { "$or": conditions.collect::<Vec<_>>() }.into()
}

/// Of a document that does not match the filter: whether it may be a match in SPEC §1.
pub(super) fn may_match_in_spec(query: &UnitQuery) -> Bson {
    doc! { "$or": [repeats_own_field("$$ROOT".into()), matches(query)] }.into()
}

/// [`may_match_in_spec`] without `$regexMatch`, which fails on MongoDB with [`REGEX_FAILED`] if
/// a name is not valid UTF-8.
///
/// On MongoDB the condition on repeated fields suffices, because expressions see both values.
/// The other condition is left out as a whole: without `$regexMatch`, it would be met by every
/// unit whose name does not contain the text.
///
/// [`REGEX_FAILED`]: crate::error::REGEX_FAILED
pub(super) fn may_match_in_spec_without_regex() -> Bson {
    repeats_own_field("$$ROOT".into())
}

/// Whether the document matches by the values that expressions see. If a field is repeated,
/// filters see other values on some servers.
fn matches(query: &UnitQuery) -> Bson {
    let mut conditions = vec![is_string("$type"), doc! { "$eq": ["$type", "u"] }];
    conditions.extend(query.text().map(name_matches));
    doc! { "$and": conditions }.into()
}

fn name_matches(text: &TextFilter) -> Document {
    let name = doc! { "$cond": [is_string("$name"), "$name", ""] };
    let regex = Pattern::new(text).regex;
    let matches = doc! { "$regexMatch": { "input": name, "regex": regex, "options": "i" } };
    doc! { "$and": [is_string("$name"), matches] }
}

fn is_string(field: &str) -> Document {
    doc! { "$eq": [{ "$type": field }, "string"] }
}

/// Whether the value is an object or an array.
fn is_object_or_array(value: &str) -> Document {
    doc! { "$in": [{ "$type": value }, ["object", "array"]] }
}

/// Whether the object itself has two fields of one name. Objects in its values are not examined.
fn repeats_own_field(object: Bson) -> Bson {
    let merged = doc! { "$mergeObjects": [object.clone()] };
    doc! { "$ne": [{ "$bsonSize": object }, { "$bsonSize": merged }] }.into()
}

/// Whether the value is, or contains, an object that repeats a field, or an object or array that
/// is deeper than `levels` levels. The length of the expression is proportional to `levels`.
fn repeats_field_within(value: &str, levels: usize) -> Bson {
    let Some(levels_below) = levels.checked_sub(1) else {
        return is_object_or_array(value).into();
    };
    let is_object = doc! { "$eq": [{ "$type": value }, "object"] };
    let object = doc! { "$cond": [is_object, value, { "$literal": {} }] };
    let fields = doc! { "$objectToArray": object.clone() };
    let values = doc! { "$map": { "input": fields, "as": "field", "in": "$$field.v" } };
    let inner = format!("v{levels}");
    let any = doc! { "$map": {
        "input": { "$cond": [{ "$isArray": [value] }, value, values] },
        "as": inner.as_str(),
        "in": repeats_field_within(&format!("$${inner}"), levels_below),
    } };
    doc! { "$or": [repeats_own_field(object.into()), { "$anyElementTrue": [any] }] }.into()
}
