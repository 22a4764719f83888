//! The documents in a text: JSON lines, JSON values one after another, and arrays, as
//! `mongoexport` and `mongoexport --jsonArray` write them.
//!
//! [`Documents`] cuts the text where brackets close, and [`Unit::from_json`] reads each
//! piece. So whatever it reads can stand in a file, bare `NaN` included.

#![allow(dead_code, reason = "each program uses a part of this file")]

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fmt;

use livechat_units::{Unit, UnitError};

/// How many characters of the text a message shows.
const MAX_SHOWN: usize = 80;

/// Reads the documents of a text one after another.
///
/// A document that is JSON but cannot be a unit is an error after which the next one is
/// read. Any other error is the last item. Cost: the length of the text.
pub(crate) struct Documents<'a> {
    cursor: Cursor<'a>,
    length: usize,
    state: State,
}

/// What has not been read of a text.
struct Cursor<'a> {
    rest: &'a str,
    /// Where `rest` begins, counted from 1.
    line: usize,
    column: usize,
}

#[derive(Clone, Copy)]
enum State {
    BetweenValues,
    AfterBracket,
    AfterElement,
    Failed,
}

/// What is wrong with a document, and where.
#[derive(Debug)]
pub(crate) struct Malformed {
    line: usize,
    column: usize,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Expected {
        what: &'static str,
        found: String,
    },
    Document {
        error: UnitError,
        advice: &'static str,
    },
}

/// The units of `text`. If an `_id` is repeated, the last document counts, as in every store.
/// A document that cannot be a unit is reported on standard error and left out: one damaged
/// document must not hide the others. `source` names the text in messages.
pub(crate) fn read(source: &str, text: &str) -> Result<Vec<Unit>, String> {
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

/// Of the documents with the same `_id` the last: an upsert of each in turn leaves these.
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

/// What a text has, as far as brackets and quotes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Survey {
    pub(crate) documents: usize,
    /// Whether it is one array, whose end shows that it is whole. The end of an array to which
    /// others may be joined shows nothing.
    pub(crate) is_array: bool,
}

/// Counts the documents of `text` without reading them, up to the first that is no JSON.
pub(crate) fn survey(text: &str) -> Survey {
    let mut documents = Documents::of(text);
    documents.cursor.skip_blanks_and_marks();
    let first = documents.cursor.rest;
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
        is_array: is_whole && first.starts_with('[') && extent(first) == length,
    }
}

/// Whether `text` has nothing but blanks and byte order marks.
pub(crate) fn is_empty(text: &str) -> bool {
    text.chars().all(is_blank_or_mark)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Files that were joined have byte order marks between documents.
fn is_blank_or_mark(c: char) -> bool {
    is_blank(c) || c == '\u{FEFF}'
}

/// The members of the JSON object that `text` is, each value as it is written. Values may
/// be what only [`Documents`] reads.
pub(crate) fn members(text: &str) -> Result<HashMap<String, &str>, Malformed> {
    let mut cursor = Cursor::of(text);
    let mut members = HashMap::new();
    cursor.expect('{', "an object")?;
    if !cursor.passes('}') {
        loop {
            let literal = cursor.value("a key")?;
            let key = serde_json::from_str(literal).map_err(|_| cursor.expected("a key"))?;
            cursor.skip(literal.len());
            cursor.expect(':', "a colon after the key")?;
            let value = cursor.value("a value")?;
            cursor.skip(value.len());
            members.insert(key, value);
            if cursor.passes('}') {
                break;
            }
            cursor.expect(',', "a comma or a brace after the member")?;
        }
    }
    cursor.skip_blanks();
    if cursor.rest.is_empty() {
        Ok(members)
    } else {
        Err(cursor.expected("nothing after the object"))
    }
}

impl<'a> Documents<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            cursor: Cursor::of(text),
            length: text.len(),
            state: State::BetweenValues,
        }
    }

    /// How many hundredths of the text have been read.
    pub(crate) fn percent(&self) -> usize {
        (self.length - self.cursor.rest.len()) * 100 / self.length.max(1)
    }

    /// The next document as it is written, which is passed over.
    fn next_text(&mut self) -> Result<Option<&'a str>, Malformed> {
        let text = self.find()?;
        self.cursor.skip(text.map_or(0, str::len));
        Ok(text)
    }

    /// The next document as it is written.
    fn find(&mut self) -> Result<Option<&'a str>, Malformed> {
        loop {
            match self.state {
                State::Failed => return Ok(None),
                State::BetweenValues => {
                    self.cursor.skip_blanks_and_marks();
                    if self.cursor.rest.is_empty() {
                        return Ok(None);
                    }
                    if !self.cursor.passes('[') {
                        return self.cursor.value("a document").map(Some);
                    }
                    self.state = State::AfterBracket;
                }
                State::AfterBracket | State::AfterElement if self.cursor.passes(']') => {
                    self.state = State::BetweenValues;
                }
                State::AfterBracket => {
                    self.state = State::AfterElement;
                    return self.cursor.value("a document").map(Some);
                }
                State::AfterElement => {
                    self.cursor
                        .expect(',', "a comma or a bracket after the document")?;
                    return self.cursor.value("a document").map(Some);
                }
            }
        }
    }

    fn read(&mut self) -> Result<Option<Unit>, Malformed> {
        let Some(text) = self.find()? else {
            return Ok(None);
        };
        let read = Unit::from_json(text).map_err(|error| {
            let at = error.position().unwrap_or(0);
            let advice = error.position().map_or("", |at| advice(text, at));
            let problem = Problem::Document { error, advice };
            self.cursor.malformed(at, problem)
        });
        self.cursor.skip(text.len());
        read.map(Some)
    }
}

