//! §2, Sort: the order of values, arrays, paths and ties, and the bytes of sort keys.

use livechat_units::{OrderError, SortKey, SortSpec, Unit};
use serde_json::{Value, json};

use crate::{get, ids, units};

/// Units with the ids `00`, `01`, …, each with one of `values` as the field `v`.
fn with_values(values: &[&str]) -> Vec<Unit> {
    let documents: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(i, value)| format!(r#"{{"_id":"{i:02}","type":"u","v":{value}}}"#))
        .collect();
    units(&documents.iter().map(String::as_str).collect::<Vec<_>>())
}

fn numbered(range: impl IntoIterator<Item = usize>) -> Vec<String> {
    range.into_iter().map(|i| format!("{i:02}")).collect()
}

/// Checks that each of `values` sorts before the next when ascending and after it when
/// descending.
fn assert_ascending(values: &[&str]) {
    let all = with_values(values);
    let ascending = ids(&all, r#"sort={"v":1}&count=0"#).0;
    assert_eq!(ascending, numbered(0..values.len()), "{values:?}");
    let descending = ids(&all, r#"sort={"v":-1}&count=0"#).0;
    assert_eq!(descending, numbered((0..values.len()).rev()), "{values:?}");
    // No two values are equal: ids in descending order do not change the listing.
    let sort: SortSpec = r#"{"v":1,"_id":-1}"#.parse().unwrap();
    assert_eq!(
        ids(&all, &format!("sort={sort}&count=0")).0,
        numbered(0..values.len())
    );
}

#[test]
fn types_are_ordered_as_in_bson() {
    assert_ascending(&[
        "[]",
        "null",
        r#"{"$numberDouble":"NaN"}"#,
        r#"{"$numberDouble":"-Infinity"}"#,
        "-1e300",
        "-1",
        "0",
        "0.5",
        "9007199254740992.0",
        "9007199254740993",
        "1e400",
        r#""""#,
        r#""10""#,
        r#""9""#,
        r#""Z""#,
        r#""a""#,
        r#""aa""#,
        r#""é""#,
        r#""🦀""#,
        "{}",
        r#"{"a":null}"#,
        r#"{"a":1}"#,
        r#"{"a":1,"b":null}"#,
        r#"{"b":0}"#,
        r#"{"a":"x"}"#,
        r#"{"a":{}}"#,
        r#"{"a":[]}"#,
        r#"{"a":false}"#,
        r#"{"a":{"$date":{"$numberLong":"0"}}}"#,
        "[[]]",
        "[[null]]",
        "[[1]]",
        "[[1,null]]",
        "[[2]]",
        r#"[["a"]]"#,
        "[[[]]]",
        "false",
        "true",
        r#"{"$date":{"$numberLong":"-1"}}"#,
        r#"{"$date":"1970-01-01T00:00:00Z"}"#,
        r#"{"$date":"2024-01-01T00:00:00.001Z"}"#,
    ]);
}

#[test]
fn a_missing_field_equals_null_and_numbers_are_equal_by_value() {
    let all = units(&[
        r#"{"_id":"1","type":"u","v":1.0}"#,
        r#"{"_id":"2","type":"u","v":{"$numberLong":"1"}}"#,
        r#"{"_id":"3","type":"u","v":1}"#,
        r#"{"_id":"4","type":"u","v":null}"#,
        r#"{"_id":"5","type":"u"}"#,
        r#"{"_id":"6","type":"u","v":null}"#,
    ]);
    assert_eq!(
        ids(&all, r#"sort={"v":1}"#).0,
        ["4", "5", "6", "1", "2", "3"]
    );
    assert_eq!(
        ids(&all, r#"sort={"v":-1}"#).0,
        ["3", "2", "1", "6", "5", "4"]
    );
}

#[test]
fn updated_at_is_compared_as_an_instant() {
    let all = units(&[
        r#"{"_id":"1","type":"u","_updatedAt":"2024-01-01T00:00:00.000Z"}"#,
        r#"{"_id":"2","type":"u","_updatedAt":"2023-12-31T23:59:59Z"}"#,
        r#"{"_id":"3","type":"u","_updatedAt":{"$date":"2024-01-01T00:30:00.000+01:00"}}"#,
        r#"{"_id":"4","type":"u","_updatedAt":"soon"}"#,
        r#"{"_id":"5","type":"u","_updatedAt":"2024-01-01T00:00:00Z"}"#,
        r#"{"_id":"6","type":"u"}"#,
    ]);
    let listed = ids(&all, r#"sort={"_updatedAt":1}"#).0;
    assert_eq!(listed, ["6", "4", "3", "2", "1", "5"]);
    // In other fields the same text is a string.
    assert_ascending(&[
        r#""2024-01-01T00:00:00.000Z""#,
        r#""2024-01-01T00:00:00Z""#,
        "true",
    ]);
}

#[test]
fn an_array_sorts_by_its_smallest_or_its_largest_element() {
    let all = with_values(&["[5,1]", "2", "[3]", r#"["a",0]"#, "[]", "null", "[null,9]"]);
    let ascending = ids(&all, r#"sort={"v":1}"#).0;
    assert_eq!(ascending, ["04", "05", "06", "03", "00", "01", "02"]);
    let descending = ids(&all, r#"sort={"v":-1}"#).0;
    assert_eq!(descending, ["03", "06", "00", "02", "01", "05", "04"]);
}

#[test]
fn paths_through_one_array_are_evaluated_element_by_element() {
    let all = units(&[
        r#"{"_id":"1","type":"u","a":[{"x":1,"y":9},{"x":2,"y":0}]}"#,
        r#"{"_id":"2","type":"u","a":[{"x":1,"y":5}]}"#,
    ]);
    // Separate minima of the paths would be (1, 0) for the first unit.
    assert_eq!(ids(&all, r#"sort={"a.x":1,"a.y":1}"#).0, ["2", "1"]);
    assert_eq!(ids(&all, r#"sort={"a.x":-1,"a.y":-1}"#).0, ["1", "2"]);
    // (1, 9) sorts before (1, 5): the largest y among the elements with the smallest x.
    assert_eq!(ids(&all, r#"sort={"a.x":1,"a.y":-1}"#).0, ["1", "2"]);
}

#[test]
fn a_numeric_segment_picks_an_element_if_the_array_has_it() {
    let all = units(&[
        r#"{"_id":"1","type":"u","a":[5,1]}"#,
        r#"{"_id":"2","type":"u","a":[3]}"#,
        r#"{"_id":"3","type":"u","a":{"0":4}}"#,
        r#"{"_id":"4","type":"u","a":[[1],0]}"#,
        r#"{"_id":"5","type":"u","a":[[],0]}"#,
        r#"{"_id":"6","type":"u","a":[]}"#,
    ]);
    // A picked array is compared as a whole, so it sorts after numbers. A picked empty
    // array sorts before null.
    assert_eq!(
        ids(&all, r#"sort={"a.0":1}"#).0,
        ["5", "6", "2", "3", "1", "4"]
    );
    let named = units(&[
        r#"{"_id":"1","type":"u","a":[{"1":7}]}"#,
        r#"{"_id":"2","type":"u","a":[{"1":7},6]}"#,
        r#"{"_id":"3","type":"u","a":[{"01":9},{"01":5}]}"#,
    ]);
    assert_eq!(ids(&named, r#"sort={"a.1":1}"#).0, ["2", "1", "3"]);
    assert_eq!(ids(&named, r#"sort={"a.01":-1}"#).0, ["3", "2", "1"]);
    let zeros = units(&[
        r#"{"_id":"1","type":"u","a":[9]}"#,
        r#"{"_id":"2","type":"u","a":{"00":5}}"#,
    ]);
    assert_eq!(ids(&zeros, r#"sort={"a.00":1}"#).0, ["1", "2"]);
}

/// Checks the ids of a listing by `path`, ascending and, reversed, descending.
fn assert_listed(all: &[Unit], path: &str, listed: &[&str]) {
    assert_eq!(ids(all, &format!(r#"sort={{"{path}":1}}"#)).0, listed);
    let reversed: Vec<&str> = listed.iter().rev().copied().collect();
    assert_eq!(ids(all, &format!(r#"sort={{"{path}":-1}}"#)).0, reversed);
}

#[test]
fn an_empty_array_at_the_end_of_a_path_sorts_before_null() {
    let all = units(&[
        r#"{"_id":"1","type":"u","a":[0]}"#,
        r#"{"_id":"2","type":"u","a":[[]]}"#,
        r#"{"_id":"3","type":"u","a":[null]}"#,
        r#"{"_id":"4","type":"u"}"#,
        r#"{"_id":"5","type":"u","a":{"0":[]}}"#,
        r#"{"_id":"6","type":"u","a":[]}"#,
        r#"{"_id":"7","type":"u","a":[[[]]]}"#,
        r#"{"_id":"8","type":"u","a":[[null]]}"#,
    ]);
    // The same for a picked empty array. A picked array with elements is compared as a
    // whole.
    assert_listed(&all, "a.0", &["2", "5", "3", "4", "6", "1", "8", "7"]);
}

#[test]
fn an_empty_array_inside_a_path_counts_as_null() {
    let all = units(&[
        r#"{"_id":"1","type":"u","a":{"b":0}}"#,
        r#"{"_id":"2","type":"u","a":[]}"#,
        r#"{"_id":"3","type":"u","a":{"b":[]}}"#,
        r#"{"_id":"4","type":"u","a":[{"b":[]}]}"#,
        r#"{"_id":"5","type":"u","a":null}"#,
        r#"{"_id":"6","type":"u","a":[[]]}"#,
        r#"{"_id":"7","type":"u"}"#,
    ]);
    assert_listed(&all, "a.b", &["3", "4", "2", "5", "6", "7", "1"]);
    assert_listed(&all, "a.b.c", &["1", "2", "3", "4", "5", "6", "7"]);
    assert_listed(&all, "a.0.b", &["4", "1", "2", "3", "5", "6", "7"]);
}

#[test]
fn a_value_that_is_no_object_has_no_fields() {
    let all = units(&[
        r#"{"_id":"1","type":"u","a":[[{"x":-9}]]}"#,
        r#"{"_id":"2","type":"u","a":[{"x":-1}]}"#,
        r#"{"_id":"3","type":"u","a":[1,{"x":-1}]}"#,
        r#"{"_id":"4","type":"u","a":"x"}"#,
        r#"{"_id":"5","type":"u","a.x":-9}"#,
        r#"{"_id":"6","type":"u","a":[]}"#,
        r#"{"_id":"7","type":"u","a":{"x":[]}}"#,
    ]);
    let listed = ids(&all, r#"sort={"a.x":1}"#).0;
    assert_eq!(listed, ["7", "1", "3", "4", "5", "6", "2"]);
}

#[test]
fn parallel_arrays_are_an_error() {
    for document in [
        r#"{"_id":"1","type":"u","a":[1],"b":[2]}"#,
        r#"{"_id":"1","type":"u","a":[],"b":[]}"#,
        r#"{"_id":"1","type":"u","a":[1],"b":[1]}"#,
    ] {
        let unit: Unit = document.parse().unwrap();
        let sort: SortSpec = r#"{"a":1,"name":1,"b":-1}"#.parse().unwrap();
        assert_eq!(
            SortKey::new(&sort, &unit).unwrap_err(),
            OrderError::ParallelArrays
        );
    }
    let inner: Unit = r#"{"_id":"1","a":[{"x":[1],"y":[2]}]}"#.parse().unwrap();
    let sort: SortSpec = r#"{"a.x":1,"a.y":1}"#.parse().unwrap();
    assert_eq!(
        SortKey::new(&sort, &inner).unwrap_err(),
        OrderError::ParallelArrays
    );
    let sort: SortSpec = r#"{"a.x":1,"a.x.0":1,"a":1,"b":1}"#.parse().unwrap();
    assert!(SortKey::new(&sort, &inner).is_ok());
}

#[test]
fn ties_follow_the_last_key() {
    let all = units(&[
        r#"{"_id":"b","type":"u","v":1,"w":1}"#,
        r#"{"_id":"a","type":"u","v":1,"w":1}"#,
        r#"{"_id":"c","type":"u","v":1,"w":1}"#,
    ]);
    for (sort, listed) in [
        ("{}", ["a", "b", "c"]),
        (r#"{"v":1}"#, ["a", "b", "c"]),
        (r#"{"v":-1}"#, ["c", "b", "a"]),
        (r#"{"v":-1,"w":1}"#, ["a", "b", "c"]),
        (r#"{"v":1,"w":-1}"#, ["c", "b", "a"]),
        (r#"{"v":1,"_id":-1,"w":1}"#, ["c", "b", "a"]),
    ] {
        assert_eq!(ids(&all, &format!("sort={sort}")).0, listed, "{sort}");
    }
}

/// The path `a.0.z` picks an element and meets the inner array in it. The path `a.y` meets
/// every element of the outer array. The sort combines every element of the inner array
/// with every element of the outer array.
#[test]
fn combinations_of_elements_are_bounded() {
    let document = |outer: usize, inner: usize| {
        let (elements, numbers) = (vec!["{}"; outer - 1], vec!["1"; inner]);
        format!(
            r#"{{"_id":"1","type":"u","a":[[{}],{}]}}"#,
            numbers.join(","),
            elements.join(",")
        )
    };
    let sort: SortSpec = r#"{"a.0.z":1,"a.y":1}"#.parse().unwrap();
    let key = |outer, inner| {
        let unit: Unit = document(outer, inner).parse().unwrap();
        SortKey::new(&sort, &unit).map(|_| ())
    };
    // Each outer element costs 2 steps for the paths and 2 for the inner array. Each inner
    // element costs 2 steps for the paths and 2 to compare the values.
    let steps = |outer: usize, inner: usize| outer * (2 + 2 + inner * (2 + 2));
    assert_eq!(steps(64, 63), SortKey::MAX_STEPS);
    assert_eq!(key(64, 63), Ok(()));
    assert_eq!(key(65, 63), Err(OrderError::TooManyCombinations));
    assert_eq!(key(64, 64), Err(OrderError::TooManyCombinations));
    // Each field of an element costs a step too.
    let unit: Unit = document(64, 63)
        .replace("{}", r#"{"b":1}"#)
        .parse()
        .unwrap();
    let too_many = Err(OrderError::TooManyCombinations);
    assert_eq!(SortKey::new(&sort, &unit).map(|_| ()), too_many);
    let unit: Unit = document(257, 256).parse().unwrap();
    let body = r#"{"success":false,"error":"cannot sort with keys that meet too many combinations of array elements [error-invalid-sort]","errorType":"error-invalid-sort"}"#;
    let answer = get(&[unit], format!("sort={sort}"));
    assert_eq!(answer, (400, body.to_owned()));
}

/// Combinations cost more steps if their elements are nested deep, have many fields, or
/// have long values.
#[test]
fn depth_fields_and_lengths_count_as_steps() {
    let combinations = |element: &Value| {
        let picked = json!([element, element, 0]);
        Value::Array([vec![picked], vec![element.clone(); 24]].concat())
    };
    let key = |element: &Value, paths: &[&str]| {
        let unit = Unit::try_from(json!({"_id": "1", "a": combinations(element)})).unwrap();
        let sort = paths
            .iter()
            .fold(SortSpec::builder(), |sort, path| sort.ascending(path));
        SortKey::new(&sort.build().unwrap(), &unit).map(|_| ())
    };
    let wide = |fields| Value::Object((0..fields).map(|i| (i.to_string(), json!(i))).collect());
    let long = |bytes| Value::from("x".repeat(bytes));
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!({"x": [inner]}));
    let down = format!("a.0{}", ".x".repeat(200));
    let chain = ["a.y", "a.0.y", &down];
    for (paths, small, large) in [
        (&["a.x", "a.0.x"][..], wide(50), wide(5_000)),
        (&["a", "a.0.x"], wide(50), wide(5_000)),
        (&["a", "a.0.x"], long(10_000), long(400_000)),
        (&chain, deep(20), deep(120)),
    ] {
        assert_eq!(key(&small, paths), Ok(()), "{paths:?}");
        let too_many = Err(OrderError::TooManyCombinations);
        assert_eq!(key(&large, paths), too_many, "{paths:?}");
    }
}

#[test]
fn the_elements_on_a_single_path_are_not_bounded() {
    let key = |sort: &SortSpec, unit: &Unit| SortKey::new(sort, unit).map(|_| ());
    let sort: SortSpec = r#"{"v":1,"v.x":1}"#.parse().unwrap();
    let elements = vec!["1"; 8 * SortKey::MAX_STEPS].join(",");
    let unit: Unit = format!(r#"{{"_id":"1","v":[{elements}]}}"#)
        .parse()
        .unwrap();
    assert_eq!(key(&sort, &unit), Ok(()));
    // A path of 200 picked elements reads each array once.
    let nested = (0..200).fold(json!(1), |inner, _| json!([inner, 1, 2]));
    let unit = Unit::try_from(json!({"_id": "1", "v": nested})).unwrap();
    let path = format!("v{}", ".0".repeat(200));
    let sort = SortSpec::builder().ascending(&path).build().unwrap();
    assert_eq!(key(&sort, &unit), Ok(()));
}

/// Stores have these bytes in their columns, so every version of the crate writes them.
#[test]
fn key_strings_have_the_documented_layout() {
    let unit = Unit::from_json(
        r#"{"_id":"a","type":"u","flag":true,"none":[],"name":"é","list":[3,"x"],
            "at":{"$date":-1},"n":-2}"#,
    )
    .unwrap();
    let strings = |sort: &str| {
        let sort: SortSpec = sort.parse().unwrap();
        SortKey::new(&sort, &unit).unwrap().key_strings()
    };
    let below_zero = (!(-2.0_f64).to_bits()).to_be_bytes();
    let expected: [Vec<u8>; 6] = [
        vec![7, 1],
        vec![2],
        vec![4, 0xC3, 0xA9],
        // The smallest element: 3.0 with the sign bit flipped, and a difference of 0.
        vec![3, 0xC0, 0x08, 0, 0, 0, 0, 0, 0, 0x80, 0],
        vec![8, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [&[3][..], &below_zero, &[0x80, 0]].concat(),
    ];
    let sort = r#"{"flag":1,"gone":-1,"name":-1,"list":1,"at":1,"n":1}"#;
    assert_eq!(strings(sort), expected);
    assert_eq!(strings(r#"{"none":1}"#), [[1]]);
    assert_eq!(strings("{}"), Vec::<Vec<u8>>::new());
}
