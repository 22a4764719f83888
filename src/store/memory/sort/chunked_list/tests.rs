//! Lists as a load builds them, and chunks that split and join under writes.

use super::*;
use crate::store::MemoryStore;
use crate::unit::Unit;

/// Orders of four chunks: runs, shuffled slots, and two chunks of each kind.
fn orders() -> [Vec<Slot>; 3] {
    let shuffled = |at: u32| at * 7_919 % 1_792;
    let mixed = |at: u32| if at < 896 { at } else { 2_687 - at };
    [
        (0..1_792).map(Slot).collect(),
        (0..1_792).map(shuffled).map(Slot).collect(),
        (0..1_792).map(mixed).map(Slot).collect(),
    ]
}

fn list(order: &[Slot]) -> ChunkedList {
    let list = ChunkedList::from_sorted(order, order.len(), |_| Key::default());
    list.check();
    list
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly cannot catch a panic")]
fn every_contradiction_between_chunks_is_found() {
    let faults: [fn(&mut ChunkedList); 5] = [
        |list| list.runs += 1,
        |list| list.starts[ChunkRank(2)] += 1,
        |list| list.ranks[ChunkId(0)] = ChunkRank(1),
        |list| list.homes[Slot(7)] = ChunkId(3),
        |list| {
            list.homes.push(ChunkId(0));
        },
    ];
    for fault in faults {
        let mut list = list(&orders()[0]);
        fault(&mut list);
        assert!(std::panic::catch_unwind(|| list.check()).is_err());
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn slots_ranks_and_chunks_agree() {
    for order in orders() {
        let list = list(&order);
        assert_eq!((list.len(), list.chunks()), (1_792, 4));
        for (rank, slot) in order.iter().enumerate() {
            let chunk = ChunkRank::at(rank / LOADED);
            assert_eq!(list.chunk_at(rank), chunk);
            assert_eq!(list.chunk_of(*slot), Some(chunk));
        }
        assert_eq!(list.chunk_of(Slot(1_792)), None);
        assert_eq!(list.starts.entries, [0, 448, 896, 1_344]);
        let chunks: Vec<Slot> = (0..4)
            .flat_map(|chunk| list.chunk(ChunkRank(chunk)))
            .copied()
            .collect();
        assert_eq!(chunks, order);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn matches_are_counted_and_collected_in_any_range() {
    for order in orders() {
        let list = list(&order);
        let mut bits = Bitmap::default();
        for slot in (0..1_792).step_by(3) {
            bits.insert(Slot(slot));
        }
        let is_in = |slot: &&Slot| bits.contains(**slot);
        let mut all = vec![Slot(7)];
        for piece in list.pieces(0..list.len()) {
            piece.append_matches(&bits, &mut all);
        }
        assert_eq!(
            all.split_off(1),
            order.iter().filter(is_in).copied().collect::<Vec<Slot>>()
        );
        for piece in list.pieces(0..list.len()) {
            let cost = if is_run(piece.slots) { 1 } else { LOADED };
            let count = piece.slots.iter().filter(is_in).count();
            assert_eq!(piece.count(&bits), (count, cost));
        }
        let ends = [0, 1, 447, 448, 449, 895, 896, 1_300, 1_344, 1_791, 1_792];
        for from in ends {
            for to in ends.into_iter().filter(|to| from <= *to) {
                let part = &order[from..to];
                let expected = part.iter().filter(is_in).count();
                let pieces = list.pieces(from..to);
                let count: usize = pieces.map(|piece| piece.count(&bits).0).sum();
                assert_eq!(count, expected, "{from}..{to}");
                let pieces = list.pieces(from..to);
                let slots: Vec<Slot> = pieces.flat_map(|piece| piece.slots).copied().collect();
                assert_eq!(slots, part, "{from}..{to}");
            }
        }
    }
}

#[test]
fn counting_a_run_costs_a_thirty_second() {
    let [run, shuffled, mixed] = orders();
    for (order, cost) in [(run, 31), (shuffled, 1_000), (mixed, 515)] {
        assert_eq!(list(&order).cost_of_counting(1_000), cost);
    }
    assert_eq!(list(&[]).cost_of_counting(1_000), 1_000);
}

fn unit(number: u32) -> Unit {
    Unit::builder(format!("{number:05}")).build().unwrap()
}

/// The index by `_id`, after a check of the store.
fn by_id(store: &MemoryStore) -> &ChunkedList {
    store.internal_validate();
    unchecked_by_id(store)
}

fn unchecked_by_id(store: &MemoryStore) -> &ChunkedList {
    &store.orders.0[0].list
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn appending_leaves_full_chunks_and_random_inserts_half_full_ones() {
    let mut appended = MemoryStore::default();
    let mut scattered = MemoryStore::default();
    for number in 0..1_000 {
        appended.upsert(unit(number));
        scattered.upsert(unit(number * 7_919 % 1_000));
    }
    let chunks = by_id(&appended).chunks();
    assert_eq!(chunks, 3, "expected two chunks of {LOADED} and the last");
    let scattered = by_id(&scattered);
    let sizes = (0..scattered.chunks()).map(|rank| scattered.chunk(ChunkRank::at(rank)).len());
    let sizes: Vec<usize> = sizes.collect();
    assert!(sizes.iter().all(|size| *size >= FULL / 2), "{sizes:?}");
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn small_neighbours_are_joined() {
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

/// The lengths of the chunks of the index by `_id`.
fn sizes(store: &MemoryStore) -> Vec<usize> {
    let list = unchecked_by_id(store);
    list.check();
    let chunks = (0..list.chunks()).map(ChunkRank::at);
    chunks.map(|rank| list.chunk(rank).len()).collect()
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
        assert_eq!(sizes(&store).len(), 2, "after {after}");
        insert(&mut store, after, 65);
        assert_eq!(sizes(&store), halved, "after {after}");
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
    // With the next chunk, once both together are small.
    assert_eq!(removed(900, 448..707), [448, 189, 4]);
    assert_eq!(removed(900, 448..708), [448, 192]);
    // With the chunk before it.
    assert_eq!(removed(896, 100..803), [100, 93]);
    assert_eq!(removed(896, 100..804), [192]);
    // With a full neighbour, once it is empty.
    assert_eq!(removed(900, 896..899), [448, 448, 1]);
    assert_eq!(removed(900, 896..900), [448, 448]);
    assert_eq!(removed(896, 0..447), [1, 448]);
    assert_eq!(removed(896, 0..448), [448]);
}
