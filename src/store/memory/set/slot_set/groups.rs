//! Sorted slots in groups, each a list or a bitmap of the lowest bits of its slots.
//!
//! ```text
//! |last|header 0|header 1| … |header last|payload 0|payload 1| … |payload last|
//!
//! last      the number of the last group
//! header    0 to LISTED   the payload is as many sorted numbers
//!           LISTED + 1    the payload is a bitmap, which takes as much memory as LISTED numbers
//!
//! type      slots of a group   LISTED
//! u16       65,536             4,096     two bytes a slot, few groups
//! u8        256                32        a byte a slot, and a byte for each group
//! ```
//!
//! A bitmap remains one when slots are removed. Finding a slot adds up the headers before its
//! group. Adding one moves the payloads after it.

use std::iter::repeat_n;

use crate::store::memory::id::{OrBroken, Slot, widen};
use crate::store::memory::set::bitmap::for_each_bit;

/// The lowest bits of a slot: its number in its group.
pub(crate) trait Low: Copy + Default + Ord + Into<u16> + TryFrom<usize> {
    const BITS: usize;
    const LISTED: u16;
}

impl Low for u8 {
    const BITS: usize = 8;
    const LISTED: u16 = 32;
}

impl Low for u16 {
    const BITS: usize = 16;
    const LISTED: u16 = 4_096;
}

#[derive(Clone, Debug)]
pub(crate) struct Groups<T> {
    entries: Vec<T>,
}

impl<T: Low> Groups<T> {
    /// The slots must be sorted and, for `u8`, of one block: their upper 16 bits are ignored.
    pub(crate) fn from_sorted(slots: &[Slot]) -> Self {
        let mut entries = Vec::new();
        if let Some(last) = slots.last() {
            add_headers(&mut entries, group::<T>(*last));
        }
        entries.reserve_exact(slots.len());
        for slots in slots.chunk_by(|a, b| a.0 >> T::BITS == b.0 >> T::BITS) {
            let group = group::<T>(*slots.first().or_broken());
            *entries.get_mut(1 + widened(group)).or_broken() =
                narrowed(slots.len().min(usize::from(T::LISTED) + 1));
            let lows = slots.iter().map(|slot| low::<T>(slot.0));
            if slots.len() <= usize::from(T::LISTED) {
                entries.extend(lows);
            } else {
                entries.extend(bitmap(lows));
            }
        }
        entries.shrink_to_fit();
        Self { entries }
    }

    pub(crate) fn count(&self) -> usize {
        self.entries.first().map_or(0, |last| 1 + widened(*last))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<T>()
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        self.find(slot).2.is_ok()
    }

    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        add_headers(&mut self.entries, group::<T>(slot));
        let (header, start, found) = self.find(slot);
        let Err(at) = found else {
            return false;
        };
        let low = low(slot.0);
        if is_bitmap(header) {
            self.flip(at, low);
            return true;
        }
        if header.into() == T::LISTED {
            let list = start..start + usize::from(T::LISTED);
            let list = self.entries.get_mut(list).or_broken();
            let bits = bitmap(list.iter().copied().chain([low]));
            list.copy_from_slice(&bits);
        } else {
            insert_at(&mut self.entries, at, low);
        }
        *self.header_mut(slot) = narrowed(widened(header) + 1);
        true
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        let (header, _, found) = self.find(slot);
        let Ok(at) = found else {
            return false;
        };
        if is_bitmap(header) {
            self.flip(at, low(slot.0));
        } else {
            self.entries.remove(at);
            *self.header_mut(slot) = narrowed(widened(header) - 1);
        }
        true
    }

    /// Calls `each` with every slot, ascending. `base` is the first slot of group 0.
    #[inline]
    pub(crate) fn for_each(&self, base: u32, mut each: impl FnMut(Slot)) {
        for (base, (is_bitmap, payload)) in (base..).step_by(1 << T::BITS).zip(self.iter()) {
            if is_bitmap {
                for (base, bits) in (base..).step_by(T::BITS).zip(payload) {
                    for_each_bit(u64::from((*bits).into()), |bit| each(Slot(base | bit)));
                }
            } else {
                for low in payload {
                    each(Slot(base | u32::from((*low).into())));
                }
            }
        }
    }

    /// Calls `combined` with words of a bitmap and the bits that these groups have in them, perhaps
    /// one bit at a time. Words without such bits may be left out.
    #[inline]
    pub(crate) fn combine(&self, with: &mut [u64], combined: impl Fn(u64, u64) -> u64) {
        let windows = with.chunks_exact_mut(1 << (T::BITS - 6));
        for ((is_bitmap, payload), words) in self.iter().zip(windows) {
            if is_bitmap {
                let own = payload.chunks_exact(64 / T::BITS);
                for (word, own) in words.iter_mut().zip(own) {
                    let own = own.iter().rev().map(|bits| u64::from((*bits).into()));
                    *word = combined(*word, own.fold(0, |own, bits| own << T::BITS | bits));
                }
            } else {
                for low in payload {
                    let low = widened(*low);
                    let word = words.get_mut(low >> 6).or_broken();
                    *word = combined(*word, 1 << (low & 63));
                }
            }
        }
    }

    /// Whether each group is a bitmap, and its payload.
    #[inline]
    fn iter(&self) -> impl Iterator<Item = (bool, &[T])> {
        let headers = self.headers().iter();
        let mut rest = self.entries.get(1 + self.count()..).unwrap_or_default();
        headers.map(move |header| {
            let (payload, after) = rest.split_at(length(*header).into());
            rest = after;
            (is_bitmap(*header), payload)
        })
    }

    fn headers(&self) -> &[T] {
        self.entries.get(1..=self.count()).unwrap_or_default()
    }

    fn header_mut(&mut self, slot: Slot) -> &mut T {
        let group = widened(group::<T>(slot));
        self.entries.get_mut(1 + group).or_broken()
    }

    /// The header of the group of a slot, the index of its payload, and the index of the entry with
    /// the slot, or of the entry that would have it.
    fn find(&self, slot: Slot) -> (T, usize, Result<usize, usize>) {
        let headers = self.headers();
        let group = widened(group::<T>(slot));
        let before = headers.iter().take(group);
        let before: usize = before.map(|header| usize::from(length(*header))).sum();
        let header = headers.get(group).copied().unwrap_or_default();
        let (start, low) = (1 + headers.len() + before, low::<T>(slot.0));
        if is_bitmap(header) {
            let at = start + widened(low) / T::BITS;
            let bits = widened(*self.entries.get(at).or_broken());
            let is_set = bits >> (widened(low) % T::BITS) & 1 == 1;
            return (header, start, if is_set { Ok(at) } else { Err(at) });
        }
        // A set without slots has no entries.
        let list = self.entries.get(start..start + usize::from(length(header)));
        let found = list.unwrap_or_default().binary_search(&low);
        let found = found.map(|at| start + at).map_err(|at| start + at);
        (header, start, found)
    }

    /// Adds the slot to a bitmap or removes it.
    fn flip(&mut self, at: usize, low: T) {
        let bits = self.entries.get_mut(at).or_broken();
        *bits = narrowed(widened(*bits) ^ 1 << (widened(low) % T::BITS));
    }
}

