//! The data sets. They differ in their names.

use super::cjk::Cjk;
use super::codes::Codes;
use super::hostile::Hostile;
use super::prose::Prose;
use super::{Row, row};
use crate::random::Random;

/// A data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSet {
    /// Two to four words out of 2,000, and a number. [`rows`](super::rows) makes it too.
    MadeUp,
    /// One to 25 words out of a vocabulary that grows with the number of names.
    Prose,
    /// Names like those of a package registry. Of 10,000 units, one has an `_updatedAt` that is
    /// not a date.
    Codes,
    /// Chinese and Japanese names without spaces.
    Cjk,
    /// Names that are the worst of their kind.
    Hostile(Hostile),
}

/// The number of codes of which one has a malformed date.
const MALFORMED_EVERY: usize = 10_000;
/// Dates that do not exist or are not written as dates are. They begin like others do.
const MALFORMED: [&str; 4] = [
    "2019-02-30T10:00:00.000Z",
    "2019-02-30 10:00",
    "1568541600",
    "unknown",
];

impl DataSet {
    /// The data sets with names that could be real.
    pub const PLAUSIBLE: [Self; 4] = [Self::MadeUp, Self::Prose, Self::Codes, Self::Cjk];

    /// The data sets with hostile names.
    pub const HOSTILE: [Self; 7] = [
        Self::Hostile(Hostile::Equal),
        Self::Hostile(Hostile::OneLetter),
        Self::Hostile(Hostile::TwoLetters),
        Self::Hostile(Hostile::SharedPrefix),
        Self::Hostile(Hostile::Random),
        Self::Hostile(Hostile::Megabyte),
        Self::Hostile(Hostile::Scalars),
    ];

    /// The name of the data set in arguments and tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::MadeUp => "made-up",
            Self::Prose => "prose",
            Self::Codes => "codes",
            Self::Cjk => "cjk",
            Self::Hostile(Hostile::Equal) => "equal",
            Self::Hostile(Hostile::OneLetter) => "one-letter",
            Self::Hostile(Hostile::TwoLetters) => "two-letters",
            Self::Hostile(Hostile::SharedPrefix) => "shared-prefix",
            Self::Hostile(Hostile::Random) => "random",
            Self::Hostile(Hostile::Megabyte) => "megabyte",
            Self::Hostile(Hostile::Scalars) => "scalars",
        }
    }

    /// The data set with this label.
    pub fn of_label(label: &str) -> Option<Self> {
        let mut all = Self::PLAUSIBLE.into_iter().chain(Self::HOSTILE);
        all.find(|set| set.label() == label)
    }

    /// The number of units at which the data set has the shape that its module describes, and
    /// at which it is measured if nothing else is asked for.
    pub fn size(self) -> usize {
        match self {
            Self::MadeUp | Self::Codes => 1_000_000,
            Self::Prose => 212_041,
            Self::Cjk => 500_000,
            Self::Hostile(_) => 100_000,
        }
    }

    /// Names of a set of `size` units. The iterator does not end: names after the first `size`
    /// have the same shape, and can be given to units that are renamed.
    pub fn names(self, size: usize) -> Box<dyn Iterator<Item = String>> {
        match self {
            Self::MadeUp => Box::new(super::made_up::names()),
            Self::Prose => Box::new(Prose::new(size)),
            Self::Codes => Box::new(Codes::new(size)),
            Self::Cjk => Box::new(Cjk::new()),
            Self::Hostile(hostile) => hostile.names(size),
        }
    }

    /// Units of a set of `size` units, made one by one. The iterator does not end, as that of
    /// [`DataSet::names`].
    pub fn rows(self, size: usize) -> impl Iterator<Item = Row> {
        let mut random = Random(0x5EED);
        let named = self.names(size).enumerate();
        named.map(move |(number, name)| {
            let mut row = row(name, &mut random);
            if self == Self::Codes && number % MALFORMED_EVERY == MALFORMED_EVERY / 2 {
                let which = number / MALFORMED_EVERY % MALFORMED.len();
                MALFORMED[which].clone_into(&mut row.updated_at);
            }
            row
        })
    }
}
