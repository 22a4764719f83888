//! From the text of the `sort` parameter to a [`SortSpec`].

use super::{Direction, SortError, SortErrorKind, SortField, SortSpec};
use crate::json::{self, Token, Tokens};

pub(super) fn parse(text: &str) -> Result<SortSpec, SortError> {
    let from = |position: usize, kind| {
        let rest = text.get(position..).unwrap_or_default();
        SortError::new(kind, None, Some(rest)).at(position)
    };
    let valid = json::validate(text)
        .map_err(|error| from(json::error_position(text, &error), SortErrorKind::Malformed))?;
    let mut cursor = Tokens::new(valid);
    if cursor.next() != Some(Token::BeginObject) {
        return Err(from(offset_in(text, valid), SortErrorKind::NotAnObject));
    }
    let mut keys: Vec<Key<'_>> = Vec::new();
    while let Some(Token::String(literal)) = cursor.next() {
        let value = cursor.raw_value();
        let position = offset_in(text, literal);
        let path = json::string(literal);
        // A repeated key keeps its first position and takes its last value, as in `JSON.parse`.
        if let Some(known) = keys.iter_mut().find(|key| *key.field.path == *path) {
            known.take(value);
            continue;
        }
        check_key(&path, keys.len())
            .map_err(|kind| SortError::new(kind, Some(&path), None).at(position))?;
        let mut key = Key {
            field: SortField::ascending(&path),
            invalid: None,
        };
        key.take(value);
        keys.push(key);
    }
    let fields = keys.into_iter().map(|key| match key.invalid {
        None => Ok(key.field),
        Some(value) => {
            let path = Some(&*key.field.path);
            Err(SortError::new(SortErrorKind::Value, path, Some(value)).at(offset_in(text, value)))
        }
    });
    Ok(SortSpec {
        fields: fields.collect::<Result<_, _>>()?,
    })
}

/// A key and what has been read of its value. A repetition of the key replaces the value, so
/// a value that is no direction is reported only at the end.
struct Key<'a> {
    field: SortField,
    invalid: Option<&'a str>,
}

impl<'a> Key<'a> {
    fn take(&mut self, value: &'a str) {
        match direction(value) {
            Some(direction) => {
                self.field.direction = direction;
                self.invalid = None;
            }
            None => self.invalid = Some(value),
        }
    }
}

/// The direction of a number whose nearest double is 1 or -1 (SPEC §2, Sort).
fn direction(literal: &str) -> Option<Direction> {
    let is_number = literal.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let value: f64 = is_number.then(|| literal.parse().ok()).flatten()?;
    match value {
        1.0 => Some(Direction::Ascending),
        -1.0 => Some(Direction::Descending),
        _ => None,
    }
}

/// Checks whether `path` can be the next key after `keys` others.
pub(super) fn check_key(path: &str, keys: usize) -> Result<(), SortErrorKind> {
    let invalid = path.split('.').find_map(|segment| match segment {
        "" => Some(SortErrorKind::EmptySegment),
        _ => segment
            .starts_with('$')
            .then_some(SortErrorKind::DollarSegment),
    });
    match invalid {
        _ if path.is_empty() => Err(SortErrorKind::EmptyKey),
        _ if path.contains('\0') => Err(SortErrorKind::NulInKey),
        Some(kind) => Err(kind),
        None if path.split('.').count() > SortSpec::MAX_SEGMENTS => {
            Err(SortErrorKind::TooManySegments)
        }
        None if keys >= SortSpec::MAX_KEYS => Err(SortErrorKind::TooManyKeys),
        None => Ok(()),
    }
}

/// The byte at which `part`, a slice of `text`, begins.
fn offset_in(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}
