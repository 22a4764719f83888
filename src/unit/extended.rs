//! MongoDB extended JSON: reading the wrappers of SPEC §1.
//!
//! A wrapper is an object with one key, such as `{"$date":…}`. After an opening brace,
//! [`read_wrapper`] looks ahead for the key and the closing brace of a wrapper.
//! [`Wrapper::to_value`] then parses the value. A wrapper whose value does not parse stays
//! an object, and so do all wrappers inside it.

use std::borrow::Cow;

use super::number::Number;
use super::timestamp::Timestamp;
use super::value::{Date, Text, Value};
use crate::json::{self, Token, Tokens};

/// An object whose only key is that of a wrapper. Its value may still be invalid.
pub(super) struct Wrapper<'a> {
    /// The key, one of [`KEYS`].
    key: Cow<'a, str>,
    /// The JSON text of the value.
    literal: &'a str,
    /// The tokens after the object.
    pub(super) after: Tokens<'a>,
}

const KEYS: [&str; 5] = [
    "$date",
    "$oid",
    "$numberInt",
    "$numberLong",
    "$numberDouble",
];

/// The extents of arrays and objects that a lookahead has skipped.
///
/// Without them, reading nested wrappers would be quadratic, because the lookahead at each
/// level would read all levels below. With them, each array and object is read at most three
/// times: by the first lookahead, by [`record`](ContainerEnds::record), and as a value. Each
/// later lookahead skips it in O(log n).
#[derive(Debug, Default)]
pub(super) struct ContainerEnds {
    /// For each array or object, two distances in bytes to the end of the text: from its
    /// opening bracket, and from behind its closing bracket. Sorted by the first distance,
    /// descending, because a text is read from its beginning.
    extents: Vec<(usize, usize)>,
}

impl ContainerEnds {
    /// Skips the next value and returns its text, like [`Tokens::raw_value`].
    fn skip_value<'a>(&mut self, tokens: &mut Tokens<'a>) -> &'a str {
        if !tokens.is_at_container() {
            return tokens.raw_value();
        }
        let from_begin = tokens.remaining();
        let extents = &self.extents;
        let known = extents.binary_search_by(|(other, _)| from_begin.cmp(other));
        if let Some((_, from_end)) = known.ok().and_then(|index| extents.get(index)) {
            return tokens.raw_value_until(*from_end);
        }
        let at_value = tokens.clone();
        let literal = tokens.raw_value();
        // Later lookaheads start inside this value and skip only what is inside it, so
        // there is nothing to record if it contains no array and no object.
        let inner = literal.as_bytes().get(1..).unwrap_or_default();
        if memchr::memchr2(b'{', b'[', inner).is_some() {
            self.record(at_value);
        }
        literal
    }

    /// Records the extents of all arrays and objects in the next value.
    fn record(&mut self, mut tokens: Tokens<'_>) {
        let mut open = Vec::new();
        loop {
            let remaining = tokens.remaining();
            match tokens.next() {
                Some(Token::BeginObject | Token::BeginArray) => {
                    open.push(self.extents.len());
                    self.extents.push((remaining, 0));
                }
                Some(Token::EndObject | Token::EndArray) => {
                    let last = open.pop().and_then(|index| self.extents.get_mut(index));
                    if let Some((_, from_end)) = last {
                        *from_end = remaining.saturating_sub(1);
                    }
                }
                Some(Token::String(_) | Token::Bare(_)) => {}
                None => return,
            }
            if open.is_empty() {
                return;
            }
        }
    }
}

/// Looks ahead for the rest of a wrapper whose opening brace has been read. Returns `None`
/// if the object is not a wrapper.
pub(super) fn read_wrapper<'a>(
    tokens: &Tokens<'a>,
    ends: &mut ContainerEnds,
) -> Option<Wrapper<'a>> {
    let mut after = tokens.clone();
    let Some(Token::String(key)) = after.next() else {
        return None;
    };
    let key = json::string(key);
    if !KEYS.contains(&key.as_ref()) {
        return None;
    }
    let mut literal = ends.skip_value(&mut after);
    loop {
        match after.next()? {
            Token::EndObject => {
                return Some(Wrapper {
                    key,
                    literal,
                    after,
                });
            }
            // The key is repeated. The last value counts, as in `JSON.parse`.
            Token::String(repeated) if json::string(repeated) == key => {
                literal = ends.skip_value(&mut after);
            }
            _ => return None,
        }
    }
}