fn group<T: Low>(slot: Slot) -> T {
    low(slot.0 >> T::BITS)
}

fn low<T: Low>(number: u32) -> T {
    narrowed(widen(number) & ((1 << T::BITS) - 1))
}

fn is_bitmap<T: Low>(header: T) -> bool {
    header.into() > T::LISTED
}

fn length<T: Low>(header: T) -> u16 {
    header.into().min(T::LISTED)
}

fn widened<T: Low>(number: T) -> usize {
    usize::from(number.into())
}

fn narrowed<T: Low>(number: usize) -> T {
    T::try_from(number).ok().or_broken()
}

/// Adds empty headers up to that of a group.
fn add_headers<T: Low>(entries: &mut Vec<T>, group: T) {
    let headers = entries.first().map_or(0, |last| 1 + widened(*last));
    if headers <= widened(group) {
        entries.resize(entries.len().max(1), group);
        let (end, missing) = (1 + headers, 1 + widened(group) - headers);
        entries.splice(end..end, repeat_n(T::default(), missing));
        *entries.first_mut().or_broken() = group;
    }
}

fn bitmap<T: Low>(lows: impl Iterator<Item = T>) -> Vec<T> {
    let mut bits = vec![T::default(); T::LISTED.into()];
    for low in lows {
        let entry = bits.get_mut(widened(low) / T::BITS).or_broken();
        *entry = narrowed(widened(*entry) | 1 << (widened(low) % T::BITS));
    }
    bits
}

