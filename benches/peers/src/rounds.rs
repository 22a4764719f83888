//! The sum of several rounds. Other work on the machine slows down a round, and not only
//! one peer.

use crate::results::Measurement;

/// The median of the medians, and the best of all rounds.
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
