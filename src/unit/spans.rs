//! The byte ranges of the documented fields in the compact JSON of a document.

use crate::field::{self, Field};

/// The number of fields whose spans are recorded: `_id`, `type` and every [`Field`].
const RECORDED: usize = 2 + Field::ALL.len();

/// The byte ranges of values in the compact JSON of a document.
#[derive(Clone, Copy, Default)]
pub(super) struct Spans([Span; RECORDED]);

/// The start and the end of a literal; both are 0 if the document has no such field.
pub(super) type Span = (u32, u32);

impl Spans {
    /// The JSON literal of a field. `None` if the document does not have the field.
    pub(super) fn literal<'a>(&self, index: usize, json: &'a str) -> Option<&'a str> {
        let (start, end) = *self.0.get(index)?;
        let span = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        json.get(span).filter(|literal| !literal.is_empty())
    }

    /// Records the span of a field. Returns whether the field had no span before.
    pub(super) fn set(&mut self, index: usize, span: Span) -> bool {
        let Some(recorded) = self.0.get_mut(index) else {
            return false;
        };
        std::mem::replace(recorded, span) == Span::default()
    }
}

/// The index of the span of a field. `None` for a field whose span is not recorded.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "a call takes longer than the comparisons"
)]
pub(super) fn index_of(key: &str) -> Option<usize> {
    match key {
        field::ID => Some(ID_INDEX),
        field::TYPE => Some(ID_INDEX + 1),
        _ => Field::from_path(key).map(Field::index),
    }
}

pub(super) const UPDATED_AT_INDEX: usize = Field::UpdatedAt.index();
pub(super) const ID_INDEX: usize = Field::ALL.len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_field_has_its_own_index() {
        let paths = Field::ALL.map(Field::path).into_iter();
        let recorded = paths.chain([field::ID, field::TYPE]);
        let mut indexes: Vec<usize> = recorded.filter_map(index_of).collect();
        indexes.sort_unstable();
        assert!(indexes.into_iter().eq(0..RECORDED));
        assert_eq!(index_of(field::ID), Some(ID_INDEX));
        assert_eq!(index_of(Field::UpdatedAt.path()), Some(UPDATED_AT_INDEX));
        for key in ["", "Name", "name.", "ids"] {
            assert_eq!(index_of(key), None);
        }
    }
}
