//! A random choice among ranks with different weights.

use crate::random::Random;

/// The running sums of the weights. A choice is a binary search.
pub(super) struct Weighted {
    sums: Vec<u64>,
}

impl Weighted {
    /// Each weight is the relative frequency of its index. One of them is at least 1.
    pub(super) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut sum = 0;
        let sums = weights.into_iter().map(|weight| {
            sum += weight;
            sum
        });
        Self {
            sums: sums.collect(),
        }
    }

    /// `count` ranks by Zipf's law: the weight of rank `r` is `1 / (r + flat)`. A larger `flat`
    /// makes the most frequent ranks less frequent.
    pub(super) fn zipf(count: usize, flat: u64) -> Self {
        const SCALE: u64 = 1_000_000_000;
        Self::new((0_u64..).take(count).map(|rank| SCALE / (rank + flat)))
    }

    /// A random index.
    pub(super) fn pick(&self, random: &mut Random) -> usize {
        self.at(random.below(self.sum()))
    }

    /// The index at this distance from the start, when every index is as wide as its weight.
    pub(super) fn at(&self, distance: u64) -> usize {
        self.sums.partition_point(|sum| *sum <= distance)
    }

    pub(super) fn sum(&self) -> u64 {
        *self.sums.last().expect("weights")
    }
}
