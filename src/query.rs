//! Queries: a [`UnitQuery`] says which units to list, in which order, and which page.
//!
//! ```text
//! query string ─► Params ─► UnitQuery { scope, text, sort, cursor, page }
//! ```
//!
//! [`Params`](params::Params) parses and checks the parameters. Every part of a query is a
//! type of its own that holds only valid values, so a store checks nothing again.

pub(crate) mod cursor;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod text;

use std::collections::BTreeSet;

use self::cursor::Cursor;
use self::page::Page;
use self::text::TextFilter;
use crate::order::SortSpec;
use crate::unit::Unit;

/// A query for one page of units.
///
/// | part | type | default |
/// |---|---|---|
/// | the units that the caller may list | [`Scope`] | all units |
/// | the text that names contain | [`TextFilter`] | none |
/// | the order | [`SortSpec`] | by name, ascending |
/// | the position after which the listing begins | [`Cursor`] | none |
/// | the page | [`Page`] | the first 50 units |
///
/// Every part is valid by construction. A store can still fail on documents that the sort
/// cannot order ([`OrderError`](crate::OrderError)).
///
/// ```
/// use livechat_units::{Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery};
///
/// let query = UnitQuery::default()
///     .with_scope(Scope::only(["uA", "uC"]))
///     .with_text("unit".parse::<TextFilter>()?)
///     .with_sort(r#"{"numMonitors":-1}"#.parse::<SortSpec>()?)
///     .with_page(Page::new(20, Limit::at_most(10).unwrap()));
/// assert!(query.matches(&Unit::builder("uA").name("Unit A").build()?));
/// assert!(!query.matches(&Unit::builder("uB").name("Unit B").build()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct UnitQuery {
    scope: Scope,
    text: Option<TextFilter>,
    sort: SortSpec,
    cursor: Option<Cursor>,
    page: Page,
}

/// The units to which a query is restricted. Other units are neither listed nor counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a store must handle every scope")]
pub enum Scope {
    /// Every unit.
    #[default]
    All,
    /// The units with these ids. Ids without a unit have no effect.
    Only(BTreeSet<String>),
}

impl UnitQuery {
    /// Restricts the listing to the units of `scope`.
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Restricts the listing to units whose name contains `text`. `None` removes the restriction.
    pub fn with_text(mut self, text: impl Into<Option<TextFilter>>) -> Self {
        self.text = text.into();
        self
    }

    /// Sets the order and removes the cursor, which is a position in the previous order.
    pub fn with_sort(mut self, sort: SortSpec) -> Self {
        self.sort = sort;
        self.cursor = None;
        self
    }

    /// Begins the listing after the position of `cursor`, and sets the order to that of the cursor.
    /// The offset of the page counts from this position; the total still counts all matches.
    pub fn with_cursor(mut self, cursor: Cursor) -> Self {
        self.sort = cursor.sort().clone();
        self.cursor = Some(cursor);
        self
    }

    /// Sets the page.
    pub fn with_page(mut self, page: Page) -> Self {
        self.page = page;
        self
    }

    /// The units that the query may list.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The text that the names of matches contain; `None` for all names.
    pub fn text(&self) -> Option<&TextFilter> {
        self.text.as_ref()
    }

    /// The order of the listing.
    pub fn sort(&self) -> &SortSpec {
        &self.sort
    }

    /// The position after which the listing begins; `None` for the beginning of the order.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// The page of the listing.
    pub fn page(&self) -> Page {
        self.page
    }

    /// Whether `unit` matches: the document is a unit, the scope contains it, and its name
    /// contains the text. A `name` that is not a string contains no text (SPEC §2, Text).
    /// Cost: linear in the length of the name.
    #[doc(alias = "filter")]
    #[must_use]
    pub fn matches(&self, unit: &Unit) -> bool {
        let has = |text: &TextFilter| unit.name().is_some_and(|name| text.is_match(name));
        unit.is_unit() && self.scope.contains(unit) && self.text.as_ref().is_none_or(has)
    }
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
