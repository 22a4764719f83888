//! What cases are written with: documents to load, queries, and answers to expect.

use super::ask::Loaded;
pub(super) use super::make::{
    EVERYTHING, MISSING, count, document, named, numbered, numbered_names, numbers, unit,
};
use super::numbers::Random;
use super::stores::{SharedList, Stores, Write};
use crate::unit::Unit;

/// What a case is given.
pub(super) struct Kit<'a> {
    name: &'static str,
    title: String,
    stores: &'a dyn Stores,
}

impl<'a> Kit<'a> {
    /// The kit of the case of this name, which failures begin with `title`.
    pub(super) fn new(name: &'static str, title: String, stores: &'a dyn Stores) -> Self {
        Self {
            name,
            title,
            stores,
        }
    }

    /// The name of the case.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// What failures begin with.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Whether the store has not declared that it cannot serve this other case.
    pub(super) fn serves(&self, case: &str) -> bool {
        self.stores.serves(case)
    }

    /// A fresh store of these documents, each in JSON.
    pub(super) fn load<D: AsRef<str>>(&self, documents: impl IntoIterator<Item = D>) -> Loaded {
        let documents = documents.into_iter();
        self.load_units(documents.map(|json| document(json.as_ref())).collect())
    }

    /// A fresh store of these documents. It is given them in another order than that in
    /// which the case has them, which is often the one that is expected.
    pub(super) fn load_units(&self, mut documents: Vec<Unit>) -> Loaded {
        shuffle(&mut documents);
        let list = self.stores.load(&documents);
        Loaded::new(self.title.clone(), list, &documents)
    }

    /// The same for a store that is going to be changed.
    pub(super) fn load_to_write(&self, mut documents: Vec<Unit>) -> (SharedList, Write) {
        shuffle(&mut documents);
        self.stores.load_to_write(&documents).unwrap_or_else(|| {
            panic!(
                "{} needs `Fixture::with_writes`, or to be declared by `Fixture::cannot`",
                self.name
            )
        })
    }
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

/// Always the same order for as many documents, and seldom the one they had.
fn shuffle(documents: &mut [Unit]) {
    let mut random = Random::new(0);
    for end in (1..documents.len()).rev() {
        documents.swap(end, random.below(end + 1));
    }
}
