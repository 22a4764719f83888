//! An allocator that counts, for each thread on its own: tests run in parallel.
//!
//! A test program installs it, then measures:
//!
//! ```
//! use livechat_units_testkit::allocations::{Counting, during};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//!
//! let (allocated, text) = during(|| "unit".repeat(10));
//! assert_eq!((allocated.times, allocated.bytes), (1, text.len()));
//! ```

#![allow(
    unsafe_code,
    reason = "an allocator implements the unsafe trait `GlobalAlloc`"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with counts. Without it as the `#[global_allocator]`,
/// [`during`] counts nothing.
pub struct Counting;

/// What was allocated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocated {
    /// The number of allocations. A reallocation is one too.
    pub times: usize,
    /// The bytes of all allocations, freed or not, modulo the largest `usize`. A reallocation
    /// counts with its new size, because the allocator may have to copy it.
    pub bytes: usize,
    /// The bytes that were not freed; negative if more were freed than allocated.
    pub retained: isize,
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

/// What `act` allocates on this thread, and what it returns.
pub fn during<T>(act: impl FnOnce() -> T) -> (Allocated, T) {
    let before = ALLOCATED.get();
    let result = act();
    let after = ALLOCATED.get();
    let allocated = Allocated {
        times: after.times - before.times,
        bytes: after.bytes.wrapping_sub(before.bytes),
        retained: after.retained - before.retained,
    };
    (allocated, result)
}

fn change(act: impl FnOnce(&mut Allocated)) {
    // A thread that ends still frees memory after its counts are gone.
    let _ = ALLOCATED.try_with(|cell| {
        let mut allocated = cell.get();
        act(&mut allocated);
        cell.set(allocated);
    });
}

fn size(layout: Layout) -> isize {
    isize::try_from(layout.size()).unwrap_or(isize::MAX)
}

// SAFETY: every call is passed on to `System` unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        change(|allocated| {
            allocated.times += 1;
            // A thread can allocate more than 4 GiB in all, with pointers of 32 bits.
            allocated.bytes = allocated.bytes.wrapping_add(layout.size());
            allocated.retained += size(layout);
        });
        // SAFETY: the caller upholds the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        change(|allocated| allocated.retained -= size(layout));
        // SAFETY: the caller upholds the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}
