//! The units themselves, each in a slot.
//!
//! ```text
//! slot ──► locations (8 bytes a unit) ──► arena: the JSON, byte for byte
//!     └──► whole: the few units that the arena does not hold
//! ```
//!
//! A location also says where the name begins in the JSON, so that a name is read without
//! parsing what comes before it.

pub(crate) mod arena;

use std::borrow::Cow;

use hashbrown::HashMap;

use self::arena::{Arena, Location};
use crate::field::{self, Field};
use crate::json;
use crate::store::memory::id::{OrBroken, Slot, Table};
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// Where most units have what they are compared by: the name, and behind it the other
/// fields, in bytes of the JSON.
const TOUCHED: [usize; 2] = [40, 104];

/// Up to this many vacant slots a store is not numbered anew: they take 8 bytes each, and
/// 4 in every order.
const MANY_VACANT: usize = 65_536;

#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    arena: Arena,
    /// The mark is where the literal of the name begins; 0 is a unit without a name.
    locations: Table<Slot, Location>,
    vacant: Vec<Slot>,
    /// Units that the arena cannot hold: see [`name_at`].
    whole: HashMap<Slot, Unit>,
}

impl Documents {
    /// The number of units.
    pub(crate) fn len(&self) -> usize {
        self.locations.len() - self.vacant.len()
    }

    /// The number of slots, vacant ones included.
    pub(crate) fn slots(&self) -> usize {
        self.locations.len()
    }

    /// Whether numbering the units anew pays: more slots are vacant than in use, and many.
    pub(crate) fn is_sparse(&self) -> bool {
        self.vacant.len() > MANY_VACANT.max(self.len())
    }

    pub(crate) fn reserve(&mut self, units: usize) {
        self.locations.as_mut_vec().reserve_exact(units);
    }

    /// A slot for a unit that is stored next, by [`Documents::replace`].
    pub(crate) fn vacant_slot(&mut self) -> Slot {
        let vacant = self.vacant.pop();
        vacant.unwrap_or_else(|| self.locations.push(Location::NONE))
    }

    /// Stores a unit in a slot of its own.
    pub(crate) fn insert(&mut self, unit: &Unit) -> Slot {
        let slot = self.vacant_slot();
        self.replace(slot, unit);
        slot
    }

    /// Stores a unit in the next slot, when no slot is vacant. Its name begins at `name_at`,
    /// as [`name_at`] says.
    pub(crate) fn append(&mut self, json: &[u8], name_at: usize) -> Slot {
        if let Some(location) = self.arena.insert(json) {
            return self.locations.push(location.marked(name_at));
        }
        let slot = self.locations.push(Location::NONE);
        self.whole.insert(slot, read(json));
        slot
    }

    /// Stores a unit in a slot, in place of what was there.
    pub(crate) fn replace(&mut self, slot: Slot, unit: &Unit) {
        let (name_at, old) = (name_at(unit), self.locations[slot]);
        let json = unit.as_json().as_bytes();
        let stored = match (name_at, old) {
            (Some(_), Location::NONE) => self.arena.insert(json),
            (Some(_), old) => self.arena.replace(old, json),
            (None, Location::NONE) => None,
            (None, old) => {
                self.arena.remove(old);
                None
            }
        };
        let stored = stored.zip(name_at);
        let stored = stored.map(|(location, name_at)| location.marked(name_at));
        self.locations[slot] = stored.unwrap_or(Location::NONE);
        if stored.is_none() {
            self.whole.insert(slot, unit.clone());
        } else {
            self.whole.remove(&slot);
        }
        self.arena.compact(self.locations.values_mut());
    }

    /// Removes the unit of a slot, which becomes vacant.
    pub(crate) fn remove(&mut self, slot: Slot) {
        let old = std::mem::replace(&mut self.locations[slot], Location::NONE);
        if old == Location::NONE {
            self.whole.remove(&slot).or_broken();
        } else {
            self.arena.remove(old);
        }
        self.vacant.push(slot);
        self.arena.compact(self.locations.values_mut());
    }

    /// The length of the JSON of some units together.
    pub(crate) fn json_bytes(&self, slots: &[Slot]) -> usize {
        let bytes = |slot: &Slot| match self.locations[*slot] {
            Location::NONE => self.json(*slot).len(),
            location => location.len(),
        };
        slots.iter().map(bytes).sum()
    }

