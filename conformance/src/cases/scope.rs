//! Scopes: the ids of the units that a query may list, count and match.

use crate::data::{named, unit};
use crate::loaded::Loaded;
use crate::run::Run;

fn five(run: &Run<'_>) -> Loaded {
    run.load([
        named("a", "Sales"),
        named("A", "Support"),
        named("b", "Wholesales"),
        named("c", "sales"),
        named("é", "Billing"),
    ])
}

pub(super) fn scope_of_some(run: &Run<'_>) {
    let store = five(run);
    store.only(["b", "a"]).lists(["a", "b"]);
    store.only(["c"]).lists(["c"]);
    store
        .only(["a", "A", "b", "c", "é"])
        .lists(["é", "a", "A", "b", "c"]);
}

pub(super) fn scope_empty(run: &Run<'_>) {
    let store = five(run);
    store.only([""; 0]).lists([""; 0]);
    store.only([""; 0]).text("sales").lists([""; 0]);
    store.only([""; 0]).page(3, 1).page_shows([""; 0], 0);
}

pub(super) fn scope_of_unknown_ids(run: &Run<'_>) {
    let store = five(run);
    store.only(["nobody", "", "0", "%", "a "]).lists([""; 0]);
    store.only(["nobody", "b", "0"]).lists(["b"]);
}

/// Ids are compared by bytes.
pub(super) fn scope_tells_ids_apart(run: &Run<'_>) {
    let store = five(run);
    store.only(["A"]).lists(["A"]);
    store.only(["B"]).lists([""; 0]);
    store.only(["É"]).lists([""; 0]);
    store.only(["e\u{301}"]).lists([""; 0]);
    store.only(["é"]).lists(["é"]);
    store.only(["_"]).lists([""; 0]);
}

pub(super) fn scope_with_text(run: &Run<'_>) {
    let store = five(run);
    store.only(["a", "A", "b"]).text("sales").lists(["a", "b"]);
    store.only(["A", "é"]).text("sales").lists([""; 0]);
    store.only(["b", "nobody"]).text("WHOLE").lists(["b"]);
}

pub(super) fn scope_with_sort_and_page(run: &Run<'_>) {
    let store = run.load((0..30).map(|index| {
        let fields = format!(r#""numMonitors":{}"#, index % 3);
        unit(&format!("{index:02}"), &fields)
    }));
    let ids = ["03", "09", "10", "11", "20", "27", "99"];
    let query = || store.only(ids).sort(r#"{"numMonitors":-1}"#);
    query().lists(["20", "11", "10", "27", "09", "03"]);
    query().page(2, 2).page_shows(["10", "27"], 6);
    query().page(5, 2).page_shows(["03"], 6);
    query().page(6, 2).page_shows([""; 0], 6);
    store
        .only(ids)
        .sort("{}")
        .lists(["03", "09", "10", "11", "20", "27"]);
}

/// An id is data, whatever the language of the database.
pub(super) fn scope_of_odd_ids(run: &Run<'_>) {
    let ids = [
        " ", "%", "_", "a'b", "a\"b", "a\\b", "'; --", "{1,2}", "a,b", "$1", "?", "null", "NULL",
        "a\nb", "0", "-1", "🦀", "\u{2028}", "a.b", "*", "[x]",
    ];
    let store = run.load(ids.map(|id| named(id, "same")));
    for id in ids {
        store.only([id]).page_shows([id], 1);
    }
    store.only(["a", "b", "1", "2", "A'B"]).lists([""; 0]);
    let mut sorted = ids;
    sorted.sort_unstable();
    store.only(ids).lists(sorted);
}

pub(super) fn scope_of_5000_ids(run: &Run<'_>) {
    check_many(run, 5_000);
}

/// More ids than SQLite and PostgreSQL take as separate parameters.
pub(super) fn scope_of_70000_ids(run: &Run<'_>) {
    check_many(run, 70_000);
}

/// Lists with the numbers from 500 to `ids` as a scope. Every tenth number below 1,500 is the
/// id of a unit.
fn check_many(run: &Run<'_>, ids: u32) {
    let id = |number: u32| format!("unit{number:013}");
    let store = run.load((0..150).map(|index| named(&id(10 * index), &format!("{}", index % 2))));
    let wanted = (0..ids).filter(|number| *number >= 500).map(id);
    let wanted: Vec<String> = wanted.collect();
    let odd = (50..150).filter(|index| index % 2 == 1);
    store
        .only(wanted.clone())
        .sort(r#"{"_id":1}"#)
        .lists((50..150).map(|index| id(10 * index)));
    store
        .only(wanted)
        .text("1")
        .lists(odd.map(|index| id(10 * index)));
}
