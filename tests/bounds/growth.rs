//! The memory for parsing grows linearly with the input.

use livechat_units::{Cursor, PagePolicy, Params, SortSpec, TextFilter, Unit};
use livechat_units_testkit::allocations::during;

/// Checks that `act` allocates twice the bytes for inputs of twice the length, with inputs of
/// `length`, twice and four times `length`.
fn assert_linear<T>(
    name: &str,
    length: usize,
    input: impl Fn(usize) -> String,
    act: impl Fn(&str) -> T,
) {
    let bytes = [1, 2, 4].map(|times| {
        let input = input(length * times);
        during(|| act(&input)).0.bytes
    });
    let [one, two, four] = bytes;
    // Allowed above twice the bytes: a fixed part, and a buffer that has doubled once more.
    let most = |of: usize| of * 2 + of / 2 + 4_096;
    assert!(two <= most(one) && four <= most(two), "{name}: {bytes:?}");
    assert!(four <= 4 * one + one / 2 + 4_096, "{name}: {bytes:?}");
}

/// `start`, then `part` as often as fits `length`, then `end`.
fn filled(start: &str, part: &str, end: &str, length: usize) -> String {
    let times = (length - start.len() - end.len()) / part.len();
    format!("{start}{}{end}", part.repeat(times))
}

#[test]
fn memory_for_query_strings_is_linear() {
    for (start, part) in [
        ("", "&"),
        ("", "text=a&"),
        ("", "%74"),
        ("text=", "+"),
        ("text=", "%61"),
        ("text=", "%"),
        ("text=", "%ff"),
        ("count=", "0"),
        ("offset=", "9"),
        ("sort=", "["),
        ("sort=", "{\"a\":"),
        ("sort={\"a\":1", "0"),
        ("sort={\"a\":1.", "0"),
        ("sort={\"a\":1e", "0"),
        ("sort={", "\"a\":1,"),
        ("sort={\"", "a."),
        ("sort={\"", "\\u0000"),
        ("sort={\"a\":1}", "%0a"),
        ("sort=", "%00"),
    ] {
        // The longest of the three inputs has the maximum length.
        assert_linear(
            &format!("{start}{part}"),
            Params::MAX_BYTES / 4,
            |length| filled(start, part, "", length),
            |text| {
                let query = Params::parse(text)
                    .unwrap()
                    .into_query(PagePolicy::default());
                query.map_err(|error| error.to_string()).is_ok()
            },
        );
    }
}

#[test]
fn memory_for_sorts_texts_and_cursors_is_linear() {
    for (start, part, end) in [
        ("{", "\"key\":1,", "\"b\":1}"),
        ("{\"", "\\u00e9", "\":1}"),
        ("{\"a\":1.", "0", "1}"),
        ("{\"a\":1e", "0", "}"),
        ("{\"a\":", "[", ""),
        ("{", "\n", ""),
    ] {
        let input = |length| filled(start, part, end, length);
        assert_linear(start, 16_000, input, |text| {
            text.parse::<SortSpec>().is_ok()
        });
    }
    for part in ["a", "ab", "Я", "\u{212A}"] {
        let input = |length| filled("", part, "c", length);
        assert_linear(part, TextFilter::MAX_BYTES / 4, input, |text| {
            TextFilter::new(text).unwrap()
        });
    }
    let key = "{\"_id\":\"\",\"sort\":\"{\\\"a\\\":1}\",\"key\":[[[";
    for part in ["0,", "[],", "{},", "{\"$date\":[0],\"a\":1},", "%5b%5d,"] {
        let input = |length| filled(key, part, "0]]]}", length);
        assert_linear(part, Cursor::MAX_BYTES / 4, input, |text| {
            text.parse::<Cursor>().unwrap().to_string()
        });
    }
}

#[test]
fn memory_for_documents_is_linear() {
    for (start, part, end) in [
        ("\"", "a", "\""),
        ("\"", "\\n", "\""),
        ("\"", "\\ud83e", "\""),
        ("[", "0,", "0]"),
        ("[", "[],", "0]"),
        ("[", "{},", "0]"),
        ("[", "{\"\":0},", "0]"),
        ("[", "{\"$date\":1},", "0]"),
        ("[", "{\"$date\":[0],\"a\":1},", "0]"),
        ("{\"$date\":[", "[],", "0]}"),
        ("{\"$date\":[", "{\"$oid\":[0],\"a\":1},", "0],\"a\":1}"),
        ("{", "\"$date\":1,", "\"$date\":1}"),
        ("{", "\"a\":1,", "\"b\":1}"),
        ("", "9", ""),
        ("0.", "9", ""),
        ("1e", "9", ""),
        ("{\"$numberLong\":\"", "0", "\"}"),
        ("{\"$numberDouble\":\"0.", "3", "\"}"),
        ("{\"$date\":\"2022-09-15T11:44:32.", "0", "Z\"}"),
        ("", " ", "1"),
    ] {
        let members = |length| filled(start, part, end, length);
        let input = |length| format!("{{\"_id\":\"a\",\"x\":{}}}", members(length));
        let name = format!("{start}{part}{end}");
        assert_linear(&name, 16_000, input, |text| {
            Unit::from_json(text).map(|unit| unit.to_extended_json().len())
        });
        // The same value as an `_id`, which the error shows.
        let input = |length| format!("{{\"_id\":[{}]}}", members(length));
        assert_linear(&name, 16_000, input, |text| {
            Unit::from_json(text).unwrap_err().to_string()
        });
    }
    let fields = |length| {
        let fields = (0..length / 12).map(|field| format!("\"k{field:06}\":1,"));
        format!("{{{}\"_id\":\"a\"}}", fields.collect::<String>())
    };
    assert_linear("many fields", 16_000, fields, |text| {
        Unit::from_json(text).unwrap()
    });
}
