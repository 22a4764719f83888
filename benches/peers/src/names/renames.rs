//! Renames to names that no unit had.

use std::collections::HashMap;
use std::time::Instant;

use livechat_units_testkit::data::Row;
use livechat_units_testkit::random::Random;

use super::Record;
use super::answers::{Answers, Listing};
use crate::load::lines;
use crate::measure;
use crate::peer::Peer;

/// The most renames that are measured.
pub(super) const MOST: usize = 2_000;
/// The renames that are searched for afterwards.
const CHECKED: usize = 20;

/// Gives random units new names. Then some of the units are found by these names.
pub(super) fn measure<P: Peer>(
    record: &mut Record,
    store: &mut P,
    rows: &mut [Row],
    names: Vec<String>,
) {
    let mut random = Random(0x4E4A_4D45);
    let mut renamed = HashMap::new();
    let (mut before, mut inside, mut all) = (Vec::new(), Vec::new(), Vec::new());
    let start = Instant::now();
    for name in names {
        if !measure::goes_on(start, all.len()) {
            break;
        }
        let row = random.below(rows.len());
        rows[row].name = name;
        let document = P::document(&rows[row].json());
        let mut prepared = None;
        let prepare = measure::time_of(|| prepared = Some(store.prepare_upsert(document)));
        let prepare = prepare.as_secs_f64() * 1e6;
        let document = prepared.expect("a closure that is called");
        let upsert = measure::time_of(|| store.upsert(document));
        let upsert = upsert.as_secs_f64() * 1e6;
        before.push(prepare);
        inside.push(upsert);
        all.push(prepare + upsert);
        renamed.insert(row, all.len());
    }
    for (key, times) in [
        ("rename: before the lock", before),
        ("rename: in the lock", inside),
        ("rename: all", all),
    ] {
        record.number(key, measure::Summary::of(times).median);
    }
    let lines = lines(rows);
    let answers = Answers::new(rows, &lines);
    for row in renamed.keys().take(CHECKED) {
        let name = rows[*row].name.as_str();
        // The names of some data sets are longer than a query string.
        if name.len() <= 1_000 {
            let text: &'static str = name.to_owned().leak();
            let matches = answers.matches(text);
            let request = Listing::ByName.request(text, matches.len());
            let found = store.answer(P::query(request));
            assert!(
                found == answers.body(&matches, request),
                "after renames, {request:?}"
            );
        }
    }
}
