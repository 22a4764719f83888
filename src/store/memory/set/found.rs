//! The matches of a query.

use std::borrow::Cow;

use crate::store::memory::id::Slot;
use crate::store::memory::set::bitmap::Bitmap;

/// A set of slots that is read in order: a list of few, or a bitmap of many.
#[derive(Clone, Debug)]
pub(crate) enum Found<'a> {
    /// Sorted.
    List(Vec<Slot>),
    Bitmap {
        bits: Cow<'a, Bitmap>,
        count: usize,
    },
}

#[derive(Clone, Debug)]
pub(crate) enum Matches<'a> {
    /// All units: this many.
    All(usize),
    Some(Found<'a>),
}

impl Matches<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All(total) => *total,
            Self::Some(found) => found.len(),
        }
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        match self {
            Self::All(_) => true,
            Self::Some(found) => found.contains(slot),
        }
    }
}

impl Found<'_> {
    pub(crate) fn from_bits(bits: Bitmap) -> Self {
        let count = bits.count();
        let bits = Cow::Owned(bits);
        Self::Bitmap { bits, count }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(slots) => slots.len(),
            Self::Bitmap { count, .. } => *count,
        }
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        match self {
            Self::List(slots) => slots.binary_search(&slot).is_ok(),
            Self::Bitmap { bits, .. } => bits.contains(slot),
        }
    }

    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(Slot)) {
        match self {
            Self::List(slots) => slots.iter().for_each(|slot| each(*slot)),
            Self::Bitmap { bits, .. } => bits.for_each(each),
        }
    }

    pub(crate) fn to_vec(&self) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.len());
        self.for_each(|slot| slots.push(slot));
        slots
    }

    /// Adds slots, which may be in any order.
    pub(crate) fn extend(&mut self, more: Vec<Slot>) {
        match self {
            _ if more.is_empty() => {}
            Self::List(slots) => {
                slots.extend(more);
                slots.sort_unstable();
            }
            Self::Bitmap { bits, count } => {
                let bits = bits.to_mut();
                *count += more.iter().filter(|slot| bits.insert(**slot)).count();
            }
        }
    }

    pub(crate) fn intersected(self, other: Self) -> Self {
        match (self, other) {
            (Self::Bitmap { mut bits, .. }, Self::Bitmap { bits: other, .. }) => {
                bits.to_mut().intersect(&other);
                Self::from_bits(bits.into_owned())
            }
            (Self::List(mut slots), other) | (other, Self::List(mut slots)) => {
                slots.retain(|slot| other.contains(*slot));
                Self::List(slots)
            }
        }
    }
}
