//! Every plan gives the page that filtering the whole order gives, and stays within its budget.

mod arrays;

use std::borrow::Cow;

use super::indexed::Scan;
use super::*;
use crate::order::Direction;
use crate::query::page::{Limit, Page};
use crate::store::memory::cost;
use crate::store::memory::set::Bitmap;
use crate::store::memory::sort::Order;
use crate::store::memory::sort::chunked_list::{ChunkedList, FULL};
use crate::store::memory::sort::key::Key;

/// Four chunks of 448 slots, as a load fills them, and one of 208.
const UNITS: u32 = 2_000;

/// An order of consecutive slots, and one in which slots are shuffled.
fn orders() -> [Vec<Slot>; 2] {
    let shuffled = (0..UNITS).map(|rank| Slot(rank * 7_919 % UNITS)).collect();
    [(0..UNITS).map(Slot).collect(), shuffled]
}

/// An index of these slots.
fn indexed(slots: &[Slot]) -> Order {
    let mut order = Order::new(Box::default());
    order.list = ChunkedList::from_sorted(slots, slots.len(), |_| Key::default());
    order
}

/// Sets of one match up to all units, evenly spread or consecutive; some as large as are located
/// individually, and some one larger.
fn sets() -> Vec<Vec<Slot>> {
    let few = cost::LOCATED_INDIVIDUALLY;
    let spread = |step: usize, most: usize| {
        let slots = (0..UNITS).step_by(step).take(most);
        slots.map(Slot).collect()
    };
    vec![
        spread(1, 2_000),
        spread(3, 2_000),
        spread(31, few),
        spread(30, few + 1),
        spread(1, few + 1),
        (1_700..1_900).map(Slot).collect(),
        vec![Slot(1_999)],
    ]
}

fn bits(slots: &[Slot]) -> Bitmap {
    let mut bits = Bitmap::default();
    for slot in slots {
        bits.insert(*slot);
    }
    bits
}

fn half() -> Bitmap {
    bits(&(0..UNITS).step_by(2).map(Slot).collect::<Vec<_>>())
}

fn in_bits(bits: &Bitmap) -> Matches<'_> {
    let count = bits.count();
    let bits = Cow::Borrowed(bits);
    Matches::Some(Found::Bitmap { bits, count })
}

fn in_list(slots: &[Slot]) -> Matches<'static> {
    Matches::Some(Found::List(slots.to_vec()))
}

/// The matches in the order.
fn expected(order: &[Slot], bits: &Bitmap) -> Vec<Slot> {
    let matches = order.iter().filter(|slot| bits.contains(**slot));
    matches.copied().collect()
}

fn ranges(total: usize) -> Vec<Range<usize>> {
    let ranks = [0, 1, 63, 64, total / 3, total - total / 3, total - 1, total];
    let mut ranges = Vec::new();
    for start in ranks.into_iter().filter(|start| *start < total) {
        for length in [1, 50, total] {
            ranges.push(start..total.min(start + length));
        }
    }
    ranges
}

fn directed(order: &Order, direction: Direction) -> Indexed<'_> {
    Indexed { order, direction }
}

fn ascending(indexed: &Order) -> Indexed<'_> {
    directed(indexed, Direction::Ascending)
}

fn page(
    index: Indexed<'_>,
    matches: &Matches<'_>,
    range: Range<usize>,
    work: &mut Work,
) -> Vec<Slot> {
    index.cheapest(matches, range).run(matches, work)
}

fn scan<'a>(index: Indexed<'a>, bits: &'a Bitmap, budget: usize) -> Scan<'a> {
    Scan {
        index,
        bits,
        total: bits.count(),
        budget,
    }
}

