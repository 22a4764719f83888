//! Walks: listings that are read page by page. Each query continues after the cursor of the page
//! before. In some cases the store changes between two pages.

use std::collections::HashSet;

use livechat_units::{Limit, Page, TextFilter, Unit, UnitQuery, UnitStore};

use super::fields::ORDERS;
use super::writes::{Live, by};
use crate::Change;
use crate::data::{UNLIMITED, document, named, unit};
use crate::rng::Random;
use crate::run::Run;
use crate::show::ids_of;

/// A unit that ties with many others in every sort order by one documented field.
fn tying_unit(index: usize) -> String {
    let name = ["Sales", "sales unit", "Support", "Unit"][index % 4];
    let visibility = ["public", "private"][index % 2];
    let optional = match index % 5 {
        0 => String::new(),
        1 => r#","numDepartments":null"#.to_owned(),
        count => format!(r#","numDepartments":{count}"#),
    };
    let fields = format!(
        r#""name":"{name}","visibility":"{visibility}","numMonitors":{},"_updatedAt":"2024-01-01T00:00:0{}.000Z"{optional}"#,
        index % 7,
        index % 3
    );
    unit(&format!("{index:03}"), &fields)
}

fn unlimited_by(path: &str, direction: i8) -> UnitQuery {
    by(&format!(r#"{{"{path}":{direction}}}"#))
}

/// The pages form the whole listing, whatever their size.
pub(super) fn cursor_walk_by_every_size(run: &Run<'_>) {
    let ids: Vec<String> = (0..20).map(|index| format!("{index:02}")).collect();
    let store = run.load(ids.iter().map(|id| named(id, "same")));
    for size in [1, 2, 3, 7, 10, 19, 20, 21] {
        store.all().walks(size, ids.clone());
        let query = store.sort(r#"{"name":-1}"#).text("SAME");
        query.walks(size, ids.iter().rev().cloned());
    }
    store.text("nothing").walks(5, [""; 0]);
}

/// The pages form the listing of the reference.
pub(super) fn cursor_walk_by_every_field(run: &Run<'_>) {
    let documents: Vec<String> = (0..42).map(tying_unit).collect();
    let reference: Vec<Unit> = documents.iter().map(|json| document(json)).collect();
    let store = run.load(documents);
    for (path, _) in ORDERS {
        for direction in [1, -1] {
            let query = unlimited_by(path, direction);
            let sort = query.sort().to_string();
            let whole = reference.list(&query).unwrap();
            store.sort(&sort).walks(8, ids_of(&whole));
            let text = TextFilter::new("sales").unwrap();
            let whole = reference.list(&query.with_text(text)).unwrap();
            store.sort(&sort).text("sales").walks(5, ids_of(&whole));
        }
    }
}

/// A page has more units than MongoDB's default first batch, which has 101 documents.
pub(super) fn cursor_walk_of_600(run: &Run<'_>) {
    let id = |index: usize| format!("u{index:03}");
    let store = run.load((0..600).map(|index| {
        let fields = format!(r#""name":"Sales","numMonitors":{}"#, index % 3);
        unit(&id(index), &fields)
    }));
    let with_monitors = |monitors: usize| (monitors..600).step_by(3).map(id);
    let ascending = || (0..3).flat_map(with_monitors);
    store.sort(r#"{"numMonitors":1}"#).walks(150, ascending());
    let descending: Vec<String> = ascending().collect();
    let query = store.sort(r#"{"numMonitors":-1}"#).text("sales");
    query.walks(130, descending.into_iter().rev());
}

fn first_page(query: UnitQuery, size: u64) -> UnitQuery {
    query.with_page(Page::new(0, Limit::at_most(size).unwrap()))
}

/// Runs `query` and expects these units and this total. Returns the query for the next page.
fn next_page(
    store: &Live,
    query: Option<UnitQuery>,
    expected: &[&str],
    total: u64,
) -> Option<UnitQuery> {
    let query = query.unwrap();
    let page = store.page_shows(&query, expected, total);
    query.after(&page).unwrap()
}

/// After each page, its last unit is removed, and two units are added: one directly before the
/// position of the removed unit, and one directly after it.
pub(super) fn writes_at_the_end_of_a_page(run: &Run<'_>) {
    let name = |name: &str| document(&named(name, name));
    let old = ["b", "d", "f", "h", "j", "l", "n"].map(name);
    let (store, mut write) = Live::load(run, old.into());
    let mut replace = |last: &str, before: &str, after: &str| {
        write(Change::Remove(last.into()));
        write(Change::Upsert(name(before)));
        write(Change::Upsert(name(after)));
    };
    let query = first_page(by(r#"{"name":1}"#), 3);
    let query = next_page(&store, Some(query), &["b", "d", "f"], 7);
    replace("f", "e", "g");
    let query = next_page(&store, query, &["g", "h", "j"], 8);
    replace("j", "i", "k");
    let query = next_page(&store, query, &["k", "l", "n"], 9);
    replace("n", "m", "o");
    next_page(&store, query, &["o"], 10);
}

/// A unit that moves across the cursor between two pages is skipped or repeated. A unit that
/// moves without crossing it is listed once.
pub(super) fn writes_move_units_between_pages(run: &Run<'_>) {
    let check = |id: &str, name: &str, following: &[&str]| {
        let old = ["b", "d", "f", "h"].map(|name| document(&named(name, name)));
        let (store, mut write) = Live::load(run, old.into());
        let query = first_page(by(r#"{"name":1}"#), 2);
        let query = next_page(&store, Some(query), &["b", "d"], 4);
        write(Change::Upsert(document(&named(id, name))));
        let query = query.unwrap().with_page(UNLIMITED);
        store.page_shows(&query, following, 4);
    };
    check("h", "a", &["f"]);
    check("h", "e", &["h", "f"]);
    check("b", "z", &["f", "h", "b"]);
    check("b", "c", &["f", "h"]);
    check("d", "a", &["f", "h"]);
    check("d", "g", &["f", "d", "h"]);
}

/// Between pages, units with odd numbers are removed and added. The units with even numbers stay:
/// each is listed exactly once. No unit is listed twice. Every page is equal to the page of the
/// reference.
pub(super) fn writes_between_pages(run: &Run<'_>) {
    let document = |index: usize| document(&tying_unit(index));
    let mut model: Vec<Unit> = (0..40).map(document).collect();
    let staying: Vec<Unit> = (0..40).step_by(2).map(document).collect();
    let (store, mut write) = Live::load(run, model.clone());
    let mut random = Random::new(3);
    let mut add_or_remove = |model: &mut Vec<Unit>| {
        let unit = document(1 + 2 * random.below(20));
        let index = model.iter().position(|other| other.id() == unit.id());
        if let Some(index) = index {
            write(Change::Remove(model.remove(index).id().to_owned()));
        } else {
            model.push(unit.clone());
            write(Change::Upsert(unit));
        }
    };
    let texts = [None, Some(TextFilter::new("sales").unwrap())];
    for ((path, _), text) in ORDERS
        .iter()
        .flat_map(|order| texts.iter().map(move |text| (order, text)))
    {
        for direction in [1, -1] {
            let whole = unlimited_by(path, direction).with_text(text.clone());
            let mut next = Some(first_page(whole.clone(), 5));
            let mut found = Vec::new();
            while let Some(query) = next {
                let page = store.answers_like(&model, &query);
                found.extend(ids_of(&page));
                next = query.after(&page).unwrap();
                add_or_remove(&mut model);
                add_or_remove(&mut model);
            }
            let distinct: HashSet<&String> = found.iter().collect();
            assert_eq!(distinct.len(), found.len(), "{}: {found:?}", run.title());
            let stayed = ids_of(&staying.list(&whole).unwrap());
            found.retain(|id| stayed.contains(id));
            assert_eq!(found, stayed, "{}", run.title());
        }
    }
}
