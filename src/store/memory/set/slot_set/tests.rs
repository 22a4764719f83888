//! A set gives the same answers in every form as a `BTreeSet`.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn numbers(bits: &Bitmap) -> Vec<u32> {
    let mut numbers = Vec::new();
    bits.for_each(|slot| numbers.push(slot.0));
    numbers
}

fn listed(set: &SlotSet) -> Vec<u32> {
    let mut ids = Vec::new();
    set.for_each(|id| ids.push(id.0));
    ids
}

fn slots(numbers: &[u32]) -> Vec<Slot> {
    numbers.iter().copied().map(Slot).collect()
}

fn form(set: &SlotSet) -> &'static str {
    match set {
        SlotSet::Wide(..) => "wide",
        SlotSet::Narrow(..) => "narrow",
        SlotSet::Bits(..) => "bits",
    }
}

#[test]
fn a_set_takes_at_most_32_bytes() {
    assert!(size_of::<SlotSet>() <= 32);
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn forms_follow_the_length() {
    for (step, most) in [(3, WIDE_IN_A_BLOCK), (1_500, 12 * WIDE_IN_A_BLOCK)] {
        let ids: Vec<u32> = (0..).map(|at| at * step).take(most + 2).collect();
        // The last block is there from the beginning.
        let ids: Vec<u32> = ids.into_iter().rev().collect();
        let sorted = |ids: &[u32]| slots(&ids.iter().rev().copied().collect::<Vec<_>>());
        let most = most_wide(block(Slot(ids[0])) + 1);
        let expected = |len| match len {
            len if len <= most => "wide",
            _ => "narrow",
        };
        let mut grown = SlotSet::from_sorted(&[]);
        for (len, id) in ids.iter().enumerate() {
            assert_eq!(form(&grown), expected(len));
            assert_eq!(
                form(&SlotSet::from_sorted(&sorted(&ids[..len]))),
                expected(len)
            );
            assert!(!grown.contains(Slot(*id)));
            assert!(grown.insert(Slot(*id)));
            assert!(!grown.insert(Slot(*id)));
            assert!(grown.contains(Slot(*id)));
        }
        // A narrow set becomes wide at half the length only, so that a set whose length varies around
        // the bound is not converted each time.
        let was_narrow = form(&grown) == "narrow";
        for (len, id) in ids.iter().enumerate().rev() {
            assert!(grown.remove(Slot(*id)));
            assert!(!grown.remove(Slot(*id)));
            let stays = was_narrow && len > most / 2;
            assert_eq!(form(&grown), if stays { "narrow" } else { expected(len) });
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_sixteenth_of_all_slots_is_a_bitmap() {
    for blocks in [1, 2] {
        let ids: Vec<u32> = (0..blocks << 16).step_by(15).collect();
        let dense = usize::try_from(blocks).unwrap() * DENSE;
        let all = slots(&ids);
        assert_eq!(
            form(&SlotSet::from_sorted(&all[all.len() - dense..])),
            "narrow"
        );
        let bits = SlotSet::from_sorted(&all);
        assert_eq!(bits.len(), all.len());
        assert_eq!(numbers(bits.as_bitmap().unwrap()), ids);
        let mut set = SlotSet::from_sorted(&[]);
        // The last slot is in the last block.
        for (len, slot) in all.iter().rev().enumerate() {
            assert_eq!(set.as_bitmap().is_some(), len > dense);
            assert!(set.insert(*slot));
        }
        for (removed, slot) in all.iter().enumerate() {
            assert_eq!(set.as_bitmap().is_some(), all.len() - removed > dense / 2);
            assert!(set.remove(*slot));
        }
    }
}

#[test]
fn adding_a_set_twice_is_adding_it_once() {
    for ids in [vec![3, 70], (0..5_000).step_by(2).collect()] {
        let set = SlotSet::from_sorted(&slots(&ids));
        let mut bits = Bitmap::default();
        for _ in 0..2 {
            set.add_to(&mut bits);
            assert_eq!(numbers(&bits), ids);
        }
    }
}

/// Single numbers and dense runs of numbers, in several blocks.
fn ids() -> impl Strategy<Value = Vec<u32>> {
    let run = (0..200_000_u32, 1..6_000_u32, 1..4_u32);
    let runs = prop::collection::vec(run, 0..4);
    let alone = prop::collection::vec(0..200_000_u32, 0..300);
    (runs, alone).prop_map(|(runs, mut ids)| {
        for (from, len, step) in runs {
            ids.extend((0..len).map(|at| from + at * step));
        }
        ids
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn agrees_with_a_btree_set(inserted in ids(), removed in ids(), again in ids()) {
        let mut set = SlotSet::from_sorted(&[]);
        let mut model = BTreeSet::new();
        for (step, ids) in [inserted, removed, again].into_iter().enumerate() {
            for id in ids {
                if step == 1 {
                    prop_assert_eq!(set.remove(Slot(id)), model.remove(&id));
                } else {
                    prop_assert_eq!(set.insert(Slot(id)), model.insert(id));
                }
            }
            let sorted: Vec<u32> = model.iter().copied().collect();
            prop_assert_eq!(set.len(), sorted.len());
            prop_assert_eq!(&listed(&set), &sorted);
            prop_assert_eq!(&listed(&SlotSet::from_sorted(&slots(&sorted))), &sorted);
            let mut bits = Bitmap::default();
            set.add_to(&mut bits);
            prop_assert_eq!(numbers(&bits), sorted);
            bits.insert(Slot(230_000));
            set.remove_from(&mut bits);
            prop_assert_eq!(numbers(&bits), [230_000]);
            for id in (0..220_000).step_by(977) {
                prop_assert_eq!(set.contains(Slot(id)), model.contains(&id));
            }
        }
        for id in model {
            prop_assert!(set.remove(Slot(id)));
        }
        prop_assert_eq!(set.len(), 0);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn bits_are_counted_between_slots(ids in ids(), mut ends in [0..210_000_u32, 0..210_000_u32]) {
        let mut bits = Bitmap::for_slots(210_000);
        bits.extend(&ids.iter().copied().map(Slot).collect::<Vec<_>>());
        ends.sort_unstable();
        let [from, to] = ends;
        let mut expected: Vec<u32> = ids.into_iter().filter(|id| (from..=to).contains(id)).collect();
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(bits.count_between(Slot(from), Slot(to)), expected.len());
        let mut found = Vec::new();
        bits.for_each_between(Slot(from), Slot(to), |slot| found.push(slot.0));
        prop_assert_eq!(found, expected);
    }
}
