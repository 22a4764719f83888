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

/// The wrapper whose brace has been read, if it is one. `cursor` stays where it is.
pub(super) fn wrapper<'a>(cursor: &Cursor<'a>) -> Option<Wrapper<'a>> {
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
    let mut literal = after.raw_value();
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
            Token::String(again) if json::string(again) == key => literal = after.raw_value(),
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
            let wrapper = wrapper(&inner)?;
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
