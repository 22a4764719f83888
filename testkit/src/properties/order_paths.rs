//! The other half of the model: the values at the end of sort paths.
//!
//! The model covers a document if the paths meet at most one array first, and if, where
//! several paths meet this array, none of them continues by a position or to another
//! array. These documents can be modelled path by path.

use livechat_units::{SortSpec, Timestamp};

use super::json::{Json, Kind};
use super::order_input::Document;

/// One value of a sort key. A JSON value has the text that it is a part of.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    EmptyArray,
    Missing,
    Value(&'a str, &'a Json),
    Date(Timestamp),
}

/// Where a path ends, or meets its first array.
enum End<'a> {
    Key(Key<'a>),
    /// An array, and the rest of the path.
    Array(&'a Json, &'a [Json], &'a str),
}

/// The tuples of values that a document offers, with one value for each path. `None` if
/// the model does not cover the document.
pub(super) fn tuples<'a>(sort: &'a SortSpec, document: &'a Document) -> Option<Vec<Vec<Key<'a>>>> {
    let text = document.unit.as_json();
    let ends = ends(sort, document);
    if is_parallel(sort, document)? {
        return None;
    }
    let arrays = ends.iter().filter(|end| matches!(end, End::Array(..)));
    let several = arrays.count() > 1;
    let met = ends.iter().find_map(|end| match end {
        End::Array(array, elements, _) => Some((*array, *elements)),
        End::Key(_) => None,
    });
    // The values of one path that meets the array, one for each tuple.
    let offered = |rest: &'a str| -> Option<Vec<Key<'a>>> {
        let (array, elements) = met?;
        let mut keys = Vec::new();
        if !several {
            through(text, array, elements, rest, false, &mut keys);
            return Some(keys);
        }
        let (head, _) = split(rest);
        if position(head).is_some_and(|at| at < elements.len()) {
            return None;
        }
        for element in elements {
            match in_element(text, element, rest) {
                End::Key(key) => keys.push(key),
                End::Array(..) => return None,
            }
        }
        if elements.is_empty() {
            keys.push(at_nothing(rest));
        }
        Some(keys)
    };
    let columns: Option<Vec<Vec<Key<'a>>>> = ends
        .iter()
        .map(|end| match end {
            End::Key(key) => Some(vec![*key]),
            End::Array(_, _, rest) => offered(rest),
        })
        .collect();
    let columns = columns?;
    let rows = columns.iter().map(Vec::len).max().unwrap_or(1);
    // A path that meets no array has one value for all tuples.
    let row = |row: usize| columns.iter().map(move |c| c[row.min(c.len() - 1)]);
    Some((0..rows).map(|at| row(at).collect()).collect())
}

/// Whether two paths meet different arrays; such documents have no sort key. `None` if the
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

/// Where a path ends in an element of an array, if it continues by name or not at all.
fn in_element<'a>(text: &'a str, element: &'a Json, path: &'a str) -> End<'a> {
    match (&element.kind, path) {
        (_, "") => End::Key(Key::Value(text, element)),
        (Kind::Object(_), path) => walk(text, Some(element), path),
        // A path does not enter scalars or nested arrays.
        _ => End::Key(Key::Missing),
    }
}

/// The value of a path that meets an empty array.
fn at_nothing(path: &str) -> Key<'_> {
    if path.is_empty() {
        Key::EmptyArray
    } else {
        Key::Missing
    }
}

/// The values of one path, from an array on. `picked`: the array was an element that the
/// path named by its position.
fn through<'a>(
    text: &'a str,
    array: &'a Json,
    elements: &'a [Json],
    path: &'a str,
    picked: bool,
    keys: &mut Vec<Key<'a>>,
) {
    let mut on = |end, picked| match end {
        End::Key(key) => keys.push(key),
        End::Array(array, elements, rest) => through(text, array, elements, rest, picked, keys),
    };
    let (head, rest) = split(path);
    let element = position(head).and_then(|at| elements.get(at));
    if elements.is_empty() {
        on(End::Key(at_nothing(path)), false);
    } else if path.is_empty() && picked {
        on(End::Key(Key::Value(text, array)), false);
    } else if let Some(element) = element {
        let is_array = matches!(element.kind, Kind::Array(_));
        on(walk(text, Some(element), rest), is_array);
    } else {
        for element in elements {
            on(in_element(text, element, path), false);
        }
    }
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or((path, ""))
}

/// A position has no leading zeros.
fn position(segment: &str) -> Option<usize> {
    let position: usize = segment.parse().ok()?;
    (position.to_string() == segment).then_some(position)
}
