//! How a query was answered, and the counted work of queries and writes.

use std::fmt;

/// Which indexes serve a query, and how much of them is read. `Display` writes one line in the words
/// of MongoDB's `explain`:
///
/// ```
/// use livechat_units::{MemoryStore, Unit, UnitQuery};
///
/// let store: MemoryStore = [Unit::builder("a").name("Sales").build()?].into_iter().collect();
/// let explain = store.explain(&UnitQuery::default())?;
/// assert_eq!(explain.to_string(), "text: none; order: index; keysExamined: 1, docsExamined: 0; \
///     plan: slice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Explain {
    pub(crate) work: Work,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// How the matches are found.
    pub(crate) text: &'static str,
    /// How the matches are sorted.
    pub(crate) order: &'static str,
    /// The name of the plan that found the page.
    pub(crate) plan: &'static str,
    /// Entries of indexes that were read.
    pub(crate) keys: usize,
    pub(crate) documents: usize,
    /// Grams of the text that were looked up: those of three scalars, or the text.
    pub(crate) grams: usize,
    /// Slot sets of grams that were read.
    pub(crate) sets: usize,
    /// Names that may contain the text.
    pub(crate) candidates: usize,
    /// Names that were searched for the text, a sample twice, without a scan of all names.
    pub(crate) verified: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    /// Comparisons with the keys of other units.
    pub(crate) compared: usize,
    /// Orders into which a unit was inserted.
    pub(crate) moved: usize,
    /// Slot sets of grams that were changed.
    pub(crate) sets: usize,
}

impl Explain {
    /// Entries of indexes that are read: slots of grams, and entries of an order.
    pub fn keys_examined(&self) -> u64 {
        u64::try_from(self.work.keys).unwrap_or(u64::MAX)
    }

    /// Names that are searched for the text, a sample twice. A scan of all names is not counted.
    pub fn names_verified(&self) -> u64 {
        u64::try_from(self.work.verified).unwrap_or(u64::MAX)
    }

    /// Units that are read to match or to sort them. Copying the page is not counted.
    pub fn documents_examined(&self) -> u64 {
        u64::try_from(self.work.documents).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = &self.work;
        write!(f, "text: {}", work.text)?;
        if work.grams > 0 {
            write!(
                f,
                " (grams: {}, slotSetsJoined: {}, candidates: {}, namesVerified: {})",
                work.grams, work.sets, work.candidates, work.verified
            )?;
        }
        write!(
            f,
            "; order: {}; keysExamined: {}, docsExamined: {}; plan: {}",
            work.order, work.keys, work.documents, work.plan
        )
    }
}
