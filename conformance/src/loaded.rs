//! A store that is loaded for a case, queries of it, and the answers that a case expects.
//!
//! A case reads like `store.text("sales").sort("{}").lists(["a", "b"])`: [`Loaded`] starts a query,
//! and methods of [`Query`] add parts. The last call sends the query, and panics if the answer is
//! wrong. The panic's message has the title of the case, the query, and what was expected and
//! found. Wherever a page is checked, so is the JSON of every unit on it.

use std::collections::HashMap;

use livechat_units::{
    Cursor, Limit, Page, Scope, StoreError, StoreErrorKind, TextFilter, Unit, UnitPage, UnitQuery,
    UnitStore,
};

use crate::data::{UNLIMITED, document, to_u64};
use crate::fixture::List;
use crate::show::{
    MAX_SHOWN, cut, first_difference, ids_of, show_error, show_ids, show_ids_from, show_page,
    show_query, tail,
};

/// A store and the documents that were loaded into it.
pub(crate) struct Loaded {
    /// The first line of a failure.
    title: String,
    list: List,
    /// What the store keeps of the documents, by `_id`.
    documents: HashMap<String, Unit>,
    /// The same for the reference, if the fixture has a projection. Then the reference gives the
    /// expected answers, and not the case.
    projected: Option<Vec<Unit>>,
}

impl Loaded {
    pub(crate) fn new(
        title: String,
        list: List,
        documents: &[Unit],
        projected: Option<Vec<Unit>>,
    ) -> Self {
        let by_id = |unit: &Unit| (unit.id().to_owned(), unit.clone());
        let kept = projected.as_deref().unwrap_or(documents);
        Self {
            title,
            list,
            documents: kept.iter().map(by_id).collect(),
            projected,
        }
    }

    /// Whether the reference over projected documents gives the expected answers.
    pub(crate) fn is_projected(&self) -> bool {
        self.projected.is_some()
    }

    /// The unlimited page in the default order, by name.
    pub(crate) fn all(&self) -> Query<'_> {
        self.query(UnitQuery::default().with_page(UNLIMITED))
    }

    /// The query that a request without parameters makes.
    pub(crate) fn default_page(&self) -> Query<'_> {
        self.query(UnitQuery::default())
    }

    fn query(&self, query: UnitQuery) -> Query<'_> {
        Query { store: self, query }
    }

    /// The unlimited page in this order.
    pub(crate) fn sort(&self, sort: &str) -> Query<'_> {
        self.all().sort(sort)
    }

    /// The unlimited page by this path alone.
    pub(crate) fn ascending(&self, path: &str) -> Query<'_> {
        self.sort(&format!(r#"{{"{path}":1}}"#))
    }

    /// The unlimited page by this path alone, reversed.
    pub(crate) fn descending(&self, path: &str) -> Query<'_> {
        self.sort(&format!(r#"{{"{path}":-1}}"#))
    }

    /// The units whose names contain this text, by name.
    pub(crate) fn text(&self, text: &str) -> Query<'_> {
        self.all().text(text)
    }

    /// The units with these ids, by name.
    pub(crate) fn only<I: Into<String>>(&self, ids: impl IntoIterator<Item = I>) -> Query<'_> {
        self.all().only(ids)
    }

    pub(crate) fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        (self.list)(query)
    }

    /// Sends the query. Checks the ids on the page, the total, the offset and the JSON of
    /// every unit.
    fn check(&self, query: &UnitQuery, expected: &[String], total: u64) -> UnitPage {
        let projected = self
            .projected
            .as_ref()
            .map(|units| match units.list(query) {
                Ok(page) => (ids_of(&page), page.total()),
                Err(error) => {
                    self.fail(query, "a page of projected documents", &show_error(&error))
                }
            });
        let (expected, total) = match &projected {
            Some((ids, total)) => (ids.as_slice(), *total),
            None => (expected, total),
        };
        let page = match self.list(query) {
            Ok(page) => page,
            Err(error) => {
                let expected = format!("{} of {total}", show_ids(expected));
                self.fail(query, &expected, &cut(&show_error(&error), MAX_SHOWN))
            }
        };
        let ids = ids_of(&page);
        if ids != expected || page.total() != total || page.offset() != query.page().offset() {
            let same = ids.iter().zip(expected).take_while(|(a, b)| *a == *b);
            let same = same.count();
            self.fail(
                query,
                &format!("{} of {total}", show_ids_from(same, expected)),
                &format!(
                    "{} of {} from offset {}",
                    show_ids_from(same, &ids),
                    page.total(),
                    page.offset()
                ),
            );
        }
        for unit in page.units() {
            let json = self.documents[unit.id()].as_json();
            if unit.as_json() != json {
                let at = first_difference(unit.as_json(), json);
                let found = format!(
                    "{} with another document, from byte {at} on: …{} instead of …{}",
                    unit.id(),
                    cut(tail(unit.as_json(), at), 200),
                    cut(tail(json, at), 200)
                );
                let expected = format!("{} of {total}", show_ids(expected));
                self.fail(query, &expected, &found);
            }
        }
        page
    }

    fn fail(&self, query: &UnitQuery, expected: &str, found: &str) -> ! {
        panic!(
            "{}\nquery:    {}\nexpected: {expected}\nfound:    {found}",
            self.title,
            show_query(query),
        )
    }
}

/// A query and the store that it is sent to.
#[derive(Clone)]
#[must_use]
pub(crate) struct Query<'a> {
    store: &'a Loaded,
    query: UnitQuery,
}

