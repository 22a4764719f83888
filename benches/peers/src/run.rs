//! One peer at one size, from the load to the last workload.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::data::{self, Row};
use crate::expected::{Answer, Expected};
use crate::figures::{self, Scale};
use crate::load::{self, lines, load};
use crate::measure::{self, Summary};
use crate::peer::{Name, Peer};
use crate::results::Measurement;
use crate::workloads::{self, Plan, Workload};
use crate::{codes, parse, undeclared, writes};

/// How long the answers to many requests are checked, and how many at least.
const CHECKING: Duration = Duration::from_secs(3);
const LEAST_CHECKED: usize = 3;

/// What has been found, and what is to be found.
pub(crate) struct Run<'a> {
    peer: Name,
    size: usize,
    workloads: &'a [String],
    found: Vec<Measurement>,
    /// What the figures are measured on from now on.
    answers: Answer,
}

/// Measures the workloads that are asked for.
pub(crate) fn run<P: Peer>(size: usize, peer: Name, workloads: &[String]) -> Vec<Measurement> {
    let mut run = Run {
        peer,
        size,
        workloads,
        found: Vec::new(),
        answers: Answer::Right,
    };
    let rows: Vec<Row> = data::rows(size).collect();
    data::assert_shape(&rows);
    {
        let lines = lines(&rows);
        let (store, cost) = load::<P>(&lines, size);
        run.keep("W10", cost.seconds, None);
        run.keep("W10 bytes", cost.bytes, None);
        run.keep("W10 resident", cost.resident, None);
        if let Some(bytes) = store.disk_bytes() {
            run.keep("W10 disk", load::per_unit(bytes, size), None);
        }
        let mut expected = Expected::new(&rows, &lines);
        for workload in workloads::of_words(size) {
            run.listing(&store, &mut expected, &workload);
        }
        if run.wants("W7 first")
            && let Some(mut store) = P::load_undeclared(&lines)
        {
            undeclared::measure(&mut run, &mut store, &rows, &mut expected);
        }
        drop(expected);
        drop(lines);
        writes::measure(&mut run, store, rows);
    }
    if run.wants("W15 bytes") {
        let rows = codes::rows(size);
        let lines = lines(&rows);
        let (store, cost) = load::<P>(&lines, size);
        run.keep("W15 bytes", cost.bytes, None);
        let mut expected = Expected::new(&rows, &lines);
        for workload in workloads::of_codes() {
            run.listing(&store, &mut expected, &workload);
        }
    }
    if run.wants("P") && peer == Name::Memory {
        run.record("P", parse::measure());
    }
    run.found
}

impl Run<'_> {
    /// Whether this figure belongs to a workload that was asked for.
    pub(crate) fn wants(&self, figure: &str) -> bool {
        figures::find(figure).is_some_and(|figure| {
            let mut asked_for = self.workloads.iter();
            asked_for.any(|workload| workload == figure.workload)
        })
    }

    /// Keeps a time that is to be reported.
    pub(crate) fn record(&mut self, figure: &'static str, seconds: Summary) {
        let factor = match figures::find(figure).map(|figure| figure.scale) {
            Some(Scale::Micros) => 1e6,
            _ => 1.0,
        };
        self.keep(figure, seconds.median * factor, Some(seconds.min * factor));
    }

    /// Keeps a number of which there is one only, if it is to be reported.
    pub(crate) fn keep(&mut self, figure: &'static str, value: f64, min: Option<f64>) {
        if self.wants(figure) {
            eprintln!("  {figure}: {value:.3}");
            self.found.push(Measurement {
                figure: figure.to_owned(),
                peer: self.peer.as_str().to_owned(),
                size: self.size,
                value,
                min,
                wrong: self.answers == Answer::Wrong,
                spread: 0.0,
            });
        }
    }

    /// Checks the answers to the requests of a workload, then times those it checked.
    fn listing<P: Peer>(&mut self, store: &P, expected: &mut Expected<'_>, workload: &Workload) {
        if !self.wants(workload.figure) {
            return;
        }
        let mut queries = Vec::new();
        let start = Instant::now();
        for request in &workload.requests {
            // A peer that is slow answers some of many requests. The 16 texts of W4r
            // are not alike, so they are timed all or not at all.
            let enough = queries.len() >= LEAST_CHECKED && start.elapsed() > CHECKING;
            if enough && workload.requests.len() > workloads::TEXTS.len() {
                break;
            }
            let query = P::query(*request);
            if expected.check::<P>(*request, &store.answer(query.clone())) == Answer::Wrong {
                self.answers = Answer::Wrong;
            }
            queries.push(query);
        }
        match workload.plan {
            Plan::Repeat => {
                let times = measure::repeat(store, &queries[0]);
                self.record(workload.figure, times);
            }
            Plan::Once => {
                let mut times = Vec::new();
                measure::one_turn(store, &queries, |_, time| times.push(time));
                self.record(workload.figure, Summary::of(times));
            }
            Plan::InTurn => {
                let (all, slowest) = in_turn(store, &queries);
                self.record(workload.figure, all);
                if workload.figure == "W4r" {
                    self.record("W4r slowest", slowest);
                }
            }
        }
        self.answers = Answer::Right;
    }
}

/// The times of all calls, and those of the query that takes longest.
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
