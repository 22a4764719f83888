//! §2, Sort: the laws of a total order, for random sort specs and units.

use livechat_units::{SortKey, SortSpec, Unit};
use livechat_units_testkit::effort;
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_value() -> impl Strategy<Value = Value> {
    let date = json!({"$date": {"$numberLong": "0"}});
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(date),
        any::<bool>().prop_map(Value::from),
        (-2_i64..3).prop_map(Value::from),
        prop::sample::select(vec![-0.5, 0.0, 1.0, 1e300, 9_007_199_254_740_992.0])
            .prop_map(Value::from),
        "[abZé]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab01]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_unit() -> impl Strategy<Value = Unit> {
    ("[ab]", any_value(), any_value()).prop_map(|(id, a, b)| {
        Unit::try_from(json!({"_id": id, "type": "u", "a": a, "b": b})).unwrap()
    })
}

/// Each array is replaced by its first element, or by null.
fn any_unit_without_arrays() -> impl Strategy<Value = Unit> {
    fn without_arrays(value: Value) -> Value {
        match value {
            Value::Array(elements) => elements.into_iter().map(without_arrays).next().into(),
            Value::Object(map) => {
                let fields = map
                    .into_iter()
                    .map(|(key, value)| (key, without_arrays(value)));
                Value::Object(fields.collect())
            }
            scalar => scalar,
        }
    }
    ("[ab]", any_value(), any_value()).prop_map(|(id, a, b)| {
        let (a, b) = (without_arrays(a), without_arrays(b));
        let unit = Unit::try_from(json!({"_id": id, "type": "u", "a": a, "b": b})).unwrap();
        assert!(!unit.as_json().contains('['));
        unit
    })
}

fn any_sort() -> impl Strategy<Value = SortSpec> {
    let field = (
        "[ab](\\.[ab01]){0,2}",
        prop::sample::select(vec!["1", "-1"]),
    );
    prop::collection::vec(field, 0..4).prop_map(|fields| {
        let fields = fields
            .iter()
            .map(|(path, direction)| format!(r#""{path}":{direction}"#));
        let fields: Vec<String> = fields.collect();
        format!("{{{}}}", fields.join(",")).parse().unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(effort::choose("cases", 200, 2000)))]

    #[test]
    fn sort_keys_are_totally_ordered(
        sort in any_sort(),
        units in prop::collection::vec(any_unit(), 3),
    ) {
        let keys: Vec<_> = units.iter().flat_map(|unit| SortKey::new(&sort, unit)).collect();
        for a in &keys {
            prop_assert_eq!(a, a);
            for b in &keys {
                prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
                for c in &keys {
                    prop_assert!(!(a <= b && b <= c) || a <= c);
                    prop_assert!(a != b || a.cmp(c) == b.cmp(c));
                }
            }
        }
    }

    #[test]
    fn only_units_with_equal_ids_tie(sort in any_sort(), a in any_unit(), b in any_unit()) {
        if let (Ok(key_a), Ok(key_b)) = (SortKey::new(&sort, &a), SortKey::new(&sort, &b)) {
            prop_assert!(key_a != key_b || a.id() == b.id());
        }
    }

    #[test]
    fn a_reversed_sort_order_is_the_opposite_for_units_without_arrays(
        sort in any_sort(),
        a in any_unit_without_arrays(),
        b in any_unit_without_arrays(),
    ) {
        // Without a field the order by `_id` is ascending in both.
        prop_assume!(!sort.fields().is_empty());
        let reversed = sort.reversed();
        let forward = SortKey::new(&sort, &a).unwrap().cmp(&SortKey::new(&sort, &b).unwrap());
        let backward =
            SortKey::new(&reversed, &a).unwrap().cmp(&SortKey::new(&reversed, &b).unwrap());
        prop_assert!(forward == backward.reverse());
    }
}
