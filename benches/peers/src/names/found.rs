//! The values of a run.

use livechat_units_testkit::data::DataSet;
use serde::{Deserialize, Serialize};

use crate::name::PeerName;

/// One value of one peer over one data set.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(super) set: String,
    pub(super) size: usize,
    pub(super) peer: String,
    /// What was measured.
    pub(super) key: String,
    /// Seconds, bytes or microseconds. For texts: the median.
    pub(super) value: f64,
    /// The other values of texts.
    pub(super) times: Option<Times>,
}

/// The times of the texts of one kind in one listing, in microseconds.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Times {
    pub(super) p90: f64,
    pub(super) p99: f64,
    /// Each text, and its median.
    pub(super) texts: Vec<(String, f64)>,
    /// Texts whose answers were wrong.
    pub(super) wrong: usize,
}

impl Times {
    pub(super) fn slowest(&self) -> Option<&(String, f64)> {
        self.texts.iter().max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// The round with the median value, for each value. Of two rounds, the slower one.
pub(crate) fn merged(mut all: Vec<Found>) -> Vec<Found> {
    let mut merged = Vec::new();
    while let Some(first) = all.first().cloned() {
        let (mut same, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|found| {
            (&found.set, found.size, &found.peer, &found.key)
                == (&first.set, first.size, &first.peer, &first.key)
        });
        all = rest;
        same.sort_by(|a, b| a.value.total_cmp(&b.value));
        merged.push(same.swap_remove(same.len() / 2));
    }
    merged
}

/// The values of one data set at one size.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) set: DataSet,
    pub(super) size: usize,
    pub(super) all: &'a [Found],
}

impl<'a> Values<'a> {
    pub(super) fn find(self, peer: PeerName, key: &str) -> Option<&'a Found> {
        self.all.iter().find(|found| {
            (
                found.set.as_str(),
                found.size,
                found.peer.as_str(),
                found.key.as_str(),
            ) == (self.set.label(), self.size, peer.as_str(), key)
        })
    }

    pub(super) fn number(self, peer: PeerName, key: &str) -> Option<f64> {
        Some(self.find(peer, key)?.value)
    }

    pub(super) fn times(self, peer: PeerName, key: &str) -> Option<&'a Times> {
        self.find(peer, key)?.times.as_ref()
    }

    /// The value of the store divided by that of the scan.
    pub(super) fn ratio(self, key: &str) -> Option<f64> {
        Some(self.number(PeerName::Memory, key)? / self.number(PeerName::VecPlus, key)?)
    }
}
