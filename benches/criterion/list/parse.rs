//! From text to values: queries and documents.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use livechat_units::{PagePolicy, Params, SortSpec, TextFilter, Timestamp, Unit, UnitQuery};
use livechat_units_testkit::data::Row;
use livechat_units_testkit::naive::Order;
use serde_json::Value;

use crate::{Data, group};

/// Query strings, and documents one by one.
pub(crate) fn parse(criterion: &mut Criterion, data: &Data) {
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
    // A `Value` loses the order of the keys, so it could not even be made a sort.
    group.bench_function("sort/serde_json-value", |b| {
        b.iter(|| serde_json::from_str::<Value>(black_box(sort)));
    });

    let plain: Vec<String> = data.rows.iter().map(Row::json).collect();
    let extended: Vec<String> = data.rows.iter().map(extended_json).collect();
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

fn read_query(raw: &str) -> UnitQuery {
    let params = Params::parse(raw).expect("a query string of usual length");
    let query = params.into_query(PagePolicy::default());
    query.expect("a query string without mistakes")
}

/// The document as `mongoexport --jsonFormat=canonical` writes it.
fn extended_json(row: &Row) -> String {
    format!(
        r#"{{"_id":"{}","name":"{}","visibility":"{}","type":"u","numMonitors":{{"$numberInt":"{}"}},"numDepartments":{{"$numberInt":"{}"}},"_updatedAt":{{"$date":{{"$numberLong":"{}"}}}}}}"#,
        row.id, row.name, row.visibility, row.num_monitors, row.num_departments, row.updated_millis
    )
}
