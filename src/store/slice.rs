//! The reference store: a slice of units.
//!
//! The code is short and simple on purpose, because every other store is tested against it.
//! A store can also list candidates with it that it has selected itself.

use super::{StoreError, UnitPage, UnitStore};
use crate::order::SortKey;
use crate::query::UnitQuery;
use crate::unit::Unit;

/// Lists by filtering, sorting and slicing. Cost: every query reads all n units and sorts
/// the m matches, O(n + m log m) comparisons. Documents with the same id are all listed,
/// in an unspecified order among themselves.
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
            let position = cursor.key();
            matches.partition_point(|(key, _)| *key <= position)
        });
        let page = matches.get(query.page().range_after(passed, total));
        let units = page.unwrap_or_default().iter();
        let units = units.map(|(_, unit)| Unit::clone(unit)).collect();
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        Ok(UnitPage::new(units, query.page(), total))
    }
}

/// Lists as `[Unit]` does.
impl<const N: usize> UnitStore for [Unit; N] {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.as_slice().list(query)
    }
}

/// Lists as `[Unit]` does.
impl UnitStore for Vec<Unit> {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.as_slice().list(query)
    }
}
