//! The two ways in which a document is written.

/// Which JSON a value is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The plain form of SPEC §1, which answers have.
    Plain,
    /// The same with wrappers where it would not be read as the value it was.
    Extended,
}
