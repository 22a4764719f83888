//! Every way to a page gives the page that filtering the whole order gives, and none
//! looks at more than it may.

use std::borrow::Cow;

use super::*;
use crate::query::page::Limit;

/// Four full chunks and one that is not.
const UNITS: u32 = 2_000;

/// Slots that are numbered in the order, and slots that are anywhere in it.
fn orders() -> [Vec<u32>; 2] {
    let shuffled = (0..UNITS).map(|place| place * 7_919 % UNITS).collect();
    [(0..UNITS).collect(), shuffled]
}

fn ranked(order: &[u32]) -> ChunkedList {
    ChunkedList::from_sorted(order, order.len(), |_| None)
}

/// From one match to all, spread and in a row; [`FEW`] and one more.
fn sets() -> Vec<Vec<u32>> {
    let spread = |step: usize, most: usize| (0..UNITS).step_by(step).take(most).collect();
    vec![
        spread(1, 2_000),
        spread(3, 2_000),
        spread(31, FEW),
        spread(30, FEW + 1),
        spread(1, FEW + 1),
        (1_700..1_900).collect(),
        vec![1_999],
    ]
}

fn bits(slots: &[u32]) -> Bitmap {
    let mut bits = Bitmap::for_slots(index(UNITS));
    bits.extend(slots);
    bits
}

/// The matches in their order.
fn expected(order: &[u32], bits: &Bitmap) -> Vec<u32> {
    let matches = order.iter().filter(|slot| bits.contains(**slot));
    matches.copied().collect()
}

fn ranges(total: usize) -> Vec<Range<usize>> {
    let places = [0, 1, 63, 64, total / 3, total - total / 3, total - 1, total];
    let mut ranges = Vec::new();
    for start in places.into_iter().filter(|start| *start < total) {
        for length in [1, 50, total] {
            ranges.push(start..total.min(start + length));
        }
    }
    ranges
}

