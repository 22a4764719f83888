//! What a store occupies: freed space is used again, however often names change.

#![allow(
    unsafe_code,
    reason = "to count what is allocated, one has to allocate"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use livechat_units::{MemoryStore, Unit};

use crate::{Random, words};

/// The system's allocator. Counts by thread, as tests run side by side.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn live_bytes() -> isize {
    LIVE.with(Cell::get)
}

fn count(bytes: usize, sign: isize) {
    // A thread that ends frees what it had after it has lost its count.
    let _ = LIVE.try_with(|live| live.set(live.get() + sign * isize::try_from(bytes).unwrap_or(0)));
}

// SAFETY: every call goes on to `System` as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

const UNITS: usize = 2_000;

fn renamed(unit: &Unit, name: &str) -> Unit {
    let new = Unit::builder(unit.id()).name(name);
    new.num_monitors(unit.num_monitors().unwrap_or_default())
        .build()
        .unwrap()
}

/// The bytes of a store after each of ten times as many renames as `cycles`.
fn growth(cycles: usize, name: impl Fn(&mut Random, usize) -> String) -> Vec<isize> {
    let units: Vec<Unit> = words::units(0, UNITS);
    let before = live_bytes();
    let mut store: MemoryStore = units.iter().cloned().collect();
    let mut random = Random(2);
    let mut bytes = Vec::new();
    for cycle in 0..cycles * 10 {
        let unit = &units[random.below(UNITS)];
        let name = name(&mut random, cycle);
        store.upsert(renamed(unit, &name));
        if (cycle + 1) % cycles == 0 {
            bytes.push(live_bytes() - before);
        }
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
    let bytes = growth(10_000, |random, cycle| {
        format!("{} {}", words::name(random), "x".repeat(cycle % 200))
    });
    assert_levels_off(&bytes);
}

#[test]
fn words_that_come_and_go_do_not_grow_the_store() {
    let bytes = growth(10_000, |_, cycle| format!("name{cycle} {}", cycle * 7919));
    assert_levels_off(&bytes);
}

/// `cargo test --release --test memory -- --ignored`: half a minute.
#[test]
#[ignore = "takes minutes without optimisation"]
fn a_million_renames_do_not_grow_the_store() {
    let bytes = growth(100_000, |random, cycle| {
        format!("{} {}", words::name(random), "x".repeat(cycle % 200))
    });
    assert_levels_off(&bytes);
}

#[test]
fn units_that_come_and_go_leave_no_more_than_the_largest_number_needs() {
    let units: Vec<Unit> = words::units(0, UNITS);
    let before = live_bytes();
    let mut store: MemoryStore = units.iter().cloned().collect();
    let mut after_each = Vec::new();
    for _ in 0..6 {
        for unit in units.iter().step_by(2) {
            assert!(store.remove(unit.id()));
        }
        for unit in units.iter().step_by(2).rev() {
            store.upsert(unit.clone());
        }
        after_each.push(live_bytes() - before);
    }
    store.internal_validate();
    assert_levels_off(&after_each);
}
