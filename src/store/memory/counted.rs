//! The work of a write, counted by tests.

use std::cell::Cell;

use crate::store::memory::MemoryStore;
use crate::unit::Unit;

thread_local! {
    static WORK: Cell<Writes> = const {
        Cell::new(Writes {
            compared: 0,
            moved: 0,
            sets: 0,
        })
    };
}

/// What writes have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Writes {
    /// Units whose place was compared with that of another.
    compared: usize,
    /// Orders into which a unit was put.
    moved: usize,
    /// Sets of slots of a word or window that were changed.
    sets: usize,
}

pub(crate) fn compared() {
    add(|work| work.compared += 1);
}

pub(crate) fn moved() {
    add(|work| work.moved += 1);
}

pub(crate) fn set_changed() {
    add(|work| work.sets += 1);
}

fn add(change: impl FnOnce(&mut Writes)) {
    let mut work = WORK.get();
    change(&mut work);
    WORK.set(work);
}

fn during(act: impl FnOnce()) -> Writes {
    WORK.set(Writes {
        compared: 0,
        moved: 0,
        sets: 0,
    });
    act();
    WORK.get()
}

fn unit(number: usize, name: &str) -> Unit {
    let monitors = i64::try_from(number % 31).unwrap();
    let unit = Unit::builder(format!("{number:06}")).name(name);
    unit.visibility("public")
        .num_monitors(monitors)
        .build()
        .unwrap()
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_upsert_touches_each_index_once() {
    for count in [1_000, 30_000] {
        let sort = r#"{"numMonitors":1,"name":1}"#.parse().unwrap();
        let mut store = MemoryStore::with_orders([sort]);
        store.replace_all((0..count).map(|i| unit(i, &format!("some {} name", i * 7919 % count))));

        // Of the words `some`, `17` and `name` and the windows between them one word and
        // two windows go, and as many come.
        let renamed = unit(17, "some zzz name");
        let rename = during(|| store.upsert(renamed.clone()));
        assert_eq!((rename.moved, rename.sets), (2, 6), "{count}");
        // Which chunk, and where in it, for each of the two orders.
        assert!(rename.compared <= 2 * 40, "{rename:?} of {count}");

        let again = during(|| store.upsert(renamed));
        assert_eq!((again.moved, again.sets), (0, 0), "{count}");
        assert_eq!(again.compared, 0, "{count}");

        let new = during(|| store.upsert(unit(count, "new")));
        assert_eq!((new.moved, new.sets), (7, 1), "{count}");
        assert!(new.compared <= 7 * 40, "{new:?} of {count}");

        let gone = during(|| assert!(store.remove("000018")));
        assert_eq!((gone.moved, gone.compared, gone.sets), (0, 0, 5), "{count}");
        store.internal_validate();
    }
}