    /// Reads a few bytes of each unit, so that all are fetched into the cache together.
    pub(crate) fn touch(&self, slots: &[Slot]) {
        let bytes = slots.iter().map(|slot| {
            let json = self.json(*slot);
            let bytes = TOUCHED.map(|at| json.get(at).copied().unwrap_or(0));
            bytes.map(u64::from).iter().sum::<u64>()
        });
        std::hint::black_box(bytes.sum::<u64>());
    }

    /// The JSON of a unit.
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
        if self.whole.is_empty() {
            return None;
        }
        self.whole.get(&slot)
    }

    /// The unit of a slot, which is in use. Cost: parsing its JSON.
    pub(crate) fn unit(&self, slot: Slot) -> Unit {
        let whole = self.whole(slot).cloned();
        whole.unwrap_or_else(|| read(self.json(slot)))
    }

    #[inline]
    pub(crate) fn id(&self, slot: Slot) -> Cow<'_, str> {
        id_of(self.json(slot))
    }

    /// The unit's name. `None` if it is not a string.
    #[inline]
    pub(crate) fn name(&self, slot: Slot) -> Option<Cow<'_, str>> {
        if let Some(unit) = self.whole(slot) {
            return unit.name().map(Cow::Borrowed);
        }
        name_of(self.json(slot), self.locations[slot].mark())
    }

    /// The text of a top-level field, if it is a string whose JSON has no escapes.
    pub(crate) fn plain_text(&self, slot: Slot, key: &str) -> Option<&[u8]> {
        if self.whole(slot).is_some() {
            return None;
        }
        let (_, literal) = json::member(self.json(slot), key)?;
        let text = literal.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        memchr::memchr(b'\\', text).is_none().then_some(text)
    }

    /// The value of a top-level field.
    pub(crate) fn field(&self, slot: Slot, key: &str) -> Option<Value> {
        if let Some(unit) = self.whole(slot) {
            return unit.get(key).cloned();
        }
        let text = match key {
            field::ID => Some(self.id(slot)),
            _ if key == Field::Name.path() => self.name(slot),
            _ => None,
        };
        match text {
            Some(text) => Some(Value::String(Cow::Owned(text.into_owned()))),
            None => unit::field_of(self.json(slot), key),
        }
    }

    /// The slots in use, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        let used = self.locations.iter().filter(|(slot, location)| {
            **location != Location::NONE || self.whole.contains_key(slot)
        });
        used.map(|(slot, _)| slot)
    }

    /// Checks that every unit is read back as it was stored.
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

/// Where the literal of the name begins in the unit's JSON; 0 without a name. `None` for
/// a unit that the arena cannot hold: its JSON does not give it back (a date elsewhere than
/// in `_updatedAt`, for one), it is too long, or its name begins too far in for the mark of
/// a location.
pub(crate) fn name_at(unit: &Unit) -> Option<usize> {
    const ID: &str = r#"{"_id":""#;
    const NAME: &str = r#"","name":"#;
    let json = unit.as_json();
    if json.len() > Location::MAX_LEN || !unit.reads_back() {
        return None;
    }
    if unit.name().is_none() {
        return Some(0);
    }
    // Where it nearly always is: behind the id.
    let behind = ID.len() + unit.id().len();
    let at = if json.starts_with(ID) && json.get(behind..behind + NAME.len()) == Some(NAME) {
        behind + NAME.len()
    } else {
        json::member(json.as_bytes(), Field::Name.path())
            .or_broken()
            .0
    };
    (at <= Location::MAX_MARK).then_some(at)
}

/// The unit that has been written as this.
fn read(json: &[u8]) -> Unit {
    let json = std::str::from_utf8(json).ok().or_broken();
    Unit::from_json(json).ok().or_broken()
}

/// The name of a document in which its literal begins there; 0 is nowhere.
pub(crate) fn name_of(json: &[u8], name_at: usize) -> Option<Cow<'_, str>> {
    if name_at == 0 {
        return None;
    }
    let literal = json::leading_string(json.get(name_at..).or_broken());
    Some(json::string(literal.or_broken()))
}

/// The `_id` of a document.
pub(crate) fn id_of(json: &[u8]) -> Cow<'_, str> {
    const ID: &[u8] = br#"{"_id":"#;
    let literal = match json.strip_prefix(ID) {
        Some(rest) => json::leading_string(rest),
        None => json::member(json, field::ID).and_then(|(_, id)| std::str::from_utf8(id).ok()),
    };
    json::string(literal.or_broken())
}

#[cfg(test)]
mod tests;
