//! Cursors in orders by arrays, by paths and by undocumented fields.

use super::cursor_values::check_types;
use crate::data::{MISSING, named, numbered, numbers, unit};
use crate::run::Run;

/// An array has the position of its smallest element if ascending, of its largest if descending.
pub(super) fn cursor_of_arrays(run: &Run<'_>) {
    for field in ["name", "visibility", "numMonitors", "numDepartments"] {
        let values = [r#"["b","z"]"#, r#""c""#, r#"["a","x"]"#, "[]", r#"["y"]"#];
        let store = run.load(numbered(field, &values));
        let ascending = || store.ascending(field);
        let descending = || store.descending(field);
        ascending().lists_after_each(numbers([3, 2, 0, 1, 4]));
        ascending().walks(2, numbers([3, 2, 0, 1, 4]));
        descending().lists_after_each(numbers([0, 4, 2, 1, 3]));
        descending().walks(2, numbers([0, 4, 2, 1, 3]));
        let gone = unit("0", &format!(r#""{field}":["y","bb",true]"#));
        ascending()
            .after_document(&gone)
            .page_shows(numbers([1, 4]), 5);
        descending()
            .after_document(&gone)
            .page_shows(numbers([0, 4, 2, 1, 3]), 5);
    }
}

pub(super) fn cursor_of_an_empty_array(run: &Run<'_>) {
    let values = ["null", "[]", MISSING, "[null]", "0", "[]"];
    for field in ["name", "visibility", "numMonitors", "numDepartments"] {
        let store = run.load(numbered(field, &values));
        let ascending = || store.ascending(field);
        let descending = || store.descending(field);
        ascending().lists_after_each(numbers([1, 5, 0, 2, 3, 4]));
        descending().lists_after_each(numbers([4, 3, 2, 0, 5, 1]));
        let gone = unit("0011", &format!(r#""{field}":[]"#));
        ascending()
            .after_document(&gone)
            .page_shows(numbers([5, 0, 2, 3, 4]), 6);
        descending()
            .after_document(&gone)
            .page_shows(numbers([1]), 6);
    }
}

/// Arrays with an equal smallest or largest element tie, and their ids decide.
pub(super) fn cursor_among_tied_arrays(run: &Run<'_>) {
    let values = ["[1,5]", "1", "[1,9]", "5", "[5,1]"];
    let store = run.load(numbered("numMonitors", &values));
    store
        .sort(r#"{"numMonitors":1}"#)
        .lists_after_each(numbers([0, 1, 2, 4, 3]));
    store
        .sort(r#"{"numMonitors":-1}"#)
        .lists_after_each(numbers([2, 4, 3, 0, 1]));
    store
        .sort(r#"{"numMonitors":1,"name":-1}"#)
        .lists_after_each(numbers([4, 2, 1, 0, 3]));
    store
        .sort(r#"{"name":1,"numMonitors":-1}"#)
        .walks(2, numbers([2, 4, 3, 0, 1]));
}

/// The query fails also if the document with both arrays is before the cursor.
pub(super) fn cursor_among_parallel_arrays(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""name":["a"],"visibility":["b"]"#),
        unit("2", r#""name":"Sales","visibility":["b"]"#),
        unit("3", r#""name":"Support","visibility":"public""#),
    ]);
    for sort in [
        r#"{"name":1,"visibility":1}"#,
        r#"{"visibility":-1,"name":1}"#,
        r#"{"_id":1,"name":1,"visibility":1}"#,
    ] {
        store.sort(sort).after("2").refuses();
        store.sort(sort).after("3").page(0, 1).refuses();
    }
    // A document that does not match cannot make the query fail.
    let query = || store.text("s").sort(r#"{"name":1,"visibility":1}"#);
    query().lists_after_each(["2", "3"]);
    query()
        .after_document(&named("9", "Sales"))
        .page_shows(["2", "3"], 2);
}

pub(super) fn cursor_undocumented_field(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""description":"b","enabled":false"#),
        unit("2", r#""description":"a""#),
        unit("3", r#""description":"C""#),
        unit("4", r#""enabled":true"#),
    ]);
    for (sort, ids) in [
        (r#"{"description":1}"#, ["4", "3", "2", "1"]),
        (r#"{"description":-1}"#, ["1", "2", "3", "4"]),
        (r#"{"enabled":-1}"#, ["4", "1", "3", "2"]),
        (r#"{"enabled":1,"description":-1}"#, ["2", "3", "1", "4"]),
        (r#"{"nobody has it":-1}"#, ["4", "3", "2", "1"]),
    ] {
        store.sort(sort).lists_after_each(ids);
        store.sort(sort).walks(1, ids);
    }
    let query = store.sort(r#"{"enabled":1}"#);
    query
        .after_document(&unit("25", ""))
        .page_shows(["3", "1", "4"], 4);
}

pub(super) fn cursor_types_undocumented_field(run: &Run<'_>) {
    check_types(run, "v");
}

pub(super) fn cursor_dotted_path(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":{"region":"US","x":{"y":1}}"#),
        unit("2", r#""a":{"x":{"y":3},"region":"EU"}"#),
        unit("3", r#""a":{"region":"EU","x":{"y":-2}}"#),
        unit("4", r#""a":{"Region":"EU"}"#),
        unit("5", r#""a":7"#),
    ]);
    for (sort, ids) in [
        (r#"{"a.region":1}"#, ["4", "5", "2", "3", "1"]),
        (r#"{"a.region":-1}"#, ["1", "3", "2", "5", "4"]),
        (r#"{"a.x.y":1}"#, ["4", "5", "3", "1", "2"]),
        (r#"{"a.region":-1,"a.x.y":1}"#, ["1", "3", "2", "4", "5"]),
        (r#"{"_id.x":-1,"type.y":1}"#, ["1", "2", "3", "4", "5"]),
        (r#"{"name.x":-1}"#, ["5", "4", "3", "2", "1"]),
    ] {
        store.sort(sort).lists_after_each(ids);
        store.sort(sort).walks(2, ids);
    }
}

/// Paths through an array by a name or a position, and two paths through the same array.
pub(super) fn cursor_array_on_a_path(run: &Run<'_>) {
    let store = run.load([
        unit("1", r#""a":[{"x":1,"y":9},{"x":2,"y":0}]"#),
        unit("2", r#""a":[{"x":1,"y":5}]"#),
        unit("3", r#""a":[{"x":1,"y":3},{"x":1,"y":10}]"#),
        unit("4", r#""a":[]"#),
        unit("5", r#""a":{"x":[],"y":1}"#),
        unit("6", r#""a":[[1],0]"#),
    ]);
    for (sort, ids) in [
        (r#"{"a.x":1}"#, ["5", "4", "6", "1", "2", "3"]),
        (r#"{"a.x":-1}"#, ["1", "3", "2", "6", "4", "5"]),
        (r#"{"a.x":1,"a.y":1}"#, ["5", "4", "6", "3", "2", "1"]),
        (r#"{"a.x":1,"a.y":-1}"#, ["5", "6", "4", "3", "1", "2"]),
        (r#"{"a.0":1}"#, ["4", "5", "3", "2", "1", "6"]),
        (r#"{"a":-1,"name":1}"#, ["6", "5", "1", "3", "2", "4"]),
    ] {
        store.sort(sort).lists_after_each(ids);
        store.sort(sort).walks(2, ids);
    }
}
