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
    store.write(unit.id(), Some(unit), &mut work);
    work
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_upsert_touches_each_index_once() {
    for count in [1_000, 30_000] {
        let sort = r#"{"numMonitors":1,"name":1}"#.parse().unwrap();
        let mut store = MemoryStore::with_orders([sort]);
        store.replace_all((0..count).map(|i| unit(i, &format!("some {} name", i * 7919 % count))));

        // One of three words changes, and with it both windows: six sets.
        let renamed = unit(17, "some zzz name");
        let rename = upsert(&mut store, &renamed);
        assert_eq!((rename.moved, rename.sets), (2, 6), "{count}");
        // Two binary searches in each of the two orders.
        assert!(rename.compared <= 2 * 40, "{rename:?} of {count}");

        assert_eq!(upsert(&mut store, &renamed), Writes::default(), "{count}");

        let new = upsert(&mut store, &unit(count, "new"));
        assert_eq!((new.moved, new.sets), (7, 1), "{count}");
        assert!(new.compared <= 7 * 40, "{new:?} of {count}");

        let mut removal = Writes::default();
        assert!(store.write("000018", None, &mut removal));
        assert_eq!(
            (removal.moved, removal.compared, removal.sets),
            (0, 0, 5),
            "{count}"
        );
        store.internal_validate();
    }
}
