//! What the kit asks of a store.

use crate::query::UnitQuery;
use crate::store::{StoreError, UnitPage};
use crate::unit::Unit;

/// What a loaded store answers.
pub(super) type List = Box<dyn Fn(&UnitQuery) -> Result<UnitPage, StoreError>>;
/// The same for several threads.
pub(super) type SharedList = Box<dyn Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Sync>;
/// What changes a loaded store.
pub(super) type Write = Box<dyn FnMut(Change)>;

/// Where the stores of a case come from.
pub(super) trait Stores {
    /// What lists a fresh store of these documents.
    fn load(&self, documents: &[Unit]) -> List;

    /// The same, and what changes it. `None` for a store without writes.
    fn load_to_write(&self, documents: &[Unit]) -> Option<(SharedList, Write)>;

    /// Whether nobody has declared that the case of this name cannot be served.
    fn serves(&self, case: &str) -> bool;
}

/// One change of a store, of which its next answer knows.
///
/// ```
/// use livechat_units::Unit;
/// use livechat_units::conformance::Change;
///
/// fn make(change: Change, units: &mut Vec<Unit>) {
///     match change {
///         Change::Upsert(unit) => {
///             units.retain(|known| known.id() != unit.id());
///             units.push(unit);
///         }
///         Change::Remove(id) => units.retain(|known| known.id() != id),
///     }
/// }
/// let mut units = vec![Unit::builder("uA").build()?];
/// make(Change::Remove("uA".to_owned()), &mut units);
/// assert_eq!(units, []);
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a store must make every change")]
pub enum Change {
    /// Adds the document, or replaces the one with its `_id`. It need not be a unit.
    Upsert(Unit),
    /// Takes the document with this `_id` out, if there is one.
    Remove(String),
}
