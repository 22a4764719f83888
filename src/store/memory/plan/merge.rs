//! Units with an array in a field of the sort order have no `Key` and so are in no index. Their
//! ordinals among the other matches are computed for each page.

use std::borrow::Cow;
use std::ops::Range;

use crate::order::{Direction, SortKey};
use crate::store::memory::id::{OrBroken, Slot, part};
use crate::store::memory::plan::indexed::Indexed;
use crate::store::memory::set::{Bitmap, Found, Matches};
use crate::store::memory::work::Work;

impl Indexed<'_> {
    /// The matches in the index: all except `arrays`.
    pub(crate) fn without(
        self,
        arrays: &[(SortKey<'_>, Slot)],
        matches: &Matches<'_>,
    ) -> Matches<'static> {
        let count = matches.len() - arrays.len();
        let found = match matches {
            Matches::All(_) => return Matches::All(count),
            Matches::Some(found) => found,
        };
        let mut others = found.to_vec();
        others.retain(|slot| self.list.contains(*slot));
        Matches::Some(match found {
            Found::List(_) => Found::List(others),
            Found::Bitmap { .. } => {
                let mut bits = Bitmap::default();
                for slot in others {
                    bits.insert(slot);
                }
                let bits = Cow::Owned(bits);
                Found::Bitmap { bits, count }
            }
        })
    }
}

/// Counts the matches before each of a monotonic sequence of ranks.
pub(crate) struct Counter<'a> {
    index: Indexed<'a>,
    matches: &'a Matches<'a>,
    /// The sorted ranks of the matches, if these are a list.
    ranks: Option<Vec<usize>>,
    /// The last rank, and the number of matches below it.
    rank: usize,
    below: usize,
}

impl<'a> Counter<'a> {
    pub(crate) fn new(index: Indexed<'a>, matches: &'a Matches<'a>, work: &mut Work) -> Self {
        let ranks = match matches {
            Matches::Some(Found::List(slots)) => {
                work.keys += slots.len();
                let ranks = slots
                    .iter()
                    .map(|slot| index.list.rank_of(*slot).or_broken());
                let mut ranks: Vec<usize> = ranks.collect();
                ranks.sort_unstable();
                Some(ranks)
            }
            _ => None,
        };
        let (rank, below) = match index.direction {
            Direction::Ascending => (0, 0),
            Direction::Descending => (index.list.len(), matches.len()),
        };
        Self {
            index,
            matches,
            ranks,
            rank,
            below,
        }
    }

    /// The number of matches listed before a rank.
    pub(crate) fn before(&mut self, rank: usize, work: &mut Work) -> usize {
        let below = match &self.ranks {
            Some(ranks) => ranks.partition_point(|other| *other < rank),
            None => self.below(rank, work),
        };
        match self.index.direction {
            Direction::Ascending => below,
            Direction::Descending => self.matches.len() - below,
        }
    }

    fn below(&mut self, rank: usize, work: &mut Work) -> usize {
        let (from, to) = (self.rank.min(rank), self.rank.max(rank));
        let between = match self.matches {
            Matches::Some(Found::Bitmap { bits, .. }) => {
                work.keys += to - from;
                self.index.list.count_range(from..to, bits)
            }
            _ => to - from,
        };
        if rank < self.rank {
            self.below -= between;
        } else {
            self.below += between;
        }
        self.rank = rank;
        self.below
    }
}

/// The ordinals of the units with arrays among all matches, ascending.
pub(crate) struct Merge(Vec<(usize, Slot)>);

impl Merge {
    /// From each unit, in the sort order: the number of other matches before it, and its slot.
    pub(crate) fn new(units: impl Iterator<Item = (usize, Slot)>) -> Self {
        let units = units.enumerate();
        Self(
            units
                .map(|(at, (others, slot))| (at + others, slot))
                .collect(),
        )
    }

    /// The units with arrays before an ordinal.
    fn before(&self, ordinal: usize) -> usize {
        self.0.partition_point(|(other, _)| *other < ordinal)
    }

    /// The range of the other matches in a range of all matches.
    pub(crate) fn others(&self, range: &Range<usize>) -> Range<usize> {
        range.start - self.before(range.start)..range.end - self.before(range.end)
    }

    /// The slots in a range of all matches, from the other matches in it.
    pub(crate) fn interleave(&self, range: Range<usize>, others: Vec<Slot>) -> Vec<Slot> {
        let arrays = part(&self.0, self.before(range.start)..self.before(range.end));
        let mut arrays = arrays.iter().peekable();
        let mut others = others.into_iter();
        let slots = range.map(|ordinal| match arrays.next_if(|(at, _)| *at == ordinal) {
            Some((_, slot)) => *slot,
            None => others.next().or_broken(),
        });
        slots.collect()
    }
}

#[cfg(test)]
mod tests;
