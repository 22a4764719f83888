//! What to list: a request with everything checked and decided.

pub(crate) mod cursor;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod params;
pub(crate) mod scope;
pub(crate) mod text;

use self::cursor::Cursor;
use self::page::Page;
use self::scope::Scope;
use self::text::TextFilter;
use crate::order::SortSpec;
use crate::unit::Unit;

/// One listing: whose units, with which text, in which order, which page of them.
///
/// Every part is a checked value; what can still be wrong is the data
/// ([`OrderError`](crate::OrderError)). The default is the first page of everything, by
/// name.
///
/// ```
/// use livechat_units::{Limit, Page, SortSpec, TextFilter, UnitQuery};
///
/// let query = UnitQuery::default()
///     .with_text("unit".parse::<TextFilter>()?)
///     .with_sort(r#"{"numMonitors":-1}"#.parse::<SortSpec>()?)
///     .with_page(Page::new(20, Limit::at_most(10).unwrap()));
/// assert_eq!(query.page().offset(), 20);
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

impl UnitQuery {
    /// Lists only units of this scope.
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Lists only units whose name contains the text; `None` lists all.
    pub fn with_text(mut self, text: impl Into<Option<TextFilter>>) -> Self {
        self.text = text.into();
        self
    }

    /// Lists in this order, from its beginning: a cursor that was set is dropped.
    pub fn with_sort(mut self, sort: SortSpec) -> Self {
        self.sort = sort;
        self.cursor = None;
        self
    }

    /// Goes on after this place, in the order that it is a place of. The page's offset
    /// counts from there; the total stays that of all matches.
    pub fn with_cursor(mut self, cursor: Cursor) -> Self {
        self.sort = cursor.sort().clone();
        self.cursor = Some(cursor);
        self
    }

    /// Lists this page.
    pub fn with_page(mut self, page: Page) -> Self {
        self.page = page;
        self
    }

    /// Whose units.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The text that names contain, if any.
    pub fn text(&self) -> Option<&TextFilter> {
        self.text.as_ref()
    }

    /// In which order.
    pub fn sort(&self) -> &SortSpec {
        &self.sort
    }

    /// The place after which the listing begins, if not at the beginning of the order.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// Which page.
    pub fn page(&self) -> Page {
        self.page
    }

    /// Whether a document is one of the matches: a unit, of the scope, whose name
    /// contains the text. A `name` that is not a string contains none (SPEC §1).
    #[doc(alias = "filter")]
    #[must_use]
    pub fn matches(&self, unit: &Unit) -> bool {
        unit.is_unit()
            && self.scope.contains(unit)
            && self
                .text
                .as_ref()
                .is_none_or(|text| unit.name().is_some_and(|name| text.is_match(name)))
    }
}
