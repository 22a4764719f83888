//! The two JSON forms of a document.

/// The JSON form in which a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The plain form of SPEC §1, which responses contain.
    Plain,
    /// The plain form, but with an extended-JSON wrapper around each value that the plain
    /// form does not preserve. A document that is read from this form equals the original.
    Extended,
}
