//! The figures of one peer at one size, as they are found.

use crate::expected::Answer;
use crate::figures::{self, Scale};
use crate::measure::Summary;
use crate::name::Name;
use crate::results::Measurement;

/// What has been found, and what is to be found.
pub(crate) struct Record<'a> {
    peer: Name,
    size: usize,
    workloads: &'a [String],
    pub(crate) found: Vec<Measurement>,
    /// What the figures are measured on from now on.
    pub(crate) answers: Answer,
}

impl<'a> Record<'a> {
    pub(crate) fn new(size: usize, peer: Name, workloads: &'a [String]) -> Self {
        Self {
            peer,
            size,
            workloads,
            found: Vec::new(),
            answers: Answer::Right,
        }
    }

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
}
