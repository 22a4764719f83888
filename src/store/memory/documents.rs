//! The units themselves, each under a slot: a number that the indexes know it by.

pub(crate) mod arena;
pub(crate) mod ids;

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::json;
use crate::store::memory::documents::arena::{Arena, Place};
use crate::store::memory::index;
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// Where most units have what they are compared by: their name, and close behind it the
/// other fields.
const TOUCHED: [usize; 2] = [40, 104];

const MANY_VACANT: usize = 65_536;

#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    arena: Arena,
    /// By slot. The mark is where the literal of a name begins; 0 is none.
    places: Vec<Place>,
    vacant: Vec<u32>,
    /// Units that the arena does not have: see [`name_at`].
    kept: HashMap<u32, Unit>,
}

impl Documents {
    /// How many units there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.vacant.len()
    }

    /// One more than the largest slot that has ever been in use.
    pub(crate) fn slots(&self) -> usize {
        self.places.len()
    }

    /// Whether so many slots are vacant that numbering the units anew pays: more than are
    /// in use, and enough to be felt.
    pub(crate) fn is_sparse(&self) -> bool {
        self.vacant.len() > MANY_VACANT.max(self.len())
    }

    pub(crate) fn reserve(&mut self, units: usize) {
        self.places.reserve_exact(units);
    }

    /// Stores a unit in a slot of its own.
    pub(crate) fn insert(&mut self, unit: &Unit) -> u32 {
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.places.push(Place::NONE);
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        });
        self.replace(slot, unit);
        slot
    }

    /// Stores a unit in the next slot, when no slot is vacant and its JSON is known to
    /// give it back.
    pub(crate) fn append(&mut self, json: &[u8], name_at: usize) -> u32 {
        let slot = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let place = self.arena.insert(json).map(|place| place.marked(name_at));
        self.places.push(place.unwrap_or(Place::NONE));
        if place.is_none()
            && let Some(unit) = read(json)
        {
            self.kept.insert(slot, unit);
        }
        slot
    }

    /// Stores a unit in a slot, in place of what was there.
    pub(crate) fn replace(&mut self, slot: u32, unit: &Unit) {
        let Some(place) = self.places.get_mut(index(slot)) else {
            return;
        };
        let name_at = name_at(unit);
        let json = unit.as_json().as_bytes();
        let stored = match (name_at, *place) {
            (Some(_), Place::NONE) => self.arena.insert(json),
            (Some(_), old) => self.arena.replace(old, json),
            (None, Place::NONE) => None,
            (None, old) => {
                self.arena.remove(old);
                None
            }
        };
        *place = match (stored, name_at) {
            (Some(stored), Some(name_at)) => stored.marked(name_at),
            _ => Place::NONE,
        };
        if stored.is_none() {
            self.kept.insert(slot, unit.clone());
        } else {
            self.kept.remove(&slot);
        }
        self.tidy();
    }

    /// Takes the unit of a slot out; the slot is given to the next one that comes.
    pub(crate) fn remove(&mut self, slot: u32) {
        if let Some(place) = self.places.get_mut(index(slot)) {
            if *place != Place::NONE {
                self.arena.remove(*place);
            }
            *place = Place::NONE;
        }
        self.kept.remove(&slot);
        self.vacant.push(slot);
        self.tidy();
    }

    /// The length of the JSON of units together.
    pub(crate) fn json_bytes(&self, slots: &[u32]) -> usize {
        let bytes = |slot: &u32| match self.places.get(index(*slot)) {
            Some(place) if *place != Place::NONE => place.len(),
            _ => self.json(*slot).len(),
        };
        slots.iter().map(bytes).sum()
    }

    /// Has the units in the cache that are read next.
    pub(crate) fn touch(&self, slots: &[u32]) {
        let bytes = slots.iter().map(|slot| {
            let json = self.json(*slot);
            let bytes = TOUCHED.map(|at| json.get(at).copied().unwrap_or_default());
            bytes.map(u64::from).iter().sum::<u64>()
        });
        std::hint::black_box(bytes.sum::<u64>());
    }

    /// The JSON of a unit.
    pub(crate) fn json(&self, slot: u32) -> &[u8] {
        match self.places.get(index(slot)) {
            Some(&place) if place != Place::NONE => self.arena.get(place),
            _ => self
                .kept(slot)
                .map_or(&[], |unit| unit.as_json().as_bytes()),
        }
    }

    /// The unit, if its JSON cannot give it back.
    pub(crate) fn kept(&self, slot: u32) -> Option<&Unit> {
        if self.kept.is_empty() {
            return None;
        }
        self.kept.get(&slot)
    }

    /// The unit of a slot, which must be in use.
    pub(crate) fn unit(&self, slot: u32) -> Option<Unit> {
        if let Some(unit) = self.kept(slot) {
            return Some(unit.clone());
        }
        read(self.json(slot))
    }

    pub(crate) fn id(&self, slot: u32) -> Cow<'_, str> {
        id_of(self.json(slot))
    }

    /// The unit's name, where it is a string.
    pub(crate) fn name(&self, slot: u32) -> Option<Cow<'_, str>> {
        if let Some(unit) = self.kept(slot) {
            return unit.name().map(Cow::Borrowed);
        }
        let place = self.places.get(index(slot))?;
        name_of(self.json(slot), place.mark())
    }

    /// The text under a top-level field, where it is a string whose JSON has no escapes.
    pub(crate) fn plain_text(&self, slot: u32, key: &str) -> Option<&[u8]> {
        if self.kept(slot).is_some() {
            return None;
        }
        let (_, literal) = json::member(self.json(slot), key)?;
        let text = literal.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        memchr::memchr(b'\\', text).is_none().then_some(text)
    }

    /// The value of a top-level field.
    pub(crate) fn field(&self, slot: u32, key: &str) -> Option<Value> {
        if let Some(unit) = self.kept(slot) {
            return unit.get(key).cloned();
        }
        match key {
            "name" => {
                let name = self.name(slot);
                if let Some(name) = name {
                    return Some(Value::String(Cow::Owned(name.into_owned())));
                }
            }
            "_id" => return Some(Value::String(Cow::Owned(self.id(slot).into_owned()))),
            _ => {}
        }
        unit::field_of(self.json(slot), key)
    }

    /// The slots in use, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let places = (0_u32..).zip(&self.places);
        places
            .filter(|(slot, place)| **place != Place::NONE || self.kept.contains_key(slot))
            .map(|(slot, _)| slot)
    }

    /// Writes the arena anew when most of it is free.
    fn tidy(&mut self) {
        if !self.arena.is_sparse() {
            return;
        }
        let mut arena = Arena::default();
        for place in &mut self.places {
            if *place != Place::NONE
                && let Some(moved) = arena.insert(self.arena.get(*place))
            {
                *place = moved.marked(place.mark());
            }
        }
        self.arena = arena;
    }
}

