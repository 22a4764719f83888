//! Sorting by reading every match, for orders of fields without an index.

use crate::field;
use crate::order::{OrderError, SortKey, SortSpec};
use crate::store::memory::documents::Documents;
use crate::store::memory::id::Slot;
use crate::store::memory::sort::{Key, KeyField, key};
use crate::store::memory::work::Work;

/// Sorts slots by `sort`. Errors: those of [`SortKey::new`], for any of the units.
pub(crate) fn sorted(
    documents: &Documents,
    sort: &SortSpec,
    slots: Vec<Slot>,
    work: &mut Work,
) -> Result<Vec<Slot>, OrderError> {
    let named = sort.fields().iter();
    let named = named.map(|field| KeyField::new(field.path(), field.direction()));
    // A second `_id` after the first changes nothing.
    let id = KeyField::new(field::ID, sort.tie_break());
    let fields: Vec<KeyField> = named.chain([id]).collect();
    let keys = slots.into_iter().map(|slot| {
        work.documents += 1;
        if let Some(key) = Key::of_slot(&fields, documents, slot) {
            return Ok((key, slot));
        }
        let unit = documents.unit(slot);
        let key = SortKey::new(sort, &unit)?;
        Ok((Key::of_sort_key(&fields, &key), slot))
    });
    let keys = keys.collect::<Result<Vec<_>, OrderError>>()?;
    Ok(key::sort(keys, &fields))
}

/// Whether a stored unit, which has a sort key, sorts before `position` or is at it.
pub(crate) fn is_passed(documents: &Documents, slot: Slot, position: &SortKey<'_>) -> bool {
    let unit = documents.unit(slot);
    SortKey::new(position.sort(), &unit).is_ok_and(|key| key <= *position)
}
