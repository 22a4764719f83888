//! Reading all units of a file, and counting them.

use std::collections::HashSet;

use livechat_units::{DocumentErrorKind, Documents, Unit, Written};

/// Reads the units of `text`. If an `_id` is repeated, the last document counts, as in
/// every store. A document that cannot be a unit is reported on standard error and left
/// out: one damaged document must not hide the others. Documents that are no units are read and
/// reported. Messages begin with `source`, the name of the text.
pub fn read(source: &str, text: &str) -> Result<Vec<Unit>, String> {
    let mut units = Vec::new();
    for document in Documents::new(text.as_bytes()) {
        match document {
            Ok(unit) => units.push(unit),
            Err(error) if error.kind() == DocumentErrorKind::Document => {
                eprintln!("left out: {source}: {error}");
            }
            Err(error) => return Err(format!("{source}: {error}")),
        }
    }
    let all = units.len();
    let units = last_of_each(units);
    let replaced = all - units.len();
    if replaced > 0 {
        eprintln!(
            "left out: {source}: {replaced} of {all} documents: a later document has the same _id"
        );
    }
    let mut written = Written::default();
    for unit in &units {
        written.count(unit);
    }
    if written.not_units() > 0 {
        eprintln!("{source}: {written}");
    }
    Ok(units)
}

/// Of documents with the same `_id`, returns only the last, as after an upsert of each in turn.
fn last_of_each(documents: Vec<Unit>) -> Vec<Unit> {
    let mut ids = HashSet::with_capacity(documents.len());
    let is_last: Vec<bool> = documents
        .iter()
        .rev()
        .map(|unit| ids.insert(unit.id()))
        .collect();
    drop(ids);
    let documents = documents.into_iter().zip(is_last.into_iter().rev());
    documents
        .filter_map(|(unit, is_last)| is_last.then_some(unit))
        .collect()
}

/// The result of [`survey`], which reads only the brackets and quotes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The number of documents before the first part that is not JSON.
    pub documents: usize,
    /// [`Documents::is_one_array`] at the end of the text: it shows that the text is complete.
    pub is_array: bool,
}

/// Counts the documents of `text` without reading them.
pub fn survey(text: &str) -> Survey {
    let mut documents = Documents::new(text.as_bytes());
    let mut count = 0;
    while let Ok(Some(_)) = documents.next_text() {
        count += 1;
    }
    Survey {
        documents: count,
        is_array: documents.is_one_array(),
    }
}

/// Whether `text` has nothing but blanks and byte order marks.
pub fn is_empty(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{FEFF}'))
}
