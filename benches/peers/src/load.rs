//! W10: the time and the memory of a load.

use std::time::Instant;

use livechat_units_testkit::data::Row;

use crate::peer::Peer;
use crate::{alloc, machine};

/// Time, and memory for each unit.
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    /// The bytes that were requested from the allocators.
    pub(crate) bytes: f64,
    /// The growth of the process, including memory that the allocators hold in reserve.
    pub(crate) resident: f64,
}

/// The memory of the lines is there before and after, so it is not counted.
pub(crate) fn load<P: Peer>(lines: &str, size: usize) -> (P, Cost) {
    let (live_before, resident_before) = (alloc::live_bytes(), machine::resident_bytes());
    let start = Instant::now();
    let store = P::load(lines);
    let seconds = start.elapsed().as_secs_f64();
    let live = alloc::live_bytes() - live_before + store.foreign_bytes();
    let resident = machine::resident_bytes().saturating_sub(resident_before);
    let cost = Cost {
        seconds,
        bytes: per_unit(live, size),
        resident: per_unit(resident, size),
    };
    (store, cost)
}

pub(crate) fn per_unit(bytes: usize, units: usize) -> f64 {
    f64::from(u32::try_from(bytes / units).expect("a unit takes less than 4 GiB"))
}

/// The documents as the lines of a file.
pub(crate) fn lines(rows: &[Row]) -> String {
    let mut lines = String::new();
    for row in rows {
        lines.push_str(&row.json());
        lines.push('\n');
    }
    lines
}