/// Where the literal of the name begins in the unit's JSON; 0 without a name. `None` for
/// a unit that the arena cannot hold: one that its JSON does not give back, one that is
/// too long, and one whose name begins too far in for the mark of a place.
pub(crate) fn name_at(unit: &Unit) -> Option<usize> {
    const ID: &str = r#"{"_id":""#;
    const NAME: &str = r#"","name":"#;
    if unit.as_json().len() > Place::MAX_LEN || !unit.reads_back() {
        return None;
    }
    if unit.name().is_none() {
        return Some(0);
    }
    let json = unit.as_json();
    // Where it nearly always lies: behind the id.
    let behind = ID.len() + unit.id().len();
    let at = if json.starts_with(ID) && json.get(behind..behind + NAME.len()) == Some(NAME) {
        behind + NAME.len()
    } else {
        json::member(json.as_bytes(), "name")?.0
    };
    (at <= Place::MAX_MARK).then_some(at)
}

/// The unit that has been written as this.
fn read(json: &[u8]) -> Option<Unit> {
    Unit::from_json(std::str::from_utf8(json).ok()?).ok()
}

/// The name of a document in which its literal begins there; 0 is nowhere.
pub(crate) fn name_of(json: &[u8], name_at: usize) -> Option<Cow<'_, str>> {
    if name_at == 0 {
        return None;
    }
    let literal = json::leading_string(json.get(name_at..)?)?;
    Some(json::string(literal))
}

/// The `_id` of a document.
pub(crate) fn id_of(json: &[u8]) -> Cow<'_, str> {
    const ID: &[u8] = br#"{"_id":"#;
    let literal = match json.strip_prefix(ID) {
        Some(rest) => json::leading_string(rest),
        None => json::member(json, "_id").and_then(|(_, id)| std::str::from_utf8(id).ok()),
    };
    json::string(literal.unwrap_or_default())
}

#[cfg(test)]
mod tests;
