//! What cases are written with: documents to load, queries, and answers to expect.

use std::collections::HashMap;

use super::Fixture;
use super::ask::Ask;
use super::case::Case;
use super::fixture::{List, SharedList, Write};
use super::registry;
use super::show::{
    MAX_SHOWN, cut, first_difference, show_error, show_ids, show_ids_from, show_query, tail,
};
use crate::query::UnitQuery;
use crate::query::page::{Limit, Page};
use crate::store::{StoreError, UnitPage};
use crate::unit::Unit;

/// The page of everything.
pub(super) const EVERYTHING: Page = Page::new(0, Limit::Unlimited);

/// What a case is given.
pub(super) struct Kit<'a> {
    case: &'a Case,
    fixture: &'a Fixture,
}

impl<'a> Kit<'a> {
    pub(super) fn new(case: &'a Case, fixture: &'a Fixture) -> Self {
        Self { case, fixture }
    }

    /// What failures begin with.
    pub(super) fn title(&self) -> String {
        self.case.title()
    }

    /// Whether the store has not declared that it cannot serve this other case.
    pub(super) fn serves(&self, name: &str) -> bool {
        let case = registry::named(name).unwrap_or_else(|| panic!("{name:?} is no case"));
        self.fixture.reason(case).is_none()
    }

    /// A fresh store of these documents, each in JSON.
    pub(super) fn load<D: AsRef<str>>(&self, documents: impl IntoIterator<Item = D>) -> Loaded<'a> {
        let documents = documents.into_iter();
        self.load_units(documents.map(|json| document(json.as_ref())).collect())
    }

    /// A fresh store of these documents. It is given them in another order than that in
    /// which the case has them, which is often the one that is expected.
    pub(super) fn load_units(&self, mut documents: Vec<Unit>) -> Loaded<'a> {
        let by_id = documents
            .iter()
            .map(|unit| (unit.id().to_owned(), unit.clone()))
            .collect();
        shuffle(&mut documents);
        Loaded {
            case: self.case,
            list: self.fixture.load(&documents),
            documents: by_id,
        }
    }

    /// The same for a store that is going to be changed.
    pub(super) fn load_to_write(&self, mut documents: Vec<Unit>) -> (SharedList, Write) {
        shuffle(&mut documents);
        self.fixture.load_to_write(&documents).unwrap_or_else(|| {
            panic!(
                "{} needs `Fixture::with_writes`, or to be declared by `Fixture::cannot`",
                self.case.name()
            )
        })
    }
}

/// The document that this JSON is.
pub(super) fn document(json: &str) -> Unit {
    Unit::from_json(json).unwrap_or_else(|error| panic!("{error}"))
}

/// The JSON of a unit with these fields, which are JSON without braces.
pub(super) fn unit(id: &str, fields: &str) -> String {
    let id = serde_json::Value::from(id);
    let comma = if fields.is_empty() { "" } else { "," };
    format!(r#"{{"_id":{id},"type":"u"{comma}{fields}}}"#)
}

/// The JSON of a unit that has a name.
pub(super) fn named(id: &str, name: &str) -> String {
    unit(id, &format!(r#""name":{}"#, serde_json::Value::from(name)))
}

/// A value for [`numbered`] that is none.
pub(super) const MISSING: &str = "";

/// Units "000", "001", … each with one of these values, in JSON, under `field`.
pub(super) fn numbered(field: &str, values: &[&str]) -> Vec<String> {
    let units = values.iter().enumerate().map(|(place, value)| {
        let fields = match *value {
            MISSING => String::new(),
            value => format!(r#""{field}":{value}"#),
        };
        unit(&number(place), &fields)
    });
    units.collect()
}

/// Units "000", "001", … of these names.
pub(super) fn numbered_names<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Vec<String> {
    let names = names.into_iter().enumerate();
    let units = names.map(|(place, name)| named(&number(place), name.as_ref()));
    units.collect()
}

/// The ids of units that are numbered.
pub(super) fn numbers(places: impl IntoIterator<Item = usize>) -> Vec<String> {
    places.into_iter().map(number).collect()
}

fn number(place: usize) -> String {
    format!("{place:03}")
}

/// Checks that each of `values` comes before the next under `field`, both ways, and that
/// no two are equal.
pub(super) fn check_ascending(kit: &Kit<'_>, field: &str, values: &[&str]) {
    let store = kit.load(numbered(field, values));
    let ascending = numbers(0..values.len());
    let descending = numbers((0..values.len()).rev());
    store.ascending(field).lists(ascending.clone());
    store.descending(field).lists(descending.clone());
    // Ties would come the other way.
    store
        .sort(&format!(r#"{{"{field}":1,"_id":-1}}"#))
        .lists(ascending);
    store
        .sort(&format!(r#"{{"{field}":-1,"_id":1}}"#))
        .lists(descending);
}

/// Loads units "000", "001", … of these names and asks for each text, which is found in
/// the names at these places.
pub(super) fn check_texts(kit: &Kit<'_>, names: &[&str], texts: &[(&str, &[usize])]) {
    let store = kit.load(numbered_names(names));
    for (text, places) in texts {
        let ask = store.sort(r#"{"_id":1}"#).text(text);
        ask.lists(numbers(places.iter().copied()));
    }
}

/// Loads a unit for each of the texts, of that name and with something around it, and
/// expects each text to be found in the names that contain it, by bytes, and nowhere
/// else. No text has letters that differ in case alone.
pub(super) fn check_literals(kit: &Kit<'_>, texts: &[&str], others: &[&str]) {
    let around = texts.iter().map(|text| format!("<{text}>"));
    let names: Vec<String> = around
        .chain(others.iter().map(|&name| name.into()))
        .collect();
    let store = kit.load(numbered_names(&names));
    for text in texts {
        let places = (0..names.len()).filter(|&place| names[place].contains(text));
        let ask = store.sort(r#"{"_id":1}"#).text(text);
        ask.finds(numbers(places));
    }
}

/// A store that has been loaded for a case.
pub(super) struct Loaded<'a> {
    pub(super) case: &'a Case,
    list: List,
    /// By `_id`.
    pub(super) documents: HashMap<String, Unit>,
}

impl Loaded<'_> {
    /// A query of everything by name.
    pub(super) fn all(&self) -> Ask<'_> {
        Ask::of(self, UnitQuery::default().with_page(EVERYTHING))
    }

    /// A query that asks for nothing in particular.
    pub(super) fn default_page(&self) -> Ask<'_> {
        Ask::of(self, UnitQuery::default())
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
    pub(super) fn check(&self, query: &UnitQuery, expected: &[String], total: u64) -> UnitPage {
        let fail = |expected: &str, found: &str| -> ! {
            panic!(
                "{}\nquery:    {}\nexpected: {expected} of {total}\nfound:    {found}",
                self.case.title(),
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

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

/// Always the same order for as many documents, and seldom the one they had.
fn shuffle(documents: &mut [Unit]) {
    let mut random = super::random::Random::new(0);
    for end in (1..documents.len()).rev() {
        documents.swap(end, random.below(end + 1));
    }
}
