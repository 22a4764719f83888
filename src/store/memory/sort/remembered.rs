//! Orders that were asked for and are not kept: remembered until a write.

use std::sync::{Mutex, PoisonError};

use crate::order::SortSpec;
use crate::store::memory::sort::incremental_sort::IncrementalSort;

/// The most orders that are remembered; the one that was asked for least recently gives
/// way. Each takes 4 bytes for every unit.
pub(crate) const MAX_ORDERS: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Remembered {
    /// The one asked for last is the last.
    orders: Mutex<Vec<(SortSpec, IncrementalSort)>>,
}

impl Remembered {
    /// What `read` takes from all units under `sort`; `None` when the order is not
    /// remembered.
    pub(crate) fn with<T>(
        &self,
        sort: &SortSpec,
        read: impl FnOnce(&mut IncrementalSort) -> T,
    ) -> Option<T> {
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
        Some(read(refined))
    }

    pub(crate) fn put(&self, sort: SortSpec, refined: IncrementalSort) {
        if let Ok(mut orders) = self.orders.lock() {
            orders.retain(|(known, _)| *known != sort);
            if orders.len() >= MAX_ORDERS {
                orders.remove(0);
            }
            orders.push((sort, refined));
        }
    }

    /// Forgets all orders, as every write must.
    pub(crate) fn clear(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orders_asked_for_last_are_remembered() {
        let sort = |field: usize| {
            format!(r#"{{"field{field}":1}}"#)
                .parse::<SortSpec>()
                .unwrap()
        };
        let mut remembered = Remembered::default();
        let page = |remembered: &Remembered, field: usize| {
            remembered.with(&sort(field), |refined| refined.page(0..1))
        };
        for field in 0..MAX_ORDERS {
            remembered.put(sort(field), IncrementalSort::sorted(vec![7]));
        }
        assert_eq!(page(&remembered, 0), Some(vec![7]));
        remembered.put(sort(MAX_ORDERS), IncrementalSort::sorted(vec![8]));
        assert_eq!(page(&remembered, 0), Some(vec![7]));
        assert_eq!(page(&remembered, 1), None);
        assert_eq!(page(&remembered, 2), Some(vec![7]));
        assert_eq!(page(&remembered, MAX_ORDERS), Some(vec![8]));
        remembered.clear();
        assert_eq!(page(&remembered, 0), None);
    }

    #[test]
    fn a_panic_while_sorting_forgets() {
        let remembered = Remembered::default();
        let sort = SortSpec::default();
        remembered.put(sort.clone(), IncrementalSort::sorted(vec![7]));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            remembered.with(&sort, |_| panic!("as a test"))
        }));
        assert!(panicked.is_err());
        assert_eq!(remembered.with(&sort, |refined| refined.page(0..1)), None);
        remembered.put(sort.clone(), IncrementalSort::sorted(vec![9]));
        assert_eq!(
            remembered.with(&sort, |refined| refined.page(0..1)),
            Some(vec![9])
        );
    }
}
