//! W7 without an index for its order: the first time after a write, and again.

use std::hint::black_box;
use std::time::Instant;

use livechat_units_testkit::data::Row;
use livechat_units_testkit::naive::Order;

use crate::expected::Expected;
use crate::measure::{self, Summary};
use crate::peer::Peer;
use crate::record::Record;
use crate::{workloads, writes};

/// Times both offsets. Every write makes a store drop its cached orders.
pub(crate) fn measure<P: Peer>(
    record: &mut Record<'_>,
    store: &mut P,
    rows: &[Row],
    expected: &mut Expected<'_>,
) {
    let changed = writes::renamed(&rows[0], &rows[rows.len() - 1]);
    let (changed, original) = (changed.json(), rows[0].json());
    let three = Order::VisibilityMonitorsName;
    for (first, again, offset) in [
        ("W7 first", "W7 again", 0),
        ("W7d first", "W7d again", rows.len() / 2),
    ] {
        let request = workloads::request(None, three, offset);
        let query = P::query(request);
        let mut times = Vec::new();
        let start = Instant::now();
        while measure::goes_on(start, times.len()) {
            // The new name, then the old one, so that the answer is known.
            store.upsert(P::document(&changed));
            store.upsert(P::document(&original));
            let query = query.clone();
            let mut body = Vec::new();
            let time = measure::time_of(|| body = black_box(store.answer(black_box(query))));
            expected.check::<P>(request, &body);
            times.push(time.as_secs_f64());
        }
        record.record(first, Summary::of(times));
        record.record(again, measure::repeat(store, &query));
    }
}
