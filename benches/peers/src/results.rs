//! The measurements.

use serde::{Deserialize, Serialize};

/// One number: of one figure, one peer and one size.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measurement {
    pub(crate) figure: String,
    pub(crate) peer: String,
    pub(crate) size: usize,
    /// The median, or the only value, in the unit of the figure.
    pub(crate) value: f64,
    /// The best of several values.
    pub(crate) min: Option<f64>,
    /// Whether the measured answer was wrong.
    pub(crate) wrong: bool,
    /// The spread of the medians of several rounds, as a part of the median.
    pub(crate) spread: f64,
}

/// Everything that one run measured.
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

    /// The sizes, the smallest first.
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
