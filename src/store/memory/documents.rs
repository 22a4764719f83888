//! The units themselves, each in a slot.
//!
//! ```text
//! slot ──► locations (8 bytes a unit) ──► arena: the JSON, byte for byte
//!     └──► whole: the few units that the arena does not hold
//! ```
//!
//! A location has the offset of the name in the JSON too: reading a name parses nothing else.

pub(crate) mod arena;

use std::borrow::Cow;

use hashbrown::HashMap;

use self::arena::{Arena, Location, TEMPORARY_SEGMENT};
use crate::field::{self, Field};
use crate::json;
use crate::store::memory::id::{OrBroken, Slot, Table};
use crate::unit::{self, Unit, value::Value};

/// Offsets into the JSON, in bytes: most units have the name at the first offset and the other fields
/// of sort orders around the second.
const TOUCHED: [usize; 2] = [40, 104];

/// Up to this many vacant slots, units are not numbered again. A vacant slot takes 8 bytes, and 4 in
/// every order.
const MANY_VACANT: usize = 65_536;

#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    arena: Arena,
    /// The mark is the offset of the literal of the name; 0 for a unit without a name.
    locations: Table<Slot, Location>,
    vacant: Vec<Slot>,
    /// Units that the arena cannot hold: see [`name_at`].
    whole: HashMap<Slot, Unit>,
}

impl Documents {
    pub(crate) fn temporary() -> Self {
        Self {
            arena: Arena::new(TEMPORARY_SEGMENT),
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.locations.len() - self.vacant.len()
    }

    /// The number of slots, vacant ones included.
    pub(crate) fn slots(&self) -> usize {
        self.locations.len()
    }

    /// Whether the units should be numbered again: many slots are vacant, and more than in use.
    pub(crate) fn is_sparse(&self) -> bool {
        self.vacant.len() > MANY_VACANT.max(self.len())
    }

    pub(crate) fn reserve(&mut self, units: usize) {
        self.locations.entries.reserve_exact(units);
    }

    /// Replaces the unit of a slot, or removes it. Without a slot, stores the new unit in a vacant
    /// slot. Returns the slot.
    pub(crate) fn write(&mut self, slot: Option<Slot>, new: Option<&Unit>) -> Slot {
        let slot = slot.unwrap_or_else(|| self.vacant_slot());
        match new {
            Some(new) => self.replace(slot, new),
            None => self.remove(slot),
        }
        slot
    }

    /// A slot for a new unit, which [`Documents::replace`] must store next.
    fn vacant_slot(&mut self) -> Slot {
        let vacant = self.vacant.pop();
        vacant.unwrap_or_else(|| self.locations.push(Location::NONE))
    }

    /// Stores a unit in a vacant slot.
    pub(crate) fn insert(&mut self, unit: &Unit) -> Slot {
        self.write(None, Some(unit))
    }

    /// Stores a copy of a unit of other documents.
    pub(crate) fn append(&mut self, from: &Self, slot: Slot) -> Slot {
        if from.whole(slot).is_none()
            && let Some(location) = self.arena.insert(from.json(slot))
        {
            let mark = from.locations[slot].mark();
            return self.locations.push(location.marked(mark));
        }
        self.insert(&from.unit(slot))
    }

    /// Stores a unit in a slot, and removes the old unit of the slot.
    pub(crate) fn replace(&mut self, slot: Slot, unit: &Unit) {
        self.take(slot);
        let json = unit.as_json().as_bytes();
        match name_at(unit).and_then(|at| Some(self.arena.insert(json)?.marked(at))) {
            Some(location) => self.locations[slot] = location,
            None => _ = self.whole.insert(slot, unit.clone()),
        }
        self.arena.compact(self.locations.entries.iter_mut());
    }

    pub(crate) fn remove(&mut self, slot: Slot) {
        self.take(slot).then_some(()).or_broken();
        self.vacant.push(slot);
        self.arena.compact(self.locations.entries.iter_mut());
    }

    /// Removes the unit of a slot. Returns whether there was one.
    fn take(&mut self, slot: Slot) -> bool {
        match std::mem::replace(&mut self.locations[slot], Location::NONE) {
            // Most stores have no whole units. Without the first condition, every insert would hash.
            Location::NONE => !self.whole.is_empty() && self.whole.remove(&slot).is_some(),
            location => {
                self.arena.remove(location);
                true
            }
        }
    }

    pub(crate) fn json_bytes(&self, slots: &[Slot]) -> usize {
        let bytes = |slot: &Slot| match self.locations[*slot] {
            Location::NONE => self.json(*slot).len(),
            location => location.len(),
        };
        slots.iter().map(bytes).sum()
    }

    /// Reads two bytes of each unit, so that all units are fetched into the cache together.
    pub(crate) fn touch(&self, slots: &[Slot]) {
        let bytes = slots.iter().map(|slot| {
            let json = self.json(*slot);
            let bytes = TOUCHED.map(|at| json.get(at).copied().unwrap_or(0));
            bytes.map(u64::from).iter().sum::<u64>()
        });
        std::hint::black_box(bytes.sum::<u64>());
    }

    #[inline]
    pub(crate) fn json(&self, slot: Slot) -> &[u8] {
        match self.locations[slot] {
            Location::NONE => self.whole(slot).or_broken().as_json().as_bytes(),
            location => self.arena.get(location),
        }
    }

    /// The unit, if the arena cannot hold it.
    #[inline]
    pub(crate) fn whole(&self, slot: Slot) -> Option<&Unit> {
        self.whole.get(&slot)
    }

    /// The unit of a slot that is in use. Cost: parsing its JSON.
    pub(crate) fn unit(&self, slot: Slot) -> Unit {
        if let Some(unit) = self.whole(slot) {
            return unit.clone();
        }
        let json = std::str::from_utf8(self.json(slot)).ok();
        json.and_then(|json| Unit::from_json(json).ok()).or_broken()
    }

    #[inline]
    pub(crate) fn id(&self, slot: Slot) -> Cow<'_, str> {
        let json = self.json(slot);
        let rest = json.strip_prefix(br#"{"_id":"#);
        let rest = rest.or_else(|| Some(json::find_member(json, field::ID)?.1));
        json::decode_string(rest.and_then(json::leading_string).or_broken())
    }

    /// The unit's name. `None` if it is not a string.
    #[inline]
    pub(crate) fn name(&self, slot: Slot) -> Option<Cow<'_, str>> {
        if let Some(unit) = self.whole(slot) {
            return unit.name().map(Cow::Borrowed);
        }
        let at = Some(self.locations[slot].mark()).filter(|at| *at > 0)?;
        let literal = self.json(slot).get(at..).and_then(json::leading_string);
        Some(json::decode_string(literal.or_broken()))
    }

