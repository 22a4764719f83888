//! Many slots of one block of 65,536: up to 256 groups of 256 slots, about one byte a slot.
//!
//! ```text
//! |last|header 0|header 1| … |header last|payload 0|payload 1| … |payload last|
//!
//! last      the number of the last group
//! header    0 to 32   the payload is as many sorted bytes, the lowest 8 bits of the slots
//!           BITS      the payload is a bitmap of 32 bytes
//! ```
//!
//! A group of 33 slots becomes a bitmap where it is, because 32 bytes are also 256 bits. It remains
//! one when slots are removed. Finding a group adds up the headers before it. Memory: 257 bytes, and
//! at most one byte a slot.

use crate::store::memory::id::{OrBroken, Slot, part};
use crate::store::memory::set::bitmap::{BitBlock, for_each_bit};
use crate::store::memory::set::slot_set::{add_headers, headers, insert_at};

/// The most slots of a group that are listed.
const LISTED: u8 = 32;
/// The header of a group that is a bitmap.
const BITS: u8 = u8::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Groups {
    bytes: Vec<u8>,
}

impl Groups {
    /// The sorted slots of one block.
    pub(crate) fn from_sorted(slots: &[Slot]) -> Self {
        let mut bytes = vec![0; 2];
        add_headers(
            &mut bytes,
            slots.last().map_or(0, |last| group_and_low(*last).0),
        );
        for slots in slots.chunk_by(|a, b| a.0 >> 8 == b.0 >> 8) {
            let lows = slots.iter().map(|slot| group_and_low(*slot).1);
            let (group, _) = group_and_low(*slots.first().or_broken());
            let count = u8::try_from(slots.len()).ok();
            let header = count.filter(|count| *count <= LISTED).unwrap_or(BITS);
            *bytes.get_mut(1 + usize::from(group)).or_broken() = header;
            match header {
                BITS => bytes.extend(bitmap(lows)),
                _ => bytes.extend(lows),
            }
        }
        bytes.shrink_to_fit();
        Self { bytes }
    }

    /// The bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.capacity()
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        let (group, low) = group_and_low(slot);
        let (header, start) = self.find(group);
        let payload = part(&self.bytes, start..start + length(header));
        match header {
            BITS => payload.get(usize::from(low >> 3)).or_broken() & bit(low) != 0,
            _ => payload.contains(&low),
        }
    }

    /// Adds a slot. Returns whether it was new.
    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        let (group, low) = group_and_low(slot);
        add_headers(&mut self.bytes, group);
        let (header, start) = self.find(group);
        let payload = self.bytes.get_mut(start..start + length(header));
        let payload = payload.or_broken();
        if header == BITS {
            let byte = payload.get_mut(usize::from(low >> 3)).or_broken();
            let is_new = *byte & bit(low) == 0;
            *byte |= bit(low);
            return is_new;
        }
        let below = payload.iter().filter(|other| **other < low).count();
        if payload.get(below) == Some(&low) {
            return false;
        }
        if header == LISTED {
            let bits = bitmap(payload.iter().copied().chain([low]));
            payload.copy_from_slice(&bits);
            *self.header(group) = BITS;
        } else {
            insert_at(&mut self.bytes, start + below, low);
            *self.header(group) += 1;
        }
        true
    }

    /// Removes a slot. Returns whether it was there.
    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        let (group, low) = group_and_low(slot);
        let (header, start) = self.find(group);
        if header == BITS {
            let byte = self.bytes.get_mut(start + usize::from(low >> 3));
            let byte = byte.or_broken();
            let was_there = *byte & bit(low) != 0;
            *byte &= !bit(low);
            return was_there;
        }
        let payload = part(&self.bytes, start..start + length(header));
        let Some(at) = payload.iter().position(|other| *other == low) else {
            return false;
        };
        self.bytes.remove(start + at);
        *self.header(group) -= 1;
        true
    }

    /// Calls `each` with every slot, ascending, of the block that begins with the slot `base`.
    #[inline]
    pub(crate) fn for_each(&self, base: u32, mut each: impl FnMut(Slot)) {
        for (group, header, payload) in self.iter() {
            let base = base | u32::from(group) << 8;
            if header == BITS {
                for (base, byte) in (base..).step_by(8).zip(payload) {
                    for_each_bit(u64::from(*byte), |bit| each(Slot(base | bit)));
                }
            } else {
                for low in payload {
                    each(Slot(base | u32::from(*low)));
                }
            }
        }
    }

    /// Combines the words of a bitmap with the words of these groups that have slots.
    #[inline]
    pub(crate) fn combine(&self, with: &mut BitBlock, combined: impl Fn(u64, u64) -> u64) {
        let (words, _) = with.as_chunks_mut::<4>();
        for ((_, header, payload), words) in self.iter().zip(words) {
            if header == BITS {
                let (own, _) = payload.as_chunks::<8>();
                for (word, own) in words.iter_mut().zip(own) {
                    *word = combined(*word, u64::from_le_bytes(*own));
                }
            } else {
                for low in payload {
                    let word = words.get_mut(usize::from(low >> 6)).or_broken();
                    *word = combined(*word, 1 << (low & 63));
                }
            }
        }
    }

    /// Every group with its header and its payload.
    #[inline]
    fn iter(&self) -> impl Iterator<Item = (u8, u8, &[u8])> {
        let (own, mut rest) = self.bytes.split_at(1 + headers(&self.bytes));
        let own = own.iter().skip(1);
        (0..=u8::MAX).zip(own).map(move |(group, header)| {
            let (payload, after) = rest.split_at(length(*header));
            rest = after;
            (group, *header, payload)
        })
    }

    /// The header of a group, and the index of its payload.
    fn find(&self, group: u8) -> (u8, usize) {
        let own = part(&self.bytes, 1..1 + headers(&self.bytes));
        let before = own.iter().take(usize::from(group));
        let before = before.fold(0_u16, |sum, header| sum + u16::from(LISTED.min(*header)));
        let header = own.get(usize::from(group)).copied().unwrap_or(0);
        (header, 1 + own.len() + usize::from(before))
    }

    fn header(&mut self, group: u8) -> &mut u8 {
        self.bytes.get_mut(1 + usize::from(group)).or_broken()
    }
}

