//! The documents in a text: JSON lines, JSON values one after another, and arrays, as
//! `mongoexport` and `mongoexport --jsonArray` write them.
//!
//! [`Documents`] splits the text at the brackets that close a value, and
//! [`Unit::from_json`] reads each value. Therefore a document may contain everything that
//! [`Unit::from_json`] reads, such as a bare `NaN`.

mod error;
mod input;

use std::collections::{HashMap, HashSet};

use livechat_units::Unit;

pub use self::error::DocumentError;
use self::input::{Input, is_blank, is_blank_or_mark, value_length};

/// The documents of a text, read one after another.
///
/// A document that is JSON but cannot be a unit is an error, and the next item is the next
/// document. Any other error is the last item. Cost: linear in the length of the text.
///
/// ```
/// use livechat_units_cli::documents::Documents;
///
/// let text = "{\"_id\":\"a\"}\n[{\"_id\":\"b\"},{\"name\":\"without an id\"}]";
/// let mut documents = Documents::of(text);
/// assert_eq!(documents.next().unwrap()?.id(), "a");
/// assert_eq!(documents.next().unwrap()?.id(), "b");
/// assert_eq!(
///     documents.next().unwrap().unwrap_err().to_string(),
///     r#"line 2, column 14: expected a string `_id`, found none, in the document {"name":"without an id"}"#
/// );
/// assert!(documents.next().is_none());
/// # Ok::<(), livechat_units_cli::documents::DocumentError>(())
/// ```
pub struct Documents<'a> {
    input: Input<'a>,
    length: usize,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    BetweenValues,
    AfterBracket,
    AfterElement,
    Failed,
}

/// Reads the units of `text`. If an `_id` is repeated, the last document counts, as in
/// every store. A document that cannot be a unit is reported on standard error and left
/// out: one damaged document must not hide the others. Messages begin with `source`, the
/// name of the text.
pub fn read(source: &str, text: &str) -> Result<Vec<Unit>, String> {
    let mut units = Vec::new();
    for document in Documents::of(text) {
        match document {
            Ok(unit) => units.push(unit),
            Err(error) if error.is_of_a_document() => eprintln!("left out: {source}: {error}"),
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
    /// Whether the text is one array and nothing else. The end of such an array shows that
    /// the text is complete. Joined arrays do not count, because another may follow.
    pub is_array: bool,
}

/// Counts the documents of `text` without reading them.
pub fn survey(text: &str) -> Survey {
    let mut documents = Documents::of(text);
    documents.input.skip_blanks_and_marks();
    let first = documents.input.rest();
    let mut count = 0;
    let is_whole = loop {
        match documents.next_text() {
            Ok(Some(_)) => count += 1,
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    let length = first.trim_end_matches(is_blank).len();
    Survey {
        documents: count,
        is_array: is_whole && first.starts_with('[') && value_length(first) == length,
    }
}

/// Whether `text` has nothing but blanks and byte order marks.
pub fn is_empty(text: &str) -> bool {
    text.chars().all(is_blank_or_mark)
}

/// The members of a JSON object: each key with the text of its value. As in [`Documents`], the
/// text need not be JSON in every part: a bare `NaN` is accepted.
pub fn members(text: &str) -> Result<HashMap<String, &str>, DocumentError> {
    let mut input = Input::new(text);
    let mut members = HashMap::new();
    input.expect('{', "an object")?;
    if !input.skip_if_next('}') {
        loop {
            let literal = input.peek_value("a key")?;
            let key = serde_json::from_str(literal).map_err(|_| input.expected("a key"))?;
            input.skip(literal.len());
            input.expect(':', "a colon after the key")?;
            let value = input.peek_value("a value")?;
            input.skip(value.len());
            members.insert(key, value);
            if input.skip_if_next('}') {
                break;
            }
            input.expect(',', "a comma or a brace after the member")?;
        }
    }
    input.skip_blanks();
    if input.rest().is_empty() {
        Ok(members)
    } else {
        Err(input.expected("nothing after the object"))
    }
}

impl<'a> Documents<'a> {
    /// The documents of `text`, from the first.
    pub fn of(text: &'a str) -> Self {
        Self {
            input: Input::new(text),
            length: text.len(),
            state: State::BetweenValues,
        }
    }

    /// The part of the text that has been read, in percent.
    pub fn percent(&self) -> usize {
        (self.length - self.input.rest().len()) * 100 / self.length.max(1)
    }

    /// Skips the next document and returns it as it is written.
    fn next_text(&mut self) -> Result<Option<&'a str>, DocumentError> {
        let text = self.find()?;
        self.input.skip(text.map_or(0, str::len));
        Ok(text)
    }

    /// Skips everything before the next document, and returns the document as it is
    /// written.
    fn find(&mut self) -> Result<Option<&'a str>, DocumentError> {
        loop {
            match self.state {
                State::Failed => return Ok(None),
                State::BetweenValues => {
                    self.input.skip_blanks_and_marks();
                    if self.input.rest().is_empty() {
                        return Ok(None);
                    }
                    if !self.input.skip_if_next('[') {
                        return self.input.peek_value("a document").map(Some);
                    }
                    self.state = State::AfterBracket;
                }
                State::AfterBracket | State::AfterElement if self.input.skip_if_next(']') => {
                    self.state = State::BetweenValues;
                }
                State::AfterBracket => {
                    self.state = State::AfterElement;
                    return self.input.peek_value("a document").map(Some);
                }
                State::AfterElement => {
                    self.input
                        .expect(',', "a comma or a bracket after the document")?;
                    return self.input.peek_value("a document").map(Some);
                }
            }
        }
    }

    fn read(&mut self) -> Result<Option<Unit>, DocumentError> {
        let Some(text) = self.find()? else {
            return Ok(None);
        };
        let read = Unit::from_json(text).map_err(|error| self.input.invalid_document(text, error));
        self.input.skip(text.len());
        read.map(Some)
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Unit, DocumentError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        if let Some(Err(error)) = &read
            && !error.is_of_a_document()
        {
            self.state = State::Failed;
        }
        read
    }
}