fn for_every_case(mut each: impl FnMut(&[u32], &ChunkedList, &[u32])) {
    for order in orders() {
        let ranked = ranked(&order);
        for set in sets() {
            each(&order, &ranked, &set);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn pages_are_parts_of_the_whole() {
    for_every_case(|order, ranked, set| {
        let bits = bits(set);
        let whole = expected(order, &bits);
        let total = whole.len();
        let forms = [
            Matches::Bits(Cow::Borrowed(&bits), total),
            Matches::Few(set.to_vec()),
        ];
        for range in ranges(total) {
            let page = &whole[range.clone()];
            let work = &mut Work::default();
            let walked = walk(ranked, &bits, total, range.clone(), usize::MAX, work);
            assert_eq!(walked.as_deref(), Some(page), "{range:?} of {total}");
            for matches in &forms {
                let gathered = gather(ranked, matches, total, range.clone(), work);
                assert_eq!(gathered, page, "{range:?} of {total}");
                let mut walk = Walk {
                    ranked,
                    direction: Direction::Ascending,
                    matches,
                    total,
                };
                assert_eq!(walk.page(range.clone(), work), page);
                walk.direction = Direction::Descending;
                let mut reversed = walk.page(total - range.end..total - range.start, work);
                reversed.reverse();
                assert_eq!(reversed, page, "{range:?} of {total}, reversed");
                assert!(walk.page(total..total + 1, work).is_empty());
            }
        }
    });
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn pages_after_a_position_begin_there() {
    for_every_case(|order, ranked, set| {
        let bits = bits(set);
        let total = set.len();
        for matches in [
            Matches::Bits(Cow::Borrowed(&bits), total),
            Matches::Few(set.to_vec()),
        ] {
            for bound in [0, 1, 447, 448, 449, 1_000, 1_344, 1_999, 2_000] {
                let (below, above) = order.split_at(bound);
                let (below, above) = (expected(below, &bits), expected(above, &bits));
                for offset in [0, 1, 70] {
                    let page = Page::new(offset, Limit::at_most(60).unwrap());
                    let some = |listed: Vec<u32>| -> Vec<u32> {
                        listed.into_iter().skip(index_of(offset)).take(60).collect()
                    };
                    let mut walk = Walk {
                        ranked,
                        direction: Direction::Ascending,
                        matches: &matches,
                        total,
                    };
                    let work = &mut Work::default();
                    assert_eq!(walk.passed(bound, work), below.len());
                    // Either the order up to the position or every match is looked at.
                    let counts = matches!(matches, Matches::Bits(..))
                        && ranked.cost_of_counting(bound) <= GATHER_COST * total;
                    assert_eq!(work.keys, if counts { bound } else { total });
                    assert_eq!(walk.page_after(bound, page, work), some(above.clone()));
                    let on = walk.walk_on(&bits, bound, page, usize::MAX, work);
                    assert_eq!(on, Some(some(above.clone())));
                    walk.direction = Direction::Descending;
                    let before: Vec<u32> = below.iter().rev().copied().collect();
                    assert_eq!(walk.passed(bound, work), total - below.len());
                    assert_eq!(walk.page_after(bound, page, work), some(before.clone()));
                    let on = walk.walk_on(&bits, bound, page, usize::MAX, work);
                    assert_eq!(on, Some(some(before)));
                }
            }
        }
    });
}

fn index_of(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}

#[test]
fn all_matches_are_a_part_of_the_order() {
    for order in orders() {
        let ranked = ranked(&order);
        let walk = Walk {
            ranked: &ranked,
            direction: Direction::Ascending,
            matches: &Matches::All(order.len()),
            total: order.len(),
        };
        for range in ranges(order.len()) {
            let mut work = Work::default();
            assert_eq!(walk.page(range.clone(), &mut work), &order[range.clone()]);
            assert_eq!(work.keys, range.len());
        }
        assert_eq!(walk.passed(1_234, &mut Work::default()), 1_234);
    }
}

/// What a page of `range` costs by walking.
fn walked(ranked: &ChunkedList, bits: &Bitmap, range: Range<usize>, most: usize) -> (bool, usize) {
    let mut work = Work::default();
    let total = bits.count();
    let slots = walk(ranked, bits, total, range, most, &mut work);
    (slots.is_some(), work.keys)
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_walk_begins_at_the_nearer_end_and_stops_at_its_bound() {
    let [run, shuffled] = orders();
    let half = bits(&(0..UNITS).step_by(2).collect::<Vec<_>>());
    for order in [&run, &shuffled] {
        let ranked = ranked(order);
        for range in [0..10, 990..1_000] {
            let (is_complete, keys) = walked(&ranked, &half, range, usize::MAX);
            assert!(is_complete && keys <= 2 * FULL, "{keys}");
        }
    }
    // A run is counted in one step, any other chunk slot by slot.
    let (_, keys) = walked(&ranked(&run), &half, 480..490, usize::MAX);
    assert!(keys <= 2 * FULL + 4, "{keys}");
    let (is_complete, keys) = walked(&ranked(&shuffled), &half, 480..490, usize::MAX);
    assert!(is_complete && keys > 2 * FULL, "{keys}");
    for most in [0, 500, 800] {
        for range in [480..490, 510..520] {
            let (is_complete, keys) = walked(&ranked(&shuffled), &half, range, most);
            assert!(
                !is_complete && (most..=most + 2 * FULL).contains(&keys),
                "{keys}"
            );
        }
    }
    // What it has looked at before the last step may be all that it may.
    for (range, most) in [(480..490, 896), (510..520, 1_104)] {
        let is_complete = |most| walked(&ranked(&shuffled), &half, range.clone(), most).0;
        assert!(is_complete(most) && !is_complete(most - 1), "{range:?}");
    }
}

#[test]
fn walking_on_stops_at_its_bound() {
    let [_, shuffled] = orders();
    let ranked = ranked(&shuffled);
    let one = bits(&[shuffled[1_000]]);
    let matches = Matches::Bits(Cow::Borrowed(&one), 1);
    // The chunks before the one with the match have so many.
    for (direction, bound, before) in [
        (Direction::Ascending, 0, 896),
        (Direction::Descending, 2_000, 656),
    ] {
        let walk = Walk {
            ranked: &ranked,
            direction,
            matches: &matches,
            total: 1,
        };
        let page = Page::new(0, Limit::at_most(1).unwrap());
        let mut work = Work::default();
        assert_eq!(walk.walk_on(&one, bound, page, 400, &mut work), None);
        assert!((401..=2 * FULL).contains(&work.keys), "{}", work.keys);
        let mut work = Work::default();
        let found = walk.walk_on(&one, bound, page, before, &mut work);
        assert_eq!(found, Some(vec![shuffled[1_000]]));
        assert_eq!(work.keys, before + 448);
        let none = walk.walk_on(&one, bound, page, before - 1, &mut work);
        assert_eq!(none, None);
    }
}

#[test]
fn a_page_after_a_position_is_walked_to_as_far_as_matches_mostly_are() {
    let [_, shuffled] = orders();
    let ranked = ranked(&shuffled);
    let half = bits(&(0..UNITS).step_by(2).collect::<Vec<_>>());
    let matches = Matches::Bits(Cow::Borrowed(&half), 1_000);
    let walk = Walk {
        ranked: &ranked,
        direction: Direction::Ascending,
        matches: &matches,
        total: 1_000,
    };
    // Of 1,120 entries ahead every other one matches: three chunks, none of them twice.
    let page = Page::new(500, Limit::at_most(60).unwrap());
    let mut work = Work::default();
    assert_eq!(walk.page_after(0, page, &mut work).len(), 60);
    assert_eq!(work.keys, 3 * 448);
}

#[test]
fn what_costs_less_is_done() {
    let [_, shuffled] = orders();
    let ranked = ranked(&shuffled);
    // What pages of evenly spread matches take: walking reads chunks, gathering every
    // match and the chunks of the page.
    for (step, matches, range, keys) in [
        (2, 1_000, 0..10, 448),
        (28, 70, 35..40, 70 + 448),
        // Just as dear: so many entries to walk as four times the matches.
        (20, 100, 19..20, 448 + 448),
    ] {
        let spread = shuffled.iter().copied().step_by(step).take(matches);
        let bits = bits(&spread.collect::<Vec<u32>>());
        let matches = Matches::of_bits(bits);
        let mut work = Work::default();
        let total = matches.total();
        ascending(&ranked, &matches, total, range.clone(), &mut work);
        assert_eq!(work.keys, keys, "{range:?} of {total}");
    }
}

#[test]
fn matches_that_lie_elsewhere_are_gathered_after_a_while() {
    let [_, shuffled] = orders();
    let ranked = ranked(&shuffled);
    let matches = Matches::of_bits(bits(&shuffled[1_850..]));
    let mut work = Work::default();
    let page = ascending(&ranked, &matches, 150, 0..20, &mut work);
    assert_eq!(page, &shuffled[1_850..1_870]);
    // Three chunks walked in vain, then every match and the chunk they are in.
    assert_eq!(work.keys, 3 * 448 + 150 + 208);
}
