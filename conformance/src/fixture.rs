//! What the tests of a store give to the suite: closures that make and change stores, and
//! the declarations of what the store does not serve.

use std::fmt;

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};

use crate::case::{Case, Declaration, Group, Requirement};
use crate::cases;
use crate::projection::Projection;

/// Lists the units of one loaded store.
pub(crate) type List = Box<dyn Fn(&UnitQuery) -> Result<UnitPage, StoreError>>;
/// Lists the units of one loaded store, from several threads at once.
pub(crate) type SharedList = Box<dyn Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Sync>;
/// Changes one loaded store.
pub(crate) type Write = Box<dyn FnMut(Change)>;

type Load = Box<dyn Fn(&[Unit]) -> List>;
type LoadToWrite = Box<dyn Fn(&[Unit]) -> (SharedList, Write)>;

/// One change of a store. Every query after it must see it.
///
/// ```
/// use livechat_units::Unit;
/// use livechat_units_conformance::Change;
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
    /// Add the document, or replace the document with the same `_id`. It need not be a unit.
    Upsert(Unit),
    /// Remove the document with this `_id`, if there is one.
    Remove(String),
}

/// How the suite gets the stores that it tests, and what they do not serve.
///
/// ```
/// use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore};
/// use livechat_units_conformance::{CASES, Fixture};
///
/// // A database that sorts by at most 31 fields:
/// let fixture = Fixture::lists(|documents: &[Unit]| {
///     let units = documents.to_vec();
///     move |query: &UnitQuery| match query.sort().fields().len() {
///         0..=31 => units.list(query),
///         _ => Err(StoreError::new(StoreErrorKind::Unsupported, "list units")),
///     }
/// })
/// .cannot("sort_by_32_keys", "the database sorts by at most 31 fields");
/// for case in CASES.iter().filter(|case| case.name().starts_with("sort_by_")) {
///     case.run(&fixture); // panics if an answer is wrong
/// }
/// ```
#[must_use]
pub struct Fixture {
    load: Load,
    load_to_write: Option<LoadToWrite>,
    projection: Projection,
    /// What is not served, and why.
    declared: Vec<(Declaration, String)>,
}

