//! An indexed store gives the same answers as the reference, after any changes.
//!
//! Any bytes are a program: first the orders to declare, then steps that change or query
//! the store, until the bytes are used up. After every step the store is compared with a
//! plain list of units, and its indexes with its units. A program that begins with
//! `large ` works on a large store.

use livechat_units::{SortSpec, UnitQuery};

use super::choices::Choices;
use super::store_documents;
use super::store_large::{self, store_large};
use crate::pair::Pair;

const MOST_STEPS: usize = 64;
/// The most units of one bulk load. A step takes milliseconds, and indexes change form.
const MOST_UNITS: usize = 600;

/// Asserts that `MemoryStore` answers as the reference does; see the module.
pub fn store_vs_reference(data: &[u8]) {
    if let Some(data) = data.strip_prefix(store_large::MARK) {
        return store_large(data);
    }
    let mut choices = Choices::new(data);
    let orders: Vec<SortSpec> = (0..choices.below(4)).map(|_| choices.sort_spec()).collect();
    let mut program = Program {
        pair: Pair::new(orders),
        left_behind: None,
        last: UnitQuery::default(),
    };
    for _ in 0..MOST_STEPS {
        if choices.are_used_up() {
            break;
        }
        program.step(&mut choices);
        program.pair.assert_holds();
        // A sort that was cached before a change must not be used after it.
        program.pair.assert_answers(&program.last);
    }
    program.pair.assert_answers(&UnitQuery::default());
    program.pair.assert_answers_as_loaded(&program.last);
    if let Some(pair) = program.left_behind {
        pair.assert_holds();
        pair.assert_answers(&program.last);
    }
}

struct Program {
    pair: Pair,
    /// A clone that is not changed any more.
    left_behind: Option<Pair>,
    /// The last query.
    last: UnitQuery,
}

impl Program {
    fn step(&mut self, choices: &mut Choices<'_>) {
        let held = self.pair.units().len();
        match choices.below(32) {
            0..=9 => self.pair.upsert(choices.any_document("u")),
            10 => self.pair.upsert(choices.any_document("d")),
            11 => {
                let unit = self.pair.units().get(choices.below(held.max(1)));
                if let Some(same) = unit.cloned() {
                    self.pair.upsert(same);
                }
            }
            12 => self.pair.remove(&choices.id()),
            13 | 14 => {
                let unit = self.pair.units().get(choices.below(held.max(1)));
                if let Some(id) = unit.map(|unit| unit.id().to_owned()) {
                    self.pair.remove(&id);
                }
            }
            15 => self.pair.replace_all(choices.any_documents()),
            16 | 17 => self.pair.extend(choices.any_documents()),
            18 => self.pair.clear(),
            19 => {
                let count = choices.below(256) * MOST_UNITS / 255;
                let units = store_documents::many(count, choices.below(256));
                self.pair.extend(units);
            }
            20 => self.pair.remove_every(1 + choices.below(8)),
            21 => self.left_behind = Some(self.pair.clone()),
            _ => {
                let query = choices.query(self.pair.units());
                for _ in 0..choices.below(4) {
                    let page = choices.page(held);
                    self.pair.assert_answers(&query.clone().with_page(page));
                }
                self.last = query;
            }
        }
    }
}
