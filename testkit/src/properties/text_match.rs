//! A text is found where a simple search finds it: at a run of scalars, each of the same
//! class as its counterpart. The classes are those of `tests/data/caseless_classes.txt`.
//!
//! The first line of the data is the text, the others are names. Every line is also
//! searched for in the whole data.

use std::ops::Range;
use std::sync::OnceLock;

use livechat_units::{TextErrorKind, TextFilter};

use super::assert_bounded;

/// Asserts that a text filter finds its matches; see the module.
pub fn text_match(data: &[u8]) {
    let data = String::from_utf8_lossy(data);
    let (text, names) = data.split_once('\n').unwrap_or((&*data, &*data));
    if let Some(filter) = filter(text) {
        for name in names.split('\n').take(16).chain([names, &data]) {
            finds_like_a_simple_search(&filter, name);
        }
    }
    for line in names.split('\n').take(4) {
        if let Some(filter) = filter(line) {
            assert!(filter.is_match(&data), "{line:?} is a part of {data:?}");
            finds_like_a_simple_search(&filter, &data);
            finds_like_a_simple_search(&filter, text);
        }
    }
    // A text of several lines.
    if let Some(filter) = filter(&data) {
        finds_like_a_simple_search(&filter, &format!("{text}\n{data}\n"));
    }
}

/// The filter of a text. There are three reasons to refuse a text.
fn filter(text: &str) -> Option<TextFilter> {
    let refused = text.is_empty() || text.contains('\0') || text.len() > 32_764;
    match TextFilter::new(text) {
        Ok(filter) => {
            assert!(!refused, "{text:?}");
            assert_eq!(filter.as_str(), text);
            assert_eq!(filter.to_string(), text);
            assert_eq!(text.parse().as_ref(), Ok(&filter));
            Some(filter)
        }
        Err(error) => {
            assert!(refused, "{text:?}: {error}");
            let is_true = match error.kind() {
                TextErrorKind::Empty => text.is_empty(),
                TextErrorKind::Nul => text.contains('\0'),
                TextErrorKind::TooLong => text.len() > TextFilter::MAX_BYTES,
                kind => panic!("{kind:?} is new"),
            };
            assert!(is_true, "{error:?} about {text:?}");
            assert_bounded(&error.to_string());
            None
        }
    }
}

fn finds_like_a_simple_search(filter: &TextFilter, name: &str) {
    let text = filter.as_str();
    let found = filter.find(name);
    assert_eq!(found, plain_find(text, name), "{text:?} in {name:?}");
    assert_eq!(filter.is_match(name), found.is_some());
    let folded = TextFilter::fold(name);
    assert!(folded.len() <= name.len());
    assert_eq!(TextFilter::fold(text), filter.folded());
    assert_eq!(folded.contains(&filter.folded()), found.is_some());
    if let Some(range) = found {
        let part = &name[range];
        assert_eq!(filter.find(part), Some(0..part.len()), "the part itself");
        // Equality of letters is symmetric.
        if part.len() <= TextFilter::MAX_BYTES {
            let of_part = TextFilter::new(part).expect("equals a text");
            assert!(of_part.is_match(text), "{part:?} matches, not so {text:?}");
        }
    }
}

/// The first run of `name` whose classes are those of `text`.
fn plain_find(text: &str, name: &str) -> Option<Range<usize>> {
    let text: Vec<char> = text.chars().map(class).collect();
    let (places, name_classes): (Vec<usize>, Vec<char>) =
        name.char_indices().map(|(at, c)| (at, class(c))).unzip();
    let first = name_classes
        .windows(text.len())
        .position(|run| run == text)?;
    let end = places.get(first + text.len()).copied();
    Some(places[first]..end.unwrap_or(name.len()))
}

/// The first scalar of the class of `scalar`.
fn class(scalar: char) -> char {
    static CLASSES: OnceLock<Vec<char>> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| {
        let data = include_str!("../../../tests/data/caseless_classes.txt");
        let mut classes: Vec<char> = ('\0'..=char::MAX).collect();
        for line in data.lines().filter(|line| !line.starts_with('#')) {
            let member = |hex| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
            let members: Vec<char> = line.split(' ').filter_map(member).collect();
            for &member in &members {
                classes[place(member)] = members[0];
            }
        }
        classes
    });
    classes[place(scalar)]
}

/// The number of scalars before this one. Surrogates are not scalars.
fn place(scalar: char) -> usize {
    let code = scalar as usize;
    if code < 0xD800 { code } else { code - 0x800 }
}
