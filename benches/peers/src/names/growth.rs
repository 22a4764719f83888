//! The growth of the load time with the number of units: a load and one of ten times its size.

use super::Job;
use super::found::Values;
use crate::name::PeerName;
use crate::results::size_label;
use crate::tables::{line, mark, number, row, rule};

/// The units of the larger load for each unit of the smaller one.
const FACTOR: usize = 10;
/// The largest ratio of the times per unit: the larger load to the smaller one.
const TARGET: f64 = 1.3;

/// The larger loads into the store for these jobs.
pub(super) fn jobs(jobs: &[Job]) -> Vec<Job> {
    let stores = jobs.iter().filter(|job| job.peer == PeerName::Memory);
    let larger = stores.map(|job| Job {
        size: job.size * FACTOR,
        load_only: true,
        ..*job
    });
    larger.collect()
}

/// The table, without a line for a data set whose larger load was not measured.
pub(super) fn table(text: &mut String, values: &[Values<'_>]) {
    let mut rows = Vec::new();
    for values in values {
        let larger = Values {
            size: values.size * FACTOR,
            ..*values
        };
        let load = |values: Values<'_>| values.number(PeerName::Memory, "load");
        if let (Some(small), Some(large)) = (load(*values), load(larger)) {
            let growth = large / (small * 10.0);
            rows.push([
                values.set.label().to_owned(),
                size_label(values.size),
                number(small),
                number(large),
                format!("{growth:.2}"),
                number(TARGET),
                mark(Some(growth <= TARGET)),
            ]);
        }
    }
    if rows.is_empty() {
        return;
    }
    line(text, "### Loads of ten times as many units\n");
    let header = [
        "names",
        "units",
        "load, s",
        "load of ten times as many, s",
        "÷ ten loads",
        "target",
        "met",
    ];
    row(text, &header);
    rule(text, 1, header.len());
    for cells in rows {
        row(text, &cells);
    }
    line(text, "");
}
