//! MongoDB extended JSON: the wrappers of SPEC §1, read into plain values.
//!
//! A wrapper is an object with one key, decided on as it is written: one whose value
//! does not parse is kept as the object it is, with all that is in it.

use super::number::Number;
use super::timestamp::Timestamp;
use super::value::{Date, Text, Value};
use crate::json::{self, Cursor, Token};

/// An object with one key that wrappers have.
pub(super) struct Wrapper<'a> {
    kind: Kind,
    /// The value as written.
    literal: &'a str,
    /// Where reading goes on after the object.
    pub(super) after: Cursor<'a>,
}

#[derive(Clone, Copy)]
enum Kind {
    Date,
    ObjectId,
    Int,
    Long,
    Double,
}

/// Where arrays and objects end that have been passed over to see what follows them. Each
/// can hold others of which the same is asked later, and so on at every level: none is
/// passed over more than twice.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The bytes left of the text at their beginnings, which is descending, and at their
    /// ends.
    known: Vec<(usize, usize)>,
}

impl Ends {
    /// [`Cursor::raw_value`].
    fn pass<'a>(&mut self, cursor: &mut Cursor<'a>) -> &'a str {
        if !cursor.is_at_container() {
            return cursor.raw_value();
        }
        let begin = cursor.left();
        let known = self
            .known
            .binary_search_by(|(other, _)| begin.cmp(other))
            .ok();
        if let Some((_, end)) = known.and_then(|place| self.known.get(place)) {
            return cursor.raw_value_to(*end);
        }
        let inside = cursor.clone();
        let literal = cursor.raw_value();
        // Most hold no other.
        let inner = literal.as_bytes().get(1..).unwrap_or_default();
        if memchr::memchr2(b'{', b'[', inner).is_some() {
            self.note(inside);
        }
        literal
    }

    /// Notes all ends in the value that comes next.
    fn note(&mut self, mut cursor: Cursor<'_>) {
        let mut open = Vec::new();
        loop {
            let begin = cursor.left();
            match cursor.next() {
                Some(Token::BeginObject | Token::BeginArray) => {
                    open.push(self.known.len());
                    self.known.push((begin, 0));
                }
                Some(Token::EndObject | Token::EndArray) => {
                    let last = open.pop().and_then(|place| self.known.get_mut(place));
                    if let Some((_, end)) = last {
                        *end = begin.saturating_sub(1);
                    }
                }
                Some(Token::String(_) | Token::Scalar(_)) => {}
                None => return,
            }
            if open.is_empty() {
                return;
            }
        }
    }
}

/// The wrapper whose brace has been read, if it is one. `cursor` stays where it is.
pub(super) fn wrapper<'a>(cursor: &Cursor<'a>, ends: &mut Ends) -> Option<Wrapper<'a>> {
    let mut after = cursor.clone();
    let Some(Token::String(key)) = after.next() else {
        return None;
    };
    let key = json::string(key);
    let kind = match key.as_ref() {
        "$date" => Kind::Date,
        "$oid" => Kind::ObjectId,
        "$numberInt" => Kind::Int,
        "$numberLong" => Kind::Long,
        "$numberDouble" => Kind::Double,
        _ => return None,
    };
    let mut literal = ends.pass(&mut after);
    loop {
        match after.next()? {
            Token::EndObject => {
                return Some(Wrapper {
                    kind,
                    literal,
                    after,
                });
            }
            // One key, repeated: its last value counts.
            Token::String(again) if json::string(again) == key => literal = ends.pass(&mut after),
            _ => return None,
        }
    }
}

impl Wrapper<'_> {
    /// The value it stands for; `None` where it does not parse.
    pub(super) fn plain(&self) -> Option<Value> {
        if matches!(self.kind, Kind::Date) {
            return date(self.literal).map(|at| Value::Date(Date::new(at)));
        }
        if !self.literal.starts_with('"') {
            return None;
        }
        let text = json::string(self.literal);
        match self.kind {
            Kind::Date => None,
            Kind::ObjectId => {
                let is_id = text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit());
                is_id.then(|| Value::String(Text::Owned(text.into_owned())))
            }
            Kind::Int => {
                let int: i32 = without_plus(&text)?.parse().ok()?;
                Some(Value::Number(Number::Int(int.into())))
            }
            Kind::Long => long(&text).map(|int| Value::Number(Number::Int(int))),
            Kind::Double => double(&text).map(|d| Value::Number(Number::from_double(d))),
        }
    }
}

fn date(literal: &str) -> Option<Timestamp> {
    match Cursor::new(literal).next()? {
        Token::String(_) => Timestamp::parse_lenient(&json::string(literal)),
        // The older form, and Meteor's: milliseconds as a number.
        Token::Scalar(number) => Timestamp::from_millis(number.parse().ok()?),
        Token::BeginObject => {
            let mut inner = Cursor::new(literal);
            inner.next();
            let wrapper = wrapper(&inner, &mut Ends::default())?;
            if !matches!(wrapper.kind, Kind::Long) || !wrapper.literal.starts_with('"') {
                return None;
            }
            Timestamp::from_millis(long(&json::string(wrapper.literal))?)
        }
        _ => None,
    }
}

fn long(digits: &str) -> Option<i64> {
    without_plus(digits)?.parse().ok()
}

/// `parse` would let a leading `+` through.
fn without_plus(digits: &str) -> Option<&str> {
    (!digits.starts_with('+')).then_some(digits)
}

/// A double as extended JSON spells it: a JSON number, or one of three words.
fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => match Cursor::new(json::validate(text).ok()?).next()? {
            // No blanks around it.
            Token::Scalar(number) if number == text => number.parse().ok(),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::json::TOKENS;
    use crate::unit::Unit;

    /// How many tokens are read for a document of so many levels like this.
    fn tokens(open: &str, close: &str, levels: usize) -> usize {
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        let text = format!(r#"{{"_id":"a","x":{open}true{close}}}"#);
        TOKENS.set(0);
        let unit = Unit::from_json(&text).unwrap();
        assert_eq!(unit.as_json(), text);
        TOKENS.get()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn no_level_is_read_over_again_for_those_above_it() {
        for (open, close) in [
            (r#"{"$date":"#, "}"),
            (r#"{"$date":"#, r#","a":1}"#),
            (r#"{"$date":["#, r#"],"a":1}"#),
            (r#"{"$date":[[],"#, r#"],"a":{"$oid":1}}"#),
            (r#"{"$date":{"a":"#, r#"},"b":[{"$oid":[]}]}"#),
        ] {
            let one = tokens(open, close, 2) - tokens(open, close, 1);
            for levels in [10, 120] {
                let read = tokens(open, close, levels);
                assert!(
                    read <= 3 * one * levels + 20,
                    "{open} {levels}: {read}, of {one} each"
                );
            }
        }
    }
}
