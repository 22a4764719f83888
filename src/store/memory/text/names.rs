//! The folded names, in one buffer.
//!
//! ```text
//! bytes   |name|FF|name|FF| … |FF FF FF FF|FF| … |name|FF|name|FF
//!          in the order of the slots ───────────▶ moved: in the order of the writes
//! starts  slot ──► offset in the first part
//! moved   slot ──► offset in the second part
//! ```
//!
//! The byte 0xFF ends a name. UTF-8 never has it, so a search of the whole buffer cannot match across
//! two names. A write overwrites the old name with 0xFF and appends the new name, until
//! [`Names::compacted`] writes all names in the order of their slots again. A unit takes its name and
//! 5 bytes, and 12 bytes more after a write.

use hashbrown::HashMap;
use memchr::{memchr, memmem};

use crate::store::memory::id::{Id, OrBroken, Slot, Table, narrow, widen};

const END: u8 = 0xFF;

#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    bytes: Vec<u8>,
    /// Ascending. For a unit without a name in the first part, the offset of an [`END`].
    starts: Table<Slot, u32>,
    moved: HashMap<Slot, u32>,
    /// The slots of the second part, ascending by offset. Some of its names are overwritten.
    appended: Vec<(u32, Slot)>,
}

impl Names {
    /// Adds the name of the next slot. An empty name stands for none: no text matches it.
    pub(crate) fn push(&mut self, name: &[u8]) {
        self.starts.push(narrow(self.bytes.len()));
        self.write(name);
    }

    /// Replaces the name of a slot. An empty name stands for none.
    pub(crate) fn replace(&mut self, slot: Slot, name: &str) {
        if let Some(start) = self.start(slot) {
            let end = start + self.at(start).len();
            self.bytes.get_mut(start..end).or_broken().fill(END);
        }
        self.moved.remove(&slot);
        if !name.is_empty() {
            let start = narrow(self.bytes.len());
            self.moved.insert(slot, start);
            self.appended.push((start, slot));
            self.write(name.as_bytes());
        }
    }

    /// These names, all of them in the first part.
    pub(crate) fn compacted(&self, slots: usize) -> Self {
        let mut names = Self::default();
        names.bytes.reserve_exact(self.bytes.len());
        names.starts.entries.reserve_exact(slots);
        for slot in (0..slots).map(Slot::at) {
            names.push(self.get(slot));
        }
        names.bytes.shrink_to_fit();
        names
    }

    /// The folded name of a slot, empty if there is none.
    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> &[u8] {
        self.start(slot).map_or(&[], |start| self.at(start))
    }

    pub(crate) fn text(&self, slot: Slot) -> &str {
        std::str::from_utf8(self.get(slot)).ok().or_broken()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Slot, &str)> {
        let slots = (0..self.starts.len()).map(Slot::at);
        slots.map(|slot| (slot, self.text(slot)))
    }

    /// The bytes that a scan reads.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn memory(&self) -> usize {
        let moved = self.moved.capacity() * size_of::<(Slot, u32)>();
        let appended = self.appended.capacity() * size_of::<(u32, Slot)>();
        self.bytes.capacity() + self.starts.len() * size_of::<u32>() + moved + appended
    }

    /// Reads the beginning of each name, so that all names are fetched into the cache together.
    pub(crate) fn touch(&self, slots: &[Slot]) {
        let starts = slots.iter().filter_map(|slot| self.start(*slot));
        let bytes = starts.filter_map(|start| self.bytes.get(start));
        std::hint::black_box(bytes.fold(0, |read, byte| read ^ byte));
    }

    /// The slots of the names that contain a text, in the order of the buffer. Cost: one search of
    /// all names, and a step for each match.
    pub(crate) fn scan(&self, text: &memmem::Finder<'_>) -> Vec<Slot> {
        let mut slots = Vec::new();
        let starts = self.starts.entries.as_slice();
        let (mut from, mut slot, mut tail) = (0, 0, 0);
        while let Some(at) = text.find(self.bytes.get(from..).or_broken()) {
            let at = narrow(from + at);
            // The last name that begins at or before the match. It is near the previous match.
            slot += gallop(starts.get(slot..).or_broken(), |start| *start <= at);
            let mut found = Slot::at(slot.saturating_sub(1));
            let appended = self.appended.get(tail..).or_broken();
            tail += gallop(appended, |(start, _)| *start <= at);
            if let Some((_, moved)) = tail.checked_sub(1).and_then(|at| self.appended.get(at)) {
                found = *moved;
            }
            slots.push(found);
            from = widen(at) + self.at(widen(at)).len();
        }
        slots
    }

    fn write(&mut self, name: &[u8]) {
        self.bytes.extend_from_slice(name);
        self.bytes.push(END);
    }

    /// The bytes from an offset to the end of the name.
    #[inline]
    fn at(&self, start: usize) -> &[u8] {
        let rest = self.bytes.get(start..).or_broken();
        rest.get(..memchr(END, rest).or_broken()).or_broken()
    }

    #[inline]
    fn start(&self, slot: Slot) -> Option<usize> {
        let is_name = |start: &&u32| self.bytes.get(widen(**start)) != Some(&END);
        let start = self.starts.find(slot).filter(is_name);
        start
            .or_else(|| self.moved.get(&slot))
            .map(|start| widen(*start))
    }
}

/// `partition_point` with a cost that is logarithmic in the result, not in the length.
fn gallop<T>(sorted: &[T], is_before: impl Fn(&T) -> bool) -> usize {
    let mut end = 1;
    while sorted.get(end).is_some_and(&is_before) {
        end *= 2;
    }
    let near = sorted.get(..sorted.len().min(end)).or_broken();
    near.partition_point(is_before)
}

#[cfg(test)]
mod tests;
