//! The nesting, the memory and the sort keys of documents, at their limits and past them.

use livechat_units::{OrderError, SortKey, SortSpec, Unit, UnitErrorKind};
use livechat_units_testkit::allocations::during;
use serde_json::Value;

use crate::unit;

/// A document of `levels` levels, itself included.
fn nested(open: &str, close: &str, levels: usize) -> String {
    let inner = levels - 1;
    format!(
        "{{\"_id\":\"a\",\"x\":{}true{}}}",
        open.repeat(inner),
        close.repeat(inner)
    )
}

#[test]
fn nesting_is_bounded_in_text() {
    for (open, close) in [
        ("[", "]"),
        ("{\"a\":", "}"),
        ("{\"$date\":", "}"),
        ("{\"$date\":", ",\"a\":1}"),
        ("{\"$numberLong\":", ",\"a\":true}"),
    ] {
        let deepest = nested(open, close, Unit::MAX_DEPTH);
        let (allocated, unit) = during(|| Unit::from_json(&deepest).unwrap());
        assert_eq!(unit.as_json(), deepest);
        assert!(
            allocated.bytes <= 512 * Unit::MAX_DEPTH,
            "{open}: {allocated:?}"
        );
        assert!(
            allocated.times <= 4 * Unit::MAX_DEPTH,
            "{open}: {allocated:?}"
        );

        // Reading stops at the limit.
        for levels in [Unit::MAX_DEPTH + 1, 100_000] {
            let deeper = nested(open, close, levels);
            let (allocated, refused) = during(|| Unit::from_json(&deeper).unwrap_err());
            assert_eq!(refused.kind(), UnitErrorKind::TooDeep);
            let most = 512 * Unit::MAX_DEPTH;
            assert!(allocated.bytes <= most, "{open}: {allocated:?}");
        }
    }
}

#[test]
fn nesting_is_bounded_in_values() {
    let value = |levels: usize| {
        let inner = (2..levels).fold(Value::Array(Vec::new()), |inner, _| {
            Value::Array(vec![inner])
        });
        let mut document = serde_json::Map::new();
        document.insert("_id".to_owned(), "a".into());
        document.insert("x".to_owned(), inner);
        Value::Object(document)
    };
    assert!(Unit::try_from(value(Unit::MAX_DEPTH)).is_ok());
    let refused = Unit::try_from(value(Unit::MAX_DEPTH + 1)).unwrap_err();
    assert_eq!(refused.kind(), UnitErrorKind::TooDeep);
}

/// A unit needs the most memory, relative to its JSON, for the smallest values. (The host
/// bounds the length of a document.)
#[test]
fn a_unit_takes_at_most_48_times_its_json() {
    for element in [
        "0",
        "[]",
        "{}",
        "[0]",
        "{\"\":0}",
        "{\"a\":{}}",
        "\"\"",
        "\"a\"",
        "1.0",
        "NaN",
        "{\"$date\":1}",
    ] {
        let elements = vec![element; 100_000].join(",");
        let text = format!("{{\"_id\":\"a\",\"x\":[{elements}]}}");
        let (allocated, unit) = during(|| {
            let unit = Unit::from_json(&text).unwrap();
            // A sort key reads the fields.
            assert!(SortKey::new(&SortSpec::default(), &unit).is_ok());
            unit
        });
        assert_eq!(unit.id(), "a");
        assert!(
            allocated.bytes <= 60 * text.len(),
            "{element}: {allocated:?}"
        );
        let retained = usize::try_from(allocated.retained).unwrap();
        assert!(retained <= 48 * text.len(), "{element}: {allocated:?}");
    }
}

/// Reads the fields, which a unit does once, when they are first needed.
pub(crate) fn read_fields(unit: &Unit) {
    assert!(serde_json::to_value(unit).is_ok());
}

#[test]
fn a_long_document_is_copied_once_for_the_body() {
    use livechat_units::{Caller, Endpoint, Permission, User};

    let long = "x".repeat(10_000_000);
    let units = [unit("a", "text", &format!("\"{long}\""))];
    read_fields(&units[0]);
    let caller: Caller = User::new()
        .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
        .into();
    let (allocated, response) = during(|| Endpoint::default().handle(&units, &caller, "count=0"));
    assert!(allocated.bytes <= 4_096, "{allocated:?}");
    let (allocated, body) = during(|| response.into_body().into_bytes());
    assert!(allocated.bytes <= body.len() + 4_096, "{allocated:?}");
}

/// Computing a sort key from combinations of elements allocates little, up to the limit of
/// steps and beyond it.
#[test]
fn the_memory_for_combinations_of_elements_is_bounded() {
    let sort: SortSpec = r#"{"x.0.a":1,"x.b":1}"#.parse().unwrap();
    let of = |elements: usize| {
        let inner = vec!["{\"c\":1}"; elements].join(",");
        let element = format!("{{\"a\":[{inner}],\"b\":1}}");
        unit(
            "u",
            "x",
            &format!("[{}]", vec![element; elements].join(",")),
        )
    };
    let mut refused = 0;
    for elements in [4, 16, 64, 256] {
        let unit = of(elements);
        read_fields(&unit);
        let (allocated, key) = during(|| SortKey::new(&sort, &unit).map(|_| ()));
        if let Err(error) = key {
            assert_eq!(error, OrderError::TooManyCombinations);
            refused += 1;
        }
        // A combination takes several steps, so there are fewer allocations than steps.
        assert!(allocated.times <= SortKey::MAX_STEPS / 2, "{allocated:?}");
        assert!(allocated.bytes <= 32 * SortKey::MAX_STEPS, "{allocated:?}");
    }
    assert_eq!(refused, 2);
}
