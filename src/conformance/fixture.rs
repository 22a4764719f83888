//! What a store brings to the kit.

use std::fmt;

use super::case::{Case, Requirement};
use super::registry;
use super::stores::{Change, List, SharedList, Stores, Write};
use crate::query::UnitQuery;
use crate::store::{StoreError, UnitPage, UnitStore};
use crate::unit::Unit;

/// How the kit gets stores to ask: see the [module](super).
///
/// ```
/// use livechat_units::conformance::{CASES, Fixture};
/// use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore};
///
/// // A database that sorts by 31 fields at most:
/// let fixture = Fixture::lists(|documents: &[Unit]| {
///     let units = documents.to_vec();
///     move |query: &UnitQuery| match query.sort().fields().len() {
///         0..=31 => units.list(query),
///         _ => Err(StoreError::new(StoreErrorKind::Unsupported, "list units")),
///     }
/// })
/// .cannot("sort_by_32_keys", "the database sorts by 31 fields");
/// for case in CASES.iter().filter(|case| case.name().starts_with("sort_by_")) {
///     case.run(&fixture); // panics where an answer is wrong
/// }
/// ```
#[must_use]
pub struct Fixture {
    load: Load,
    load_to_write: Option<LoadToWrite>,
    cannot: Vec<(&'static Case, String)>,
}

type Load = Box<dyn Fn(&[Unit]) -> List>;
type LoadToWrite = Box<dyn Fn(&[Unit]) -> (SharedList, Write)>;

impl Fixture {
    /// Stores that `load` makes: fresh each time, holding the documents it is given and
    /// nothing else. Not all of these are units, and no `_id` occurs twice.
    pub fn stores<S>(load: impl Fn(&[Unit]) -> S + 'static) -> Self
    where
        S: UnitStore + 'static,
    {
        Self::lists(move |documents| {
            let store = load(documents);
            move |query: &UnitQuery| store.list(query)
        })
    }

    /// The same for stores that are asked by a closure.
    pub fn lists<L>(load: impl Fn(&[Unit]) -> L + 'static) -> Self
    where
        L: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + 'static,
    {
        Self {
            load: Box::new(move |documents| Box::new(load(documents))),
            load_to_write: None,
            cannot: Vec::new(),
        }
    }

    /// Stores that can be changed: `load` gives back a closure that lists, from several
    /// threads at once, and one that makes a [`Change`] and returns when it is made.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use livechat_units::conformance::{Change, Fixture};
    /// use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
    ///
    /// let load = |documents: &[Unit]| documents.iter().cloned().collect::<MemoryStore>();
    /// let fixture = Fixture::stores(load).with_writes(move |documents| {
    ///     let readers = Arc::new(RwLock::new(load(documents)));
    ///     let writer = Arc::clone(&readers);
    ///     (
    ///         move |query: &UnitQuery| readers.read().unwrap().list(query),
    ///         move |change| match change {
    ///             Change::Upsert(unit) => writer.write().unwrap().upsert(unit),
    ///             Change::Remove(id) => drop(writer.write().unwrap().remove(&id)),
    ///         },
    ///     )
    /// });
    /// # for case in livechat_units::conformance::CASES {
    /// #     if case.name().starts_with("writes_") {
    /// #         case.run(&fixture);
    /// #     }
    /// # }
    /// ```
    pub fn with_writes<L, W>(mut self, load: impl Fn(&[Unit]) -> (L, W) + 'static) -> Self
    where
        L: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Sync + 'static,
        W: FnMut(Change) + 'static,
    {
        self.load_to_write = Some(Box::new(move |documents| {
            let (list, write) = load(documents);
            (Box::new(list), Box::new(write))
        }));
        self
    }

    /// Declares that the store cannot serve a case, and why: see the [module](super).
    ///
    /// # Panics
    /// When there is no such case, when it is [required](Requirement::Required), when it
    /// has been declared before, and when no reason is given.
    #[track_caller]
    pub fn cannot(mut self, case: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let Some(declared) = registry::named(case) else {
            panic!("{case:?} cannot be declared: it is no case");
        };
        assert!(
            declared.requirement() == Requirement::Optional,
            "{case} cannot be declared: it is required"
        );
        assert!(
            self.reason(declared).is_none(),
            "{case} has been declared before"
        );
        assert!(!reason.trim().is_empty(), "{case} needs a reason");
        self.cannot.push((declared, reason));
        self
    }

    /// Why the store cannot serve the case, if it cannot.
    pub(super) fn reason(&self, case: &Case) -> Option<&str> {
        let mut declared = self.cannot.iter();
        let (_, reason) = declared.find(|(declared, _)| declared.name() == case.name())?;
        Some(reason)
    }
}

impl Stores for Fixture {
    fn load(&self, documents: &[Unit]) -> List {
        (self.load)(documents)
    }

    fn load_to_write(&self, documents: &[Unit]) -> Option<(SharedList, Write)> {
        self.load_to_write.as_ref().map(|load| load(documents))
    }

    fn serves(&self, case: &str) -> bool {
        let case = registry::named(case).unwrap_or_else(|| panic!("{case:?} is no case"));
        self.reason(case).is_none()
    }
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cannot = self
            .cannot
            .iter()
            .map(|(case, reason)| (case.name(), reason));
        f.debug_struct("Fixture")
            .field("writes", &self.load_to_write.is_some())
            .field("cannot", &cannot.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
