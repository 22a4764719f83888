//! A loaded store, the queries of a case, and what is expected of their answers.

use std::collections::HashMap;

use super::make::{EVERYTHING, count, document};
use super::show::{
    MAX_SHOWN, cut, first_difference, show_error, show_ids, show_ids_from, show_page, show_query,
    tail,
};
use super::stores::List;
use crate::query::UnitQuery;
use crate::query::cursor::Cursor;
use crate::query::page::{Limit, Page};
use crate::query::scope::Scope;
use crate::store::{StoreError, StoreErrorKind, UnitPage};
use crate::unit::Unit;

/// A store that has been loaded for a case.
pub(super) struct Loaded {
    /// What failures begin with.
    title: String,
    list: List,
    /// By `_id`.
    documents: HashMap<String, Unit>,
}

impl Loaded {
    pub(super) fn new(title: String, list: List, documents: &[Unit]) -> Self {
        let by_id = |unit: &Unit| (unit.id().to_owned(), unit.clone());
        Self {
            title,
            list,
            documents: documents.iter().map(by_id).collect(),
        }
    }

    /// A query of everything by name.
    pub(super) fn all(&self) -> Ask<'_> {
        self.ask(UnitQuery::default().with_page(EVERYTHING))
    }

    /// A query that asks for nothing in particular.
    pub(super) fn default_page(&self) -> Ask<'_> {
        self.ask(UnitQuery::default())
    }

    fn ask(&self, query: UnitQuery) -> Ask<'_> {
        Ask { store: self, query }
    }

    /// A query of everything in this order.
    pub(super) fn sort(&self, sort: &str) -> Ask<'_> {
        self.all().sort(sort)
    }

    /// A query of everything by this path alone.
    pub(super) fn ascending(&self, path: &str) -> Ask<'_> {
        self.sort(&format!(r#"{{"{path}":1}}"#))
    }

    /// The same, the other way round.
    pub(super) fn descending(&self, path: &str) -> Ask<'_> {
        self.sort(&format!(r#"{{"{path}":-1}}"#))
    }

    /// A query of what contains this text, by name.
    pub(super) fn text(&self, text: &str) -> Ask<'_> {
        self.all().text(text)
    }

    /// A query of these units, by name.
    pub(super) fn only<I: Into<String>>(&self, ids: impl IntoIterator<Item = I>) -> Ask<'_> {
        self.all().only(ids)
    }

    pub(super) fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        (self.list)(query)
    }

    /// Asks for a page, which must have these units and this total.
    fn check(&self, query: &UnitQuery, expected: &[String], total: u64) -> UnitPage {
        let fail = |expected: &str, found: &str| -> ! {
            panic!(
                "{}\nquery:    {}\nexpected: {expected} of {total}\nfound:    {found}",
                self.title,
                show_query(query),
            )
        };
        let page = match self.list(query) {
            Ok(page) => page,
            Err(error) => fail(&show_ids(expected), &cut(&show_error(&error), MAX_SHOWN)),
        };
        let units: Vec<Unit> = page.units().collect();
        let ids: Vec<&str> = units.iter().map(Unit::id).collect();
        if ids != expected || page.total() != total || page.offset() != query.page().offset() {
            let same = ids.iter().zip(expected).take_while(|(a, b)| *a == *b);
            let same = same.count();
            fail(
                &show_ids_from(same, expected),
                &format!(
                    "{} of {} from offset {}",
                    show_ids_from(same, &ids),
                    page.total(),
                    page.offset()
                ),
            );
        }
        for unit in &units {
            let json = self.documents[unit.id()].as_json();
            if unit.as_json() != json {
                let at = first_difference(unit.as_json(), json);
                let found = format!(
                    "{} with another document, from byte {at} on: …{} and not …{}",
                    unit.id(),
                    cut(tail(unit.as_json(), at), 200),
                    cut(tail(json, at), 200)
                );
                fail(&show_ids(expected), &found);
            }
        }
        page
    }
}

/// A query and the store that is asked.
#[derive(Clone)]
#[must_use]
pub(super) struct Ask<'a> {
    store: &'a Loaded,
    query: UnitQuery,
}

impl Ask<'_> {
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

    /// The ids of everything, which pages laid end to end are expected to give too.
    pub(super) fn listing(self) -> Vec<String> {
        let everything = self.query.clone().with_page(EVERYTHING);
        let ids: Vec<String> = match self.store.list(&everything) {
            Ok(page) => page.units().map(|unit| unit.id().to_owned()).collect(),
            Err(error) => panic!(
                "{}\nquery:    {}\nexpected: a page\nfound:    {}",
                self.store.title,
                show_query(&everything),
                cut(&show_error(&error), MAX_SHOWN)
            ),
        };
        self.lists(ids.iter().map(String::as_str));
        ids
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
            self.store.title,
            show_query(&self.query),
            cut(&found, MAX_SHOWN)
        );
    }
}
