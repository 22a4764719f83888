//! What a document can grow in, at the bound and one past it.

use livechat_units::{OrderError, SortKey, SortSpec, Unit, UnitErrorKind};
use serde_json::Value;

use crate::allocations::during;
use crate::unit;

/// So many levels, the document counted.
fn nested(open: &str, close: &str, levels: usize) -> String {
    let inner = levels - 1;
    format!(
        "{{\"_id\":\"a\",\"x\":{}true{}}}",
        open.repeat(inner),
        close.repeat(inner)
    )
}

#[test]
fn levels() {
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

        // However much deeper, no further is gone; but the text is checked first.
        for levels in [Unit::MAX_DEPTH + 1, 100_000] {
            let deeper = nested(open, close, levels);
            let (allocated, refused) = during(|| Unit::from_json(&deeper).unwrap_err());
            assert_eq!(refused.kind(), UnitErrorKind::TooDeep);
            let most = 16 * deeper.len() + 512 * Unit::MAX_DEPTH;
            assert!(allocated.bytes <= most, "{open}: {allocated:?}");
        }
    }
}

#[test]
fn levels_of_a_value() {
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

/// A unit takes most memory for the smallest values. (The length of a document is bounded
/// by what the host reads.)
#[test]
fn memory_for_a_byte_of_a_document() {
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
        let (allocated, unit) = during(|| Unit::from_json(&text).unwrap());
        assert_eq!(unit.id(), "a");
        assert!(
            allocated.bytes <= 60 * text.len(),
            "{element}: {allocated:?}"
        );
        let kept = usize::try_from(allocated.kept).unwrap();
        assert!(kept <= 48 * text.len(), "{element}: {allocated:?}");
    }
}

#[test]
fn a_long_document_costs_its_page_no_more_than_its_bytes() {
    use livechat_units::{Caller, Endpoint, Permission, User};

    let long = "x".repeat(10_000_000);
    let units = [unit("a", "text", &format!("\"{long}\""))];
    let caller: Caller = User::new()
        .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
        .into();
    let (allocated, response) = during(|| Endpoint::default().handle(&units, &caller, "count=0"));
    assert!(allocated.bytes <= 4_096, "{allocated:?}");
    let (allocated, body) = during(|| response.into_body().into_bytes());
    assert!(allocated.bytes <= body.len() + 4_096, "{allocated:?}");
}

/// What a key through combinations of elements takes up to the bound on its steps.
#[test]
fn combinations() {
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
        let (allocated, key) = during(|| SortKey::new(&sort, &unit).map(|_| ()));
        if let Err(error) = key {
            assert_eq!(error, OrderError::TooManyCombinations);
            refused += 1;
        }
        // Few, as a combination takes several steps.
        assert!(allocated.times <= SortKey::MAX_STEPS / 2, "{allocated:?}");
        assert!(allocated.bytes <= 32 * SortKey::MAX_STEPS, "{allocated:?}");
    }
    assert_eq!(refused, 2);
}