fn for_every_case(mut each: impl FnMut(&[Slot], &Order, &[Slot])) {
    for order in orders() {
        let indexed = indexed(&order);
        for set in sets() {
            each(&order, &indexed, &set);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn pages_are_ranges_of_the_whole_listing() {
    for_every_case(|order, indexed, set| {
        let bits = bits(set);
        let whole = expected(order, &bits);
        let total = whole.len();
        for range in ranges(total) {
            let expected = &whole[range.clone()];
            let work = &mut Work::default();
            let scan = scan(ascending(indexed), &bits, usize::MAX);
            let scanned = scan.page(range.clone(), work);
            assert_eq!(scanned.as_deref(), Some(expected), "{range:?} of {total}");
            for matches in [in_bits(&bits), in_list(set)] {
                let Matches::Some(found) = &matches else {
                    panic!("some match");
                };
                let plan = Plan::Locate(ascending(indexed), found, range.clone());
                let located = plan.run(&matches, work);
                assert_eq!(located, expected, "{range:?} of {total}");
                assert_eq!(
                    page(ascending(indexed), &matches, range.clone(), work),
                    expected
                );
                let descending = directed(indexed, Direction::Descending);
                let from_end = total - range.end..total - range.start;
                let mut reversed = page(descending, &matches, from_end, work);
                reversed.reverse();
                assert_eq!(reversed, expected, "{range:?} of {total}, reversed");
                assert!(page(descending, &matches, total..total + 1, work).is_empty());
            }
        }
    });
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn pages_after_a_rank_begin_at_the_rank() {
    for_every_case(|order, indexed, set| {
        let bits = bits(set);
        let total = set.len();
        for bound in [0, 1, 447, 448, 449, 1_000, 1_344, 1_999, 2_000] {
            let (below, above) = order.split_at(bound);
            let (below, above) = (expected(below, &bits), expected(above, &bits));
            let before: Vec<Slot> = below.iter().rev().copied().collect();
            for (direction, passed, ahead) in [
                (Direction::Ascending, below.len(), above),
                (Direction::Descending, total - below.len(), before),
            ] {
                let index = directed(indexed, direction);
                for matches in [in_bits(&bits), in_list(set)] {
                    let mut work = Work::default();
                    assert_eq!(index.passed(bound, &matches, &mut work), passed);
                    // Either the order up to the rank or every match is read.
                    let counts = matches!(matches, Matches::Some(Found::Bitmap { .. }))
                        && indexed.list.cost_of_counting(bound) <= cost::LOCATE * total;
                    assert_eq!(work.keys, if counts { bound } else { total });
                }
                for offset in [0, 1, 70] {
                    let page = Page::new(offset, Limit::at_most(60).unwrap());
                    let offset = usize::try_from(offset).unwrap();
                    let some: Vec<Slot> = ahead.iter().copied().skip(offset).take(60).collect();
                    let mut work = Work::default();
                    let continued = scan(index, &bits, usize::MAX);
                    let on = continued.read(direction, bound, page.range(total), &mut work);
                    assert_eq!(on.as_ref(), Some(&some));
                    let matches = in_bits(&bits);
                    for budget in [0, 1_000, index.scan_from_cursor(&bits, total, page).budget] {
                        let plan = Plan::Continue(scan(index, &bits, budget), bound, page);
                        assert_eq!(plan.run(&matches, &mut work), some);
                    }
                }
            }
        }
    });
}

#[test]
fn a_page_of_all_units_is_a_range_of_the_order() {
    for order in orders() {
        let indexed = indexed(&order);
        let matches = Matches::All(order.len());
        for range in ranges(order.len()) {
            let mut work = Work::default();
            let slots = page(ascending(&indexed), &matches, range.clone(), &mut work);
            assert_eq!(slots, &order[range.clone()]);
            assert_eq!(work.keys, range.len());
        }
        let passed = ascending(&indexed).passed(1_234, &matches, &mut Work::default());
        assert_eq!(passed, 1_234);
    }
}

/// Scans for a page within a budget. Returns whether the page is complete, and the entries read.
fn scanned(indexed: &Order, bits: &Bitmap, range: Range<usize>, budget: usize) -> (bool, usize) {
    let mut work = Work::default();
    let slots = scan(ascending(indexed), bits, budget).page(range, &mut work);
    (slots.is_some(), work.keys)
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_scan_begins_at_the_nearer_end_and_stops_at_its_budget() {
    let [run, shuffled] = orders();
    let half = half();
    for order in [&run, &shuffled] {
        let indexed = indexed(order);
        for range in [0..10, 990..1_000] {
            let (is_complete, keys) = scanned(&indexed, &half, range, usize::MAX);
            assert!(is_complete && keys <= 2 * FULL, "{keys}");
        }
    }
    // Counting a run costs one entry; counting any other chunk costs each of its slots.
    let (_, keys) = scanned(&indexed(&run), &half, 480..490, usize::MAX);
    assert!(keys <= 2 * FULL + 4, "{keys}");
    let shuffled = indexed(&shuffled);
    let (is_complete, keys) = scanned(&shuffled, &half, 480..490, usize::MAX);
    assert!(is_complete && keys > 2 * FULL, "{keys}");
    for most in [0, 500, 640] {
        for range in [480..490, 510..520] {
            let (is_complete, keys) = scanned(&shuffled, &half, range, most);
            assert!(
                !is_complete && (most..=most + 2 * FULL).contains(&keys),
                "{keys}"
            );
        }
    }
    // The budget is compared before the last chunk is read.
    for (range, most) in [(480..490, 896), (510..520, 656)] {
        let is_complete = |most| scanned(&shuffled, &half, range.clone(), most).0;
        assert!(is_complete(most) && !is_complete(most - 1), "{range:?}");
    }
}

#[test]
fn a_continued_scan_stops_at_its_budget() {
    let [_, shuffled] = orders();
    let indexed = indexed(&shuffled);
    let one = bits(&[shuffled[1_000]]);
    // The third value is the number of entries in the chunks before that of the match.
    for (direction, bound, before) in [
        (Direction::Ascending, 0, 896),
        (Direction::Descending, 2_000, 656),
    ] {
        let page = Page::new(0, Limit::at_most(1).unwrap());
        let within = |budget| {
            let mut work = Work::default();
            let scan = scan(directed(&indexed, direction), &one, budget);
            let slots = scan.read(direction, bound, page.range(1), &mut work);
            (slots, work.keys)
        };
        let (slots, keys) = within(400);
        assert_eq!(slots, None);
        assert!((401..=2 * FULL).contains(&keys), "{keys}");
        let slots = Some(vec![shuffled[1_000]]);
        assert_eq!(within(before), (slots, before + 448));
        assert_eq!(within(before - 1).0, None);
    }
}

#[test]
fn a_page_after_a_rank_is_scanned_when_matches_are_evenly_spread() {
    let [_, shuffled] = orders();
    let indexed = indexed(&shuffled);
    let half = half();
    // The page needs 560 matches, which are in the next 1,120 entries: three chunks. The matches
    // of the third are counted, then collected.
    let page = Page::new(500, Limit::at_most(60).unwrap());
    let scan = ascending(&indexed).scan_from_cursor(&half, 1_000, page);
    let mut work = Work::default();
    let slots = Plan::Continue(scan, 0, page).run(&in_bits(&half), &mut work);
    assert_eq!(slots.len(), 60);
    assert_eq!(work.keys, 4 * 448);
}

#[test]
fn the_cheaper_plan_is_chosen() {
    let [_, shuffled] = orders();
    let indexed = indexed(&shuffled);
    // Pages of evenly spread matches: a scan reads chunks, locating reads every match and
    // the chunks of the page.
    for (step, matches, range, keys) in [
        (2, 1_000, 0..10, 448),
        (28, 70, 35..40, 70 + 448),
        // Equal costs: the entries to scan are four times the matches.
        (20, 100, 19..20, 448 + 448),
    ] {
        let spread = shuffled.iter().copied().step_by(step).take(matches);
        let bits = bits(&spread.collect::<Vec<Slot>>());
        let mut work = Work::default();
        page(
            ascending(&indexed),
            &in_bits(&bits),
            range.clone(),
            &mut work,
        );
        assert_eq!(work.keys, keys, "{range:?} of {matches}");
    }
}

#[test]
fn a_scan_that_finds_no_match_is_given_up_for_locating() {
    let [_, shuffled] = orders();
    let indexed = indexed(&shuffled);
    let bits = bits(&shuffled[1_850..]);
    let mut work = Work::default();
    let page = page(ascending(&indexed), &in_bits(&bits), 0..20, &mut work);
    assert_eq!(page, &shuffled[1_850..1_870]);
    // Three chunks scanned in vain, then every match and the chunk they are in.
    assert_eq!(work.keys, 3 * 448 + 150 + 208);
}