/// Inserts an entry. A vector that is full grows by an eighth and not by its length.
fn insert_at<T>(entries: &mut Vec<T>, at: usize, entry: T) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact(entries.len() / 8 + 4);
    }
    entries.insert(at, entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(numbers: &[u32]) -> Vec<Slot> {
        numbers.iter().copied().map(Slot).collect()
    }

    fn listed<T: Low>(groups: &Groups<T>) -> Vec<u32> {
        let mut lows = Vec::new();
        groups.for_each(0, |slot| lows.push(slot.0));
        lows
    }

    #[test]
    fn a_byte_group_of_more_than_32_slots_is_a_bitmap_of_32_bytes() {
        // Groups on both sides show that nothing else moves.
        let mut groups = Groups::<u8>::from_sorted(&slots(&[3, 256 + 7, 65_535]));
        let lows: Vec<u32> = (0..40).map(|at| 512 + at * 6).collect();
        for (count, low) in lows.iter().enumerate() {
            assert_eq!(groups.entries.len(), 257 + 3 + count.min(32));
            assert_eq!(groups.find(Slot(512)).0 == 33, count > 32);
            assert!(!groups.contains(Slot(*low)));
            assert!(groups.insert(Slot(*low)));
            assert!(!groups.insert(Slot(*low)));
            assert!(groups.contains(Slot(*low)));
        }
        let mut expected = vec![3, 256 + 7];
        expected.extend(&lows);
        expected.push(65_535);
        assert_eq!(listed(&groups), expected);
        assert_eq!(
            listed(&Groups::<u8>::from_sorted(&slots(&expected))),
            expected
        );
        for low in lows {
            assert!(groups.remove(Slot(low)));
            assert!(!groups.remove(Slot(low)));
            assert_eq!(groups.find(Slot(512)).0, 33);
        }
        assert_eq!(listed(&groups), [3, 256 + 7, 65_535]);
        assert!(groups.remove(Slot(3)));
        assert!(!groups.remove(Slot(3)));
    }

    #[test]
    fn a_header_is_added_with_the_first_slot_of_a_group() {
        let mut groups = Groups::<u8>::from_sorted(&slots(&[5]));
        assert_eq!(groups.entries.len(), 3);
        assert!(!groups.contains(Slot(777)) && !groups.remove(Slot(777)));
        assert!(groups.insert(Slot(777)) && groups.insert(Slot(300)));
        assert_eq!(groups.entries.len(), 8);
        assert_eq!(listed(&groups), [5, 300, 777]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn a_full_block_takes_32_bytes_a_group() {
        let all: Vec<u32> = (0..=65_535).collect();
        let mut groups = Groups::<u8>::from_sorted(&slots(&all));
        assert_eq!(groups.bytes(), 257 + 32 * 256);
        assert_eq!(listed(&groups), all);
        assert!(groups.remove(Slot(777)));
        assert!(!groups.contains(Slot(777)) && groups.contains(Slot(778)));
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn words_with_slots_are_combined() {
        let few = vec![0, 63, 64, 255, 256, 65_535];
        let many: Vec<u32> = (0..200).collect();
        for lows in [few, many] {
            let mut united = [0; 1024];
            let groups = Groups::<u8>::from_sorted(&slots(&lows));
            groups.combine(&mut united, |own, other| own | other);
            let is_set =
                |low: &u32| united[usize::try_from(low >> 6).unwrap()] >> (low & 63) & 1 == 1;
            assert!((0..=65_535).filter(is_set).eq(lows));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn a_u16_group_of_more_than_4096_slots_is_a_bitmap() {
        let all: Vec<u32> = (0..5_000).map(|at| 65_000 + at * 13).collect();
        let mut groups = Groups::<u16>::from_sorted(&slots(&all[..4_000]));
        for slot in &all[4_000..] {
            assert!(groups.insert(Slot(*slot)));
            assert!(!groups.insert(Slot(*slot)));
        }
        assert_eq!(groups.find(Slot(65_536)).0, 4_097);
        assert_eq!(groups.find(Slot(65_000)).0, 42);
        assert_eq!(listed(&groups), all);
        assert_eq!(listed(&Groups::<u16>::from_sorted(&slots(&all))), all);
        let mut words = vec![0; 2 * 1024];
        groups.combine(&mut words, |own, other| own | other);
        let count: u32 = words.iter().map(|word| word.count_ones()).sum();
        assert_eq!(count, 5_000);
        assert!(groups.remove(Slot(65_624)));
        assert!(!groups.remove(Slot(65_624)));
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn a_slot_is_found_behind_many_emptied_bitmaps() {
        let mut groups = Groups::<u16>::from_sorted(&[Slot(16 << 16 | 7)]);
        for block in 0..16 {
            let slots = (0..4_097).map(|low| Slot(block << 16 | low));
            assert!(slots.clone().all(|slot| groups.insert(slot)));
            assert!(slots.clone().all(|slot| groups.remove(slot)));
        }
        assert_eq!(listed(&groups), [16 << 16 | 7]);
        assert!(groups.contains(Slot(16 << 16 | 7)));
        assert!(!groups.insert(Slot(16 << 16 | 7)));
    }

    #[test]
    fn a_header_is_added_for_each_missing_u16_group() {
        let mut groups = Groups::<u16>::from_sorted(&[Slot(7), Slot(65_535)]);
        assert_eq!((groups.count(), groups.bytes()), (1, 8));
        assert!(!groups.contains(Slot(3 << 16)));
        assert!(groups.insert(Slot(3 << 16)));
        assert!(!groups.insert(Slot(3 << 16)));
        assert_eq!(groups.count(), 4);
        assert!(groups.insert(Slot(1 << 16)));
        assert_eq!(listed(&groups), [7, 65_535, 1 << 16, 3 << 16]);
        assert!(groups.remove(Slot(3 << 16)));
        assert!(!groups.remove(Slot(3 << 16)));
        assert!(!groups.remove(Slot(u32::MAX)));
        assert_eq!(listed(&groups), [7, 65_535, 1 << 16]);
    }

    #[test]
    fn a_full_vector_grows_by_an_eighth() {
        let mut entries = vec![0; 800];
        insert_at(&mut entries, 400, 1);
        assert_eq!((entries.len(), entries[400]), (801, 1));
        assert!(entries.capacity() < 1_000);
    }
}
