//! A query of a case, and what is expected of its answer.

use super::kit::{EVERYTHING, Loaded, count, document};
use super::show::{MAX_SHOWN, cut, show_error, show_page, show_query};
use crate::query::UnitQuery;
use crate::query::cursor::Cursor;
use crate::query::page::{Limit, Page};
use crate::query::scope::Scope;
use crate::store::StoreErrorKind;
use crate::unit::Unit;

/// A query and the store that is asked.
#[derive(Clone)]
#[must_use]
pub(super) struct Ask<'a> {
    store: &'a Loaded<'a>,
    query: UnitQuery,
}

impl<'a> Ask<'a> {
    pub(super) fn of(store: &'a Loaded<'a>, query: UnitQuery) -> Self {
        Self { store, query }
    }

    pub(super) fn sort(mut self, sort: &str) -> Self {
        let sort = sort.parse().unwrap_or_else(|error| panic!("{error}"));
        self.query = self.query.with_sort(sort);
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        let text = crate::TextFilter::new(text).unwrap_or_else(|error| panic!("{error}"));
        self.query = self.query.with_text(text);
        self
    }

    pub(super) fn only<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.query = self.query.with_scope(Scope::only(ids));
        self
    }

    pub(super) fn page(mut self, offset: u64, count: u64) -> Self {
        let limit = Limit::at_most(count).unwrap();
        self.query = self.query.with_page(Page::new(offset, limit));
        self
    }

    pub(super) fn offset(mut self, offset: u64) -> Self {
        self.query = self.query.with_page(Page::new(offset, Limit::Unlimited));
        self
    }

    /// What is behind the place of a loaded document in the order that has been set.
    pub(super) fn after(self, id: &str) -> Self {
        let unit = self.store.documents[id].clone();
        self.after_unit(&unit)
    }

    /// The same for a document that need not be loaded, in JSON.
    pub(super) fn after_document(self, json: &str) -> Self {
        self.after_unit(&document(json))
    }

    fn after_unit(self, unit: &Unit) -> Self {
        let cursor = Cursor::new(self.query.sort(), unit);
        self.after_cursor(cursor.unwrap_or_else(|error| panic!("{error}")))
    }

    pub(super) fn after_cursor(mut self, cursor: Cursor) -> Self {
        self.query = self.query.with_cursor(cursor);
        self
    }

    /// Expects exactly these units, whole and in pages laid end to end.
    pub(super) fn lists<I: Into<String>>(self, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = count(expected.len());
        self.store
            .check(&self.query.clone().with_page(EVERYTHING), &expected, total);
        let size = expected.len().div_ceil(3).max(1);
        for offset in (0..=expected.len()).step_by(size) {
            let limit = Limit::at_most(count(size)).unwrap();
            let page = Page::new(count(offset), limit);
            let query = self.query.clone().with_page(page);
            let expected = &expected[page.range(expected.len())];
            self.store.check(&query, expected, total);
        }
    }

    /// Expects exactly these units, and after each of them those behind it: all or a page
    /// of them, by turns.
    pub(super) fn goes_on<I: Into<String>>(self, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = count(expected.len());
        self.store.check(&self.query, &expected, total);
        let three = Limit::at_most(3).unwrap();
        let pages = [EVERYTHING, Page::new(0, three), Page::new(1, three)];
        for ((place, id), page) in expected.iter().enumerate().zip(pages.iter().cycle()) {
            let rest = &expected[place + 1..];
            let rest = &rest[page.range(rest.len())];
            let query = self.clone().after(id).query.with_page(*page);
            self.store.check(&query, rest, total);
        }
    }

    /// Expects exactly these units in pages of this size, each of which begins after the
    /// last unit of the one before, as that page has it.
    pub(super) fn walks<I: Into<String>>(self, size: usize, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = count(expected.len());
        let first = Page::new(0, Limit::at_most(count(size)).unwrap());
        let mut next = Some(self.query.with_page(first));
        let mut left = expected.as_slice();
        while let Some(query) = next {
            let (on_this_page, behind) = left.split_at(size.min(left.len()));
            let page = self.store.check(&query, on_this_page, total);
            next = query.after(&page).unwrap_or_else(|error| panic!("{error}"));
            left = behind;
        }
    }

    /// Expects exactly these units, whole.
    pub(super) fn finds<I: Into<String>>(self, ids: impl IntoIterator<Item = I>) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        let total = count(expected.len());
        self.shows(expected, total);
    }

    /// Expects these units on the page, out of so many.
    pub(super) fn shows<I: Into<String>>(self, ids: impl IntoIterator<Item = I>, total: u64) {
        let expected: Vec<String> = ids.into_iter().map(Into::into).collect();
        self.store.check(&self.query, &expected, total);
    }

    /// Expects the error of a query that has no answer for this data.
    pub(super) fn fails(self) {
        let found = match self.store.list(&self.query) {
            Err(error) if error.kind() == StoreErrorKind::InvalidQuery => return,
            Err(error) => show_error(&error),
            Ok(page) => show_page(&page),
        };
        panic!(
            "{}\nquery:    {}\nexpected: an error of kind InvalidQuery\nfound:    {}",
            self.store.case.title(),
            show_query(&self.query),
            cut(&found, MAX_SHOWN)
        );
    }
}
