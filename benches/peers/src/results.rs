//! The measured values of a run.

use serde::{Deserialize, Serialize};

/// The value of one figure for one peer and one size.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// The key of the figure.
    pub(crate) figure: String,
    /// The name of the peer.
    pub(crate) peer: String,
    /// The number of units.
    pub(crate) size: usize,
    /// The median of the repetitions, or the only value, in the unit of the figure. Of several
    /// rounds: the median of their medians.
    pub(crate) value: f64,
    /// The smallest value, if there are several repetitions.
    pub(crate) min: Option<f64>,
    /// Whether the answer that was timed was wrong.
    pub(crate) wrong: bool,
    /// The largest value of the rounds minus the smallest, as a fraction of the middle one. 0 for
    /// one round.
    pub(crate) spread: f64,
}

/// All values that one run measured.
pub(crate) struct Results(pub(crate) Vec<Measurement>);

impl Results {
    pub(crate) fn find(&self, figure: &str, peer: &str, size: usize) -> Option<&Measurement> {
        self.0.iter().find(|measurement| {
            (
                measurement.figure.as_str(),
                measurement.peer.as_str(),
                measurement.size,
            ) == (figure, peer, size)
        })
    }

    /// The sizes without repetitions, the smallest first.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.0.iter().map(|measurement| measurement.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }
}

/// A size in short form, such as `10k`.
pub(crate) fn size_label(size: usize) -> String {
    match size {
        1.. if size.is_multiple_of(1_000_000) => format!("{}M", size / 1_000_000),
        1.. if size.is_multiple_of(1_000) => format!("{}k", size / 1_000),
        _ => size.to_string(),
    }
}
