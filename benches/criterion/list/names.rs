//! Searches and renames over names of every shape.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion};
use livechat_units::{MemoryStore, TextFilter, Unit, UnitQuery, UnitStore};
use livechat_units_testkit::data::{Cut, DataSet, Names, Row};

use crate::group;

/// Each kind of text by the store and by a scan of the names in lower case. A call searches for
/// the next of the texts.
pub(crate) fn names(criterion: &mut Criterion, label: &str, size: usize) {
    for set in DataSet::PLAUSIBLE {
        let mut made = set.rows(size);
        let rows: Vec<Row> = made.by_ref().take(size).collect();
        let mut store: MemoryStore = rows.iter().map(unit).collect();
        let mut group = group(criterion, "names", size);
        let label = format!("{label}/{}", set.label());
        searches(&mut group, &label, &rows, &store);
        let pairs = rows.iter().zip(made).take(RENAMES);
        let renamed = pairs.map(|(row, other)| {
            let name = other.name;
            let row = row.clone();
            unit(&Row { name, ..row })
        });
        // The new names, then the old ones, so that each upsert changes a name.
        let units: Vec<Unit> = renamed.chain(rows.iter().take(RENAMES).map(unit)).collect();
        let mut units = units.iter().cycle();
        group.bench_function(BenchmarkId::new(format!("{label}/rename"), "memory"), |b| {
            b.iter_batched(
                || units.next().expect("a cycle has no end").clone(),
                |unit| {
                    let prepared = store.prepare(unit);
                    store.apply(prepared);
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn searches(
    group: &mut BenchmarkGroup<'_, WallTime>,
    label: &str,
    rows: &[Row],
    store: &MemoryStore,
) {
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let cutter = Names::new(&names);
    for cut in Cut::ALL {
        let texts = cutter.texts(cut);
        if texts.is_empty() {
            continue;
        }
        let queries: Vec<UnitQuery> = texts.iter().map(|text| query(text)).collect();
        for (text, query) in texts.iter().zip(&queries).take(CHECKED) {
            assert_eq!(total(store, query), scanned(&lower, text), "{text:?}");
        }
        let id =
            |implementation| BenchmarkId::new(format!("{label}/{}", cut.label()), implementation);
        let mut next = queries.iter().cycle();
        group.bench_function(id("memory"), |b| {
            b.iter(|| store.list(black_box(next.next().expect("a cycle has no end"))));
        });
        let mut next = texts.iter().cycle();
        group.bench_function(id("scan"), |b| {
            b.iter(|| scanned(&lower, black_box(next.next().expect("a cycle has no end"))));
        });
    }
}

/// The number of texts of each kind whose totals are checked.
const CHECKED: usize = 10;
/// The units that get other names, and their old names again.
const RENAMES: usize = 500;

fn unit(row: &Row) -> Unit {
    Unit::from_json(&row.json()).expect("a row is a document")
}

fn query(text: &str) -> UnitQuery {
    let text = TextFilter::new(text).expect("the text is within the bounds");
    UnitQuery::default().with_text(text)
}

fn total(store: &MemoryStore, query: &UnitQuery) -> usize {
    let page = store.list(query).expect("units without arrays");
    usize::try_from(page.total()).expect("a number of units")
}

/// The number of names that contain the text.
fn scanned(lower: &[String], text: &str) -> usize {
    let text = text.to_lowercase();
    lower.iter().filter(|name| name.contains(&text)).count()
}