    /// The value of a top-level field, if it is a string that is found without parsing.
    pub(crate) fn text(&self, slot: Slot, key: &str) -> Option<Cow<'_, str>> {
        if key == field::ID {
            return Some(self.id(slot));
        }
        if key == Field::Name.path() {
            return self.name(slot);
        }
        // A date is a string in the JSON.
        if key == Field::UpdatedAt.path() || self.whole(slot).is_some() {
            return None;
        }
        let (_, literal) = json::find_member(self.json(slot), key)?;
        let literal = std::str::from_utf8(literal).ok()?;
        literal
            .starts_with('"')
            .then(|| json::decode_string(literal))
    }

    pub(crate) fn field(&self, slot: Slot, key: &str) -> Option<Value> {
        if let Some(unit) = self.whole(slot) {
            return unit.get(key).cloned();
        }
        match self.text(slot, key) {
            Some(text) => Some(Value::String(Cow::Owned(text.into_owned()))),
            None => unit::field_of(self.json(slot), key),
        }
    }

    /// The slots in use, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        let slots = self.locations.iter();
        let used = slots.filter(|(slot, location)| {
            **location != Location::NONE || self.whole.contains_key(slot)
        });
        used.map(|(slot, _)| slot)
    }

    pub(crate) fn check(&self) {
        assert_eq!(self.iter().count(), self.len());
        for slot in self.iter() {
            let unit = self.unit(slot);
            assert!(unit.is_unit());
            assert_eq!(unit.as_json().as_bytes(), self.json(slot));
            assert_eq!(unit.id(), self.id(slot));
            assert_eq!(unit.name(), self.name(slot).as_deref());
            for path in Field::ALL.map(Field::path) {
                assert_eq!(unit.get(path), self.field(slot, path).as_ref());
            }
        }
    }
}

/// The offset of the literal of the name in the unit's JSON; 0 without a name. `None` for a unit
/// that the arena cannot hold: it cannot be read back from its JSON (as with a date elsewhere
/// than in `_updatedAt`), its JSON is too long, or the offset exceeds the mark of a location.
fn name_at(unit: &Unit) -> Option<usize> {
    let json = unit.as_json();
    if json.len() > Location::MAX_LEN || !unit.is_lossless() {
        return None;
    }
    let member = || json::find_member(json.as_bytes(), Field::Name.path()).or_broken();
    let at = unit.name().map_or(0, |_| member().0);
    (at <= Location::MAX_MARK).then_some(at)
}

#[cfg(test)]
mod tests;
