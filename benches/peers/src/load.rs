//! W10: what a load takes.

use std::time::Instant;

use crate::peer::Peer;
use crate::{alloc, machine};
use livechat_units_testkit::data::Row;

/// Time, and memory for each unit.
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    /// As asked from the allocators.
    pub(crate) bytes: f64,
    /// As the process grew, which counts what the allocators keep for themselves too.
    pub(crate) resident: f64,
}

/// What the lines occupy is there before and after, so it is not counted.
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

/// The documents as a file has them.
pub(crate) fn lines(rows: &[Row]) -> String {
    let mut lines = String::new();
    for row in rows {
        lines.push_str(&row.json());
        lines.push('\n');
    }
    lines
}
