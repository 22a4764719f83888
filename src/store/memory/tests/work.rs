//! The counted work of writes.

use super::super::work::Writes;
use crate::store::MemoryStore;
use crate::unit::Unit;

fn unit(number: usize, name: &str) -> Unit {
    let monitors = i64::try_from(number % 31).unwrap();
    let unit = Unit::builder(format!("{number:06}")).name(name);
    unit.visibility("public")
        .num_monitors(monitors)
        .build()
        .unwrap()
}

fn upsert(store: &mut MemoryStore, unit: &Unit) -> Writes {
    let mut work = Writes::default();
    let prepared = store.prepared(unit.id(), Some(unit), &mut work);
    store.commit(&prepared, Some(unit), &mut work);
    work
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_upsert_touches_each_index_once() {
    // In the larger store, frequent grams are in more than one set.
    for (count, of_rename, of_new, of_removal) in [(1_000, 10, 3, 13), (30_000, 14, 5, 30)] {
        let sort = r#"{"numMonitors":1,"name":1}"#.parse().unwrap();
        let mut store = MemoryStore::with_orders([sort]);
        let _ = store
            .replace_all((0..count).map(|i| unit(i, &format!("some {} name", i * 7919 % count))));

        // One of three words changes: the grams of three scalars that it has a part in.
        let renamed = unit(17, "some zzz name");
        let rename = upsert(&mut store, &renamed);
        assert_eq!((rename.moved, rename.sets), (2, of_rename), "{count}");
        // Two binary searches in each of the two orders.
        assert!(rename.compared <= 2 * 40, "{rename:?} of {count}");

        assert_eq!(upsert(&mut store, &renamed), Writes::default(), "{count}");

        let new = upsert(&mut store, &unit(count, "new"));
        assert_eq!((new.moved, new.sets), (7, of_new), "{count}");
        assert!(new.compared <= 7 * 40, "{new:?} of {count}");

        let mut removal = Writes::default();
        let prepared = store.prepared("000018", None, &mut removal);
        assert!(store.commit(&prepared, None, &mut removal));
        assert_eq!(
            (removal.moved, removal.compared, removal.sets),
            (0, 0, of_removal),
            "{count}"
        );
        store.internal_validate();
    }
}

/// Changes that are prepared before other writes, and applied to other stores.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_prepared_upsert_is_prepared_again_after_another_write() {
    let loaded: MemoryStore = (0..1_000).map(|i| unit(i, &format!("unit {i}"))).collect();
    let mut store = loaded.clone();
    let prepared = [7, 7, 8, 1_000, 1_000].map(|i| (i, store.prepare(unit(i, &format!("a {i}")))));
    let mut other = MemoryStore::with_orders([r#"{"numMonitors":1,"name":1}"#.parse().unwrap()]);
    other.apply(store.prepare(unit(3, "b")));
    other.internal_validate();
    assert_eq!(other.len(), 1);
    assert!(store.remove("000008"));
    for (i, change) in prepared {
        store.apply(change);
        store.internal_validate();
        let name = format!("a {i}");
        assert_eq!(
            store.get(&format!("{i:06}")).unwrap().name(),
            Some(name.as_str())
        );
    }
    assert_eq!(store.len(), 1_001);

    // A change of each unit in turn, so that chunks are split and joined between the halves.
    let mut store = loaded;
    for i in (0..1_000).rev() {
        let change = store.prepare(unit(i, "z"));
        if i % 3 == 0 {
            store.remove(&format!("{:06}", (i + 1) % 1_000));
        }
        store.apply(change);
    }
    store.internal_validate();
}
