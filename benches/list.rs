//! Times of parsing, filtering, sorting and whole requests, each beside the naive
//! way to do it.
//!
//! A name reads `task/size/workload/implementation`; the workloads `W1` to `W8` of a
//! request are told at [`workloads`]. Every answer is compared with one that was
//! computed without the library before it is timed. Sizes are 1,000 and 100,000
//! units, and 1,000,000 when `LIVECHAT_UNITS_BENCH_MILLION` is set.
//!
//! ```text
//! cargo bench --bench list
//! cargo bench --bench list -- filter/1k
//! ```

mod data;
mod naive;

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};
use livechat_units::{
    Caller, Endpoint, PagePolicy, Params, Permission, SortSpec, TextFilter, Timestamp, Unit,
    UnitQuery, UnitStore, User,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::data::{Data, Row};
use crate::naive::{Order, Workload};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut sizes = vec![("1k", 1_000), ("100k", 100_000)];
    if std::env::var_os("LIVECHAT_UNITS_BENCH_MILLION").is_some() {
        sizes.push(("1M", 1_000_000));
    }
    for (i, (label, size)) in sizes.into_iter().enumerate() {
        let data = Data::new(label, size);
        if i == 0 {
            parse(&mut criterion, &data);
        }
        filter(&mut criterion, &data);
        sort(&mut criterion, &data);
        request(&mut criterion, &data);
    }
    criterion.final_summary();
}

/// Large data is measured a few times only, so that a whole run takes minutes.
fn group<'c>(
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

/// Query strings, and documents one by one, as they come from a client or a file.
fn parse(criterion: &mut Criterion, data: &Data) {
    let raw = "text=sales+%D0%BE%D1%82%D0%B4&sort=%7B%22visibility%22%3A1%2C%22numMonitors%22%3A-1\
               %2C%22name%22%3A1%7D&offset=100&count=25&_=1663242272103";
    let sort = Order::VisibilityMonitorsName.as_json();
    let query = read_query(raw);
    assert_eq!(query.text().map(TextFilter::as_str), Some("sales отд"));
    assert_eq!(query.sort().to_string(), sort);
    assert_eq!(query.page().offset(), 100);
    assert_eq!(query.page().range(1_000), 100..125);

    let mut group = group(criterion, "parse", data.rows.len());
    group.bench_function("query/livechat-units", |b| {
        b.iter(|| read_query(black_box(raw)));
    });
    group.bench_function("sort/livechat-units", |b| {
        b.iter(|| black_box(sort).parse::<SortSpec>());
    });
    // Without the order of the keys, so not even a sort could be made of it.
    group.bench_function("sort/serde_json-value", |b| {
        b.iter(|| serde_json::from_str::<Value>(black_box(sort)));
    });

    let plain: Vec<String> = data.rows.iter().map(Row::json).collect();
    let extended: Vec<String> = data.rows.iter().map(Row::extended_json).collect();
    for (spelling, lines) in [("plain", plain), ("extended", extended)] {
        for (line, row) in lines.iter().zip(&data.rows) {
            let unit = Unit::from_json(line).expect("a row is a document");
            assert_eq!(unit.as_json(), row.json());
            let at = unit.updated_at().map(Timestamp::as_millis);
            assert_eq!(at, Some(row.updated_millis));
        }
        let count = u64::try_from(lines.len()).expect("a length fits into 64 bits");
        group.throughput(Throughput::Elements(count));
        let id =
            |implementation| BenchmarkId::new(format!("{}/{spelling}", data.label), implementation);
        group.bench_function(id("livechat-units"), |b| {
            b.iter(|| {
                for line in &lines {
                    let _ = black_box(Unit::from_json(black_box(line)));
                }
            });
        });
        group.bench_function(id("serde_json-value"), |b| {
            b.iter(|| {
                for line in &lines {
                    let _ = black_box(serde_json::from_str::<Value>(black_box(line)));
                }
            });
        });
    }
}

/// One text against every name. The filter and the pattern are made beforehand:
/// `request` is where making them counts.
fn filter(criterion: &mut Criterion, data: &Data) {
    let names: Vec<&str> = data.rows.iter().map(|row| row.name.as_str()).collect();
    let mut group = group(criterion, "filter", names.len());
    for text in ["sales", "qzx", "a", "отд"] {
        let filter = TextFilter::new(text).expect("a text of some letters");
        let pattern = naive::regex(text);
        for name in &names {
            let expected = data::contains(name, text);
            assert_eq!(filter.is_match(name), expected, "{text:?} in {name:?}");
            assert_eq!(pattern.is_match(name), expected, "{text:?} in {name:?}");
        }
        let id =
            |implementation| BenchmarkId::new(format!("{}/{text}", data.label), implementation);
        group.bench_function(id("livechat-units"), |b| {
            b.iter(|| count(&names, |name| filter.is_match(name)));
        });
        group.bench_function(id("regex"), |b| {
            b.iter(|| count(&names, |name| pattern.is_match(name)));
        });
        group.bench_function(id("to-lowercase"), |b| {
            b.iter(|| count(&names, |name| data::contains(name, text)));
        });
    }
}

