//! The JSON reader of the properties beside `serde_json`. They must agree, except for the
//! differences that are listed here.

use serde_json::Value;

use super::json::{self, Json, Kind, Tree};

/// `serde_json` refuses this many nested arrays and objects.
const TOO_DEEP_FOR_SERDE: usize = 128;

/// Reads `text`, and asserts that `serde_json` reads the same.
pub(super) fn read_as_serde_does(text: &str) -> Option<Tree> {
    let tree = json::read(text);
    match (serde_json::from_str::<Value>(text), &tree) {
        (Ok(value), Some(tree)) => assert!(resembles(text, &tree.root, &value), "{text:?}"),
        (Ok(_), None) => panic!("serde_json reads {text:?}"),
        (Err(error), Some(tree)) => assert!(
            tree.depth >= TOO_DEEP_FOR_SERDE || tree.has_lone_surrogate || tree.has_huge_number,
            "serde_json refuses {text:?}: {error}"
        ),
        (Err(_), None) => {}
    }
    tree
}

/// Whether `serde_json` has read the same. Its doubles may differ in the last bits.
fn resembles(text: &str, json: &Json, value: &Value) -> bool {
    match (&json.kind, value) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(a), Value::Bool(b)) => a == b,
        (Kind::Number, Value::Number(number)) => {
            let literal = json.literal(text);
            match (literal.parse::<i64>(), number.as_i64()) {
                (Ok(a), Some(b)) => a == b,
                _ => number.as_f64().is_some_and(|b| {
                    literal
                        .parse::<f64>()
                        .is_ok_and(|a| (a - b).abs() <= a.abs() * 1e-12 + f64::MIN_POSITIVE)
                }),
            }
        }
        (Kind::String(a), Value::String(b)) => a == b,
        (Kind::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| resembles(text, a, b))
        }
        (Kind::Object(_), Value::Object(map)) => {
            let Some(fields) = json.fields() else {
                return false;
            };
            fields.len() == map.len()
                && fields
                    .iter()
                    .all(|(key, a)| map.get(*key).is_some_and(|b| resembles(text, a, b)))
        }
        _ => false,
    }
}
