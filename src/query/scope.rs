//! The scope of a query: all units, or a set of ids (SPEC §3).

use std::collections::BTreeSet;

use crate::unit::Unit;

/// The units to which a query is restricted. Other units are neither listed nor counted.
///
/// ```
/// use livechat_units::{Scope, Unit};
///
/// let scope = Scope::only(["uA", "uC"]);
/// assert!(scope.contains(&Unit::builder("uA").build()?));
/// assert!(!scope.contains(&Unit::builder("uB").build()?));
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a store must handle every scope")]
pub enum Scope {
    /// Every unit.
    #[default]
    All,
    /// The units with these ids. Ids without a unit have no effect.
    Only(BTreeSet<String>),
}

impl Scope {
    /// A scope of the units with these ids.
    pub fn only<I: IntoIterator<Item: Into<String>>>(ids: I) -> Self {
        Self::Only(ids.into_iter().map(Into::into).collect())
    }

    /// Whether the scope contains this unit. Cost: O(log n) comparisons of ids.
    pub fn contains(&self, unit: &Unit) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(unit.id()),
        }
    }
}
