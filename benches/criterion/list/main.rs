//! Times of parsing, filtering, sorting, whole requests and writes, each compared with a plain
//! implementation that does not use the library.
//!
//! The name of a benchmark is `task/size/workload/implementation`. `request.rs` explains
//! the workloads `W1` to `W14`. In the task `names`, the workload is a data set and a kind of
//! text. Before an answer is timed, it is compared with one that was computed without the
//! library. The sizes are 1,000 and 100,000 units, and 1,000,000 if
//! `LIVECHAT_UNITS_BENCH_MILLION` is set.
//!
//! ```text
//! cargo bench -p livechat-units-criterion
//! cargo bench -p livechat-units-criterion -- request/1k
//! ```

mod filter;
mod names;
mod parse;
mod request;
mod sort;
mod store;
mod without_library;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use livechat_units::Unit;

use livechat_units_testkit::data::{self, Row};

/// The same data in two forms: as plain rows and as units of the library.
pub(crate) struct Data {
    /// The size in the names of the benchmarks, such as `1k`.
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
        names::names(&mut criterion, label, size);
    }
    criterion.final_summary();
}

impl Data {
    fn new(label: &'static str, size: usize) -> Self {
        let rows: Vec<Row> = data::rows(size).collect();
        data::assert_shape(&rows);
        let to_unit = |row: &Row| Unit::from_json(&row.json()).expect("a row is a document");
        let units = rows.iter().map(to_unit).collect();
        Self { label, rows, units }
    }
}

/// A group of benchmarks. Above 1,000 units it takes fewer samples, so that a run takes minutes.
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
