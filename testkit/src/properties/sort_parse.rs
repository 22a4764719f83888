//! A `sort` is read if SPEC §2 accepts it, with the directions that it states, and is
//! written back without loss. An error names a real defect.

use std::collections::BTreeSet;

use livechat_units::{Direction, SortError, SortErrorKind, SortField, SortSpec};

use super::assert_bounded;
use super::decimal::nearest_unit;
use super::json::{Json, Kind, Member, Tree};
use super::json_agreement;

/// Asserts that a sort is read correctly; see the module.
pub fn sort_parse(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let tree = json_agreement::read_as_serde_does(&text);
    let expected = tree.as_ref().and_then(|tree| expected(&text, tree));
    match (text.parse::<SortSpec>(), expected) {
        (Ok(sort), Some(expected)) => {
            assert_eq!(pairs(&sort), expected, "{text:?}");
            holds_together(&sort);
        }
        (Err(error), None) => names_a_defect(&text, tree.as_ref(), &error),
        (result, expected) => panic!("{text:?} is {result:?}, expected {expected:?}"),
    }
}

/// The fields and directions of a text that SPEC §2, Sort, accepts.
fn expected(text: &str, tree: &Tree) -> Option<Vec<(String, i8)>> {
    let fields = tree.root.fields()?;
    let sound = fields.len() <= 32 && fields.iter().all(|(key, _)| is_sound(key));
    let pairs = fields
        .into_iter()
        .map(|(key, value)| Some((key.to_owned(), direction(text, value)?)));
    sound.then(|| pairs.collect())?
}

fn direction(text: &str, value: &Json) -> Option<i8> {
    match value.kind {
        Kind::Number => nearest_unit(value.literal(text)),
        _ => None,
    }
}

/// Whether a key has this defect.
fn has(key: &str, defect: SortErrorKind) -> bool {
    let mut segments = key.split('.');
    match defect {
        SortErrorKind::EmptyKey => key.is_empty(),
        SortErrorKind::NulInKey => key.contains('\0'),
        SortErrorKind::EmptySegment => segments.any(str::is_empty),
        SortErrorKind::DollarSegment => segments.any(|segment| segment.starts_with('$')),
        SortErrorKind::TooManySegments => segments.count() > 256,
        _ => false,
    }
}

fn is_sound(key: &str) -> bool {
    let defects = [
        SortErrorKind::EmptyKey,
        SortErrorKind::NulInKey,
        SortErrorKind::EmptySegment,
        SortErrorKind::DollarSegment,
        SortErrorKind::TooManySegments,
    ];
    defects.iter().all(|defect| !has(key, *defect))
}

fn pairs(sort: &SortSpec) -> Vec<(String, i8)> {
    let pair = |field: &SortField| {
        let sign = match field.direction() {
            Direction::Ascending => 1,
            Direction::Descending => -1,
        };
        (field.path().to_owned(), sign)
    };
    sort.fields().iter().map(pair).collect()
}

fn holds_together(sort: &SortSpec) {
    let fields = sort.fields();
    assert!(fields.len() <= SortSpec::MAX_KEYS);
    let paths: BTreeSet<&str> = fields.iter().map(SortField::path).collect();
    assert_eq!(paths.len(), fields.len(), "no path twice");
    for path in paths {
        assert!(path.split('.').count() <= SortSpec::MAX_SEGMENTS);
        assert!(is_sound(path));
    }

    let written = sort.to_string();
    assert_eq!(written.parse().as_ref(), Ok(sort), "{written}");
    let built = fields.iter().fold(SortSpec::builder(), |builder, field| {
        // Of a repeated key, the last direction counts.
        let path = field.path();
        match field.direction() {
            Direction::Ascending => builder.descending(path).ascending(path),
            Direction::Descending => builder.ascending(path).descending(path),
        }
    });
    assert_eq!(built.build().as_ref(), Ok(sort));
    let is_default = pairs(sort) == [("name".to_owned(), 1)];
    assert_eq!(*sort == SortSpec::default(), is_default);

    let last = fields.last().map(SortField::direction);
    assert_eq!(sort.tie_break(), last.unwrap_or(Direction::Ascending));
    let turned: Vec<_> = pairs(sort).into_iter().map(|(p, d)| (p, -d)).collect();
    assert_eq!(pairs(&sort.reversed()), turned);
}

/// The error names a defect of the text, and the byte where it is.
fn names_a_defect(text: &str, tree: Option<&Tree>, error: &SortError) {
    assert_bounded(&error.to_string());
    for shown in [error.key(), error.found()].into_iter().flatten() {
        assert!(error.to_string().contains(shown), "{error:?}");
    }
    let byte = error.byte().expect("there is a text");
    assert!(text.is_char_boundary(byte), "{byte} in {text:?}");
    let members: &[Member] = match tree.map(|tree| &tree.root.kind) {
        Some(Kind::Object(members)) => members,
        _ => &[],
    };
    let accused = members
        .iter()
        .find(|m| m.key_start == byte)
        .map(|m| m.key.as_str());
    let is_true = match error.kind() {
        SortErrorKind::Malformed => tree.is_none(),
        SortErrorKind::NotAnObject => tree.is_some_and(|tree| {
            tree.root.span.start == byte && !matches!(tree.root.kind, Kind::Object(_))
        }),
        SortErrorKind::Value => members.iter().enumerate().any(|(i, member)| {
            member.value.span.start == byte
                && members[i + 1..].iter().all(|later| later.key != member.key)
                && direction(text, &member.value).is_none()
        }),
        SortErrorKind::TooManyKeys => {
            let before = members.iter().filter(|m| m.key_start < byte);
            let before: BTreeSet<_> = before.map(|m| m.key.as_str()).collect();
            accused.is_some_and(|key| before.len() == 32 && !before.contains(key))
        }
        kind => accused.is_some_and(|key| {
            let built = SortSpec::builder().ascending(key).build();
            let refused = built.expect_err("such a key is none");
            (refused.kind(), refused.byte()) == (kind, None) && has(key, kind)
        }),
    };
    assert!(is_true, "{error:?} about {text:?}");
}
