use super::*;
use crate::store::MemoryStore;
use crate::unit::Unit;

/// Of each kind of order: numbered in it, anywhere in it, and half and half.
fn orders() -> [Vec<Slot>; 3] {
    let shuffled = |place: u32| place * 7_919 % 1_792;
    let mixed = |place: u32| if place < 896 { place } else { 2_687 - place };
    [
        (0..1_792).map(Slot).collect(),
        (0..1_792).map(shuffled).map(Slot).collect(),
        (0..1_792).map(mixed).map(Slot).collect(),
    ]
}

fn ranked(order: &[Slot]) -> ChunkedList {
    let key = |_| Key::of_parts(std::iter::empty());
    let ranked = ChunkedList::from_sorted(order, order.len(), key);
    ranked.check();
    ranked
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn what_does_not_hold_between_chunks_is_found() {
    let faults: [fn(&mut ChunkedList); 6] = [
        |ranked| ranked.len += 1,
        |ranked| ranked.runs += 1,
        |ranked| ranked.starts[ChunkRank(2)] += 1,
        |ranked| ranked.ranks[ChunkId(0)] = ChunkRank(1),
        |ranked| ranked.homes[Slot(7)] = ChunkId(3),
        |ranked| {
            ranked.homes.push(ChunkId(0));
        },
    ];
    for fault in faults {
        let mut ranked = ranked(&orders()[0]);
        fault(&mut ranked);
        assert!(std::panic::catch_unwind(|| ranked.check()).is_err());
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn places_and_positions_are_those_of_the_list() {
    for order in orders() {
        let ranked = ranked(&order);
        assert_eq!((ranked.len(), ranked.chunks()), (1_792, 4));
        for (position, slot) in order.iter().enumerate() {
            assert!(ranked.contains(*slot));
            assert_eq!(ranked.rank_of(*slot), Some(position));
            let chunk = ChunkRank::at(position / LOADED);
            assert_eq!(ranked.chunk_at(position), chunk);
            assert_eq!(ranked.chunk_of(*slot), Some(chunk));
        }
        assert!(!ranked.contains(Slot(1_792)));
        assert_eq!(ranked.rank_of(Slot(1_792)), None);
        let starts: Vec<usize> = (0..4).map(|chunk| ranked.start(ChunkRank(chunk))).collect();
        assert_eq!(starts, [0, 448, 896, 1_344]);
        let chunks: Vec<Slot> = (0..4)
            .flat_map(|chunk| ranked.chunk(ChunkRank(chunk)))
            .copied()
            .collect();
        assert_eq!(chunks, order);
        assert!(ranked.low(ChunkRank(0)).is_none() && ranked.low(ChunkRank(4)).is_none());
        assert!((1..4).all(|chunk| ranked.low(ChunkRank(chunk)).is_some()));
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn parts_of_the_list_are_counted_and_taken() {
    for order in orders() {
        let ranked = ranked(&order);
        let mut bits = Bitmap::default();
        for slot in (0..1_792).step_by(3) {
            bits.insert(Slot(slot));
        }
        let is_in = |slot: &&Slot| bits.contains(**slot);
        let mut all = vec![Slot(7)];
        ranked.extend_with(&mut all, &bits);
        assert_eq!(
            all.split_off(1),
            order.iter().filter(is_in).copied().collect::<Vec<Slot>>()
        );
        for rank in ChunkRank::all(4) {
            let chunk = ranked.chunk(rank);
            let looked_at = if is_run(chunk) { 1 } else { LOADED };
            let count = chunk.iter().filter(is_in).count();
            assert_eq!(ranked.count_chunk(rank, &bits), (count, looked_at));
        }
        let ends = [0, 1, 447, 448, 449, 895, 896, 1_300, 1_344, 1_791, 1_792];
        for from in ends {
            for to in ends.into_iter().filter(|to| from <= *to) {
                let part = &order[from..to];
                let count = part.iter().filter(is_in).count();
                assert_eq!(ranked.count_range(from..to, &bits), count, "{from}..{to}");
                let mut slots = vec![Slot(7)];
                ranked.extend_from_range(&mut slots, from..to);
                assert_eq!(&slots[1..], part, "{from}..{to}");
            }
        }
    }
}

#[test]
fn runs_are_counted_at_a_thirtysecond() {
    let [run, shuffled, mixed] = orders();
    for (order, cost) in [(run, 31), (shuffled, 1_000), (mixed, 515)] {
        assert_eq!(ranked(&order).cost_of_counting(1_000), cost);
    }
    assert_eq!(ChunkedList::default().cost_of_counting(1_000), 1_000);
}

fn unit(number: u32) -> Unit {
    Unit::builder(format!("{number:05}")).build().unwrap()
}

/// The order of the ids.
fn by_id(store: &MemoryStore) -> &ChunkedList {
    store.internal_validate();
    unchecked_by_id(store)
}

fn unchecked_by_id(store: &MemoryStore) -> &ChunkedList {
    &store.orders.iter().next().unwrap().list
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn what_is_appended_leaves_full_chunks_and_the_rest_half_full_ones() {
    let mut appended = MemoryStore::default();
    let mut scattered = MemoryStore::default();
    for number in 0..1_000 {
        appended.upsert(unit(number));
        scattered.upsert(unit(number * 7_919 % 1_000));
    }
    let chunks = by_id(&appended).chunks();
    assert_eq!(chunks, 3, "one for every {LOADED} and the last");
    let scattered = by_id(&scattered);
    let sizes = ChunkRank::all(scattered.chunks()).map(|rank| scattered.chunk(rank).len());
    let sizes: Vec<usize> = sizes.collect();
    assert!(sizes.iter().all(|size| *size >= FULL / 2), "{sizes:?}");
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn small_neighbours_become_one() {
    let mut store: MemoryStore = (0..1_800).map(unit).collect();
    for number in (0..1_800).filter(|number| number % 20 != 0) {
        store.remove(unit(number).id());
    }
    assert_eq!(by_id(&store).len(), 90);
    assert!(by_id(&store).chunks() <= 2);
    for number in (0..1_800).step_by(20).rev() {
        store.remove(unit(number).id());
    }
    assert_eq!(by_id(&store).chunks(), 1);
    store.upsert(unit(3));
    assert_eq!(by_id(&store).chunk(ChunkRank(0)).len(), 1);
}

/// How many slots the chunks of the order of the ids have.
fn sizes(store: &MemoryStore) -> Vec<usize> {
    let ranked = unchecked_by_id(store);
    ranked.check();
    let chunks = ChunkRank::all(ranked.chunks());
    chunks.map(|rank| ranked.chunk(rank).len()).collect()
}

fn insert(store: &mut MemoryStore, after: u32, count: u32) {
    for number in 0..count {
        let id = format!("{after:05}-{number:02}");
        store.upsert(Unit::builder(id).build().unwrap());
        sizes(store);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_full_chunk_is_halved_unless_it_grows_at_the_end_of_the_order() {
    let loaded: MemoryStore = (0..896).map(unit).collect();
    assert_eq!(sizes(&loaded), [448, 448]);
    for (after, halved) in [
        (447, vec![256, 257, 448]),
        (0, vec![256, 257, 448]),
        (894, vec![448, 256, 257]),
        (895, vec![448, 448, 65]),
    ] {
        let mut store = loaded.clone();
        insert(&mut store, after, 64);
        assert_eq!(sizes(&store).iter().sum::<usize>(), 960);
        assert_eq!(sizes(&store).len(), 2, "behind {after}");
        insert(&mut store, after, 65);
        assert_eq!(sizes(&store), halved, "behind {after}");
        by_id(&store);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_chunk_is_joined_with_either_neighbour() {
    let removed = |loaded: u32, numbers: std::ops::Range<u32>| {
        let mut store: MemoryStore = (0..loaded).map(unit).collect();
        for number in numbers {
            assert!(store.remove(unit(number).id()));
            sizes(&store);
        }
        by_id(&store);
        sizes(&store)
    };
    assert_eq!(removed(900, 0..0), [448, 448, 4]);
    // With the one behind it, once they are small together.
    assert_eq!(removed(900, 448..707), [448, 189, 4]);
    assert_eq!(removed(900, 448..708), [448, 192]);
    // With the one before it.
    assert_eq!(removed(896, 100..803), [100, 93]);
    assert_eq!(removed(896, 100..804), [192]);
    // With any, once it is empty.
    assert_eq!(removed(900, 896..899), [448, 448, 1]);
    assert_eq!(removed(900, 896..900), [448, 448]);
    assert_eq!(removed(896, 0..447), [1, 448]);
    assert_eq!(removed(896, 0..448), [448]);
}
