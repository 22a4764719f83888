//! From the text of the `sort` parameter to a [`SortSpec`].

use std::borrow::Cow;

use super::{Direction, SortError, SortErrorKind, SortField, SortSpec};
use crate::json::{self, Token, Tokens};

pub(super) fn parse(text: &str) -> Result<SortSpec, SortError> {
    let from = |byte: usize, kind| {
        let rest = text.get(byte..).unwrap_or_default();
        SortError::new(kind, None, Some(rest)).at(byte)
    };
    let valid = json::validate(text)
        .map_err(|error| from(json::error_position(text, &error), SortErrorKind::Malformed))?;
    let mut tokens = Tokens::new(valid);
    if tokens.next() != Some(Token::BeginObject) {
        return Err(from(byte_in(text, valid), SortErrorKind::NotAnObject));
    }
    // A repeated key keeps its first position and takes its last value, as in `JSON.parse`. So
    // a value that is no direction is an error only at the end.
    let mut members: Vec<(Cow<'_, str>, &str)> = Vec::new();
    while let Some(Token::String(literal)) = tokens.next() {
        let value = tokens.raw_value();
        let path = json::string(literal);
        if let Some((_, known)) = members.iter_mut().find(|(known, _)| *known == path) {
            *known = value;
            continue;
        }
        let byte = byte_in(text, literal);
        check_key(&path, members.len())
            .map_err(|kind| SortError::new(kind, Some(&path), None).at(byte))?;
        members.push((path, value));
    }
    let fields = members.iter().map(|(path, value)| {
        let direction = direction(value).ok_or_else(|| {
            let error = SortError::new(SortErrorKind::Value, Some(path), Some(value));
            error.at(byte_in(text, value))
        })?;
        Ok(SortField::new(path, direction))
    });
    let fields = fields.collect::<Result<_, _>>()?;
    Ok(SortSpec { fields })
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
fn byte_in(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}
