//! The last requested sort orders that are not indexed, remembered until a write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::order::SortSpec;
use crate::store::memory::documents::Documents;
use crate::store::memory::sort::IncrementalSort;

/// The most remembered orders, at 4 bytes a unit each.
pub(crate) const MAX_ORDERS: usize = 4;

/// All units in each order. The outer lock is held while an entry is searched, not while units are
/// sorted, so readers of different orders do not wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    /// The most recently requested order is the last.
    orders: Mutex<Vec<(SortSpec, Arc<Mutex<IncrementalSort>>)>>,
}

impl Remembered {
    /// The result of `read` for the order `sort`. `None` if it is not remembered.
    pub(crate) fn with<T>(
        &self,
        sort: &SortSpec,
        read: impl FnOnce(&mut IncrementalSort) -> T,
    ) -> Option<T> {
        let mut orders = self.lock();
        let at = orders.iter().position(|(known, _)| known == sort)?;
        orders.get_mut(at..)?.rotate_left(1);
        let entry = Arc::clone(&orders.last()?.1);
        drop(orders);
        // After a panic the order is half sorted: it is sorted again, and replaced.
        let mut sorted = entry.lock().ok()?;
        Some(read(&mut sorted))
    }

    /// Adds an order. Replaces this order, or the least recently requested of [`MAX_ORDERS`].
    pub(crate) fn put(&self, sort: &SortSpec, sorted: IncrementalSort) {
        let mut orders = self.lock();
        orders.retain(|(known, _)| known != sort);
        if orders.len() >= MAX_ORDERS {
            orders.remove(0);
        }
        orders.push((sort.clone(), Arc::new(Mutex::new(sorted))));
    }

    pub(crate) fn clear(&mut self) {
        self.lock().clear();
    }

    pub(crate) fn check(&self, documents: &Documents) {
        for (_, order) in self.lock().iter() {
            let order = order.lock().unwrap_or_else(PoisonError::into_inner);
            assert_eq!(order.slots.len(), documents.len());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(SortSpec, Arc<Mutex<IncrementalSort>>)>> {
        // No code under this lock can panic while the list is being changed.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
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
    use crate::store::memory::id::Slot;

    #[test]
    fn the_last_requested_orders_are_remembered() {
        let sort = |field: usize| {
            format!(r#"{{"field{field}":1}}"#)
                .parse::<SortSpec>()
                .unwrap()
        };
        let mut remembered = Remembered::default();
        let page = |remembered: &Remembered, field: usize| {
            remembered.with(&sort(field), |sorted| sorted.slots.clone())
        };
        for field in 0..MAX_ORDERS {
            remembered.put(&sort(field), IncrementalSort::sorted(vec![Slot(7)]));
        }
        assert_eq!(page(&remembered, 0), Some(vec![Slot(7)]));
        remembered.put(&sort(MAX_ORDERS), IncrementalSort::sorted(vec![Slot(8)]));
        assert_eq!(page(&remembered, 0), Some(vec![Slot(7)]));
        assert_eq!(page(&remembered, 1), None);
        assert_eq!(page(&remembered, 2), Some(vec![Slot(7)]));
        assert_eq!(page(&remembered, MAX_ORDERS), Some(vec![Slot(8)]));
        remembered.clear();
        assert_eq!(page(&remembered, 0), None);
    }

    #[test]
    #[cfg_attr(target_family = "wasm", ignore = "WebAssembly cannot catch a panic")]
    fn a_panic_while_sorting_forgets_the_order() {
        let remembered = Remembered::default();
        let sort = SortSpec::default();
        remembered.put(&sort, IncrementalSort::sorted(vec![Slot(7)]));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            remembered.with(&sort, |_| panic!("as a test"))
        }));
        assert!(panicked.is_err());
        assert_eq!(remembered.with(&sort, |sorted| sorted.slots.clone()), None);
        remembered.put(&sort, IncrementalSort::sorted(vec![Slot(9)]));
        assert_eq!(
            remembered.with(&sort, |sorted| sorted.slots.clone()),
            Some(vec![Slot(9)])
        );
    }
}
