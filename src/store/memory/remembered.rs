//! Orders that were asked for and are not kept: remembered until a write.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::refine::Refined;
use crate::query::sort::SortSpec;

/// The most orders that are remembered; the one that was asked for least recently gives
/// way. Each takes 4 bytes for every unit.
pub(super) const MAX_ORDERS: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// The one asked for last is the last.
    orders: Mutex<Vec<(SortSpec, Refined)>>,
}

impl Remembered {
    /// The slots at the places of `range` under `sort`, once `settle` has been called;
    /// `None` when the order is not remembered.
    pub(super) fn page(
        &self,
        sort: &SortSpec,
        range: Range<usize>,
        settle: impl FnOnce(&mut Refined),
    ) -> Option<Vec<u32>> {
        let mut orders = self.orders.lock().unwrap_or_else(|poisoned| {
            // Whoever held the lock may have left an order half sorted.
            self.orders.clear_poison();
            let mut orders = PoisonError::into_inner(poisoned);
            orders.clear();
            orders
        });
        let at = orders.iter().position(|(known, _)| known == sort)?;
        orders.get_mut(at..)?.rotate_left(1);
        let (_, refined) = orders.last_mut()?;
        settle(refined);
        Some(refined.page(range))
    }

    pub(super) fn put(&self, sort: SortSpec, refined: Refined) {
        if let Ok(mut orders) = self.orders.lock() {
            orders.retain(|(known, _)| *known != sort);
            if orders.len() >= MAX_ORDERS {
                orders.remove(0);
            }
            orders.push((sort, refined));
        }
    }

    /// Forgets all orders, as every write must.
    pub(super) fn clear(&mut self) {
        self.orders.clear_poison();
        if let Ok(orders) = self.orders.get_mut() {
            orders.clear();
        }
    }
}

/// A copy of a store remembers nothing.
impl Clone for Remembered {
    fn clone(&self) -> Self {
        Self::default()
    }
}
