//! Collects the figures of one peer at one size.

use crate::expected::Answer;
use crate::figures::{self, Scale};
use crate::measure::Summary;
use crate::name::PeerName;
use crate::results::Measurement;

/// The measurements so far, and the figures that were requested.
pub(crate) struct Record<'a> {
    peer: PeerName,
    size: usize,
    workloads: &'a [String],
    pub(crate) found: Vec<Measurement>,
    /// The correctness of the answers behind the next figures.
    pub(crate) answers: Answer,
}

impl<'a> Record<'a> {
    pub(crate) fn new(size: usize, peer: PeerName, workloads: &'a [String]) -> Self {
        Self {
            peer,
            size,
            workloads,
            found: Vec::new(),
            answers: Answer::Right,
        }
    }

    /// Whether this figure belongs to a requested workload.
    pub(crate) fn wants(&self, figure: &str) -> bool {
        figures::find(figure).is_some_and(|figure| {
            let mut asked_for = self.workloads.iter();
            asked_for.any(|workload| workload == figure.workload)
        })
    }

    /// Adds a time if its figure is requested.
    pub(crate) fn record(&mut self, figure: &'static str, seconds: Summary) {
        let factor = match figures::find(figure).map(|figure| figure.scale) {
            Some(Scale::Micros) => 1e6,
            _ => 1.0,
        };
        self.keep(figure, seconds.median * factor, Some(seconds.min * factor));
    }

    /// Adds a single number if its figure is requested.
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
}
