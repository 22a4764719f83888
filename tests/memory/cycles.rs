//! Many renames of a few units: after them the indexes agree with the units.

use livechat_units::{MemoryStore, Unit};
use livechat_units_testkit::random::Random;

use crate::words::{self, units};
use crate::{assert_holds, assert_same_pages, query};

const UNITS: usize = 500;
const CYCLES: usize = 50_000;

#[test]
fn indexes_are_right_after_many_renames() {
    let mut units: Vec<Unit> = units(0, UNITS);
    let mut store: MemoryStore = units.iter().cloned().collect();
    let mut random = Random(1);
    for cycle in 0..CYCLES {
        let number = random.below(UNITS);
        units[number] = if cycle % 50 == 0 {
            words::unit(number, &mut random)
        } else {
            // The number of the cycle is a word that no other name has.
            let name = format!("{} {cycle}", words::name(&mut random));
            Unit::builder(units[number].id())
                .name(name)
                .build()
                .unwrap()
        };
        store.upsert(units[number].clone());
        if cycle % 10_000 == 0 {
            store.internal_validate();
        }
    }
    assert_holds(&store, &units);
    for text in ["", "e", "sales", "s t", "49", "499", "unit 4"] {
        for sort in [
            r#"{"name":1}"#,
            r#"{"numMonitors":-1}"#,
            r#"{"_updatedAt":1}"#,
        ] {
            assert_same_pages(&store, &units, &query(text, sort));
        }
    }
}
