//! Listings that continue after a cursor, whether or not its unit still exists.

use livechat_units::Page;

use super::fields::{ORDERS, office};
use crate::data::{named, unit};
use crate::loaded::Loaded;
use crate::run::Run;

/// Six units. Some tie under `visibility`, and some of these under `numMonitors` as well.
fn tied(run: &Run<'_>) -> Loaded {
    run.load([
        unit("b", r#""name":"4","visibility":"m","numMonitors":2"#),
        unit("a", r#""name":"3","visibility":"m","numMonitors":2"#),
        unit("c", r#""name":"6","visibility":"m","numMonitors":1"#),
        unit("f", r#""name":"1","visibility":"h","numMonitors":9"#),
        unit("d", r#""name":"5","visibility":"z","numMonitors":0"#),
        unit("e", r#""name":"2","visibility":"z","numMonitors":0"#),
    ])
}

/// Units "00" to "59", whose names have the same order.
fn sixty(run: &Run<'_>) -> Loaded {
    run.load((0..60).map(|index| named(&format!("{index:02}"), &format!("Unit {index:02}"))))
}

fn two_digits(indexes: impl Iterator<Item = u64>) -> Vec<String> {
    indexes.map(|index| format!("{index:02}")).collect()
}

pub(super) fn cursor_after_first_middle_and_last(run: &Run<'_>) {
    let store = office(run);
    store
        .all()
        .after("_")
        .page_shows(["é", "1", "Z", "a", "B", "k"], 7);
    store.all().after("Z").page_shows(["a", "B", "k"], 7);
    store.all().after("k").page_shows([""; 0], 7);
}

fn check_field(run: &Run<'_>, path: &str) {
    let store = office(run);
    let (_, ids) = ORDERS.iter().find(|(field, _)| *field == path).unwrap();
    store.ascending(path).lists_after_each(ids.iter().copied());
    store
        .descending(path)
        .lists_after_each(ids.iter().rev().copied());
}

pub(super) fn cursor_id(run: &Run<'_>) {
    check_field(run, "_id");
}

pub(super) fn cursor_name(run: &Run<'_>) {
    check_field(run, "name");
}

pub(super) fn cursor_visibility(run: &Run<'_>) {
    check_field(run, "visibility");
}

pub(super) fn cursor_num_monitors(run: &Run<'_>) {
    check_field(run, "numMonitors");
}

pub(super) fn cursor_num_departments(run: &Run<'_>) {
    check_field(run, "numDepartments");
}

pub(super) fn cursor_updated_at(run: &Run<'_>) {
    check_field(run, "_updatedAt");
}

pub(super) fn cursor_of_several_keys(run: &Run<'_>) {
    let store = tied(run);
    for (sort, ids) in [
        (
            r#"{"visibility":1,"numMonitors":1}"#,
            ["f", "c", "a", "b", "d", "e"],
        ),
        (
            r#"{"visibility":-1,"numMonitors":1}"#,
            ["d", "e", "c", "a", "b", "f"],
        ),
        (
            r#"{"visibility":1,"numMonitors":-1}"#,
            ["f", "b", "a", "c", "e", "d"],
        ),
        (
            r#"{"visibility":-1,"numMonitors":-1,"name":1}"#,
            ["e", "d", "a", "b", "c", "f"],
        ),
        (
            r#"{"visibility":1,"numMonitors":1,"name":-1}"#,
            ["f", "c", "b", "a", "d", "e"],
        ),
        (
            r#"{"_updatedAt":-1,"visibility":-1,"name":-1}"#,
            ["d", "e", "c", "b", "a", "f"],
        ),
    ] {
        store.sort(sort).lists_after_each(ids);
    }
}

/// Only the ids decide.
pub(super) fn cursor_of_an_empty_sort(run: &Run<'_>) {
    let store = run.load([named("b", "1"), named("B", "2"), named("a", "3")]);
    store.sort("{}").lists_after_each(["B", "a", "b"]);
    let after = |id| store.sort("{}").after_document(&unit(id, ""));
    after("A").page_shows(["B", "a", "b"], 3);
    after("_").page_shows(["a", "b"], 3);
    after("aa").page_shows(["b"], 3);
    after("c").page_shows([""; 0], 3);
}

/// Ties are ordered by `_id`, in the direction of the last key.
pub(super) fn cursor_among_ties(run: &Run<'_>) {
    let fields = r#""name":"same","visibility":"public","numMonitors":1"#;
    let store = run.load(["b", "a", "c", "C", "é"].map(|id| unit(id, fields)));
    let ids = ["C", "a", "b", "c", "é"];
    for sort in [
        r#"{"name":1}"#,
        r#"{"numMonitors":-1,"name":1}"#,
        r#"{"visibility":-1,"numMonitors":-1,"name":1}"#,
        r#"{"_updatedAt":1}"#,
    ] {
        store.sort(sort).lists_after_each(ids);
    }
    for sort in [
        r#"{"name":-1}"#,
        r#"{"numMonitors":1,"name":-1}"#,
        r#"{"visibility":1,"numMonitors":1,"name":-1}"#,
        r#"{"numDepartments":-1}"#,
    ] {
        store.sort(sort).lists_after_each(ids.into_iter().rev());
    }
}

/// Keys after `_id` never decide.
pub(super) fn cursor_with_id_among_the_keys(run: &Run<'_>) {
    let store = tied(run);
    for (sort, ids) in [
        (r#"{"_id":1,"name":-1}"#, ["a", "b", "c", "d", "e", "f"]),
        (r#"{"_id":-1,"name":1}"#, ["f", "e", "d", "c", "b", "a"]),
        (
            r#"{"visibility":1,"_id":-1}"#,
            ["f", "c", "b", "a", "e", "d"],
        ),
        (
            r#"{"visibility":1,"_id":-1,"numMonitors":1}"#,
            ["f", "c", "b", "a", "e", "d"],
        ),
        (
            r#"{"visibility":-1,"_id":1,"numMonitors":-1}"#,
            ["d", "e", "a", "b", "c", "f"],
        ),
    ] {
        store.sort(sort).lists_after_each(ids);
    }
    // The values under the keys after `_id` do not matter.
    let query = store.sort(r#"{"_id":-1,"name":1,"numMonitors":-1}"#);
    query
        .after_document(&unit("d", r#""name":"9","numMonitors":[1]"#))
        .page_shows(["c", "b", "a"], 6);
}

/// All units have the same type.
pub(super) fn cursor_of_the_type(run: &Run<'_>) {
    let store = tied(run);
    let ids = ["a", "b", "c", "d", "e", "f"];
    store.sort(r#"{"type":1}"#).lists_after_each(ids);
    store
        .sort(r#"{"type":-1}"#)
        .lists_after_each(ids.into_iter().rev());
    store
        .sort(r#"{"type":-1,"visibility":1}"#)
        .lists_after_each(["f", "a", "b", "c", "d", "e"]);
}

/// A cursor has a position even if its unit has been removed or never existed.
pub(super) fn cursor_of_a_unit_that_is_gone(run: &Run<'_>) {
    let store = run.load([
        named("b", "Billing"),
        named("d", "Sales"),
        named("f", "Sales"),
        named("h", "Support"),
    ]);
    let ascending = |id, name| store.all().after_document(&named(id, name));
    ascending("z", "A").page_shows(["b", "d", "f", "h"], 4);
    ascending("a", "Billing").page_shows(["b", "d", "f", "h"], 4);
    ascending("c", "Billing").page_shows(["d", "f", "h"], 4);
    ascending("c", "Sales").page_shows(["d", "f", "h"], 4);
    ascending("e", "Sales").page_shows(["f", "h"], 4);
    ascending("g", "Sales").page_shows(["h"], 4);
    ascending("a", "Sales Unit").page_shows(["h"], 4);
    ascending("a", "a").page_shows([""; 0], 4);
    let descending = |id, name| {
        let query = store.sort(r#"{"name":-1}"#);
        query.after_document(&named(id, name))
    };
    descending("a", "a").page_shows(["h", "f", "d", "b"], 4);
    descending("i", "Support").page_shows(["h", "f", "d", "b"], 4);
    descending("g", "Sales").page_shows(["f", "d", "b"], 4);
    descending("e", "Sales").page_shows(["d", "b"], 4);
    descending("c", "Sales").page_shows(["b"], 4);
    descending("z", "Bill").page_shows([""; 0], 4);
    let nameless = unit("e", "");
    let query = store.all().after_document(&nameless);
    query.page_shows(["b", "d", "f", "h"], 4);
    let query = store.sort(r#"{"name":-1}"#).after_document(&nameless);
    query.page_shows([""; 0], 4);
}

/// The cursor keeps the values that its unit had. The unit itself is listed by its new values.
pub(super) fn cursor_of_a_unit_that_has_changed(run: &Run<'_>) {
    let store = run.load([
        unit("a", r#""name":"Team","numMonitors":5"#),
        unit("b", r#""name":"Billing","numMonitors":3"#),
        unit("c", r#""name":"Sales","numMonitors":3"#),
        unit("d", r#""name":"Unit""#),
    ]);
    let after = |sort, id, fields| store.sort(sort).after_document(&unit(id, fields));
    let by_name = r#"{"name":1}"#;
    after(by_name, "a", r#""name":"C""#).page_shows(["c", "a", "d"], 4);
    after(by_name, "a", r#""name":"Total""#).page_shows(["d"], 4);
    after(by_name, "a", "").page_shows(["b", "c", "a", "d"], 4);
    after(by_name, "c", r#""name":"Zoo""#).page_shows([""; 0], 4);
    let by_monitors = r#"{"numMonitors":-1}"#;
    after(by_monitors, "a", r#""numMonitors":3"#).page_shows(["d"], 4);
    after(by_monitors, "b", r#""numMonitors":9"#).page_shows(["a", "c", "b", "d"], 4);
    after(by_monitors, "d", r#""numMonitors":3"#).page_shows(["c", "b", "d"], 4);
    after(by_monitors, "c", "").page_shows([""; 0], 4);
}

/// Any document has a position, also one that is not a unit.
pub(super) fn cursor_of_a_department(run: &Run<'_>) {
    let department = r#"{"_id":"c","type":"d","name":"Sales","numMonitors":2}"#;
    let store = run.load([
        unit("a", r#""name":"Sales","numMonitors":3"#),
        department.to_owned(),
        unit("e", r#""name":"Sales","numMonitors":1"#),
        unit("d", r#""name":"Support","numMonitors":2"#),
    ]);
    for (sort, ids) in [
        (r#"{"name":1}"#, vec!["e", "d"]),
        (r#"{"name":-1}"#, vec!["a"]),
        (r#"{"numMonitors":-1}"#, vec!["e"]),
        (r#"{"numMonitors":1}"#, vec!["d", "a"]),
        (r#"{"type":1}"#, vec!["d", "e"]),
        (r#"{"type":-1}"#, vec!["a"]),
        ("{}", vec!["d", "e"]),
    ] {
        store.sort(sort).after("c").page_shows(ids, 3);
    }
    store.text("sales").after("c").page_shows(["e"], 2);
}

/// The text decides what is listed and counted, not where the listing continues.
pub(super) fn cursor_with_text(run: &Run<'_>) {
    let store = run.load([
        named("1", "Billing"),
        named("2", "Inside sales"),
        named("3", "Sales"),
        named("4", "Support"),
        named("5", "Wholesales"),
        named("6", "Wholesales"),
    ]);
    store.text("SALES").lists_after_each(["2", "3", "5", "6"]);
    let backwards = || store.text("sales").sort(r#"{"name":-1}"#);
    backwards().lists_after_each(["6", "5", "3", "2"]);
    let by_id = || store.text("sales").sort("{}");
    by_id().lists_after_each(["2", "3", "5", "6"]);
    // After units that do not match the text.
    store
        .text("sales")
        .after("1")
        .page_shows(["2", "3", "5", "6"], 4);
    store.text("sales").after("4").page_shows(["5", "6"], 4);
    backwards().after("4").page_shows(["3", "2"], 4);
    backwards().after("1").page_shows([""; 0], 4);
    by_id().after("4").page(1, 5).page_shows(["6"], 4);
    let query = store
        .text("whole")
        .after_document(&named("55", "Wholesales"));
    query.page_shows(["6"], 2);
    store.text("nothing").after("3").page_shows([""; 0], 0);
    store.text("billing").after("3").page_shows([""; 0], 1);
}

pub(super) fn cursor_with_scope(run: &Run<'_>) {
    let store = sixty(run);
    let ids = ["50", "03", "20", "nobody", "11"];
    store.only(ids).lists_after_each(["03", "11", "20", "50"]);
    let backwards = || store.only(ids).sort(r#"{"name":-1}"#);
    backwards().lists_after_each(["50", "20", "11", "03"]);
    // After units outside the scope.
    store
        .only(ids)
        .after("00")
        .page_shows(["03", "11", "20", "50"], 4);
    store.only(ids).after("12").page_shows(["20", "50"], 4);
    backwards().after("12").page(1, 1).page_shows(["03"], 4);
    store.only(ids).after("59").page_shows([""; 0], 4);
    store.only(["07"]).after("08").page_shows([""; 0], 1);
    store.only([""; 0]).after("08").page_shows([""; 0], 0);
    let both = store.only(["09", "10", "11", "19"]).text("unit 1");
    both.clone().lists_after_each(["10", "11", "19"]);
    both.after("09").page_shows(["10", "11", "19"], 3);
}

/// The offset counts from the cursor. The total counts all matches.
pub(super) fn cursor_with_pages(run: &Run<'_>) {
    let store = sixty(run);
    let after = |id| store.all().after(id);
    after("09").page(0, 10).page_shows(two_digits(10..20), 60);
    after("09").page(5, 10).page_shows(two_digits(15..25), 60);
    after("09").page(45, 10).page_shows(two_digits(55..60), 60);
    after("09").page(49, 1).page_shows(["59"], 60);
    after("09").page(50, 1).page_shows([""; 0], 60);
    after("58").page(0, 1).page_shows(["59"], 60);
    after("59").page(0, 1).page_shows([""; 0], 60);
    let backwards = store.sort(r#"{"name":-1}"#).text("unit").after("50");
    backwards
        .page(45, 10)
        .page_shows(two_digits((0..5).rev()), 60);
    let some = store.text("unit 1").after("13");
    some.page(2, 2).page_shows(["16", "17"], 10);
    let most = Page::MAX_REQUESTED;
    for offset in [51, 60, 1 << 32, most, u64::MAX] {
        after("09").page(offset, 10).page_shows([""; 0], 60);
    }
    after("56").page(1, most).page_shows(two_digits(58..60), 60);
    after("56")
        .page(1, u64::MAX)
        .page_shows(two_digits(58..60), 60);
}

/// Unlimited pages, and pages of the default size.
pub(super) fn cursor_with_other_limits(run: &Run<'_>) {
    let store = sixty(run);
    store.all().after("20").page_shows(two_digits(21..60), 60);
    let query = store.all().after("20").offset(30);
    query.page_shows(two_digits(51..60), 60);
    store.all().after("20").offset(39).page_shows([""; 0], 60);
    let query = store.default_page().after("04");
    query.page_shows(two_digits(5..55), 60);
    let query = store.default_page().after("14");
    query.page_shows(two_digits(15..60), 60);
}

/// After the last unit the page is empty, and the total is unchanged.
pub(super) fn cursor_past_the_end(run: &Run<'_>) {
    let store = sixty(run);
    for query in [
        store.all().after("59"),
        store.all().after_document(&named("59", "Unit 59 and more")),
        store.all().after_document(&unit("0", r#""name":{}"#)),
        store.sort(r#"{"name":-1}"#).after("00"),
        store.sort(r#"{"name":-1}"#).after_document(&unit("zz", "")),
    ] {
        query.clone().page_shows([""; 0], 60);
        query.clone().page(0, 1).page_shows([""; 0], 60);
        query.clone().page(7, 5).page_shows([""; 0], 60);
        query.text("unit 2").page_shows([""; 0], 10);
    }
    let empty = run.load([""; 0]);
    let query = empty.all().after_document(&named("a", "Sales"));
    query.clone().page_shows([""; 0], 0);
    query.text("sales").page(3, 2).page_shows([""; 0], 0);
}

/// The same cursor gives the same answer, whatever is listed in between.
pub(super) fn cursor_again(run: &Run<'_>) {
    let store = sixty(run);
    for _ in 0..3 {
        let text = || store.text("unit");
        text()
            .after("29")
            .page(0, 3)
            .page_shows(["30", "31", "32"], 60);
        text().page(0, 3).page_shows(["00", "01", "02"], 60);
        text()
            .after("05")
            .page(0, 3)
            .page_shows(["06", "07", "08"], 60);
        text().page(30, 3).page_shows(["30", "31", "32"], 60);
        let backwards = || text().sort(r#"{"name":-1}"#);
        backwards()
            .after("29")
            .page(0, 2)
            .page_shows(["28", "27"], 60);
    }
}
