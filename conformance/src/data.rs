//! Documents and ids from the short forms in which cases write them.

use livechat_units::{Limit, Page, Unit};

/// The unlimited page.
pub(crate) const UNLIMITED: Page = Page::new(0, Limit::Unlimited);

pub(crate) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

/// The document with this JSON.
pub(crate) fn document(json: &str) -> Unit {
    Unit::from_json(json).unwrap_or_else(|error| panic!("{error}"))
}

/// The JSON of a unit with this id and these fields, which are JSON without braces.
pub(crate) fn unit(id: &str, fields: &str) -> String {
    let id = serde_json::Value::from(id);
    let comma = if fields.is_empty() { "" } else { "," };
    format!(r#"{{"_id":{id},"type":"u"{comma}{fields}}}"#)
}

/// The JSON of a unit with this id and this name.
pub(crate) fn named(id: &str, name: &str) -> String {
    unit(id, &format!(r#""name":{}"#, serde_json::Value::from(name)))
}

/// Stands among the values of [`numbered`] for a unit without the field.
pub(crate) const MISSING: &str = "";

/// Units "000", "001", … each with one of these values, in JSON, under `field`.
pub(crate) fn numbered(field: &str, values: &[&str]) -> Vec<String> {
    let units = values.iter().enumerate().map(|(index, value)| {
        let fields = match *value {
            MISSING => String::new(),
            value => format!(r#""{field}":{value}"#),
        };
        unit(&number(index), &fields)
    });
    units.collect()
}

/// Units "000", "001", … with these names.
pub(crate) fn numbered_names<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Vec<String> {
    let names = names.into_iter().enumerate();
    let units = names.map(|(index, name)| named(&number(index), name.as_ref()));
    units.collect()
}

/// The ids that [`numbered`] and [`numbered_names`] give to units.
pub(crate) fn numbers(indexes: impl IntoIterator<Item = usize>) -> Vec<String> {
    indexes.into_iter().map(number).collect()
}

fn number(index: usize) -> String {
    format!("{index:03}")
}
