//! Times of parsing, filtering, sorting, whole requests and writes, each beside the
//! naive way to do it.
//!
//! A name reads `task/size/workload/implementation`; the workloads `W1` to `W14` of a
//! request are told in `request.rs`. Every answer is compared with one that was
//! computed without the library before it is timed. Sizes are 1,000 and 100,000
//! units, and 1,000,000 when `LIVECHAT_UNITS_BENCH_MILLION` is set.
//!
//! ```text
//! cargo bench --bench list
//! cargo bench --bench list -- request/1k
//! ```

#[path = "../data/mod.rs"]
mod data;
mod filter;
#[path = "../naive/mod.rs"]
mod naive;
mod parse;
mod request;
mod sort;
mod store;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use livechat_units::Unit;

use crate::data::Row;

/// The same units twice: plain, and as the library holds them.
pub(crate) struct Data {
    /// As it stands in the name of a benchmark.
    label: &'static str,
    rows: Vec<Row>,
    units: Vec<Unit>,
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut sizes = vec![("1k", 1_000), ("100k", 100_000)];
    if std::env::var_os("LIVECHAT_UNITS_BENCH_MILLION").is_some() {
        sizes.push(("1M", 1_000_000));
    }
    for (i, (label, size)) in sizes.into_iter().enumerate() {
        let data = Data::new(label, size);
        if i == 0 {
            parse::parse(&mut criterion, &data);
        }
        filter::filter(&mut criterion, &data);
        sort::sort(&mut criterion, &data);
        request::request(&mut criterion, &data);
        store::store(&mut criterion, &data);
    }
    criterion.final_summary();
}

impl Data {
    fn new(label: &'static str, size: usize) -> Self {
        let rows: Vec<Row> = data::rows(size).collect();
        data::assert_shape(&rows);
        let read = |row: &Row| Unit::from_json(&row.json()).expect("a row is a document");
        let units = rows.iter().map(read).collect();
        Self { label, rows, units }
    }
}

/// Large data is measured a few times only, so that a whole run takes minutes.
pub(crate) fn group<'c>(
    criterion: &'c mut Criterion,
    task: &str,
    size: usize,
) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(task);
    group.warm_up_time(Duration::from_millis(300));
    if size > 1_000 {
        group.sampling_mode(SamplingMode::Flat);
        group.sample_size(10);
        group.measurement_time(Duration::from_secs(2));
    } else {
        group.sample_size(25);
        group.measurement_time(Duration::from_secs(1));
    }
    group
}
