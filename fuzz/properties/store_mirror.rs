//! An indexed store beside the reference: whatever is done is done to both, and what
//! the one answers the other has to answer.
//!
//! The model test in `tests/memory` shares this file.

#![allow(dead_code, reason = "the model test does less to a store")]

use std::error::Error;

use livechat_units::{
    AccessPolicy, Caller, Cursor, Endpoint, Limit, MemoryStore, OrderError, Page, PagePolicy,
    Permission, Response, Scope, SortSpec, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery,
    UnitStore, User,
};

#[derive(Clone)]
pub(super) struct Mirror {
    store: MemoryStore,
    units: Vec<Unit>,
}

impl Mirror {
    pub(super) fn new(orders: Vec<SortSpec>) -> Self {
        let store = if orders.is_empty() {
            MemoryStore::default()
        } else {
            MemoryStore::with_orders(orders)
        };
        let units = Vec::new();
        Self { store, units }
    }

    /// A store that is loaded with these units, no two of which have one id.
    pub(super) fn holding(orders: Vec<SortSpec>, units: Vec<Unit>) -> Self {
        let mut mirror = Self::new(orders);
        mirror.replace_all_distinct(units);
        mirror
    }

    /// What the store has to hold.
    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    pub(super) fn upsert(&mut self, unit: Unit) {
        keep(&mut self.units, unit.clone());
        self.store.prefetch(&unit);
        self.store.upsert(unit);
    }

    pub(super) fn remove(&mut self, id: &str) {
        let place = self.units.iter().position(|unit| unit.id() == id);
        assert_eq!(self.store.remove(id), place.is_some(), "{id:?}");
        if let Some(place) = place {
            self.units.remove(place);
        }
    }

    /// Removes units with equal gaps, from the first on.
    pub(super) fn remove_every(&mut self, stride: usize) {
        let mut place = 0_usize;
        let store = &mut self.store;
        self.units.retain(|unit| {
            let goes = place.is_multiple_of(stride);
            place += 1;
            assert!(!goes || store.remove(unit.id()), "{unit:?}");
            !goes
        });
    }

    /// Units of the type, no two of which have one id.
    pub(super) fn replace_all_distinct(&mut self, units: Vec<Unit>) {
        self.units.clone_from(&units);
        self.store.replace_all(units);
    }

    pub(super) fn replace_all(&mut self, units: Vec<Unit>) {
        self.units.clear();
        for unit in &units {
            keep(&mut self.units, unit.clone());
        }
        self.store.replace_all(units);
    }

    pub(super) fn extend(&mut self, units: Vec<Unit>) {
        for unit in &units {
            keep(&mut self.units, unit.clone());
        }
        self.store.extend(units);
    }

    pub(super) fn clear(&mut self) {
        self.units.clear();
        self.store.clear();
    }

    /// The store holds what it has to hold, and its indexes say the same.
    pub(super) fn assert_holds(&self) {
        self.store.internal_validate();
        let shown = format!("MemoryStore {{ len: {}, .. }}", self.units.len());
        assert_eq!(format!("{:?}", self.store), shown);
        assert_eq!(self.store.len(), self.units.len());
        assert_eq!(self.store.is_empty(), self.units.is_empty());
        for unit in &self.units {
            assert_eq!(self.store.get(unit.id()).as_ref(), Some(unit));
        }
        assert_eq!(self.store.get("in no document"), None);
    }

    /// Whatever has led here, the answer is that of a store which is loaded now.
    pub(super) fn assert_answers_as_loaded(&self, query: &UnitQuery) {
        let loaded: MemoryStore = self.units.iter().cloned().collect();
        loaded.internal_validate();
        assert_answers_alike(&loaded, &self.units, query);
    }

    pub(super) fn assert_answers(&self, query: &UnitQuery) {
        assert_answers_alike(&self.store, &self.units, query);
    }

    /// Goes on after the place of a unit, which may have left or moved.
    pub(super) fn assert_goes_on(&self, query: &UnitQuery, unit: &Unit) {
        assert_goes_on_alike(&self.store, &self.units, query, unit);
    }
}

/// The plain rule of an upsert: one unit an id, and departments are none.
fn keep(units: &mut Vec<Unit>, unit: Unit) {
    units.retain(|known| known.id() != unit.id());
    if unit.is_unit() {
        units.push(unit);
    }
}

