//! An order that no index helps with: every match is read.

use crate::order::SortSpec;
use crate::order::{OrderError, OwnedPart, SortKey};
use crate::store::memory::documents::Documents;
use crate::store::memory::sort::key::{Field, Key};
use crate::store::memory::work::Work;
use crate::unit::value::Value;

/// Sorts slots by `sort`.
///
/// # Errors
/// Those of [`SortKey::new`], for any of the units.
pub(crate) fn sorted(
    documents: &Documents,
    sort: &SortSpec,
    slots: impl Iterator<Item = u32>,
    work: &mut Work,
) -> Result<Vec<u32>, OrderError> {
    let named = sort.fields().iter();
    let id = Field::new("_id", sort.tie_break());
    let fields = named.map(|field| Field::new(field.path(), field.direction()));
    // A second `_id` behind the first one changes nothing.
    let fields: Vec<Field> = fields.chain([id]).collect();
    let keys = slots.map(|slot| {
        work.documents += 1;
        if let Some(key) = Key::of_slot(&fields, documents, slot) {
            return Ok((key, slot));
        }
        let Some(unit) = documents.unit(slot) else {
            unreachable!("every slot that is listed has a unit");
        };
        let key = SortKey::new(sort, &unit)?;
        let id = OwnedPart::Value(Value::String(unit.id().to_owned().into()));
        let parts = key.parts().map(OwnedPart::from).chain([id]);
        Ok((Key::of_parts(parts), slot))
    });
    let mut keys = keys.collect::<Result<Vec<(Key, u32)>, OrderError>>()?;
    keys.sort_unstable_by(|(a, _), (b, _)| a.compare(b, &fields));
    let mut slots: Vec<u32> = keys.into_iter().map(|(_, slot)| slot).collect();
    // They may be kept. Where a key is aligned like a slot, as with 32 bits, they were
    // collected into the memory of the keys, which is many times larger.
    slots.shrink_to_fit();
    Ok(slots)
}

/// Whether a stored unit comes before `place` or is at it. It has been sorted by `sort`.
pub(crate) fn is_within(documents: &Documents, slot: u32, place: &SortKey<'_>) -> bool {
    let unit = documents.unit(slot);
    let key = unit.as_ref().map(|unit| SortKey::new(place.sort(), unit));
    matches!(key, Some(Ok(key)) if key <= *place)
}
