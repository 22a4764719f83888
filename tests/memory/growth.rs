//! The memory of a store: freed space is used again, however often names change.

use livechat_units::{MemoryStore, Unit};
use livechat_units_testkit::allocations::during;
use livechat_units_testkit::random::Random;

use crate::words;

const UNITS: usize = 2_000;

/// The renames of a tenth. Grams are chosen again after 4,096 renames, so some times in a test.
const CYCLES: usize = 1_500;

fn renamed(unit: &Unit, name: &str) -> Unit {
    let new = Unit::builder(unit.id()).name(name);
    new.num_monitors(unit.num_monitors().unwrap_or_default())
        .build()
        .unwrap()
}

/// Renames `10 * cycles` of 2,000 units. Returns the bytes of the store after each tenth.
fn growth(cycles: usize, name: impl Fn(&mut Random, usize) -> String) -> Vec<isize> {
    let units: Vec<Unit> = words::units(0, UNITS);
    let (loaded, mut store) = during(|| units.iter().cloned().collect::<MemoryStore>());
    let mut held = loaded.retained;
    let mut random = Random(2);
    let mut bytes = Vec::new();
    for part in 0..10 {
        let (renames, ()) = during(|| {
            for cycle in part * cycles..(part + 1) * cycles {
                let unit = &units[random.below(UNITS)];
                let name = name(&mut random, cycle);
                store.upsert(renamed(unit, &name));
            }
        });
        held += renames.retained;
        bytes.push(held);
    }
    store.internal_validate();
    bytes
}

fn assert_levels_off(bytes: &[isize]) {
    let (first, last) = (bytes[0], bytes[bytes.len() - 1]);
    assert!(last <= first + first / 4, "{bytes:?}");
}

#[test]
fn renames_of_any_length_do_not_grow_the_store() {
    let bytes = growth(CYCLES, |random, cycle| {
        format!("{} {}", words::name(random), "x".repeat(cycle % 200))
    });
    // After four tenths nearly every unit has been renamed.
    assert_levels_off(&bytes[3..]);
}

#[test]
fn new_words_in_every_name_do_not_grow_the_store() {
    let bytes = growth(CYCLES, |_, cycle| format!("name{cycle} {}", cycle * 7919));
    assert_levels_off(&bytes);
}

/// `cargo test --profile checked --test memory -- --ignored`: 10 s.
#[test]
#[ignore = "takes a minute without optimisation"]
fn many_renames_do_not_grow_the_store() {
    let bytes = growth(20_000, |random, cycle| {
        format!("{} {}", words::name(random), "x".repeat(cycle % 200))
    });
    assert_levels_off(&bytes);
}

#[test]
fn removing_and_adding_units_does_not_grow_the_store() {
    let units: Vec<Unit> = words::units(0, UNITS);
    let (loaded, mut store) = during(|| units.iter().cloned().collect::<MemoryStore>());
    let mut held = loaded.retained;
    let mut after_each = Vec::new();
    for _ in 0..6 {
        let (changes, ()) = during(|| {
            for unit in units.iter().step_by(2) {
                assert!(store.remove(unit.id()));
            }
            for unit in units.iter().step_by(2).rev() {
                store.upsert(unit.clone());
            }
        });
        held += changes.retained;
        after_each.push(held);
    }
    store.internal_validate();
    assert_levels_off(&after_each);
}
