//! Collections that contain units and other documents, such as departments. Only units are
//! listed, counted and matched.

use crate::data::unit;
use crate::loaded::Loaded;
use crate::run::Run;

/// The JSON of a document with this `type`, which is JSON, and these fields.
fn typed(id: &str, kind: &str, fields: &str) -> String {
    let id = serde_json::Value::from(id);
    format!(r#"{{"_id":{id},"type":{kind},{fields}}}"#)
}

fn office(run: &Run<'_>) -> Loaded {
    run.load([
        unit("1", r#""name":"Sales","numMonitors":1"#),
        typed("2", r#""d""#, r#""name":"Sales","numMonitors":2"#),
        unit("3", r#""name":"Support","numMonitors":3"#),
        typed("4", r#""d""#, r#""name":"Support","numMonitors":0"#),
        r#"{"_id":"5","name":"Sales","numMonitors":5}"#.to_owned(),
        unit("6", r#""name":"Sales","numMonitors":6"#),
    ])
}

pub(super) fn mixed_departments_are_not_listed(run: &Run<'_>) {
    let store = office(run);
    store.all().lists(["1", "6", "3"]);
    store.sort(r#"{"numMonitors":-1}"#).lists(["6", "3", "1"]);
    store.sort(r#"{"type":1}"#).lists(["1", "3", "6"]);
    store.sort(r#"{"a.b":-1}"#).lists(["6", "3", "1"]);
}

pub(super) fn mixed_departments_are_not_counted(run: &Run<'_>) {
    let store = office(run);
    store.all().page(0, 1).page_shows(["1"], 3);
    store.all().page(2, 1).page_shows(["3"], 3);
    store.all().page(3, 1).page_shows([""; 0], 3);
    store.text("s").page(0, 1).page_shows(["1"], 3);
}

pub(super) fn mixed_departments_are_not_matched(run: &Run<'_>) {
    let store = office(run);
    store.text("sales").lists(["1", "6"]);
    store.text("support").lists(["3"]);
    store
        .text("support")
        .sort(r#"{"numMonitors":1}"#)
        .lists(["3"]);
}

pub(super) fn mixed_departments_are_outside_every_scope(run: &Run<'_>) {
    let store = office(run);
    store.only(["1", "2", "3", "5"]).lists(["1", "3"]);
    store.only(["2", "4", "5"]).lists([""; 0]);
    store.only(["2", "6"]).text("sales").lists(["6"]);
}

/// Only the string "u" is the type of a unit.
pub(super) fn mixed_types_other_than_u(run: &Run<'_>) {
    let kinds = [
        r#""U""#,
        r#"" u""#,
        r#""u ""#,
        r#""""#,
        r#""unit""#,
        r#""ü""#,
        "null",
        "0",
        "117",
        "true",
        r#"{"u":1}"#,
        r#"{"type":"u"}"#,
    ];
    let others = kinds.iter().enumerate();
    let others = others.map(|(index, kind)| typed(&format!("x{index}"), kind, r#""name":"Sales""#));
    let store = run.load(others.chain([unit("1", r#""name":"Sales""#)]));
    store.all().lists(["1"]);
    store.text("sales").lists(["1"]);
    store.only(["x0", "x6", "1"]).lists(["1"]);
}

/// A condition of MongoDB would match an element of the array.
pub(super) fn mixed_array_of_types(run: &Run<'_>) {
    let store = run.load([
        typed("1", r#"["u"]"#, r#""name":"Sales""#),
        typed("2", r#"["d","u"]"#, r#""name":"Sales""#),
        unit("3", r#""name":"Sales""#),
        typed("4", "[]", r#""name":"Sales""#),
    ]);
    store.all().lists(["3"]);
    store.text("sales").lists(["3"]);
    store.only(["1", "2", "3"]).lists(["3"]);
}

pub(super) fn mixed_type_at_the_top_level(run: &Run<'_>) {
    let store = run.load([
        r#"{"_id":"1","name":"b","type":"u"}"#,
        r#"{"_id":"2","type":"u","name":"a"}"#,
        r#"{"_id":"3","name":"c","customFields":{"type":"u"}}"#,
        r#"{"_id":"4","type":"d","name":"d","customFields":{"type":"u"}}"#,
    ]);
    store.all().lists(["2", "1"]);
}

pub(super) fn mixed_without_units(run: &Run<'_>) {
    let store =
        run.load((0..20).map(|index| typed(&format!("{index}"), r#""d""#, r#""name":"a""#)));
    store.all().lists([""; 0]);
    store.text("a").lists([""; 0]);
    store.only(["1", "2"]).lists([""; 0]);
    store
        .sort(r#"{"_id":-1}"#)
        .page(0, 5)
        .page_shows([""; 0], 0);
}

/// A department that has no position in the order does not make the query fail.
pub(super) fn mixed_departments_cause_no_errors(run: &Run<'_>) {
    let store = run.load([
        typed("1", r#""d""#, r#""name":"Sales","v":[1],"w":[2]"#),
        unit("2", r#""name":"Sales","v":[3],"w":1"#),
        unit("3", r#""name":"Sales","v":2,"w":[1]"#),
    ]);
    let sort = r#"{"v":1,"w":1}"#;
    store.sort(sort).lists(["3", "2"]);
    store.sort(sort).text("sales").lists(["3", "2"]);
    store.sort(sort).only(["1", "2"]).lists(["2"]);
    store.sort(sort).only(["1"]).lists([""; 0]);
}