/// The parts of a query.
impl Query<'_> {
    pub(crate) fn sort(mut self, sort: &str) -> Self {
        let sort = sort.parse().unwrap_or_else(|error| panic!("{error}"));
        self.query = self.query.with_sort(sort);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        let text = TextFilter::new(text).unwrap_or_else(|error| panic!("{error}"));
        self.query = self.query.with_text(text);
        self
    }

    pub(crate) fn only<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.query = self.query.with_scope(Scope::only(ids));
        self
    }

    pub(crate) fn page(mut self, offset: u64, count: u64) -> Self {
        let limit = Limit::at_most(count).unwrap();
        self.query = self.query.with_page(Page::new(offset, limit));
        self
    }

    pub(crate) fn offset(mut self, offset: u64) -> Self {
        self.query = self.query.with_page(Page::new(offset, Limit::Unlimited));
        self
    }

    /// Continues after a loaded document, in the sort order that is set already.
    pub(crate) fn after(self, id: &str) -> Self {
        let unit = self.store.documents[id].clone();
        self.after_unit(&unit)
    }

    /// Continues after a document, given as JSON, that the store need not have.
    pub(crate) fn after_document(self, json: &str) -> Self {
        self.after_unit(&document(json))
    }

    fn after_unit(self, unit: &Unit) -> Self {
        let cursor = Cursor::new(self.query.sort(), unit);
        self.after_cursor(cursor.unwrap_or_else(|error| panic!("{error}")))
    }

    pub(crate) fn after_cursor(mut self, cursor: Cursor) -> Self {
        self.query = self.query.with_cursor(cursor);
        self
    }
}

/// What is expected of the answers.
impl Query<'_> {
    /// Expects exactly these units, on the unlimited page and again on consecutive pages.
    pub(crate) fn lists<I: Into<String>>(self, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = to_u64(expected.len());
        let unlimited = self.query.clone().with_page(UNLIMITED);
        self.store.check(&unlimited, &expected, total);
        let size = expected.len().div_ceil(3).max(1);
        for offset in (0..=expected.len()).step_by(size) {
            let limit = Limit::at_most(to_u64(size)).unwrap();
            let page = Page::new(to_u64(offset), limit);
            let query = self.query.clone().with_page(page);
            let expected = &expected[page.range(expected.len())];
            self.store.check(&query, expected, total);
        }
    }

    /// Expects exactly these units, on the page that is set.
    pub(crate) fn lists_on_page<I: Into<String>>(self, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = to_u64(expected.len());
        self.page_shows(expected, total);
    }

    /// Expects these units on the page that is set, and this total.
    pub(crate) fn page_shows<I: Into<String>>(self, ids: impl IntoIterator<Item = I>, total: u64) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        self.store.check(&self.query, &expected, total);
    }

    /// The ids on the unlimited page. Expects the same ids on consecutive pages.
    pub(crate) fn listing(self) -> Vec<String> {
        let unlimited = self.query.clone().with_page(UNLIMITED);
        let ids = match self.store.list(&unlimited) {
            Ok(page) => ids_of(&page),
            Err(error) => {
                let found = cut(&show_error(&error), MAX_SHOWN);
                self.store.fail(&unlimited, "a page", &found)
            }
        };
        self.lists(ids.iter().map(String::as_str));
        ids
    }

    /// Expects exactly these units. Then, for each of them, it continues after the unit and expects
    /// the units that follow. These pages are in turn unlimited, of three units, and with an
    /// offset.
    pub(crate) fn lists_after_each<I: Into<String>>(self, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = to_u64(expected.len());
        self.store.check(&self.query, &expected, total);
        let three = Limit::at_most(3).unwrap();
        let pages = [UNLIMITED, Page::new(0, three), Page::new(1, three)];
        for ((index, id), page) in expected.iter().enumerate().zip(pages.iter().cycle()) {
            let rest = &expected[index + 1..];
            let rest = &rest[page.range(rest.len())];
            let query = self.clone().after(id).query.with_page(*page);
            self.store.check(&query, rest, total);
        }
    }

    /// Expects exactly these units on pages of this size. Each page continues after a cursor
    /// that is made from the last unit of the page before.
    pub(crate) fn walks<I: Into<String>>(self, size: usize, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = to_u64(expected.len());
        let first = Page::new(0, Limit::at_most(to_u64(size)).unwrap());
        let mut next = Some(self.query.with_page(first));
        let mut rest = expected.as_slice();
        while let Some(query) = next {
            let (on_this_page, following) = rest.split_at(size.min(rest.len()));
            let page = self.store.check(&query, on_this_page, total);
            next = query.after(&page).unwrap_or_else(|error| panic!("{error}"));
            rest = following;
        }
    }

    /// Expects an error of the kind `InvalidQuery`: the sort order has parallel arrays.
    pub(crate) fn refuses(self) {
        let projected = self.store.projected.as_ref();
        if projected.is_some_and(|units| units.list(&self.query).is_ok()) {
            self.store.check(&self.query, &[], 0);
            return;
        }
        let found = match self.store.list(&self.query) {
            Err(error) if error.kind() == StoreErrorKind::InvalidQuery => return,
            Err(error) => show_error(&error),
            Ok(page) => show_page(&page),
        };
        let expected = "an error of kind InvalidQuery";
        self.store
            .fail(&self.query, expected, &cut(&found, MAX_SHOWN))
    }
}
