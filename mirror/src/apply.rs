//! Making the changes of a round, outside of the lock.

use std::collections::HashMap;

use livechat_units::{Limit, MemoryStore, Page, StoreError, Unit, UnitQuery, UnitStore};

/// If one of so many units has changed, all units are loaded again, because that takes less time. In
/// stores of 100,000 and 500,000 units, a load took as long as changing the names of a ninth of them
/// one by one, or other fields of half of them.
const SHARE_TO_LOAD: usize = 8;

/// The `_id`s that have changed, and their units in the new state.
pub(crate) type ChangedUnits = Vec<(String, Option<Unit>)>;

/// The units with the changes made, in a store of their own. `empty` is a store without units.
pub(crate) fn changed(
    units: &MemoryStore,
    changes: ChangedUnits,
    empty: MemoryStore,
) -> Result<MemoryStore, StoreError> {
    if changes.len() >= units.len() / SHARE_TO_LOAD {
        return loaded(units, changes, empty);
    }
    let mut next = units.clone();
    make(&mut next, changes);
    Ok(next)
}

/// Makes the changes one by one.
pub(crate) fn make(units: &mut MemoryStore, changes: ChangedUnits) {
    for (id, unit) in changes {
        match unit {
            Some(unit) => drop(units.upsert(unit)),
            None => drop(units.remove(&id)),
        }
    }
}

fn loaded(
    units: &MemoryStore,
    changes: ChangedUnits,
    mut empty: MemoryStore,
) -> Result<MemoryStore, StoreError> {
    let changes: HashMap<String, Option<Unit>> = changes.into_iter().collect();
    let all = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    let page = units.list(&all)?;
    let unchanged = page.units().filter(|unit| !changes.contains_key(unit.id()));
    let _ = empty.replace_all(unchanged.chain(changes.values().flatten().cloned()));
    Ok(empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(number: usize, version: usize) -> Unit {
        let unit = Unit::builder(number.to_string()).name(format!("unit {version} {number}"));
        unit.build().unwrap()
    }

    fn listed(units: &MemoryStore) -> Vec<Unit> {
        let all = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
        units.list(&all).unwrap().units().collect()
    }

    #[test]
    fn a_load_with_changes_has_the_units_that_single_changes_make() {
        let units: MemoryStore = (0..100).map(|number| unit(number, 0)).collect();
        let sort = r#"{"name":-1,"_id":1}"#.parse().unwrap();
        let empty = MemoryStore::with_orders([sort]);
        for count in [0, 1, 11, 12, 13, 100, 150] {
            // Every third unit is removed, the others are replaced or, from 100 on, added.
            let change = |number: usize| {
                let new = (!number.is_multiple_of(3)).then(|| unit(number, 1));
                (number.to_string(), new)
            };
            let changes: ChangedUnits = (0..count).map(change).collect();
            let mut expected = units.clone();
            make(&mut expected, changes.clone());
            let by_load = loaded(&units, changes.clone(), empty.clone()).unwrap();
            by_load.internal_validate();
            assert_eq!(listed(&by_load), listed(&expected), "{count}");
            let either = changed(&units, changes, empty.clone()).unwrap();
            assert_eq!(listed(&either), listed(&expected), "{count}");
        }
    }
}
