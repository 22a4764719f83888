//! Checks that many cases share: of the order of values, and of the names that a text matches.

use crate::data::{numbered, numbered_names, numbers};
use crate::run::Run;

/// Loads a unit for each of `values`, which must ascend. Checks that a sort by `field` lists the
/// units in this order, that the other direction reverses it, and that no two values are equal.
pub(crate) fn check_ascending(run: &Run<'_>, field: &str, values: &[&str]) {
    let store = run.load(numbered(field, values));
    let ascending = numbers(0..values.len());
    let descending = numbers((0..values.len()).rev());
    store.ascending(field).lists(ascending.clone());
    store.descending(field).lists(descending.clone());
    // Equal values would be listed in the order of `_id`, which is reversed here.
    store
        .sort(&format!(r#"{{"{field}":1,"_id":-1}}"#))
        .lists(ascending);
    store
        .sort(&format!(r#"{{"{field}":-1,"_id":1}}"#))
        .lists(descending);
}

/// Loads units "000", "001", … with these names. Checks for each text that it matches the
/// names at the given indexes and no others.
pub(crate) fn check_texts(run: &Run<'_>, names: &[&str], texts: &[(&str, &[usize])]) {
    let store = run.load(numbered_names(names));
    for (text, indexes) in texts {
        let query = store.sort(r#"{"_id":1}"#).text(text);
        query.lists(numbers(indexes.iter().copied()));
    }
}

/// Loads a unit named `<text>` for each of `texts`, and a unit for each of the names `others`.
/// Checks that each text matches exactly the names that contain its bytes. This check does not
/// fold, so no name may contain a text only after folding.
pub(crate) fn check_literals(run: &Run<'_>, texts: &[&str], others: &[&str]) {
    let enclosed = texts.iter().map(|text| format!("<{text}>"));
    let names: Vec<String> = enclosed
        .chain(others.iter().map(|&name| name.into()))
        .collect();
    let store = run.load(numbered_names(&names));
    for text in texts {
        let indexes = (0..names.len()).filter(|&index| names[index].contains(text));
        let query = store.sort(r#"{"_id":1}"#).text(text);
        query.lists_on_page(numbers(indexes));
    }
}
