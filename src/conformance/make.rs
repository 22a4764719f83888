//! Documents and numbers, made from what a case has them written as.

use crate::query::page::{Limit, Page};
use crate::unit::Unit;

/// The page of everything.
pub(super) const EVERYTHING: Page = Page::new(0, Limit::Unlimited);

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap()
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
