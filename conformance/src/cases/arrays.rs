//! Sorting by fields that contain arrays, and by paths that lead through arrays.

use crate::checks::check_ascending;
use crate::data::{named, numbered, numbers, unit};
use crate::run::Run;

pub(super) fn array_smallest_when_ascending(run: &Run<'_>) {
    let store = run.load(numbered("v", &["[5,1]", "2", "[3]", "[9,0,4]", "[2,2]"]));
    store.sort(r#"{"v":1}"#).lists(numbers([3, 0, 1, 4, 2]));
}

pub(super) fn array_largest_when_descending(run: &Run<'_>) {
    let store = run.load(numbered("v", &["[5,1]", "2", "[3]", "[9,0,4]", "[2,2]"]));
    store.sort(r#"{"v":-1}"#).lists(numbers([3, 0, 2, 4, 1]));
}

pub(super) fn array_empty_before_null(run: &Run<'_>) {
    let store = run.load(numbered("v", &["null", "[]", "", "[null]", "0", "[]"]));
    store.sort(r#"{"v":1}"#).lists(numbers([1, 5, 0, 2, 3, 4]));
    store.sort(r#"{"v":-1}"#).lists(numbers([4, 3, 2, 0, 5, 1]));
}

pub(super) fn array_of_several_types(run: &Run<'_>) {
    let store = run.load(numbered(
        "v",
        &[
            r#"["a",0]"#,
            "[null,9]",
            r#"[true,"b"]"#,
            r#"[{"x":1}]"#,
            "1",
            r#""a""#,
        ],
    ));
    store.sort(r#"{"v":1}"#).lists(numbers([1, 0, 4, 5, 2, 3]));
    store.sort(r#"{"v":-1}"#).lists(numbers([2, 3, 5, 0, 1, 4]));
}

/// An array inside an array is an element like any other, and is compared as a whole.
pub(super) fn array_inside_array_is_whole(run: &Run<'_>) {
    check_ascending(
        run,
        "v",
        &[
            "[9]",
            r#"["z"]"#,
            r#"[{"a":1}]"#,
            "[[]]",
            "[[null]]",
            "[[1]]",
            "[[1,null]]",
            "[[1,2]]",
            "[[2]]",
            r#"[["a"]]"#,
            "[[[]]]",
            "[[false]]",
            "false",
        ],
    );
}

pub(super) fn array_under_documented_fields(run: &Run<'_>) {
    for field in ["name", "visibility", "numMonitors", "numDepartments"] {
        let values = [r#"["b","z"]"#, r#""c""#, r#"["a","x"]"#, "[]", r#"["y"]"#];
        let store = run.load(numbered(field, &values));
        store.ascending(field).lists(numbers([3, 2, 0, 1, 4]));
        store.descending(field).lists(numbers([0, 4, 2, 1, 3]));
        store
            .sort(&format!(r#"{{"{field}":1,"_id":-1}}"#))
            .lists(numbers([3, 2, 0, 1, 4]));
    }
}

pub(super) fn array_ties_by_id(run: &Run<'_>) {
    let store = run.load(numbered("v", &["[1,5]", "1", "[1,9]", "5", "[5,1]"]));
    store.sort(r#"{"v":1}"#).lists(numbers([0, 1, 2, 4, 3]));
    store.sort(r#"{"v":-1}"#).lists(numbers([2, 4, 3, 0, 1]));
    store
        .sort(r#"{"v":1,"w":-1}"#)
        .lists(numbers([4, 2, 1, 0, 3]));
}

/// A name after an array in a path means that field of every element.
pub(super) fn array_on_a_path(run: &Run<'_>) {
    let store = run.load(numbered(
        "a",
        &[
            r#"[{"x":5},{"x":1}]"#,
            r#"{"x":2}"#,
            r#"[{"x":3}]"#,
            r#"[{"x":4},{"y":0}]"#,
            r#"{"x":[7,0]}"#,
        ],
    ));
    store.sort(r#"{"a.x":1}"#).lists(numbers([3, 4, 0, 1, 2]));
    store.sort(r#"{"a.x":-1}"#).lists(numbers([4, 0, 3, 2, 1]));
}

pub(super) fn array_on_a_path_deeper(run: &Run<'_>) {
    let store = run.load(numbered(
        "a",
        &[
            r#"{"b":[{"c":{"d":5}},{"c":{"d":2}}]}"#,
            r#"[{"b":{"c":{"d":1}}},{"b":{"c":{"d":9}}}]"#,
            r#"[{"b":[{"c":{"d":4}},{"c":{"d":3}}]},{"b":{"c":{"d":6}}}]"#,
            r#"{"b":{"c":[{"d":0},{"d":[-1,7]}]}}"#,
        ],
    ));
    store.sort(r#"{"a.b.c.d":1}"#).lists(numbers([3, 1, 0, 2]));
    store.sort(r#"{"a.b.c.d":-1}"#).lists(numbers([1, 3, 2, 0]));
}

/// An element other than an object counts as an object without the field. An array among the
/// elements is not followed.
pub(super) fn array_elements_other_than_objects(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":[[{"x":-9}]]"#),
        unit("2", r#""a":[{"x":-1}]"#),
        unit("3", r#""a":[1,{"x":-1}]"#),
        unit("4", r#""a":"x""#),
        unit("5", r#""a":[]"#),
        unit("6", r#""a":{"x":[]}"#),
        unit("7", r#""a":[{"x":[]}]"#),
        unit("8", r#""a":["x"]"#),
    ]);
    store
        .sort(r#"{"a.x":1}"#)
        .lists(["6", "7", "1", "3", "4", "5", "8", "2"]);
    store
        .sort(r#"{"a.x":-1}"#)
        .lists(["3", "2", "8", "5", "4", "1", "7", "6"]);
}

pub(super) fn array_index(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":[5,1]"#),
        unit("2", r#""a":[3]"#),
        unit("3", r#""a":{"0":4}"#),
        unit("4", r#""a":[]"#),
        unit("5", r#""a":9"#),
        unit("6", r#""a":[{"x":2},{"x":8}]"#),
    ]);
    store
        .sort(r#"{"a.0":1}"#)
        .lists(["4", "5", "2", "3", "1", "6"]);
    store
        .sort(r#"{"a.1":-1}"#)
        .lists(["6", "1", "5", "4", "3", "2"]);
    store
        .sort(r#"{"a.0.x":1}"#)
        .lists(["1", "2", "3", "4", "5", "6"]);
}

/// An array at the end of a path that was picked by its index is compared as a whole.
pub(super) fn array_picked_by_index_is_whole(run: &Run<'_>) {
    let store = run.load(numbered(
        "a",
        &["[[1],0]", "[[],0]", "[5]", r#"["x"]"#, "[[0,9]]", "[false]"],
    ));
    store
        .sort(r#"{"a.0":1}"#)
        .lists(numbers([1, 2, 3, 4, 0, 5]));
    store
        .sort(r#"{"a.0":-1}"#)
        .lists(numbers([5, 0, 4, 3, 2, 1]));
}

/// A number in a path is a key if the array has no such index, or if it begins with an extra
/// zero.
pub(super) fn array_index_or_key(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":[{"1":7}]"#),
        unit("2", r#""a":[{"1":7},6]"#),
        unit("3", r#""a":[{"01":9},{"01":5}]"#),
    ]);
    store.sort(r#"{"a.1":1}"#).lists(["2", "1", "3"]);
    store.sort(r#"{"a.01":-1}"#).lists(["3", "2", "1"]);
    let zeros = run.load([unit("1", r#""a":[9]"#), unit("2", r#""a":{"00":5}"#)]);
    zeros.sort(r#"{"a.00":1}"#).lists(["1", "2"]);
}

/// Keys that lead through the same array take their values from the same element.
pub(super) fn array_pairs_from_one_element(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":[{"x":1,"y":9},{"x":2,"y":0}]"#),
        unit("2", r#""a":[{"x":1,"y":5}]"#),
        unit("3", r#""a":[{"x":1,"y":3},{"x":1,"y":10}]"#),
    ]);
    for (sort, ids) in [
        (r#"{"a.x":1,"a.y":1}"#, ["3", "2", "1"]),
        (r#"{"a.x":-1,"a.y":-1}"#, ["1", "3", "2"]),
        (r#"{"a.x":1,"a.y":-1}"#, ["3", "1", "2"]),
        (r#"{"a.y":1,"a.x":1}"#, ["1", "3", "2"]),
        (r#"{"a.y":-1,"a.x":1}"#, ["3", "1", "2"]),
    ] {
        store.sort(sort).lists(ids);
    }
}

pub(super) fn array_beside_scalars(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""v":[1,2],"w":1"#),
        unit("2", r#""v":1,"w":[0,3]"#),
        unit("3", r#""v":[0,1],"w":2"#),
        unit("4", r#""v":2,"w":[9]"#),
    ]);
    store.sort(r#"{"v":1,"w":1}"#).lists(["3", "2", "1", "4"]);
    store.sort(r#"{"v":-1,"w":-1}"#).lists(["4", "1", "2", "3"]);
}

/// Two keys that lead through different arrays of one document: the order is not defined.
pub(super) fn array_parallel_is_refused(run: &Run<'_>) {
    for fields in [
        r#""v":[1],"w":[2]"#,
        r#""v":[],"w":[]"#,
        r#""v":[1,1],"w":[{"x":1}]"#,
    ] {
        let store = run.load([unit("1", fields), named("2", "before"), named("3", "after")]);
        for sort in [
            r#"{"v":1,"w":1}"#,
            r#"{"w":-1,"v":1}"#,
            r#"{"v":1,"name":1,"w":-1}"#,
            r#"{"_id":1,"v":1,"w":1}"#,
        ] {
            store.sort(sort).refuses();
            // Also if that document is on another page.
            store.sort(sort).page(2, 1).refuses();
            store.sort(sort).page(0, 1).refuses();
        }
        store.sort(r#"{"v":1}"#).page(3, 1).page_shows([""; 0], 3);
    }
}

pub(super) fn array_parallel_inside_elements(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":[{"x":[1],"y":[2]}]"#),
        unit("2", r#""a":{"x":[1],"y":2}"#),
    ]);
    store.sort(r#"{"a.x":1,"a.y":1}"#).refuses();
    store.sort(r#"{"a.x":-1}"#).lists(["2", "1"]);
}

/// A document that does not match cannot make the query fail.
pub(super) fn array_parallel_only_where_it_matches(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""name":"Parallel","v":[1],"w":[2]"#),
        unit("2", r#""name":"Sales","v":[3],"w":1"#),
        unit("3", r#""name":"Wholesales","v":1,"w":[2]"#),
        unit("4", r#""v":[1],"w":[2]"#),
    ]);
    let sort = r#"{"v":1,"w":1}"#;
    store.sort(sort).refuses();
    store.sort(sort).text("par").refuses();
    store.sort(sort).text("sales").lists(["3", "2"]);
    store.sort(sort).only(["2", "3", "9"]).lists(["3", "2"]);
    store.sort(sort).only(["2", "4"]).refuses();
    store.sort(sort).text("nothing").lists([""; 0]);
    store.sort(sort).only(["9"]).lists([""; 0]);
}