impl Fixture {
    /// A fixture of stores that implement [`UnitStore`]. Each call of `load` makes a new store
    /// that contains the given documents and nothing else. Some documents are not units; no
    /// `_id` occurs twice.
    pub fn stores<S>(load: impl Fn(&[Unit]) -> S + 'static) -> Self
    where
        S: UnitStore + 'static,
    {
        Self::lists(move |documents| {
            let store = load(documents);
            move |query: &UnitQuery| store.list(query)
        })
    }

    /// A fixture of stores that a closure lists, for example async stores. Each call of `load`
    /// makes a new store, as for [`Fixture::stores`], and returns the closure.
    pub fn lists<L>(load: impl Fn(&[Unit]) -> L + 'static) -> Self
    where
        L: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + 'static,
    {
        Self {
            load: Box::new(move |documents| Box::new(load(documents))),
            load_to_write: None,
            projection: Projection::default(),
            declared: Vec::new(),
        }
    }

    /// Adds stores that can be changed, for the cases of [`Group::Writes`]. Each call of
    /// `load` makes a new store and returns two closures: one lists, from several threads at
    /// once; the other makes a [`Change`] and returns when the change is visible.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
    /// use livechat_units_conformance::{Change, Fixture};
    ///
    /// let load = |documents: &[Unit]| documents.iter().cloned().collect::<MemoryStore>();
    /// let fixture = Fixture::stores(load).with_writes(move |documents| {
    ///     let readers = Arc::new(RwLock::new(load(documents)));
    ///     let writer = Arc::clone(&readers);
    ///     (
    ///         move |query: &UnitQuery| readers.read().unwrap().list(query),
    ///         move |change| match change {
    ///             Change::Upsert(unit) => drop(writer.write().unwrap().upsert(unit)),
    ///             Change::Remove(id) => drop(writer.write().unwrap().remove(&id)),
    ///         },
    ///     )
    /// });
    /// # for case in livechat_units_conformance::CASES {
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

    /// Says what the store keeps of a unit, if that is not the whole document: a table of the host's
    /// own may have columns for the documented fields alone. The expected answers then are those of
    /// the reference over the projected documents. The store gets the whole documents, and projects
    /// them by itself.
    ///
    /// The cases then show that filter, order, pages and totals are right, not that documents are
    /// preserved. A projection keeps the `_id`, and keeps a unit a unit. It may change the
    /// values of a field to those that a column can hold, and leave fields out.
    ///
    /// ```
    /// use livechat_units::Unit;
    /// use livechat_units_conformance::{CASES, Fixture};
    ///
    /// /// A table of ids and names.
    /// fn row(unit: &Unit) -> Unit {
    ///     let row = Unit::builder(unit.id());
    ///     unit.name().map_or(row.clone(), |name| row.name(name)).build().unwrap()
    /// }
    ///
    /// let table = |documents: &[Unit]| -> Vec<Unit> {
    ///     documents.iter().filter(|document| document.is_unit()).map(row).collect()
    /// };
    /// let fixture = Fixture::stores(table).projecting(row);
    /// for case in CASES.iter().filter(|case| case.name().starts_with("text_")) {
    ///     case.run(&fixture);
    /// }
    /// ```
    pub fn projecting(mut self, projection: fn(&Unit) -> Unit) -> Self {
        self.projection = Projection::new(projection);
        self
    }

    /// Declares that the store does not serve one case, and why. The case then must fail: see
    /// [the crate](crate#what-a-store-does-not-serve).
    ///
    /// # Panics
    /// If there is no such case, if it is [required](Requirement::Required), if it is declared
    /// already, or if the reason is blank.
    #[track_caller]
    pub fn cannot(self, case: &str, reason: impl Into<String>) -> Self {
        let Some(case) = cases::named(case) else {
            panic!("{case:?} cannot be declared: there is no such case");
        };
        assert!(
            case.requirement() == Requirement::Optional,
            "{} cannot be declared by its name: it is required",
            case.name()
        );
        self.declare(Declaration::Case(case.name()), reason.into())
    }

    /// Declares that the store serves no case of a group, and why. Each case of the group then
    /// must fail, also a required one.
    ///
    /// ```
    /// use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore};
    /// use livechat_units_conformance::{CASES, Fixture, Group};
    ///
    /// let fixture = Fixture::lists(|documents: &[Unit]| {
    ///     let units = documents.to_vec();
    ///     move |query: &UnitQuery| match query.cursor() {
    ///         None => units.list(query),
    ///         Some(_) => Err(StoreError::new(StoreErrorKind::Unsupported, "list units")),
    ///     }
    /// })
    /// .without(Group::Cursors, "this store only serves the endpoint");
    /// for case in CASES.iter().filter(|case| case.name().starts_with("cursor_")) {
    ///     case.run(&fixture);
    /// }
    /// ```
    ///
    /// # Panics
    /// If the group or one of its cases is declared already, or if the reason is blank.
    #[track_caller]
    pub fn without(self, group: Group, reason: impl Into<String>) -> Self {
        self.declare(Declaration::Group(group), reason.into())
    }

    #[track_caller]
    fn declare(mut self, new: Declaration, reason: String) -> Self {
        let declared_by_name = |case: &Case| {
            let by_name = Declaration::Case(case.name());
            self.declared.iter().any(|(old, _)| *old == by_name)
        };
        let twice = cases::CASES.iter().any(|case| {
            let by_name = matches!(new, Declaration::Case(_));
            new.covers(case)
                && (declared_by_name(case) || by_name && self.not_served(case).is_some())
        });
        let known = self.declared.iter().any(|(old, _)| *old == new);
        assert!(!twice && !known, "{new} repeats an earlier declaration");
        assert!(!reason.trim().is_empty(), "{new} needs a reason");
        self.declared.push((new, reason));
        self
    }

    /// The declaration that the store does not serve the case, and its reason.
    pub(crate) fn not_served(&self, case: &Case) -> Option<(Declaration, &str)> {
        let mut declared = self.declared.iter();
        let (declaration, reason) = declared.find(|(declaration, _)| declaration.covers(case))?;
        Some((*declaration, reason))
    }

    pub(crate) fn projection(&self) -> Projection {
        self.projection
    }

    /// Makes a new store of these documents, and returns the closure that lists it.
    pub(crate) fn load(&self, documents: &[Unit]) -> List {
        (self.load)(documents)
    }

    /// Makes a new store of these documents, and returns the closures that list and change it.
    /// `None` without `with_writes`.
    pub(crate) fn load_to_write(&self, documents: &[Unit]) -> Option<(SharedList, Write)> {
        self.load_to_write.as_ref().map(|load| load(documents))
    }
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture")
            .field("writes", &self.load_to_write.is_some())
            .field("declared", &self.declared)
            .finish_non_exhaustive()
    }
}
