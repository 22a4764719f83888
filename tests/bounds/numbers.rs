//! Numbers near the limits of integer types and of doubles, in documents and in sort orders.

use std::cmp::Ordering;

use livechat_units::{MemoryStore, SortKey, SortSpec, Unit, UnitStore};
use proptest::prelude::*;

use crate::{sorted_by, unit};

/// The JSON of a number, as a literal or a wrapper, and its expected value.
#[derive(Clone, Debug)]
struct Sample {
    literal: String,
    value: Value,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Integer(i64),
    Double(f64),
}

/// Numbers that differ from a power of two by at most 3.5, in several spellings.
fn sample() -> impl Strategy<Value = Sample> {
    let powers = vec![0, 24, 31, 32, 52, 53, 54, 62, 63, 64, 65];
    (
        prop::sample::select(powers),
        -3..=3_i128,
        any::<bool>(),
        0..6_u8,
    )
        .prop_map(|(power, offset, negative, spelling)| {
            let whole = (1_i128 << power) + offset;
            let whole = if negative { -whole } else { whole };
            let literal = match spelling {
                0 => format!("{whole}.0"),
                1 => format!("{whole}.5"),
                2 => format!("{whole}e0"),
                3 => format!("{{\"$numberDouble\":\"{whole}\"}}"),
                4 if i64::try_from(whole).is_ok() => format!("{{\"$numberLong\":\"{whole}\"}}"),
                _ => whole.to_string(),
            };
            let value = match (spelling, i64::try_from(whole)) {
                (4.., Ok(integer)) => Value::Integer(integer),
                (1, _) => Value::Double(format!("{whole}.5").parse().unwrap()),
                _ => Value::Double(whole.to_string().parse().unwrap()),
            };
            Sample { literal, value }
        })
}

/// Four times the value: a whole number that fits 128 bits, because the values of samples are
/// multiples of 1/4.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the number is whole and smaller than 2^70"
)]
fn quarters(value: Value) -> i128 {
    match value {
        Value::Integer(integer) => i128::from(integer) * 4,
        Value::Double(double) => (double * 4.0) as i128,
    }
}

fn compare(a: &Sample, b: &Sample) -> Ordering {
    quarters(a.value).cmp(&quarters(b.value))
}

fn units(samples: &[Sample]) -> Vec<Unit> {
    let numbered = samples.iter().enumerate();
    numbered
        .map(|(i, sample)| unit(&format!("{i:03}"), "numMonitors", &sample.literal))
        .collect()
}

fn ids<S: UnitStore + ?Sized>(store: &S, sort: &str) -> Vec<String> {
    let page = store.list(&sorted_by(sort)).unwrap();
    page.units().map(|unit| unit.id().to_owned()).collect()
}

proptest! {
    #[test]
    fn numbers_are_listed_by_value(samples in prop::collection::vec(sample(), 2..20)) {
        let units = units(&samples);
        let mut order: Vec<usize> = (0..samples.len()).collect();
        order.sort_by(|a, b| compare(&samples[*a], &samples[*b]).then(a.cmp(b)));
        let expected: Vec<String> = order.iter().map(|i| format!("{i:03}")).collect();
        let loaded: MemoryStore = units.iter().cloned().collect();
        let mut upserted = MemoryStore::new();
        for unit in &units {
            upserted.upsert(unit.clone());
        }
        for store in [&units as &dyn UnitStore, &loaded, &upserted] {
            prop_assert_eq!(&ids(store, r#"{"numMonitors":1}"#), &expected);
            let mut descending = ids(store, r#"{"numMonitors":-1}"#);
            descending.reverse();
            prop_assert_eq!(&descending, &expected);
        }
    }

    #[test]
    fn key_strings_are_ordered_as_the_numbers(a in sample(), b in sample()) {
        let sort: SortSpec = r#"{"numMonitors":1}"#.parse().unwrap();
        let units = units(&[a.clone(), b.clone()]);
        let strings = |unit| SortKey::new(&sort, unit).unwrap().key_strings();
        prop_assert_eq!(strings(&units[0]).cmp(&strings(&units[1])), compare(&a, &b));
    }

    #[test]
    fn whole_numbers_that_fit_64_bits_are_integers(sample in sample()) {
        let unit = unit("a", "numMonitors", &sample.literal);
        let quarters = quarters(sample.value);
        let whole = (quarters % 4 == 0).then(|| i64::try_from(quarters / 4).ok()).flatten();
        prop_assert_eq!(unit.num_monitors(), whole);
        let reread: Unit = unit.to_extended_json().parse().unwrap();
        prop_assert_eq!(&reread, &unit);
    }

    #[test]
    fn an_integer_wrapper_is_read_if_the_number_fits(power in prop::sample::select(vec![31, 63]), offset in -2..=2_i128, negative: bool) {
        let number = (1_i128 << power) + offset;
        let number = if negative { -number } else { number };
        for (wrapper, fits) in [
            ("$numberInt", i32::try_from(number).is_ok()),
            ("$numberLong", i64::try_from(number).is_ok()),
        ] {
            let literal = format!("{{\"{wrapper}\":\"{number}\"}}");
            let plain = if fits { number.to_string() } else { literal.clone() };
            let expected = format!(r#"{{"_id":"a","type":"u","x":{plain}}}"#);
            let read = unit("a", "x", &literal);
            prop_assert_eq!(read.as_json(), &*expected);
        }
    }
}

#[test]
fn the_smallest_and_largest_doubles_are_ordered() {
    let ascending = [
        "{\"$numberDouble\":\"NaN\"}",
        "{\"$numberDouble\":\"-Infinity\"}",
        "-1.7976931348623157e308",
        "-1e300",
        "-9223372036854777856",
        "-9223372036854775808",
        "-1",
        "-2.2250738585072014e-308",
        "-5e-324",
        "0",
        "5e-324",
        "2.2250738585072014e-308",
        "1",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "1.7976931348623157e308",
        "1e999999999999999999999",
    ];
    let units: Vec<Unit> = ascending
        .iter()
        .enumerate()
        .map(|(i, literal)| unit(&format!("{:03}", 100 - i), "x", literal))
        .collect();
    let expected: Vec<String> = units.iter().map(|unit| unit.id().to_owned()).collect();
    let store: MemoryStore = units.iter().cloned().collect();
    assert_eq!(ids(&units, r#"{"x":1}"#), expected);
    assert_eq!(ids(&store, r#"{"x":1}"#), expected);
    let sort: SortSpec = r#"{"x":1}"#.parse().unwrap();
    let strings: Vec<_> = units
        .iter()
        .map(|unit| SortKey::new(&sort, unit).unwrap().key_strings())
        .collect();
    assert!(strings.is_sorted_by(|a, b| a < b));
}
