//! The part of the model that follows sort paths to their values. `order_model.rs` compares the
//! values.
//!
//! A path meets an array if it leads to the array, or through it. The model covers a document if
//! all paths that meet an array meet the same one first. If several paths meet it, none of them
//! may continue with an index, or meet an array inside of it. In such a document, each path can
//! be followed without the others.

use livechat_units::{SortSpec, Timestamp};

use super::json::{Json, Kind};
use super::order_input::Document;

/// One value of a sort key. `Value` has the text of the document, and the value in it.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    EmptyArray,
    Missing,
    Value(&'a str, &'a Json),
    Date(Timestamp),
}

/// The end of a path, or the first array that it meets.
enum End<'a> {
    Key(Key<'a>),
    /// An array, and the rest of the path.
    Array(&'a Json, &'a [Json], &'a str),
}

/// The tuples of values under which a document can be sorted, one for each element of the array
/// that the paths meet. A tuple has one value for each path. `None` if the model does not cover
/// the document.
pub(super) fn tuples<'a>(sort: &'a SortSpec, document: &'a Document) -> Option<Vec<Vec<Key<'a>>>> {
    let text = document.unit.as_json();
    let ends = ends(sort, document);
    if is_parallel(sort, document)? {
        return None;
    }
    let arrays = ends.iter().filter(|end| matches!(end, End::Array(..)));
    let several = arrays.count() > 1;
    let first_array = ends.iter().find_map(|end| match end {
        End::Array(array, elements, _) => Some((*array, *elements)),
        End::Key(_) => None,
    });
    // The values of one path that meets the array, one for each tuple.
    let values = |rest: &'a str| -> Option<Vec<Key<'a>>> {
        let (array, elements) = first_array?;
        let mut keys = Vec::new();
        if !several {
            push_values(text, array, elements, rest, false, &mut keys);
            return Some(keys);
        }
        let (head, _) = split(rest);
        if array_index(head).is_some_and(|index| index < elements.len()) {
            return None;
        }
        for element in elements {
            match in_element(text, element, rest) {
                End::Key(key) => keys.push(key),
                End::Array(..) => return None,
            }
        }
        if elements.is_empty() {
            keys.push(value_in_empty_array(rest));
        }
        Some(keys)
    };
    let columns: Option<Vec<Vec<Key<'a>>>> = ends
        .iter()
        .map(|end| match end {
            End::Key(key) => Some(vec![*key]),
            End::Array(_, _, rest) => values(rest),
        })
        .collect();
    let columns = columns?;
    let rows = columns.iter().map(Vec::len).max().unwrap_or(1);
    // A path that meets no array has one value for all tuples.
    let row = |index: usize| columns.iter().map(move |c| c[index.min(c.len() - 1)]);
    Some((0..rows).map(|index| row(index).collect()).collect())
}

/// Whether two paths meet different arrays first. Such a document has no sort key. `None` if the
/// model does not cover the document.
pub(super) fn is_parallel(sort: &SortSpec, document: &Document) -> Option<bool> {
    let ends = ends(sort, document);
    let mut arrays = ends.iter().filter_map(|end| match end {
        End::Array(array, _, rest) => Some((*array, *rest)),
        End::Key(_) => None,
    });
    let Some((first, rest)) = arrays.next() else {
        return Some(false);
    };
    let others: Vec<_> = arrays.collect();
    if others.iter().any(|(other, _)| !std::ptr::eq(*other, first)) {
        return Some(true);
    }
    // Paths that meet the same array may meet different arrays inside it.
    (others.is_empty() || rest.is_empty() && others.iter().all(|(_, rest)| rest.is_empty()))
        .then_some(false)
}

fn ends<'a>(sort: &'a SortSpec, document: &'a Document) -> Vec<End<'a>> {
    let text = document.unit.as_json();
    let end = |path: &'a str| match walk(text, Some(&document.tree.root), path) {
        // Without extended JSON, no other field can hold a date.
        End::Key(Key::Value(_, value)) if path == "_updatedAt" => {
            let date = value.string().and_then(|text| text.parse().ok());
            End::Key(date.map_or(Key::Value(text, value), Key::Date))
        }
        end => end,
    };
    sort.fields()
        .iter()
        .map(|field| end(field.path()))
        .collect()
}

fn walk<'a>(text: &'a str, value: Option<&'a Json>, path: &'a str) -> End<'a> {
    let Some(value) = value else {
        return End::Key(Key::Missing);
    };
    match (&value.kind, path) {
        (Kind::Array(elements), _) => End::Array(value, elements, path),
        (_, "") => End::Key(Key::Value(text, value)),
        (_, path) => {
            let (head, rest) = split(path);
            walk(text, value.field(head), rest)
        }
    }
}

/// The end of a path in an element of an array, if the next segment is not an index.
fn in_element<'a>(text: &'a str, element: &'a Json, path: &'a str) -> End<'a> {
    match (&element.kind, path) {
        (_, "") => End::Key(Key::Value(text, element)),
        (Kind::Object(_), path) => walk(text, Some(element), path),
        // A path does not enter scalars or nested arrays.
        _ => End::Key(Key::Missing),
    }
}

/// The value of a path that meets an empty array.
fn value_in_empty_array(path: &str) -> Key<'_> {
    if path.is_empty() {
        Key::EmptyArray
    } else {
        Key::Missing
    }
}

/// Appends the values of one path to `keys`, from `array` on. `by_index` says whether the path
/// reached this array by an index into another array.
fn push_values<'a>(
    text: &'a str,
    array: &'a Json,
    elements: &'a [Json],
    path: &'a str,
    by_index: bool,
    keys: &mut Vec<Key<'a>>,
) {
    let mut follow = |end, by_index| match end {
        End::Key(key) => keys.push(key),
        End::Array(array, elements, rest) => {
            push_values(text, array, elements, rest, by_index, keys);
        }
    };
    let (head, rest) = split(path);
    let element = array_index(head).and_then(|index| elements.get(index));
    if elements.is_empty() {
        follow(End::Key(value_in_empty_array(path)), false);
    } else if path.is_empty() && by_index {
        follow(End::Key(Key::Value(text, array)), false);
    } else if let Some(element) = element {
        let is_array = matches!(element.kind, Kind::Array(_));
        follow(walk(text, Some(element), rest), is_array);
    } else {
        for element in elements {
            follow(in_element(text, element, path), false);
        }
    }
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or((path, ""))
}

/// The index that a segment is, if it is one. An index has no leading zeros.
fn array_index(segment: &str) -> Option<usize> {
    let index: usize = segment.parse().ok()?;
    (index.to_string() == segment).then_some(index)
}
