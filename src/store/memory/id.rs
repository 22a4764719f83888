//! 32-bit ids, a type for each kind, and vectors indexed by them: a [`Table`] takes ids of one
//! kind, so a slot cannot index a table of chunks.
//!
//! A store answers exactly or panics: [`OrBroken`] panics if two indexes contradict each other.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A 32-bit number that identifies a thing of one kind.
pub(crate) trait Id: Copy + Ord {
    /// The id of the entry at `index` of a table.
    fn at(index: usize) -> Self;
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl Id for $name {
            #[inline]
            fn at(index: usize) -> Self {
                Self(narrow(index))
            }

            #[inline]
            fn index(self) -> usize {
                widen(self.0)
            }
        }
    )+};
}

ids! {
    /// The number of a unit in [`Documents`](super::documents::Documents) and in every index.
    Slot,
    /// The number of a gram of the text index.
    GramId,
    /// The number of a chunk of a chunked list. It does not change when other chunks are split.
    ChunkId,
    /// The ordinal of a chunk in its list.
    ChunkRank,
    /// The ordinal of a unit in the input of a load.
    Arrival,
    /// The ordinal of a unit of a load in the order of `_id`.
    IdRank
}

#[derive(Clone, Debug)]
pub(crate) struct Table<I, T> {
    pub(crate) entries: Vec<T>,
    ids: PhantomData<I>,
}

impl<I: Id, T> Table<I, T> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, entry: T) -> I {
        self.entries.push(entry);
        I::at(self.entries.len() - 1)
    }

    #[inline]
    pub(crate) fn find(&self, id: I) -> Option<&T> {
        self.entries.get(id.index())
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        (0..self.len()).map(I::at).zip(&self.entries)
    }
}

impl<I, T> Default for Table<I, T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<I, T> From<Vec<T>> for Table<I, T> {
    fn from(entries: Vec<T>) -> Self {
        Self {
            entries,
            ids: PhantomData,
        }
    }
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, id: I) -> &T {
        self.entries.get(id.index()).or_broken()
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, id: I) -> &mut T {
        self.entries.get_mut(id.index()).or_broken()
    }
}

/// Returns a value that exists if the indexes agree with each other. Panics if there is none.
pub(crate) trait OrBroken<T> {
    fn or_broken(self) -> T;
}

impl<T> OrBroken<T> for Option<T> {
    #[inline]
    #[track_caller]
    #[allow(
        clippy::expect_used,
        reason = "a wrong answer is worse than none; no query and no unit leads here"
    )]
    fn or_broken(self) -> T {
        self.expect(
            "MemoryStore: two indexes contradict each other, or one exceeds 2^32 entries; this is \
             a bug in livechat-units, please report it; replace_all rebuilds every index",
        )
    }
}

#[inline]
#[track_caller]
pub(crate) fn widen(number: u32) -> usize {
    usize::try_from(number).ok().or_broken()
}

/// A count as a 32-bit number. Panics if it exceeds `u32::MAX`.
#[inline]
#[track_caller]
pub(crate) fn narrow(count: usize) -> u32 {
    u32::try_from(count).ok().or_broken()
}
