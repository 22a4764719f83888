//! The reference: a slice of units is a store.
//!
//! Nothing here is clever. Every other store is tested against these lines, and
//! whatever a backend cannot do itself is completed with them.

use super::{StoreError, UnitPage, UnitStore};
use crate::order::SortKey;
use crate::query::UnitQuery;
use crate::unit::Unit;

/// Lists by filter, sort and slice. Cost: the whole slice for every query. Documents
/// that share an id are all listed, in an unspecified order among themselves.
impl UnitStore for [Unit] {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let mut matches = self
            .iter()
            .filter(|unit| query.matches(unit))
            .map(|unit| Ok((SortKey::new(query.sort(), unit)?, unit)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        matches.sort_by(|(a, _), (b, _)| a.cmp(b));
        let total = matches.len();
        let passed = query.cursor().map_or(0, |cursor| {
            let place = cursor.key();
            matches.partition_point(|(key, _)| *key <= place)
        });
        let page = matches.get(query.page().range_after(passed, total));
        let units = page
            .unwrap_or_default()
            .iter()
            .map(|(_, unit)| Unit::clone(unit))
            .collect();
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        Ok(UnitPage::new(units, query.page(), total))
    }
}

/// See the implementation for `[Unit]`.
impl<const N: usize> UnitStore for [Unit; N] {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.as_slice().list(query)
    }
}

/// See the implementation for `[Unit]`.
impl UnitStore for Vec<Unit> {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.as_slice().list(query)
    }
}
