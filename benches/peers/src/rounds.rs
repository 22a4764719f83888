//! Several rounds as one: a machine that does something else for a while does it to a
//! round, not to a peer.

use crate::results::Measurement;

/// The median of the medians, and the best of all.
pub(crate) fn merged(mut all: Vec<Measurement>) -> Vec<Measurement> {
    let mut merged = Vec::new();
    while let Some(first) = all.first() {
        let key = |found: &Measurement| (found.figure.clone(), found.peer.clone(), found.size);
        let wanted = key(first);
        let (mut same, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|found| key(found) == wanted);
        all = rest;
        same.sort_by(|a, b| a.value.total_cmp(&b.value));
        let spread = (same[same.len() - 1].value - same[0].value) / same[same.len() / 2].value;
        let min = same.iter().filter_map(|found| found.min).reduce(f64::min);
        let wrong = same.iter().any(|found| found.wrong);
        merged.push(Measurement {
            min,
            wrong,
            spread,
            ..same.swap_remove(same.len() / 2)
        });
    }
    merged
}
