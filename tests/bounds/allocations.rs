//! A global allocator that counts allocations. Tests run in parallel, so each thread has
//! its own counters.

#![allow(unsafe_code, reason = "implementing an allocator is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counters of allocations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allocated {
    /// The number of allocations. Growing an allocation counts as a new one.
    pub(crate) times: usize,
    /// The bytes of all allocations, including those that were freed.
    pub(crate) bytes: usize,
    /// The bytes that were allocated minus the bytes that were freed.
    pub(crate) retained: isize,
}

thread_local! {
    static ALLOCATED: Cell<Allocated> = const {
        Cell::new(Allocated {
            times: 0,
            bytes: 0,
            retained: 0,
        })
    };
}

/// Calls `act`, and returns its allocations and its result.
pub(crate) fn during<T>(act: impl FnOnce() -> T) -> (Allocated, T) {
    let before = ALLOCATED.get();
    let result = act();
    let after = ALLOCATED.get();
    let allocated = Allocated {
        times: after.times - before.times,
        bytes: after.bytes - before.bytes,
        retained: after.retained - before.retained,
    };
    (allocated, result)
}

fn change(act: impl FnOnce(&mut Allocated)) {
    // A thread that ends frees memory after its counters have been dropped.
    let _ = ALLOCATED.try_with(|cell| {
        let mut allocated = cell.get();
        act(&mut allocated);
        cell.set(allocated);
    });
}

fn size(layout: Layout) -> isize {
    isize::try_from(layout.size()).unwrap_or(isize::MAX)
}

// SAFETY: every call is passed to `System` with its arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        change(|allocated| {
            allocated.times += 1;
            allocated.bytes += layout.size();
            allocated.retained += size(layout);
        });
        // SAFETY: the caller fulfils the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        change(|allocated| allocated.retained -= size(layout));
        // SAFETY: the caller fulfils the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}
