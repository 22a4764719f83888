//! What has been measured.

use serde::{Deserialize, Serialize};

/// One number: of one figure, by one peer, over so many units.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measurement {
    pub(crate) figure: String,
    pub(crate) peer: String,
    pub(crate) size: usize,
    /// The median, where there are several; in the scale of the figure.
    pub(crate) value: f64,
    /// The best, where there are several.
    pub(crate) min: Option<f64>,
    /// Whether it was measured on a wrong answer.
    pub(crate) wrong: bool,
    /// By which part of the median the medians of several rounds lie apart.
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

    /// From the smallest to the largest.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.0.iter().map(|measurement| measurement.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }
}

/// A size as people say it.
pub(crate) fn size_label(size: usize) -> String {
    match size {
        1.. if size.is_multiple_of(1_000_000) => format!("{}M", size / 1_000_000),
        1.. if size.is_multiple_of(1_000) => format!("{}k", size / 1_000),
        _ => size.to_string(),
    }
}