/// The number of a slot's group in its block, and its lowest 8 bits.
#[inline]
fn group_and_low(slot: Slot) -> (u8, u8) {
    let [low, group, ..] = slot.0.to_le_bytes();
    (group, low)
}

/// The bit of a slot in its byte.
fn bit(low: u8) -> u8 {
    1 << (low & 7)
}

/// The length of a payload.
#[inline]
fn length(header: u8) -> usize {
    usize::from(LISTED.min(header))
}

fn bitmap(lows: impl Iterator<Item = u8>) -> [u8; 32] {
    let mut bits = [0_u8; 32];
    for low in lows {
        *bits.get_mut(usize::from(low >> 3)).or_broken() |= bit(low);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(numbers: &[u32]) -> Vec<Slot> {
        numbers.iter().copied().map(Slot).collect()
    }

    fn listed(groups: &Groups) -> Vec<u32> {
        let mut lows = Vec::new();
        groups.for_each(0, |slot| lows.push(slot.0));
        lows
    }

    #[test]
    fn a_group_of_more_than_32_slots_is_a_bitmap_of_as_many_bytes() {
        // Groups on both sides show that nothing else moves.
        let mut groups = Groups::from_sorted(&slots(&[3, 256 + 7, 65_535]));
        let lows: Vec<u32> = (0..40).map(|at| 512 + at * 6).collect();
        for (count, low) in lows.iter().enumerate() {
            assert_eq!(groups.bytes.len(), 257 + 3 + count.min(32));
            assert_eq!(groups.find(2).0 == BITS, count > 32);
            assert!(!groups.contains(Slot(*low)));
            assert!(groups.insert(Slot(*low)));
            assert!(!groups.insert(Slot(*low)));
            assert!(groups.contains(Slot(*low)));
        }
        let mut expected = vec![3, 256 + 7];
        expected.extend(&lows);
        expected.push(65_535);
        assert_eq!(listed(&groups), expected);
        assert_eq!(listed(&Groups::from_sorted(&slots(&expected))), expected);
        for low in lows {
            assert!(groups.remove(Slot(low)));
            assert!(!groups.remove(Slot(low)));
            assert_eq!(groups.find(2).0, BITS);
        }
        assert_eq!(listed(&groups), [3, 256 + 7, 65_535]);
        assert!(groups.remove(Slot(3)));
        assert!(!groups.remove(Slot(3)));
    }

    #[test]
    fn a_header_is_added_with_the_first_slot_of_a_group() {
        let mut groups = Groups::from_sorted(&slots(&[5]));
        assert_eq!(groups.bytes.len(), 3);
        assert!(!groups.contains(Slot(777)) && !groups.remove(Slot(777)));
        assert!(groups.insert(Slot(777)) && groups.insert(Slot(300)));
        assert_eq!(groups.bytes.len(), 8);
        assert_eq!(listed(&groups), [5, 300, 777]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn a_full_block_takes_32_bytes_a_group() {
        let all: Vec<u32> = (0..=65_535).collect();
        let mut groups = Groups::from_sorted(&slots(&all));
        assert_eq!(groups.bytes(), 257 + 32 * 256);
        assert_eq!(listed(&groups), all);
        assert!(groups.remove(Slot(777)));
        assert!(!groups.contains(Slot(777)) && groups.contains(Slot(778)));
    }

    #[test]
    fn words_with_slots_are_combined() {
        let few = vec![0, 63, 64, 255, 256, 65_535];
        let many: Vec<u32> = (0..200).collect();
        for lows in [few, many] {
            let mut united = [0; 1024];
            let groups = Groups::from_sorted(&slots(&lows));
            groups.combine(&mut united, |own, other| own | other);
            let is_set =
                |low: &u32| united[usize::try_from(low >> 6).unwrap()] >> (low & 63) & 1 == 1;
            assert!((0..=65_535).filter(is_set).eq(lows));
        }
    }
}
