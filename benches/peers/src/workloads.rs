//! The requests of each workload, for a number of units.

use livechat_units_testkit::naive::Order;
use livechat_units_testkit::random::Random;

use crate::request::{PAGE, Request};

/// Requests that are timed together.
pub(crate) struct Workload {
    /// The name of its figure.
    pub(crate) figure: &'static str,
    pub(crate) requests: Vec<Request>,
    pub(crate) plan: Plan,
}

/// How the requests are repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// One request, repeated. The clock is read after several calls.
    Repeat,
    /// All requests in turn, repeated.
    InTurn,
    /// Each request once: almost nothing of a page is in the caches of the processor.
    Once,
}

/// Substrings of one word, of several alphabets, in different numbers of names. A cache of
/// one answer does not help, and no single text decides the figure.
pub(crate) const TEXTS: [&str; 16] = [
    "sales",
    "отдел",
    "ünïtê",
    "東京",
    "bra",
    "cle",
    "dri",
    "plo",
    "trou",
    "nie",
    "kou",
    "stra",
    "bar",
    "gin",
    "42",
    "st",
];

/// With 512 offsets, every page is in the caches from the second turn on.
const OFFSETS_IN_TURN: usize = 512;
const OFFSETS_ONCE: usize = 100_000;

/// W1 to W9, W13 and W14, of the first data set.
pub(crate) fn of_words(size: usize) -> Vec<Workload> {
    let by = |order, offset| request(None, order, offset);
    let with = |text, order, offset| request(Some(text), order, offset);
    let (name, most, three) = (
        Order::Name,
        Order::MostMonitorsFirst,
        Order::VisibilityMonitorsName,
    );
    vec![
        repeat("W1", by(name, 0)),
        repeat("W2", by(name, size / 2)),
        in_turn("W2r", random_offsets(size, name, OFFSETS_IN_TURN)),
        once("W2r fresh", random_offsets(size, name, OFFSETS_ONCE)),
        repeat("W3", with("qzx", name, 0)),
        repeat("W4", with("sales", name, 0)),
        in_turn("W4r", TEXTS.map(|text| with(text, name, 0)).to_vec()),
        repeat("W5", with("a", name, 0)),
        repeat("W6", by(Order::NewestFirst, 0)),
        once(
            "W6 fresh",
            random_offsets(size, Order::NewestFirst, OFFSETS_ONCE),
        ),
        once("W6m fresh", random_offsets(size, most, OFFSETS_ONCE)),
        repeat("W7", by(three, 0)),
        repeat("W7d", by(three, size / 2)),
        once("W7 fresh", random_offsets(size, three, OFFSETS_ONCE)),
        repeat("W8", with("sales", most, (size / 100).min(100))),
        repeat("W9", with("отд", name, 0)),
        repeat("W13 s t", with("s t", name, 0)),
        repeat("W13 e c", with("e c", name, 0)),
        repeat("W13 sales s", with("sales s", name, 0)),
        repeat("W14 a", with("a", name, size / 3)),
        repeat("W14 sales", with("sales", name, size / 40)),
        repeat("W14 a sorted", with("a", most, size / 3)),
    ]
}

/// W15, of the second data set.
pub(crate) fn of_codes() -> Vec<Workload> {
    let with = |text| request(Some(text), Order::Name, 0);
    vec![
        repeat("W15 unit", with("unit")),
        repeat("W15 99", with("99")),
        repeat("W15 t-00", with("t-00")),
        repeat("W15 code", with("unit-0001234")),
    ]
}

pub(crate) fn request(text: Option<&'static str>, order: Order, offset: usize) -> Request {
    Request {
        text,
        order,
        offset,
    }
}

/// Random offsets of full pages.
fn random_offsets(size: usize, order: Order, count: usize) -> Vec<Request> {
    let mut random = Random(0x0FF5_E755);
    let bound = u64::try_from(size - PAGE).expect("a size fits into 64 bits");
    let offset = |_| usize::try_from(random.below(bound)).expect("below a size");
    let offsets = (0..count).map(offset);
    offsets.map(|offset| request(None, order, offset)).collect()
}

fn repeat(figure: &'static str, request: Request) -> Workload {
    Workload {
        figure,
        requests: vec![request],
        plan: Plan::Repeat,
    }
}

fn in_turn(figure: &'static str, requests: Vec<Request>) -> Workload {
    Workload {
        figure,
        requests,
        plan: Plan::InTurn,
    }
}

fn once(figure: &'static str, requests: Vec<Request>) -> Workload {
    Workload {
        figure,
        requests,
        plan: Plan::Once,
    }
}
