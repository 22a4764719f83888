//! Sorts by several fields, ties, paths, and undocumented fields.

use crate::data::{named, numbers, unit};
use crate::loaded::Loaded;
use crate::run::Run;

/// Six units. Some tie under `v`, and some of these tie under `w` too.
fn tied(run: &Run<'_>) -> Loaded {
    run.load([
        unit("b", r#""v":1,"w":2"#),
        unit("a", r#""v":1,"w":2"#),
        unit("c", r#""v":1,"w":1"#),
        unit("f", r#""v":0,"w":9"#),
        unit("d", r#""v":2,"w":0"#),
        unit("e", r#""v":2,"w":0"#),
    ])
}

pub(super) fn sort_empty_is_by_id(run: &Run<'_>) {
    let store = run.load([named("b", "1"), named("B", "2"), named("a", "3")]);
    store.sort("{}").lists(["B", "a", "b"]);
}

pub(super) fn sort_field_missing_in_all_units(run: &Run<'_>) {
    let store = tied(run);
    let ids = ["a", "b", "c", "d", "e", "f"];
    store.sort(r#"{"nobody has it":1}"#).lists(ids);
    store
        .sort(r#"{"nobody has it":-1}"#)
        .lists(ids.into_iter().rev());
    store
        .sort(r#"{"nobody.has.it":1,"v":-1}"#)
        .lists(["e", "d", "c", "b", "a", "f"]);
}

pub(super) fn sort_field_equal_in_all_units(run: &Run<'_>) {
    let store = tied(run);
    store
        .sort(r#"{"type":1}"#)
        .lists(["a", "b", "c", "d", "e", "f"]);
    store
        .sort(r#"{"type":-1}"#)
        .lists(["f", "e", "d", "c", "b", "a"]);
}

pub(super) fn sort_undocumented_field(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""description":"b""#),
        unit("2", r#""description":"a""#),
        unit("3", r#""description":"C""#),
        unit("4", r#""enabled":true"#),
    ]);
    store
        .sort(r#"{"description":1}"#)
        .lists(["4", "3", "2", "1"]);
    store
        .sort(r#"{"description":-1}"#)
        .lists(["1", "2", "3", "4"]);
    store.sort(r#"{"enabled":1}"#).lists(["1", "2", "3", "4"]);
}

pub(super) fn sort_dotted_path(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""customFields":{"region":"US","x":{"y":1}}"#),
        unit("2", r#""customFields":{"x":{"y":3},"region":"EU"}"#),
        unit("3", r#""customFields":{"region":"EU","x":{"y":-2}}"#),
        unit("4", r#""customFields":{"Region":"EU"}"#),
    ]);
    store
        .sort(r#"{"customFields.region":1}"#)
        .lists(["4", "2", "3", "1"]);
    store
        .sort(r#"{"customFields.region":-1}"#)
        .lists(["1", "3", "2", "4"]);
    store
        .sort(r#"{"customFields.x.y":1}"#)
        .lists(["4", "3", "1", "2"]);
    store
        .sort(r#"{"customFields.region":-1,"customFields.x.y":1}"#)
        .lists(["1", "3", "2", "4"]);
}

/// A field inside a scalar is missing.
pub(super) fn sort_path_through_scalars(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":{"x":1}"#),
        unit("2", r#""a":"x""#),
        unit("3", r#""a":7"#),
        unit("4", r#""a":null"#),
        unit("5", ""),
        unit("6", r#""a":{"x":{"y":1}}"#),
        unit("7", r#""a":{"x":null}"#),
    ]);
    store
        .sort(r#"{"a.x":1}"#)
        .lists(["2", "3", "4", "5", "7", "1", "6"]);
    store
        .sort(r#"{"a.x.y":-1}"#)
        .lists(["6", "7", "5", "4", "3", "2", "1"]);
    store
        .sort(r#"{"name.x":1}"#)
        .lists(["1", "2", "3", "4", "5", "6", "7"]);
}

pub(super) fn sort_two_keys(run: &Run<'_>) {
    let store = tied(run);
    store
        .sort(r#"{"v":1,"w":1}"#)
        .lists(["f", "c", "a", "b", "d", "e"]);
    store
        .sort(r#"{"w":1,"v":1}"#)
        .lists(["d", "e", "c", "a", "b", "f"]);
    store
        .sort(r#"{"v":-1,"w":1}"#)
        .lists(["d", "e", "c", "a", "b", "f"]);
    store
        .sort(r#"{"v":1,"w":-1}"#)
        .lists(["f", "b", "a", "c", "e", "d"]);
}

pub(super) fn sort_three_documented_keys(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""visibility":"public","numMonitors":3,"name":"b""#),
        unit("2", r#""visibility":"private","numMonitors":3,"name":"a""#),
        unit("3", r#""visibility":"public","numMonitors":10,"name":"c""#),
        unit("4", r#""visibility":"public","numMonitors":3,"name":"a""#),
        unit("5", r#""visibility":"private","numMonitors":20,"name":"z""#),
        unit("6", r#""visibility":"public","numMonitors":3,"name":"a""#),
    ]);
    store
        .sort(r#"{"visibility":1,"numMonitors":-1,"name":1}"#)
        .lists(["5", "2", "3", "4", "6", "1"]);
    store
        .sort(r#"{"visibility":-1,"numMonitors":1,"name":-1}"#)
        .lists(["1", "6", "4", "3", "2", "5"]);
    store
        .sort(r#"{"name":1,"visibility":1,"numMonitors":1}"#)
        .lists(["2", "4", "6", "1", "3", "5"]);
}

pub(super) fn sort_ties_take_the_direction_of_the_last_key(run: &Run<'_>) {
    let store = run.load(["b", "a", "c", "C"].map(|id| unit(id, r#""v":1,"w":1,"name":"same""#)));
    for (sort, ids) in [
        ("{}", ["C", "a", "b", "c"]),
        (r#"{"name":1}"#, ["C", "a", "b", "c"]),
        (r#"{"name":-1}"#, ["c", "b", "a", "C"]),
        (r#"{"v":1}"#, ["C", "a", "b", "c"]),
        (r#"{"v":-1}"#, ["c", "b", "a", "C"]),
        (r#"{"v":-1,"w":1}"#, ["C", "a", "b", "c"]),
        (r#"{"v":1,"w":-1}"#, ["c", "b", "a", "C"]),
        (r#"{"numMonitors":-1}"#, ["c", "b", "a", "C"]),
        (r#"{"_updatedAt":-1,"name":1}"#, ["C", "a", "b", "c"]),
    ] {
        store.sort(sort).lists(ids);
    }
}

/// Fields after `_id` never decide.
pub(super) fn sort_id_among_the_keys(run: &Run<'_>) {
    let store = tied(run);
    for (sort, ids) in [
        (r#"{"_id":1,"v":-1}"#, ["a", "b", "c", "d", "e", "f"]),
        (r#"{"_id":-1,"v":1}"#, ["f", "e", "d", "c", "b", "a"]),
        (r#"{"v":1,"_id":-1}"#, ["f", "c", "b", "a", "e", "d"]),
        (r#"{"v":1,"_id":-1,"w":1}"#, ["f", "c", "b", "a", "e", "d"]),
        (r#"{"v":-1,"_id":1,"w":-1}"#, ["d", "e", "a", "b", "c", "f"]),
        (r#"{"v":-1,"_id":1}"#, ["d", "e", "a", "b", "c", "f"]),
    ] {
        store.sort(sort).lists(ids);
    }
}

/// The reversed sort order lists the units in reverse. That is certain only for units without
/// arrays, as these are.
pub(super) fn sort_reversed(run: &Run<'_>) {
    let store = tied(run);
    for (sort, reversed, ids) in [
        (r#"{"w":1}"#, r#"{"w":-1}"#, ["d", "e", "c", "a", "b", "f"]),
        (
            r#"{"v":-1,"w":1}"#,
            r#"{"v":1,"w":-1}"#,
            ["d", "e", "c", "a", "b", "f"],
        ),
    ] {
        store.sort(sort).lists(ids);
        store.sort(reversed).lists(ids.into_iter().rev());
    }
}

/// The last of 31 fields decides. `_id` is the 32nd.
pub(super) fn sort_by_31_keys(run: &Run<'_>) {
    check_many_fields(run, 31);
}

/// The last of 32 fields, the most that SPEC allows, decides. `_id` is the 33rd.
pub(super) fn sort_by_32_keys(run: &Run<'_>) {
    check_many_fields(run, 32);
}

fn check_many_fields(run: &Run<'_>, count: usize) {
    let fields = |last: i64| {
        let equal = (1..count).map(|key| format!(r#""k{key:02}":{key}"#));
        let last = format!(r#""k{count:02}":{last}"#);
        equal.chain([last]).collect::<Vec<_>>().join(",")
    };
    let store = run.load([
        unit("1", &fields(5)),
        unit("2", &fields(3)),
        unit("3", &fields(5)),
        unit("4", &fields(4)),
    ]);
    let sort = |last: i64| {
        let first = (1..count).map(|key| format!(r#""k{key:02}":1"#));
        let last = format!(r#""k{count:02}":{last}"#);
        format!("{{{}}}", first.chain([last]).collect::<Vec<_>>().join(","))
    };
    store.sort(&sort(1)).lists(["2", "4", "1", "3"]);
    store.sort(&sort(-1)).lists(["3", "1", "4", "2"]);
}

/// Paths with characters and words that mean something in SQL or another query language. A
/// store must treat them as data.
pub(super) fn sort_paths_with_special_characters(run: &Run<'_>) {
    let keys = [
        " ",
        "two words",
        "it's",
        r#"say "hi""#,
        r"back\slash",
        "semi;colon",
        "'; DROP TABLE units; --",
        "(1)",
        "a,b",
        "a->b",
        "a$1",
        "50%",
        "?",
        ":name",
        "@name",
        "[0]",
        "*",
        "#",
        "`",
        "null",
        "éß",
        "🦀",
        "__proto__",
        "line\nbreak",
        "NAME",
        "_ID",
        "0",
        "-1",
    ];
    let keys = keys.map(|key| serde_json::Value::from(key).to_string());
    // The values of each unit are a different rotation of 0, 1, 2, …
    let fields = |rotation: usize| {
        let values = (0..keys.len()).map(|index| (index + rotation) % keys.len());
        let fields = keys.iter().zip(values);
        let fields = fields.map(|(key, value)| format!("{key}:{value}"));
        fields.collect::<Vec<_>>().join(",")
    };
    let ids = numbers(0..keys.len());
    let units = ids.iter().enumerate();
    let store = run.load(units.map(|(rotation, id)| unit(id, &fields(rotation))));
    for (index, key) in keys.iter().enumerate() {
        // The first unit is the one whose rotation gives this key the value 0.
        let first = (keys.len() - index) % keys.len();
        let order = (0..keys.len()).map(|rank| (first + rank) % keys.len());
        store
            .sort(&format!("{{{key}:1}}"))
            .lists_on_page(numbers(order.clone()));
        store
            .sort(&format!("{{{key}:-1}}"))
            .lists_on_page(numbers(order.rev()));
    }
}

/// A path with a dot does not lead to a key that contains the dot.
pub(super) fn sort_path_ignores_dotted_keys(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a.x":-9"#),
        unit("2", r#""a":{"x":-1}"#),
        unit("3", r#""a":{"x":-5},"a.x":0"#),
    ]);
    store.sort(r#"{"a.x":1}"#).lists(["1", "3", "2"]);
}

/// The longest path that SPEC allows. It is longer than the documents are deep, so all units tie.
pub(super) fn sort_path_of_256_segments(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":{"a":{"a":1}}"#),
        unit("2", r#""a":1"#),
        unit("3", ""),
    ]);
    let path = ["a"; 256].join(".");
    store.ascending(&path).lists(["1", "2", "3"]);
    store.descending(&path).lists(["3", "2", "1"]);
}
