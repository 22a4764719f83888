//! The members of a JSON object as texts, for recorded requests.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io::Read;

use livechat_units::Documents;
use livechat_units::columns::excerpt;

/// A text that is not an object: what was expected and found, and where.
#[derive(Debug)]
pub struct MembersError(String);

/// The members of a JSON object: each key with the text of its value. As in [`Documents`], a value
/// need not be JSON in every part: a bare `NaN` is accepted.
pub fn members(text: &str) -> Result<HashMap<String, &str>, MembersError> {
    let mut input = Input { text, at: 0 };
    let mut members = HashMap::new();
    input.expect('{', "an object")?;
    if !input.skip_if_next('}') {
        loop {
            let literal = input.peek_value("a key")?;
            let key = serde_json::from_str(literal).map_err(|_| input.expected("a key"))?;
            input.at += literal.len();
            input.expect(':', "a colon after the key")?;
            let value = input.peek_value("a value")?;
            input.at += value.len();
            members.insert(key, value);
            if input.skip_if_next('}') {
                break;
            }
            input.expect(',', "a comma or a brace after the member")?;
        }
    }
    if input.next_char().is_some() {
        return Err(input.expected("nothing after the object"));
    }
    Ok(members)
}

struct Input<'a> {
    text: &'a str,
    /// The byte at which the unread part begins.
    at: usize,
}

impl<'a> Input<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips blanks, and returns the next character.
    fn next_char(&mut self) -> Option<char> {
        let rest = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn skip_if_next(&mut self, wanted: char) -> bool {
        let is_next = self.next_char() == Some(wanted);
        if is_next {
            self.at += wanted.len_utf8();
        }
        is_next
    }

    fn expect(&mut self, wanted: char, what: &str) -> Result<(), MembersError> {
        if self.skip_if_next(wanted) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// The text of the next value: the first element of an array that begins before it.
    fn peek_value(&mut self, what: &str) -> Result<&'a str, MembersError> {
        self.next_char();
        let rest = self.rest();
        let mut elements = Documents::new(b"[".chain(rest.as_bytes()));
        let length = match elements.next_text() {
            Ok(Some(value)) => value.len(),
            Ok(None) | Err(_) => return Err(self.expected(what)),
        };
        rest.get(..length).ok_or_else(|| self.expected(what))
    }

    /// The error for the unread part, which does not begin with `what`.
    fn expected(&self, what: &str) -> MembersError {
        let before = self.text.get(..self.at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let found = match self.rest() {
            "" => "the end of the text".to_owned(),
            rest => excerpt(rest),
        };
        MembersError(format!(
            "line {line}, column {column}: expected {what}, found {found}"
        ))
    }
}

impl fmt::Display for MembersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for MembersError {}
