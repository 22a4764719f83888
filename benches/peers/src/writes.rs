//! W11 and W12: renames, alone and beside a reader.

use std::collections::HashMap;
use std::time::Instant;

use livechat_units_testkit::data::Row;
use livechat_units_testkit::naive::Order;
use livechat_units_testkit::random::Random;

use crate::concurrent;
use crate::expected::Expected;
use crate::load::lines;
use crate::measure::{self, Summary};
use crate::peer::Peer;
use crate::record::Record;
use crate::request::Request;
use crate::workloads;

const RENAMES: usize = 2_000;

/// Measures both, and checks afterwards that every rename is visible.
pub(crate) fn measure<P: Peer>(record: &mut Record<'_>, mut store: P, mut rows: Vec<Row>) {
    let mut random = Random(0x4E4A_4D45);
    if record.wants("W11") {
        let renames = renames(&rows, &mut random, RENAMES);
        let documents: Vec<P::Document> =
            renames.iter().map(|row| P::document(&row.json())).collect();
        let mut times = Vec::new();
        let start = Instant::now();
        for document in documents {
            if !measure::goes_on(start, times.len()) {
                break;
            }
            times.push(measure::time_of(|| store.upsert(document)).as_secs_f64());
        }
        let done = times.len();
        record.record("W11", Summary::of(times));
        apply(&mut rows, renames.into_iter().take(done));
        check(&store, &rows);
    }
    if record.wants("W12 writes") {
        let renames = renames(&rows, &mut random, concurrent::WRITES);
        let documents = renames.iter().map(|row| P::document(&row.json())).collect();
        let [w1, w4, ..] = requests().map(P::query);
        let (store, found) = concurrent::read_beside_writes(store, &[w1, w4], documents);
        record.keep("W12 W1 p50", found.reads[0].p50 * 1e6, None);
        record.keep("W12 W1 p99", found.reads[0].p99 * 1e6, None);
        record.keep("W12 W4 p50", found.reads[1].p50 * 1e6, None);
        record.keep("W12 W4 p99", found.reads[1].p99 * 1e6, None);
        record.keep("W12 writes", found.writes_per_second, None);
        apply(&mut rows, renames.into_iter().take(found.writes));
        check(&store, &rows);
    }
}

/// This unit with a name like that of the other.
pub(crate) fn renamed(row: &Row, other: &Row) -> Row {
    let mut row = row.clone();
    row.name = format!("{} 2", other.name);
    row
}

fn renames(rows: &[Row], random: &mut Random, count: usize) -> Vec<Row> {
    let rename = |_| renamed(random.pick(rows), random.pick(rows));
    (0..count).map(rename).collect()
}

/// Makes the same renames in the rows of the expected answers.
fn apply(rows: &mut [Row], renames: impl Iterator<Item = Row>) {
    let mut last: HashMap<String, Row> = renames.map(|row| (row.id.clone(), row)).collect();
    for row in rows {
        if let Some(renamed) = last.remove(&row.id) {
            *row = renamed;
        }
    }
}

fn check<P: Peer>(store: &P, rows: &[Row]) {
    let lines = lines(rows);
    let mut expected = Expected::new(rows, &lines);
    for request in requests() {
        expected.check::<P>(request, &store.answer(P::query(request)));
    }
}

/// W1 and W4 for the reader, and requests that use every index.
fn requests() -> [Request; 5] {
    [
        workloads::request(None, Order::Name, 0),
        workloads::request(Some("sales"), Order::Name, 0),
        workloads::request(Some("a"), Order::NewestFirst, 0),
        workloads::request(Some("отд"), Order::MostMonitorsFirst, 0),
        workloads::request(None, Order::VisibilityMonitorsName, 0),
    ]
}
