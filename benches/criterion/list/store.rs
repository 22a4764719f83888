//! Writes to the indexed store.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion};
use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};

use crate::{Data, group};

/// Loading all units, and renaming one unit with all indexes.
pub(crate) fn store(criterion: &mut Criterion, data: &Data) {
    let mut memory: MemoryStore = data.units.iter().cloned().collect();
    let first = UnitQuery::default();
    let (listed, expected) = (memory.list(&first), data.units.list(&first));
    assert_eq!(listed.expect("a page"), expected.expect("a page"));

    let mut group = group(criterion, "store", data.units.len());
    let id = |task| BenchmarkId::new(format!("{}/{task}", data.label), "memory");
    group.bench_function(id("load"), |b| {
        b.iter_batched(
            || data.units.clone(),
            |units| units.into_iter().collect::<MemoryStore>(),
            BatchSize::PerIteration,
        );
    });

    let renamed = renamed(data);
    for unit in &renamed {
        memory.upsert(unit.clone());
        assert_eq!(memory.get(unit.id()).as_ref(), Some(unit));
    }
    assert_eq!(memory.len(), data.units.len());
    // Each upsert changes a name: all get their old names, then their new ones.
    let mut units = data
        .units
        .iter()
        .take(renamed.len())
        .chain(&renamed)
        .cycle();
    group.bench_function(id("rename"), |b| {
        b.iter_batched(
            || units.next().expect("a cycle has no end").clone(),
            |unit| memory.upsert(black_box(unit)),
            BatchSize::SmallInput,
        );
    });
}

/// The first thousand units, with the names of the last thousand reversed and the suffix " 2".
fn renamed(data: &Data) -> Vec<Unit> {
    let rows = data.rows.iter().take(1_000).zip(data.rows.iter().rev());
    let units = rows.map(|(row, other)| {
        let mut row = row.clone();
        row.name = format!("{} 2", other.name);
        Unit::from_json(&row.json()).expect("a row is a document")
    });
    units.collect()
}
