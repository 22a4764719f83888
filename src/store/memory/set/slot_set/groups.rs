//! Many slots of one block: 256 groups of 256 slots, about one byte a slot.
//!
//! ```text
//! |header 0|header 1| … |header 255|payload 0|payload 1| … |payload 255|
//!
//! header    0 to 32   the payload is as many sorted bytes, the lowest 8 bits of the slots
//!           BITS      the payload is a bitmap of 32 bytes
//! ```
//!
//! A group of 33 slots becomes a bitmap where it is, because 32 bytes are also 256 bits. Finding
//! a group adds up the headers before it. Memory: 256 bytes, and at most one byte a slot.

use crate::store::memory::id::{OrBroken, part};
use crate::store::memory::set::bitmap::{BitBlock, for_each_bit};
use crate::store::memory::set::slot_set::block::insert_at;

const GROUPS: usize = 256;
/// The most slots of a group that are listed.
const LISTED: u8 = 32;
/// The header of a group that is a bitmap.
const BITS: u8 = u8::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Groups {
    bytes: Vec<u8>,
}

impl Groups {
    pub(crate) fn from_sorted(lows: &[u16]) -> Self {
        let mut bytes = vec![0; GROUPS];
        for own in lows.chunk_by(|a, b| a >> 8 == b >> 8) {
            let [group, _] = own.first().or_broken().to_be_bytes();
            let own = own.iter().map(|low| low.to_be_bytes()[1]);
            let header = bytes.get_mut(usize::from(group)).or_broken();
            match u8::try_from(own.len()) {
                Ok(count) if count <= LISTED => {
                    *header = count;
                    bytes.extend(own);
                }
                _ => {
                    *header = BITS;
                    bytes.extend(bitmap(own));
                }
            }
        }
        bytes.shrink_to_fit();
        Self { bytes }
    }

    /// The bytes of all payloads: at most the number of slots.
    pub(crate) fn payload(&self) -> usize {
        self.bytes.len() - GROUPS
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.capacity()
    }

    pub(crate) fn contains(&self, low: u16) -> bool {
        let [group, own] = low.to_be_bytes();
        let (header, start) = self.find(group);
        let payload = part(&self.bytes, start..start + length(header));
        match header {
            BITS => payload.get(usize::from(own >> 3)).or_broken() >> (own & 7) & 1 == 1,
            _ => payload.contains(&own),
        }
    }

    /// Adds a slot. Returns whether it was new.
    pub(crate) fn insert(&mut self, low: u16) -> bool {
        let [group, own] = low.to_be_bytes();
        let (header, start) = self.find(group);
        let payload = self.bytes.get_mut(start..start + length(header));
        let payload = payload.or_broken();
        if header == BITS {
            let byte = payload.get_mut(usize::from(own >> 3)).or_broken();
            let new = *byte >> (own & 7) & 1 == 0;
            *byte |= 1 << (own & 7);
            return new;
        }
        let below = payload.iter().filter(|other| **other < own).count();
        if payload.get(below) == Some(&own) {
            return false;
        }
        if header == LISTED {
            let bits = bitmap(payload.iter().copied().chain([own]));
            payload.copy_from_slice(&bits);
            *self.header(group) = BITS;
        } else {
            insert_at(&mut self.bytes, start + below, own);
            *self.header(group) += 1;
        }
        true
    }

    /// Removes a slot. Returns whether it was there.
    pub(crate) fn remove(&mut self, low: u16) -> bool {
        let [group, own] = low.to_be_bytes();
        let (header, start) = self.find(group);
        let payload = self.bytes.get_mut(start..start + length(header));
        let payload = payload.or_broken();
        if header != BITS {
            let at = payload.iter().position(|other| *other == own);
            let Some(at) = at else {
                return false;
            };
            self.bytes.remove(start + at);
            *self.header(group) -= 1;
            return true;
        }
        let byte = payload.get_mut(usize::from(own >> 3)).or_broken();
        let known = *byte >> (own & 7) & 1 == 1;
        *byte &= !(1 << (own & 7));
        let mut left = Vec::with_capacity(GROUPS);
        for_each_set(payload, |own| left.push(own));
        if left.len() == payload.len() {
            payload.copy_from_slice(&left);
            *self.header(group) = LISTED;
        }
        known
    }