impl<'a> Cursor<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
            column: 1,
        }
    }

    /// The value that comes next, as far as brackets and quotes tell.
    fn value(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        self.skip_blanks();
        match self.rest.split_at_checked(extent(self.rest)) {
            Some((value, _)) if !value.is_empty() => Ok(value),
            _ => Err(self.expected(what)),
        }
    }

    fn expect(&mut self, wanted: char, what: &'static str) -> Result<(), Malformed> {
        if self.passes(wanted) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// Passes over this character if it comes next.
    fn passes(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let found = self.rest.starts_with(wanted);
        if found {
            self.skip(wanted.len_utf8());
        }
        found
    }

    fn skip_blanks(&mut self) {
        self.skip_while(is_blank);
    }

    fn skip_blanks_and_marks(&mut self) {
        self.skip_while(is_blank_or_mark);
    }

    fn skip_while(&mut self, skipped: impl Fn(char) -> bool) {
        self.skip(self.rest.len() - self.rest.trim_start_matches(skipped).len());
    }

    fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at(bytes);
        (self.line, self.column) = self.place_after(skipped);
        self.rest = rest;
    }

    /// The line and the column after `read`, with which `rest` begins.
    fn place_after(&self, read: &str) -> (usize, usize) {
        let (line, first, last) = match read.rsplit_once('\n') {
            Some((before, last)) => (self.line + 1 + before.matches('\n').count(), 1, last),
            None => (self.line, self.column, read),
        };
        // A byte order mark has no width.
        let width = last.chars().filter(|&c| c != '\u{FEFF}').count();
        (line, first + width)
    }

    fn expected(&self, what: &'static str) -> Malformed {
        let found = match self.rest {
            "" => "the end of the text".to_owned(),
            rest => {
                let shown: String = rest.chars().take(MAX_SHOWN).collect();
                let cut = if shown.len() < rest.len() { "…" } else { "" };
                format!("{}{cut}", shown.escape_debug()).replace("\\\"", "\"")
            }
        };
        self.malformed(0, Problem::Expected { what, found })
    }

    /// An error at this number of bytes from here.
    fn malformed(&self, at: usize, problem: Problem) -> Malformed {
        let (line, column) = self.place_after(self.rest.get(..at).unwrap_or_default());
        Malformed {
            line,
            column,
            problem,
        }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Unit, Malformed>;

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

impl Malformed {
    /// Whether the text is JSON here, and only the document cannot be a unit.
    pub(crate) fn is_of_a_document(&self) -> bool {
        matches!(&self.problem, Problem::Document { error, .. } if error.position().is_none())
    }
}

/// How many bytes the value takes that `text` begins with: up to the bracket that closes
/// its first one or, where it has none, to what cannot belong to it. Whether that is a
/// value is not decided here.
fn extent(text: &str) -> usize {
    let mut open = 0_usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                while let Some((_, byte)) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => open += 1,
            b'}' | b']' if open <= 1 => return at + open,
            b'}' | b']' => open -= 1,
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' if open == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// What to do about a text that is no JSON from `at` on, as far as its look tells.
fn advice(text: &str, at: usize) -> &'static str {
    let rest = text.get(at..).unwrap_or_default();
    if at == 0 && !rest.starts_with(['{', '[']) {
        "; a file has a document a line, or an array: mongoexport writes them with --type=json"
    } else if rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '\'' | '/')) {
        "; shells print such values: export with mongoexport, or print with EJSON.stringify"
    } else {
        ""
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        match &self.problem {
            Problem::Expected { what, found } => write!(f, "expected {what}, found {found}"),
            Problem::Document { error, advice } => write!(f, "{error}{advice}"),
        }
    }
}

impl Error for Malformed {}
