//! Why the core lists the matches, and not the server.

use livechat_units::QueryPart;
use thiserror::Error;

/// Why the core lists the matches, up to a bound. Beyond it the reason is part of the error.
///
/// Clients see the texts about a part of the query, and never the texts about a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Reason {
    #[error("a text whose pattern has more than {bound} bytes")]
    LongPattern { bound: usize },
    #[error("a sort path of more than {bound} segments")]
    DeepPath { bound: usize },
    #[error("a sort by {fields} fields and `_id`")]
    ManySortKeys { fields: usize },
    /// All strings sort before all `ObjectId`s on the server. In SPEC both are strings.
    #[error("units some of whose ids are strings and some ObjectIds")]
    MixedIds,
    /// A string in the form of a date is a date (SPEC §1).
    #[error("a sort by `_updatedAt` of units where it is a string")]
    DateStrings,
    #[error("a sort that meets arrays by two paths, or by a position")]
    Arrays,
    #[error("a sort by a field in which objects nest in more than {bound} levels")]
    DeepObjects { bound: usize },
    #[error("a cursor in a sort that meets arrays")]
    CursorBesideArrays,
    #[error("a cursor at a value that MongoDB may sort elsewhere")]
    CursorValue,
    #[error("a cursor that may take more than {bound} bytes of a command")]
    LongCursor { bound: usize },
    #[error("a cursor whose id is a string, of units whose ids are ObjectIds")]
    CursorId,
    #[error("a document that holds the field {field} twice, with the _id {id}")]
    RepeatedField { field: String, id: String },
    /// The census counted it. The next command did not find it.
    #[error("a document that holds a field twice and has changed or gone since")]
    RepeatedFieldGone,
    #[error(
        "a document that MongoDB's expressions read differently from its filters, with the _id \
         {id}"
    )]
    ReadDifferently { id: String },
}

impl Reason {
    /// The part of the query that is the reason. `None` if a document is the reason.
    pub(crate) fn part(&self) -> Option<QueryPart> {
        match self {
            Self::LongPattern { .. } => Some(QueryPart::Text),
            Self::DeepPath { .. }
            | Self::ManySortKeys { .. }
            | Self::MixedIds
            | Self::DateStrings
            | Self::Arrays
            | Self::DeepObjects { .. } => Some(QueryPart::Sort),
            Self::CursorBesideArrays
            | Self::CursorValue
            | Self::LongCursor { .. }
            | Self::CursorId => Some(QueryPart::Cursor),
            Self::RepeatedField { .. } | Self::RepeatedFieldGone | Self::ReadDifferently { .. } => {
                None
            }
        }
    }
}