/// The same page, and the same response to the byte; or the same refusal. A query
/// takes the way of a request, so that no step of it is left out.
pub(super) fn assert_answers_alike(store: &MemoryStore, units: &[Unit], query: &UnitQuery) {
    let (endpoint, caller, query_string) = request(query);
    let pending = endpoint.begin(&caller, &query_string).expect("a request");
    assert_eq!(pending.query(), query, "{query_string}");

    let found = store.list(query);
    let expected = units.list(query);
    let explained = store.explain(query);
    match (&found, &expected, explained) {
        (Ok(found), Ok(expected), Ok(explained)) => {
            assert_same_page(found, expected, query);
            let (keys, documents) = (explained.keys_examined(), explained.documents_examined());
            let counts = format!("keysExamined: {keys}, docsExamined: {documents}");
            assert!(explained.to_string().ends_with(&counts), "{explained}");
            assert_pages_make_the_rest(store, units, query);
            let last = expected.len().saturating_sub(1);
            for unit in expected.units().step_by(last.max(1)) {
                assert_goes_on_alike(store, units, query, &unit);
            }
        }
        (Err(found), Err(expected), Err(explained)) => {
            assert_eq!(found.kind(), StoreErrorKind::InvalidQuery, "{query:?}");
            assert_eq!(reason(found), reason(expected), "{query:?}");
            assert_eq!(reason(&explained), reason(expected), "{query:?}");
        }
        (found, expected, explained) => {
            panic!("{query:?}: {found:?} and {explained:?} for {expected:?}")
        }
    }
    let found = pending.clone().finish(found);
    let expected = pending.finish(expected);
    assert_eq!(whole(found), whole(expected), "{query:?}");
}

/// Page by page the store lists what the reference has from the first page on.
fn assert_pages_make_the_rest(store: &MemoryStore, units: &[Unit], query: &UnitQuery) {
    const MOST_UNITS: u64 = 8;
    let page = query.page();
    let rest = query.clone();
    let rest = rest.with_page(Page::new(page.offset(), Limit::Unlimited));
    let expected = units.list(&rest).expect("is listed");
    let Limit::AtMost(count) = page.limit() else {
        return;
    };
    if u64::try_from(expected.len()).expect("no wider") > MOST_UNITS.saturating_mul(count.get()) {
        return;
    }
    let mut laid = Vec::new();
    for page in query.clone().pages(store) {
        let page = page.expect("as the first page");
        assert!(!page.is_empty());
        laid.extend(page.units());
    }
    assert!(laid.into_iter().eq(expected.units()), "{query:?}");
}

/// The same page after the place of a unit.
fn assert_goes_on_alike(store: &MemoryStore, units: &[Unit], query: &UnitQuery, unit: &Unit) {
    // A unit that is in the listing has a place; another may have none.
    let Ok(cursor) = Cursor::new(query.sort(), unit) else {
        return;
    };
    let query = query.clone().with_cursor(cursor);
    match (store.list(&query), units.list(&query)) {
        (Ok(found), Ok(expected)) => assert_same_page(&found, &expected, &query),
        (Err(found), Err(expected)) => assert_eq!(reason(&found), reason(&expected), "{query:?}"),
        (found, expected) => panic!("{query:?}: {found:?} for {expected:?}"),
    }
}

/// Answered alike, and the units themselves are equal: of two that look the same in
/// JSON one may hold a date where the other has a string.
pub(super) fn assert_same_page(found: &UnitPage, expected: &UnitPage, query: &UnitQuery) {
    assert_eq!(found, expected, "{query:?}");
    assert_eq!(found.is_empty(), expected.units().next().is_none());
    assert_eq!(found.offset(), query.page().offset());
    let mut joined = UnitPage::builder();
    for unit in expected.units() {
        joined.push_json(unit.as_json());
    }
    let joined = joined.build(query.page(), expected.total());
    assert_eq!(found, &joined, "{query:?}");
    for (found, expected) in found.units().zip(expected.units()) {
        assert!(found == expected, "{found:?} is another value, {query:?}");
    }
}

fn reason(error: &StoreError) -> Option<&OrderError> {
    error.source()?.downcast_ref()
}

fn whole(response: Response) -> (u16, String) {
    let status = response.status();
    let body = response.into_body().into_bytes();
    (status, String::from_utf8(body).expect("UTF-8"))
}

/// The request that asks for this query.
fn request(query: &UnitQuery) -> (Endpoint, Caller, String) {
    let caller = match query.scope() {
        Scope::All => User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS),
        Scope::Only(ids) => User::new().monitoring(ids),
    };
    let count = match query.page().limit() {
        Limit::AtMost(count) => count.get(),
        Limit::Unlimited => 0,
    };
    let mut query_string = format!("offset={}&count={count}", query.page().offset());
    query_string.push_str("&sort=");
    escape(&query.sort().to_string(), &mut query_string);
    if let Some(text) = query.text() {
        query_string.push_str("&text=");
        escape(text.as_str(), &mut query_string);
    }
    let endpoint = Endpoint::default()
        .with_access_policy(AccessPolicy::OwnUnits)
        .with_page_policy(PagePolicy::default().with_max_count(i64::MAX));
    (endpoint, caller.into(), query_string)
}

fn escape(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.into());
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
            out.push('%');
            out.extend(digits.map(char::from));
        }
    }
}