    /// Calls `each` with every slot, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(u16)) {
        for (group, header, payload) in self.iter() {
            let base = u16::from(group) << 8;
            if header == BITS {
                for_each_set(payload, |own| each(base | u16::from(own)));
            } else {
                for own in payload {
                    each(base | u16::from(*own));
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
                for own in payload {
                    let word = words.get_mut(usize::from(own >> 6)).or_broken();
                    *word = combined(*word, 1 << (own & 63));
                }
            }
        }
    }

    /// Every group with its header and its payload.
    #[inline]
    fn iter(&self) -> impl Iterator<Item = (u8, u8, &[u8])> {
        let (headers, mut rest) = self.bytes.split_at(GROUPS);
        (0..=u8::MAX).zip(headers).map(move |(group, header)| {
            let (payload, after) = rest.split_at(length(*header));
            rest = after;
            (group, *header, payload)
        })
    }

    /// The header of a group, and the index of its payload.
    fn find(&self, group: u8) -> (u8, usize) {
        let group = usize::from(group);
        let before = part(&self.bytes, 0..group).iter();
        let before = before.fold(0_u16, |sum, header| sum + u16::from(LISTED.min(*header)));
        let header = self.bytes.get(group).or_broken();
        (*header, GROUPS + usize::from(before))
    }

    fn header(&mut self, group: u8) -> &mut u8 {
        self.bytes.get_mut(usize::from(group)).or_broken()
    }
}

/// The length of a payload.
#[inline]
fn length(header: u8) -> usize {
    usize::from(LISTED.min(header))
}

fn bitmap(slots: impl Iterator<Item = u8>) -> [u8; 32] {
    let mut bits = [0_u8; 32];
    for own in slots {
        if let Some(byte) = bits.get_mut(usize::from(own >> 3)) {
            *byte |= 1 << (own & 7);
        }
    }
    bits
}

fn for_each_set(payload: &[u8], mut each: impl FnMut(u8)) {
    for (base, byte) in (0..=u8::MAX).step_by(8).zip(payload) {
        for_each_bit(u64::from(*byte), |bit| {
            each(base | bit.to_le_bytes()[0]);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(groups: &Groups) -> Vec<u16> {
        let mut lows = Vec::new();
        groups.for_each(|low| lows.push(low));
        lows
    }

    fn header(groups: &Groups, group: u8) -> u8 {
        groups.find(group).0
    }

    #[test]
    fn a_group_of_more_than_32_slots_is_a_bitmap_of_as_many_bytes() {
        // Groups on both sides show that nothing else moves.
        let mut groups = Groups::from_sorted(&[3, 256 + 7, u16::MAX]);
        let lows: Vec<u16> = (0..40).map(|at| 512 + at * 6).collect();
        for (count, low) in lows.iter().enumerate() {
            assert_eq!(groups.payload(), 3 + count.min(32));
            assert_eq!(header(&groups, 2) == BITS, count > 32);
            assert!(!groups.contains(*low));
            assert!(groups.insert(*low));
            assert!(!groups.insert(*low));
            assert!(groups.contains(*low));
        }
        let mut expected = vec![3, 256 + 7];
        expected.extend(&lows);
        expected.push(u16::MAX);
        assert_eq!(listed(&groups), expected);
        assert_eq!(listed(&Groups::from_sorted(&expected)), expected);
        for (removed, low) in lows.iter().enumerate() {
            assert_eq!(header(&groups, 2) == BITS, lows.len() - removed > 32);
            assert!(groups.remove(*low));
            assert!(!groups.remove(*low));
        }
        assert_eq!(listed(&groups), [3, 256 + 7, u16::MAX]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn a_full_block_takes_32_bytes_a_group() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        let mut groups = Groups::from_sorted(&all);
        assert_eq!(groups.payload(), 32 * GROUPS);
        assert_eq!(listed(&groups), all);
        assert!(groups.remove(777));
        assert!(!groups.contains(777) && groups.contains(778));
    }

    #[test]
    fn words_with_slots_are_combined() {
        let few: Vec<u16> = vec![0, 63, 64, 255, 256, 65_535];
        let many: Vec<u16> = (0..200).collect();
        for lows in [few, many] {
            let mut united = [0; 1024];
            let groups = Groups::from_sorted(&lows);
            groups.combine(&mut united, |own, other| own | other);
            let is_set = |low: &u16| united[usize::from(low >> 6)] >> (low & 63) & 1 == 1;
            assert!((0..=u16::MAX).filter(is_set).eq(lows));
        }
    }
}
