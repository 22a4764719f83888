//! A plain model of the sort order (SPEC §2, Sort): how values compare. `order_paths.rs`
//! models which values of a document are compared.

use std::cmp::Ordering;

use livechat_units::{Direction, SortSpec};

use super::json::{Json, Kind};
use super::order_input::Document;
use super::order_paths::{self, Key};

/// The values by which `sort` compares a document: the first of the tuples that it offers.
/// `None` if the model does not cover the document.
pub(super) fn keys<'a>(sort: &'a SortSpec, document: &'a Document) -> Option<Vec<Key<'a>>> {
    if !document.is_plain {
        return None;
    }
    let tuples = order_paths::tuples(sort, document)?;
    tuples.into_iter().min_by(|a, b| compare_keys(sort, a, b))
}

/// How two documents with these keys and ids compare under `sort`.
pub(super) fn compare(
    sort: &SortSpec,
    (keys_a, id_a): (&[Key<'_>], &str),
    (keys_b, id_b): (&[Key<'_>], &str),
) -> Ordering {
    let ids = id_a.as_bytes().cmp(id_b.as_bytes());
    compare_keys(sort, keys_a, keys_b).then(directed(sort.tie_break(), ids))
}

fn compare_keys(sort: &SortSpec, a: &[Key<'_>], b: &[Key<'_>]) -> Ordering {
    for ((field, a), b) in sort.fields().iter().zip(a).zip(b) {
        let ordering = directed(field.direction(), compare_key(*a, *b));
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

fn directed(direction: Direction, ordering: Ordering) -> Ordering {
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

fn compare_key(a: Key<'_>, b: Key<'_>) -> Ordering {
    let rank = |key| match key {
        Key::EmptyArray => 0,
        Key::Missing => 1,
        Key::Value(_, value) => rank(value),
        Key::Date(_) => 8,
    };
    match (a, b) {
        (Key::Value(text_a, a), Key::Value(text_b, b)) => compare_values((text_a, a), (text_b, b)),
        (Key::Date(a), Key::Date(b)) => a.cmp(&b),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Json) -> u8 {
    match value.kind {
        Kind::Null => 1,
        Kind::Number | Kind::Word => 2,
        Kind::String(_) => 3,
        Kind::Object(_) => 4,
        Kind::Array(_) => 5,
        Kind::Bool(_) => 7,
    }
}

fn compare_values((text_a, a): (&str, &Json), (text_b, b): (&str, &Json)) -> Ordering {
    match (&a.kind, &b.kind) {
        (Kind::Number, Kind::Number) => compare_numbers(a.literal(text_a), b.literal(text_b)),
        (Kind::String(a), Kind::String(b)) => a.cmp(b),
        (Kind::Bool(a), Kind::Bool(b)) => a.cmp(b),
        (Kind::Array(a), Kind::Array(b)) => {
            for (a, b) in a.iter().zip(b) {
                let ordering = compare_values((text_a, a), (text_b, b));
                if ordering.is_ne() {
                    return ordering;
                }
            }
            a.len().cmp(&b.len())
        }
        (Kind::Object(a), Kind::Object(b)) => {
            // A unit's JSON repeats no key.
            for (a, b) in a.iter().zip(b) {
                let ordering = rank(&a.value)
                    .cmp(&rank(&b.value))
                    .then_with(|| a.key.cmp(&b.key))
                    .then_with(|| compare_values((text_a, &a.value), (text_b, &b.value)));
                if ordering.is_ne() {
                    return ordering;
                }
            }
            a.len().cmp(&b.len())
        }
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Compares two numbers by value. No integer is rounded to a double.
fn compare_numbers(a: &str, b: &str) -> Ordering {
    let double = |literal: &str| literal.parse::<f64>().expect("a JSON number");
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(a), Err(_)) => compare_mixed(a, double(b)),
        (Err(_), Ok(b)) => compare_mixed(b, double(a)).reverse(),
        (Err(_), Err(_)) => double(a).partial_cmp(&double(b)).expect("no NaN in JSON"),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a whole double beyond i128 is cut to its ends, which i64 does not reach; \
              any other double is below 2^53, where rounding an integer passes no double"
)]
fn compare_mixed(int: i64, double: f64) -> Ordering {
    if double.fract() == 0.0 || double.is_infinite() {
        i128::from(int).cmp(&(double as i128))
    } else {
        (int as f64).partial_cmp(&double).expect("no NaN in JSON")
    }
}
