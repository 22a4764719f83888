//! Sorting by fields with values of every type.

use crate::checks::check_ascending;
use crate::data::{MISSING, numbered, numbers, unit};
use crate::run::Run;

/// Values of each type, in ascending order. No string has the form of a date: in `_updatedAt` it
/// would be one.
pub(super) const TYPES: [&str; 20] = [
    "[]",
    "null",
    "-7",
    "-0.5",
    "0",
    "0.5",
    "10",
    r#""""#,
    r#""10""#,
    r#""9""#,
    r#""Z""#,
    r#""a""#,
    r#""é""#,
    "{}",
    r#"{"a":1}"#,
    r#"{"a":"x"}"#,
    r#"[["x"]]"#,
    "false",
    "true",
    r#"{"$date":"2022-09-15T11:44:32.103Z"}"#,
];

pub(super) fn sort_types_undocumented_field(run: &Run<'_>) {
    check_ascending(run, "v", &TYPES);
}

pub(super) fn sort_types_name(run: &Run<'_>) {
    check_ascending(run, "name", &TYPES);
}

pub(super) fn sort_types_visibility(run: &Run<'_>) {
    check_ascending(run, "visibility", &TYPES);
}

pub(super) fn sort_types_num_monitors(run: &Run<'_>) {
    check_ascending(run, "numMonitors", &TYPES);
}

pub(super) fn sort_types_num_departments(run: &Run<'_>) {
    check_ascending(run, "numDepartments", &TYPES);
}

pub(super) fn sort_types_updated_at(run: &Run<'_>) {
    check_ascending(run, "_updatedAt", &TYPES);
}