impl Wrapper<'_> {
    /// The value of the wrapper; `None` if it does not parse.
    pub(super) fn to_value(&self) -> Option<Value> {
        let number = match self.key.as_ref() {
            "$date" => {
                return parse_date(self.literal).map(|at| Value::Date(Date::new(at)));
            }
            "$oid" => {
                let id = self.text()?;
                let is_id = id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit());
                return is_id.then(|| Value::String(Text::Owned(id.into_owned())));
            }
            "$numberInt" => Number::Int(i32::try_from(parse_long(&self.text()?)?).ok()?.into()),
            "$numberLong" => Number::Int(parse_long(&self.text()?)?),
            "$numberDouble" => Number::from_double(parse_double(&self.text()?)?),
            _ => return None,
        };
        Some(Value::Number(number))
    }

    /// The value, if it is a string.
    fn text(&self) -> Option<Cow<'_, str>> {
        let is_string = self.literal.starts_with('"');
        is_string.then(|| json::string(self.literal))
    }
}

/// Parses the value of a `$date`: a date string, a number of milliseconds, or a
/// `$numberLong` of milliseconds.
fn parse_date(literal: &str) -> Option<Timestamp> {
    match Tokens::new(literal).next()? {
        Token::String(_) => Timestamp::parse_lenient(&json::string(literal)),
        // Extended JSON of version 1 and Meteor's EJSON write a number.
        Token::Bare(number) => Timestamp::from_millis(number.parse().ok()?),
        Token::BeginObject => {
            let mut inner = Tokens::new(literal);
            inner.next();
            let wrapper = read_wrapper(&inner, &mut ContainerEnds::default())?;
            let millis = (wrapper.key == "$numberLong")
                .then(|| parse_long(&wrapper.text()?))
                .flatten();
            Timestamp::from_millis(millis?)
        }
        _ => None,
    }
}

/// Parses an integer without a leading `+`, which `parse` accepts and extended JSON does not.
fn parse_long(digits: &str) -> Option<i64> {
    let number = digits.parse().ok();
    number.filter(|_| !digits.starts_with('+'))
}

/// Parses the string of a `$numberDouble`: a JSON number or one of three words.
fn parse_double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => match Tokens::new(json::validate(text).ok()?).next()? {
            // Blanks around the number are invalid.
            Token::Bare(number) if number == text => number.parse().ok(),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::json::TOKENS;
    use crate::unit::Unit;

    /// The number of tokens that are read for a document with `levels` nested values.
    fn count_tokens(open: &str, close: &str, levels: usize) -> usize {
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        let text = format!(r#"{{"_id":"a","x":{open}true{close}}}"#);
        TOKENS.set(0);
        let unit = Unit::from_json(&text).unwrap();
        assert_eq!(unit.as_json(), text);
        TOKENS.get()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn lookaheads_read_each_level_a_bounded_number_of_times() {
        for (open, close) in [
            (r#"{"$date":"#, "}"),
            (r#"{"$date":"#, r#","a":1}"#),
            (r#"{"$date":["#, r#"],"a":1}"#),
            (r#"{"$date":[[],"#, r#"],"a":{"$oid":1}}"#),
            (r#"{"$date":{"a":"#, r#"},"b":[{"$oid":[]}]}"#),
        ] {
            let one = count_tokens(open, close, 2) - count_tokens(open, close, 1);
            for levels in [10, 120] {
                let read = count_tokens(open, close, levels);
                assert!(
                    read <= 3 * one * levels + 20,
                    "{open}: {read} tokens for {levels} levels of {one} tokens"
                );
            }
        }
    }
}
