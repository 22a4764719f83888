//! What is asked from the allocator. Tests run side by side, so each thread counts its
//! own.

#![allow(
    unsafe_code,
    reason = "to count what is allocated, one has to allocate"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// So often, and so many bytes altogether, whether or not they were freed again. One that
/// grows counts with its new size, as it may have to be copied.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allocated {
    pub(crate) times: usize,
    pub(crate) bytes: usize,
    /// What is left of them.
    pub(crate) kept: isize,
}

thread_local! {
    static ALLOCATED: Cell<Allocated> = const {
        Cell::new(Allocated {
            times: 0,
            bytes: 0,
            kept: 0,
        })
    };
}

/// What `act` allocates, with what it returns.
pub(crate) fn during<T>(act: impl FnOnce() -> T) -> (Allocated, T) {
    let before = ALLOCATED.get();
    let result = act();
    let after = ALLOCATED.get();
    let allocated = Allocated {
        times: after.times - before.times,
        bytes: after.bytes - before.bytes,
        kept: after.kept - before.kept,
    };
    (allocated, result)
}

fn change(act: impl FnOnce(&mut Allocated)) {
    // A thread that ends frees what it had after it has lost its count.
    let _ = ALLOCATED.try_with(|cell| {
        let mut allocated = cell.get();
        act(&mut allocated);
        cell.set(allocated);
    });
}

fn size(layout: Layout) -> isize {
    isize::try_from(layout.size()).unwrap_or(isize::MAX)
}

// SAFETY: every call goes on to `System` as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        change(|allocated| {
            allocated.times += 1;
            allocated.bytes += layout.size();
            allocated.kept += size(layout);
        });
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        change(|allocated| allocated.kept -= size(layout));
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}
