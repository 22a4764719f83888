//! Pages, totals, and collections of none to thousands of units.

use livechat_units::Page;

use crate::data::{named, to_u64, unit};
use crate::loaded::{Loaded, Query};
use crate::run::Run;

/// Units "000" to "059". Their `numMonitors` is one of seven ranks.
fn sixty(run: &Run<'_>) -> Loaded {
    run.load((0..60).map(|index| {
        let fields = format!(r#""name":"Unit {index:02}","numMonitors":{}"#, index % 7);
        unit(&id(index), &fields)
    }))
}

fn id(index: u64) -> String {
    format!("{index:03}")
}

fn ids(indexes: impl IntoIterator<Item = u64>) -> Vec<String> {
    indexes.into_iter().map(id).collect()
}

/// The numbers of the units in the order of rank, then of the id.
fn by_rank() -> Vec<u64> {
    let mut indexes: Vec<u64> = (0..60).collect();
    indexes.sort_by_key(|index| (index % 7, *index));
    indexes
}

/// The default page is the first 50 units.
pub(super) fn page_default(run: &Run<'_>) {
    sixty(run).default_page().page_shows(ids(0..50), 60);
}

pub(super) fn page_first_middle_and_last(run: &Run<'_>) {
    let store = sixty(run);
    store.all().page(0, 10).page_shows(ids(0..10), 60);
    store.all().page(25, 10).page_shows(ids(25..35), 60);
    store.all().page(50, 10).page_shows(ids(50..60), 60);
    store.all().page(55, 10).page_shows(ids(55..60), 60);
    store.all().page(0, 60).page_shows(ids(0..60), 60);
    store.all().page(0, 61).page_shows(ids(0..60), 60);
}

pub(super) fn page_of_one(run: &Run<'_>) {
    let store = sixty(run);
    for (offset, index) in (0..).zip(by_rank()) {
        let query = store.sort(r#"{"numMonitors":1}"#);
        query.page(offset, 1).page_shows(ids([index]), 60);
    }
}

/// Consecutive pages of any size form the whole list.
pub(super) fn page_end_to_end(run: &Run<'_>) {
    let store = sixty(run);
    let indexes = by_rank();
    for size in [1, 7, 8, 25, 59] {
        let pages = (0..).step_by(size).zip(indexes.chunks(size));
        for (offset, expected) in pages {
            let query = store.sort(r#"{"numMonitors":1}"#);
            let query = query.page(offset, to_u64(size));
            query.page_shows(ids(expected.iter().copied()), 60);
        }
    }
}

/// Among equal names only the ids decide, so that no unit is on two pages.
pub(super) fn page_among_ties(run: &Run<'_>) {
    let store = run.load((0..50).map(|index| named(&id(index), "same")));
    for offset in (0..50).step_by(7) {
        let end = (offset + 7).min(50);
        store.all().page(offset, 7).page_shows(ids(offset..end), 50);
        let query = store.sort(r#"{"name":-1}"#).text("SAME");
        let reversed = (50 - end..50 - offset).rev();
        query.page(offset, 7).page_shows(ids(reversed), 50);
    }
}

pub(super) fn page_past_the_end(run: &Run<'_>) {
    let store = sixty(run);
    for offset in [60, 61, 1_000, 1 << 31, 1 << 32] {
        store.all().page(offset, 10).page_shows([""; 0], 60);
        store.all().offset(offset).page_shows([""; 0], 60);
        store.text("unit 0").page(offset, 1).page_shows([""; 0], 10);
        store.text("zzz").page(offset, 1).page_shows([""; 0], 0);
    }
    store.all().page(59, 10).page_shows(ids([59]), 60);
}

/// The largest offset and count that a request can carry.
pub(super) fn page_of_the_largest_numbers(run: &Run<'_>) {
    let store = sixty(run);
    let most = Page::MAX_REQUESTED;
    store.all().page(most, 1).page_shows([""; 0], 60);
    store.all().page(most, most).page_shows([""; 0], 60);
    store.all().page(58, most).page_shows(ids(58..60), 60);
    store.all().offset(most).page_shows([""; 0], 60);
    store
        .text("unit 5")
        .page(most, most)
        .page_shows([""; 0], 10);
}

/// A host may set numbers that no request can carry.
pub(super) fn page_of_64_bits(run: &Run<'_>) {
    let store = sixty(run);
    for most in [1 << 63, u64::MAX] {
        store.all().page(most, 1).page_shows([""; 0], 60);
        store.all().page(most, most).page_shows([""; 0], 60);
        store.all().page(58, most).page_shows(ids(58..60), 60);
        store.all().offset(most).page_shows([""; 0], 60);
    }
}

pub(super) fn page_unlimited(run: &Run<'_>) {
    let store = sixty(run);
    store.all().offset(0).page_shows(ids(0..60), 60);
    store.all().offset(45).page_shows(ids(45..60), 60);
    let query = store.text("unit 1").sort(r#"{"name":-1}"#);
    query.offset(3).page_shows(ids((10..17).rev()), 10);
}

/// The total counts all matches of scope and text, whatever the page is.
pub(super) fn page_total(run: &Run<'_>) {
    let store = sixty(run);
    for sort in [
        r#"{"name":1}"#,
        r#"{"numMonitors":-1,"name":1}"#,
        r#"{"v":1}"#,
    ] {
        let first = |total: u64, query: Query<'_>| {
            let index = if sort.contains("numMonitors") { 6 } else { 0 };
            query.sort(sort).page(0, 1).page_shows(ids([index]), total);
        };
        first(60, store.all());
        first(60, store.text("unit"));
        first(10, store.text("unit 0"));
        first(3, store.only(["000", "006", "030", "999"]));
        first(2, store.text("unit 0").only(["000", "006", "030"]));
    }
}

pub(super) fn page_again(run: &Run<'_>) {
    let store = sixty(run);
    for _ in 0..3 {
        store.text("unit").page(20, 10).page_shows(ids(20..30), 60);
        store
            .sort(r#"{"nobody":-1}"#)
            .page(0, 3)
            .page_shows(ids([59, 58, 57]), 60);
    }
}

pub(super) fn collection_empty(run: &Run<'_>) {
    let store = run.load([""; 0]);
    store.all().lists([""; 0]);
    store.sort("{}").lists([""; 0]);
    store.sort(r#"{"numMonitors":-1,"a.b":1}"#).lists([""; 0]);
    store.text("a").lists([""; 0]);
    store.text("sales unit").page(5, 5).page_shows([""; 0], 0);
    store.only(["a"]).lists([""; 0]);
    store.only([""; 0]).lists([""; 0]);
}

pub(super) fn collection_of_one(run: &Run<'_>) {
    let store = run.load([named("a", "Sales")]);
    store.all().lists(["a"]);
    store.sort(r#"{"numMonitors":-1,"a.b":1}"#).lists(["a"]);
    store.text("sales").lists(["a"]);
    store.text("unit").lists([""; 0]);
    store.only(["a"]).lists(["a"]);
    store.only(["b"]).lists([""; 0]);
    store.all().page(1, 1).page_shows([""; 0], 1);
}

/// Enough units that a database answers in several batches, or estimates a count.
pub(super) fn collection_of_2000(run: &Run<'_>) {
    let name = |index: u64| {
        let words = ["Sales", "Support", "Billing", "Unit"];
        let word = words[usize::try_from(index % 4).unwrap()];
        format!("{word} {:04}", index / 4)
    };
    let id = |index: u64| format!("u{index:04}");
    let units = (0..2_000).map(|index| {
        let fields = format!(r#""name":"{}","numMonitors":{}"#, name(index), index % 10);
        unit(&id(index), &fields)
    });
    let store = run.load(units);
    let kind = |kind: u64| move |index: u64| id(4 * index + kind);
    // Alphabetically: Billing, Sales, Support, Unit.
    let by_name: Vec<String> = [2, 0, 1, 3]
        .into_iter()
        .flat_map(|of| (0..500).map(kind(of)))
        .collect();
    store.all().lists(by_name);
    store.text("support").lists((0..500).map(kind(1)));
    store
        .text("support 00")
        .sort(r#"{"name":-1}"#)
        .lists((0..100).rev().map(kind(1)));
    store
        .text(" 0123")
        .lists([2, 0, 1, 3].map(|of| id(4 * 123 + of)));
    let nines = (0..200).rev().map(|index| id(10 * index + 9));
    store
        .sort(r#"{"numMonitors":-1}"#)
        .page(0, 200)
        .page_shows(nines, 2_000);
    store
        .sort(r#"{"numMonitors":1}"#)
        .page(1_999, 5)
        .page_shows([id(1_999)], 2_000);
}
