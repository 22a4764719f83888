//! One peer at one size, from the load to the last workload.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use livechat_units_testkit::data::{self, Row};

use crate::expected::{Answer, Expected};
use crate::load::{self, lines, load};
use crate::measure::{self, Summary};
use crate::name::PeerName;
use crate::peer::Peer;
use crate::record::Record;
use crate::results::Measurement;
use crate::workloads::{self, Plan, Workload};
use crate::{codes, parse, undeclared, writes};

/// How long the answers of many requests are checked, and the least number of them.
const CHECKING: Duration = Duration::from_secs(3);
const LEAST_CHECKED: usize = 3;

/// Measures the requested workloads.
pub(crate) fn run<P: Peer>(size: usize, peer: PeerName, workloads: &[String]) -> Vec<Measurement> {
    let mut record = Record::new(size, peer, workloads);
    let rows: Vec<Row> = data::rows(size).collect();
    data::assert_shape(&rows);
    {
        let lines = lines(&rows);
        let (store, cost) = load::<P>(&lines, size);
        record.keep("W10", cost.seconds, None);
        record.keep("W10 bytes", cost.bytes, None);
        record.keep("W10 resident", cost.resident, None);
        if let Some(bytes) = store.disk_bytes() {
            record.keep("W10 disk", load::per_unit(bytes, size), None);
        }
        let mut expected = Expected::new(&rows, &lines);
        for workload in workloads::of_words(size) {
            listing(&mut record, &store, &mut expected, &workload);
        }
        if record.wants("W7 first")
            && let Some(mut store) = P::load_undeclared(&lines)
        {
            undeclared::measure(&mut record, &mut store, &rows, &mut expected);
        }
        drop(expected);
        drop(lines);
        writes::measure(&mut record, store, rows);
    }
    if record.wants("W15 bytes") {
        let rows = codes::rows(size);
        let lines = lines(&rows);
        let (store, cost) = load::<P>(&lines, size);
        record.keep("W15 bytes", cost.bytes, None);
        let mut expected = Expected::new(&rows, &lines);
        for workload in workloads::of_codes() {
            listing(&mut record, &store, &mut expected, &workload);
        }
    }
    if record.wants("P") && peer == PeerName::Memory {
        record.record("P", parse::measure());
    }
    record.found
}

/// Checks the answers of a workload, then times the requests that were checked.
fn listing<P: Peer>(
    record: &mut Record<'_>,
    store: &P,
    expected: &mut Expected<'_>,
    workload: &Workload,
) {
    if !record.wants(workload.figure) {
        return;
    }
    let mut queries = Vec::new();
    let start = Instant::now();
    for request in &workload.requests {
        // Of many requests, a slow peer answers only some. The 16 texts of W4r differ, so
        // all of them are timed or none.
        let enough = queries.len() >= LEAST_CHECKED && start.elapsed() > CHECKING;
        if enough && workload.requests.len() > workloads::TEXTS.len() {
            break;
        }
        let query = P::query(*request);
        if expected.check::<P>(*request, &store.answer(query.clone())) == Answer::Wrong {
            record.answers = Answer::Wrong;
        }
        queries.push(query);
    }
    match workload.plan {
        Plan::Repeat => {
            let times = measure::repeat(store, &queries[0]);
            record.record(workload.figure, times);
        }
        Plan::Once => {
            let mut times = Vec::new();
            measure::one_turn(store, &queries, |_, time| times.push(time));
            record.record(workload.figure, Summary::of(times));
        }
        Plan::InTurn => {
            let (all, slowest) = in_turn(store, &queries);
            record.record(workload.figure, all);
            if workload.figure == "W4r" {
                record.record("W4r slowest", slowest);
            }
        }
    }
    record.answers = Answer::Right;
}

/// The times of all calls, and of the slowest query.
fn in_turn<P: Peer>(store: &P, queries: &[P::Query]) -> (Summary, Summary) {
    let mut times: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let start = Instant::now();
    let mut calls = 0;
    while measure::goes_on(start, calls) {
        measure::one_turn(store, queries, |place, time| {
            times.entry(place).or_default().push(time);
        });
        calls += queries.len();
    }
    let all = Summary::of(times.values().flatten().copied().collect());
    let each = times.into_values().map(Summary::of);
    let slowest = each.max_by(|a, b| a.median.total_cmp(&b.median));
    (all, slowest.expect("a workload has a request"))
}
