//! A [`MemoryStore`] beside a plain list of units: every change is made to both, and both
//! must give the same answers.

use std::error::Error;

use livechat_units::{
    AccessPolicy, Caller, Cursor, Endpoint, Limit, MemoryStore, OrderError, Page, PagePolicy,
    Permission, Response, Scope, SortSpec, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery,
    UnitStore, User,
};

/// A store and the units that it must hold.
#[derive(Clone)]
pub struct Pair {
    store: MemoryStore,
    units: Vec<Unit>,
}

impl Pair {
    /// An empty store that keeps an index for each of these orders.
    pub fn new(orders: Vec<SortSpec>) -> Self {
        let store = if orders.is_empty() {
            MemoryStore::default()
        } else {
            MemoryStore::with_orders(orders)
        };
        let units = Vec::new();
        Self { store, units }
    }

    /// A store that is loaded with these units. No two of them have the same id.
    pub fn holding(orders: Vec<SortSpec>, units: Vec<Unit>) -> Self {
        let mut pair = Self::new(orders);
        pair.replace_all_distinct(units);
        pair
    }

    /// The units that the store must hold.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// Puts a unit in, or another version of it.
    pub fn upsert(&mut self, unit: Unit) {
        keep(&mut self.units, unit.clone());
        let prepared = self.store.prepare(unit);
        self.store.apply(prepared);
    }

    /// Removes a unit by its id. The store must say whether it held the unit.
    pub fn remove(&mut self, id: &str) {
        let position = self.units.iter().position(|unit| unit.id() == id);
        assert_eq!(self.store.remove(id), position.is_some(), "{id:?}");
        if let Some(position) = position {
            self.units.remove(position);
        }
    }

    /// Removes every `stride`-th unit, the first included.
    pub fn remove_every(&mut self, stride: usize) {
        let mut position = 0_usize;
        let store = &mut self.store;
        self.units.retain(|unit| {
            let goes = position.is_multiple_of(stride);
            position += 1;
            assert!(!goes || store.remove(unit.id()), "{unit:?}");
            !goes
        });
    }

    /// Replaces everything by these units. All are units, and no two have the same id.
    pub fn replace_all_distinct(&mut self, units: Vec<Unit>) {
        self.units.clone_from(&units);
        let _ = self.store.replace_all(units);
    }

    /// Replaces everything by these documents, some of which may not be units.
    pub fn replace_all(&mut self, units: Vec<Unit>) {
        self.units.clear();
        for unit in &units {
            keep(&mut self.units, unit.clone());
        }
        let _ = self.store.replace_all(units);
    }

    /// Adds these documents in bulk.
    pub fn extend(&mut self, units: Vec<Unit>) {
        for unit in &units {
            keep(&mut self.units, unit.clone());
        }
        self.store.extend(units);
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.units.clear();
        self.store.clear();
    }

    /// Asserts that the store holds these units, and that its indexes agree with them.
    pub fn assert_holds(&self) {
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

    /// Asserts that a store which is loaded afresh gives the expected answer: the answer
    /// does not depend on the history of a store.
    pub fn assert_answers_as_loaded(&self, query: &UnitQuery) {
        let loaded: MemoryStore = self.units.iter().cloned().collect();
        loaded.internal_validate();
        assert_answers_alike(&loaded, &self.units, query);
    }

    /// Asserts that the store gives the expected answer.
    pub fn assert_answers(&self, query: &UnitQuery) {
        assert_answers_alike(&self.store, &self.units, query);
    }

    /// Asserts that the page after the position of `unit` is the expected one. The unit may
    /// have been changed or removed.
    pub fn assert_continues_after(&self, query: &UnitQuery, unit: &Unit) {
        assert_continues_alike(&self.store, &self.units, query, unit);
    }
}

/// An upsert to the list: an id occurs once, and what is not a unit is not listed.
fn keep(units: &mut Vec<Unit>, unit: Unit) {
    units.retain(|known| known.id() != unit.id());
    if unit.is_unit() {
        units.push(unit);
    }
}

/// Both give the same page and the same bytes of a response, or the same refusal. The query
/// is sent as a request, so that parsing is tested too.
fn assert_answers_alike(store: &MemoryStore, units: &[Unit], query: &UnitQuery) {
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
            assert!(explained.to_string().contains(&counts), "{explained}");
            assert_pages_make_the_rest(store, units, query);
            let last = expected.len().saturating_sub(1);
            for unit in expected.units().step_by(last.max(1)) {
                assert_continues_alike(store, units, query, &unit);
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

/// All pages of the store together are the rest of the reference's listing.
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
    let mut listed = Vec::new();
    for page in query.clone().pages(store) {
        let page = page.expect("as the first page");
        assert!(!page.is_empty());
        listed.extend(page.units());
    }
    assert!(listed.into_iter().eq(expected.units()), "{query:?}");
}

/// Both give the same page after the position of a unit.
fn assert_continues_alike(store: &MemoryStore, units: &[Unit], query: &UnitQuery, unit: &Unit) {
    // Every unit of the listing has a position. Another unit may have none.
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

/// Asserts that two pages are equal, and their units too: units with the same JSON can
/// differ, if one holds a date where the other holds a string.
pub fn assert_same_page(found: &UnitPage, expected: &UnitPage, query: &UnitQuery) {
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

/// A request whose query is this one.
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