pub(super) fn sort_types_dotted_path(run: &Run<'_>) {
    let values = TYPES.iter().enumerate();
    let store = run.load(values.map(|(index, value)| {
        let fields = format!(r#""a":{{"b":{{"v":{value},"w":0}}}}"#);
        unit(&format!("{index:03}"), &fields)
    }));
    store
        .sort(r#"{"a.b.v":1,"_id":-1}"#)
        .lists(numbers(0..TYPES.len()));
    store
        .sort(r#"{"a.b.w":1,"a.b.v":-1}"#)
        .lists(numbers((0..TYPES.len()).rev()));
}

pub(super) fn sort_missing_is_null(run: &Run<'_>) {
    for field in [
        "v",
        "name",
        "visibility",
        "numMonitors",
        "numDepartments",
        "_updatedAt",
    ] {
        let values = ["0", "null", MISSING, "null", MISSING, "-1"];
        let store = run.load(numbered(field, &values));
        store.ascending(field).lists(numbers([1, 2, 3, 4, 5, 0]));
        store.descending(field).lists(numbers([0, 5, 4, 3, 2, 1]));
        store
            .sort(&format!(r#"{{"{field}":1,"w":-1}}"#))
            .lists(numbers([4, 3, 2, 1, 5, 0]));
    }
}

/// Strings in the order of their UTF-8 bytes, which is also the order of their code points. A
/// collation would order them differently, and so would UTF-16.
pub(super) const STRINGS: [&str; 34] = [
    r#""""#,
    r#""\u0001""#,
    r#""\t""#,
    r#""\n""#,
    r#"" ""#,
    r#"" a""#,
    r#""!""#,
    r#""\"""#,
    r#""'""#,
    r#""-1""#,
    r#""10""#,
    r#""9""#,
    r#""A""#,
    r#""AB""#,
    r#""Aa""#,
    r#""B""#,
    r#""Z""#,
    r#""\\""#,
    r#""_""#,
    r#""a""#,
    r#""a ""#,
    r#""aa""#,
    r#""b""#,
    r#""ez""#,
    "\"e\u{301}\"",
    r#""z""#,
    "\"\u{7F}\"",
    "\"\u{80}\"",
    r#""ß""#,
    r#""é""#,
    r#""中""#,
    "\"\u{E000}\"",
    "\"\u{FFFF}\"",
    r#""🦀""#,
];

pub(super) fn sort_strings_by_bytes(run: &Run<'_>) {
    check_ascending(run, "v", &STRINGS);
}

pub(super) fn sort_names_by_bytes(run: &Run<'_>) {
    check_ascending(run, "name", &STRINGS);
}

pub(super) fn sort_visibility_by_bytes(run: &Run<'_>) {
    check_ascending(run, "visibility", &STRINGS);
}

/// The same order for ids.
pub(super) fn sort_ids_by_bytes(run: &Run<'_>) {
    let ids = STRINGS.map(|json| serde_json::from_str::<String>(json).unwrap());
    let ids: Vec<String> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    let store = run.load(ids.iter().map(|id| unit(id, "")));
    store.sort(r#"{"_id":1}"#).lists(ids.clone());
    store.sort(r#"{"_id":-1}"#).lists(ids.into_iter().rev());
}

/// U+0000 is a character like any other, and the smallest.
pub(super) const STRINGS_WITH_NUL: [&str; 10] = [
    r#""""#,
    r#""\u0000""#,
    r#""\u0000a""#,
    r#""\u0001""#,
    r#""a""#,
    r#""a\u0000""#,
    r#""a\u0000\u0000""#,
    r#""a\u0000b""#,
    r#""a\u0001""#,
    r#""aa""#,
];

pub(super) fn sort_strings_with_nul(run: &Run<'_>) {
    check_ascending(run, "v", &STRINGS_WITH_NUL);
    check_ascending(run, "name", &STRINGS_WITH_NUL);
}

pub(super) fn sort_numbers_by_value(run: &Run<'_>) {
    let values = [
        "-1000000.5",
        "-1000000",
        "-20",
        "-3",
        "-2.5",
        "-2",
        "-0.25",
        "0",
        "0.125",
        "0.5",
        "1",
        "1.5",
        "2",
        "9",
        "10",
        "99.75",
        "100",
        "1000000",
    ];
    check_ascending(run, "v", &values);
    check_ascending(run, "numMonitors", &values);
    check_ascending(run, "numDepartments", &values);
}

/// Integers and doubles of the same value are equal.
pub(super) fn sort_equal_numbers_tie(run: &Run<'_>) {
    let values = [
        r#"{"$numberDouble":"1.0"}"#,
        r#"{"$numberLong":"1"}"#,
        "1",
        r#"{"$numberInt":"1"}"#,
        r#"{"$numberDouble":"-0.0"}"#,
        "0",
        r#"{"$numberDouble":"0.0"}"#,
    ];
    for field in ["v", "numMonitors"] {
        let store = run.load(numbered(field, &values));
        store.ascending(field).lists(numbers([4, 5, 6, 0, 1, 2, 3]));
        store
            .descending(field)
            .lists(numbers([3, 2, 1, 0, 6, 5, 4]));
    }
}

/// Integers of which some neighbours are equal as doubles. They are ordered nevertheless.
pub(super) fn sort_large_integers(run: &Run<'_>) {
    let values = [
        "-9223372036854775808",
        "-9223372036854775807",
        "-9007199254740993",
        "-9007199254740992",
        "-9007199254740991",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "9223372036854775806",
        "9223372036854775807",
    ];
    check_ascending(run, "v", &values);
    check_ascending(run, "numMonitors", &values);
}

/// Large integers and doubles, compared without rounding either.
pub(super) const LARGE_NUMBERS: [&str; 16] = [
    r#"{"$numberDouble":"-9223372036854777856"}"#,
    "-9223372036854775808",
    "-9223372036854775807",
    "-9007199254740993",
    r#"{"$numberDouble":"-9007199254740992"}"#,
    "-9007199254740991",
    "-2.5",
    "0",
    "0.125",
    "9007199254740991",
    r#"{"$numberDouble":"9007199254740992"}"#,
    "9007199254740993",
    r#"{"$numberDouble":"9007199254740994"}"#,
    "9223372036854775806",
    "9223372036854775807",
    r#"{"$numberDouble":"9223372036854775808"}"#,
];

pub(super) fn sort_large_integers_beside_doubles(run: &Run<'_>) {
    check_ascending(run, "v", &LARGE_NUMBERS);
    check_ascending(run, "numDepartments", &LARGE_NUMBERS);
}

/// Numbers beyond 64 bits, which sort as the nearest double, among other numbers.
pub(super) const BEYOND_64_BITS: [&str; 13] = [
    "-1e400",
    "-1e300",
    "-9223372036854777856",
    "-9223372036854775807",
    "-1e-300",
    "0",
    "1e-300",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "123456789012345678901234567890",
    "1e300",
    "1e400",
];

pub(super) fn sort_numbers_beyond_64_bits(run: &Run<'_>) {
    check_ascending(run, "v", &BEYOND_64_BITS);
    let equal = [
        "9223372036854775809",
        "9223372036854775808",
        "9223372036854775810",
    ];
    let store = run.load(numbered("v", &equal));
    store.sort(r#"{"v":1}"#).lists(numbers([0, 1, 2]));
    store.sort(r#"{"v":-1}"#).lists(numbers([2, 1, 0]));
}

/// Numbers that are answered as `null`, but sort as numbers.
pub(super) const NAN_AND_INFINITIES: [&str; 8] = [
    "null",
    r#"{"$numberDouble":"NaN"}"#,
    r#"{"$numberDouble":"-Infinity"}"#,
    "-1000000",
    "0",
    "1000000",
    r#"{"$numberDouble":"Infinity"}"#,
    r#""""#,
];

pub(super) fn sort_nan_and_infinities(run: &Run<'_>) {
    check_ascending(run, "v", &NAN_AND_INFINITIES);
    check_ascending(run, "numMonitors", &NAN_AND_INFINITIES);
}

/// Objects are compared field by field: by the type of the value, the key, the value. A prefix of
/// an object sorts before it.
pub(super) fn sort_objects(run: &Run<'_>) {
    check_ascending(
        run,
        "v",
        &[
            "{}",
            r#"{"z":null}"#,
            r#"{"a":1}"#,
            r#"{"a":1,"b":null}"#,
            r#"{"a":1,"b":2}"#,
            r#"{"a":1,"c":0}"#,
            r#"{"a":2}"#,
            r#"{"b":0}"#,
            r#"{"a":"x"}"#,
            r#"{"a":{}}"#,
            r#"{"a":{"a":1}}"#,
            r#"{"a":[]}"#,
            r#"{"a":[1]}"#,
            r#"{"a":false}"#,
            r#"{"a":{"$date":"2022-09-15T11:44:32.103Z"}}"#,
        ],
    );
}

/// Objects with the same fields in another sequence are other values.
pub(super) fn sort_objects_by_stored_order(run: &Run<'_>) {
    check_ascending(
        run,
        "v",
        &[
            r#"{"a":1,"b":2}"#,
            r#"{"a":1,"b":3}"#,
            r#"{"b":2,"a":1}"#,
            r#"{"b":2,"a":2}"#,
            r#"{"b":2,"aa":0}"#,
        ],
    );
}