/// The first page of everything in an order, from a slice of units.
fn sort(criterion: &mut Criterion, data: &Data) {
    let mut group = group(criterion, "sort", data.units.len());
    let orders = [
        ("name", Order::Name),
        ("updated", Order::NewestFirst),
        ("three-keys", Order::VisibilityMonitorsName),
    ];
    for (label, order) in orders {
        let workload = Workload {
            label,
            text: None,
            order,
            offset: 0,
        };
        let (total, page) = naive::expected(&data.rows, &workload);
        let expected: Vec<&str> = page.iter().map(|row| row.id.as_str()).collect();
        let spec: SortSpec = order.as_json().parse().expect("an order of known fields");
        let query = UnitQuery::default().with_sort(spec);
        let listed = data.units.list(&query).expect("units without arrays");
        assert_eq!(usize::try_from(listed.total()), Ok(total), "{label}");
        let listed: Vec<Unit> = listed.units().collect();
        for page in [
            listed.iter().collect(),
            naive::page_by_sorting(&data.units, order),
            naive::page_by_selecting(&data.units, order),
        ] {
            let ids: Vec<&str> = page.iter().map(|unit: &&Unit| unit.id()).collect();
            assert_eq!(ids, expected, "{label}");
        }

        let id =
            |implementation| BenchmarkId::new(format!("{}/{label}", data.label), implementation);
        group.bench_function(id("livechat-units"), |b| {
            b.iter(|| data.units.list(black_box(&query)));
        });
        group.bench_function(id("sort-by"), |b| {
            b.iter(|| naive::page_by_sorting(black_box(&data.units), order));
        });
        group.bench_function(id("select-nth"), |b| {
            b.iter(|| naive::page_by_selecting(black_box(&data.units), order));
        });
    }
}

/// From the query string to the bytes of the body.
fn request(criterion: &mut Criterion, data: &Data) {
    let permission = Permission::MANAGE_LIVECHAT_UNITS;
    let caller = Caller::from(User::new().with_permission(permission));
    let endpoint = Endpoint::default();
    let mut group = group(criterion, "request", data.units.len());
    for workload in workloads(data.units.len()) {
        let query = query_string(&workload);
        let answer = |query: &str| {
            let response = endpoint.handle(&data.units, &caller, query);
            response.into_body().into_bytes()
        };
        check_body(&answer(&query), &data.rows, &workload);
        check_body(&naive::answer(&data.rows, &workload), &data.rows, &workload);

        let id = |implementation| {
            BenchmarkId::new(format!("{}/{}", data.label, workload.label), implementation)
        };
        group.bench_function(id("livechat-units"), |b| {
            b.iter(|| answer(black_box(&query)));
        });
        group.bench_function(id("afternoon"), |b| {
            b.iter(|| naive::answer(black_box(&data.rows), &workload));
        });
    }
}

/// The requests, for so many units.
fn workloads(size: usize) -> [Workload; 5] {
    let workload = |label, text, order, offset| Workload {
        label,
        text,
        order,
        offset,
    };
    [
        // The first page of everything, by name.
        workload("W1", None, Order::Name, 0),
        // The same from the middle.
        workload("W2", None, Order::Name, size / 2),
        // A text that one name in twenty has.
        workload("W4", Some("sales"), Order::Name, 0),
        // The units that changed last.
        workload("W6", None, Order::NewestFirst, 0),
        // Text, order and offset at once; few units have few pages to skip.
        workload(
            "W8",
            Some("sales"),
            Order::MostMonitorsFirst,
            (size / 100).min(100),
        ),
    ]
}

fn query_string(workload: &Workload) -> String {
    let escaped = |value| utf8_percent_encode(value, NON_ALPHANUMERIC);
    let text = workload.text.map(|text| format!("&text={}", escaped(text)));
    let sort = match workload.order {
        // What a request gets that asks for no order.
        Order::Name => None,
        order => Some(format!("&sort={}", escaped(order.as_json()))),
    };
    let (text, sort) = (text.unwrap_or_default(), sort.unwrap_or_default());
    format!("offset={}{text}{sort}", workload.offset)
}

/// Compares a body, read as JSON, with what it has to say.
fn check_body(body: &[u8], rows: &[Row], workload: &Workload) {
    let (total, page) = naive::expected(rows, workload);
    // An empty page would be quick to answer.
    assert!(!page.is_empty(), "{}", workload.label);
    let expected = serde_json::json!({
        "units": page,
        "count": page.len(),
        "offset": workload.offset,
        "total": total,
        "success": true,
    });
    let found: Value = serde_json::from_slice(body).expect("a body is JSON");
    assert_eq!(found, expected, "{}", workload.label);
}

fn read_query(raw: &str) -> UnitQuery {
    let params = Params::parse(raw).expect("a query string of usual length");
    let query = params.into_query(PagePolicy::default());
    query.expect("a query string without mistakes")
}

fn count(names: &[&str], is_match: impl Fn(&str) -> bool) -> usize {
    black_box(names)
        .iter()
        .filter(|name| is_match(name))
        .count()
}
