//! Formats queries, pages and errors for the messages of failures. Long texts and lists are
//! shortened.

use std::any::Any;
use std::error::Error;
use std::fmt::Write as _;

use livechat_units::{Limit, Scope, StoreError, UnitPage, UnitQuery};
use percent_encoding::percent_decode_str;

/// The maximum length of one part of a query, or of one error, in a message, in characters.
pub(crate) const MAX_SHOWN: usize = 2_000;

/// The message of a panic.
pub(crate) fn message_of(cause: &(dyn Any + Send)) -> String {
    match (cause.downcast_ref::<String>(), cause.downcast_ref::<&str>()) {
        (Some(message), _) => message.clone(),
        (None, Some(message)) => (*message).to_owned(),
        (None, None) => "a panic without a message".to_owned(),
    }
}

/// A query as JSON, except that long parts are cut.
pub(crate) fn show_query(query: &UnitQuery) -> String {
    let mut shown = format!(r#"{{"sort":{}"#, cut(&query.sort().to_string(), MAX_SHOWN));
    if let Some(text) = query.text() {
        let text = cut(text.as_str(), MAX_SHOWN);
        let _ = write!(shown, r#","text":{}"#, serde_json::Value::from(text));
    }
    if let Scope::Only(ids) = query.scope() {
        let _ = write!(shown, r#","only":{}"#, show_ids(ids));
    }
    if let Some(cursor) = query.cursor() {
        let cursor = cursor.to_string();
        let cursor = percent_decode_str(&cursor).decode_utf8_lossy();
        let _ = write!(shown, r#","after":{}"#, cut(&cursor, MAX_SHOWN));
    }
    let _ = write!(shown, r#","offset":{}"#, query.page().offset());
    if let Limit::AtMost(count) = query.page().limit() {
        let _ = write!(shown, r#","count":{count}"#);
    }
    shown.push('}');
    shown
}

/// The maximum number of ids in a message.
const MAX_IDS: usize = 100;

/// Formats ids as a JSON array. With more than [`MAX_IDS`], the array begins two ids before
/// `index`, such as that of the first difference.
pub(crate) fn show_ids_from<I: AsRef<str>>(index: usize, ids: &[I]) -> String {
    match index.saturating_sub(2).min(ids.len()) {
        skipped if ids.len() > MAX_IDS && skipped > 0 => {
            format!("{} after {skipped} others", show_ids(&ids[skipped..]))
        }
        _ => show_ids(ids),
    }
}

/// Ids as a JSON array, cut to a bound.
pub(crate) fn show_ids<I: AsRef<str>>(ids: impl IntoIterator<Item = I>) -> String {
    let mut ids = ids.into_iter();
    let quoted = ids.by_ref().take(MAX_IDS);
    let quoted = quoted.map(|id| serde_json::Value::from(cut(id.as_ref(), 80)).to_string());
    let mut shown = format!("[{}", quoted.collect::<Vec<_>>().join(","));
    let left = ids.count();
    if left > 0 {
        let _ = write!(shown, ", and {left} more");
    }
    shown.push(']');
    shown
}

/// The ids on a page, and its total.
pub(crate) fn show_page(page: &UnitPage) -> String {
    format!("{} of {}", show_ids(ids_of(page)), page.total())
}

/// The ids on a page.
pub(crate) fn ids_of(page: &UnitPage) -> Vec<String> {
    page.units().map(|unit| unit.id().to_owned()).collect()
}

/// An error and the chain of its sources.
pub(crate) fn show_error(error: &StoreError) -> String {
    let mut shown = format!("the error {:?}: {error}", error.kind());
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(shown, ": {cause}");
        source = cause.source();
    }
    shown
}

/// The first `most` characters of `text`. If `text` is longer, `…` and its length in bytes follow.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// The first byte at which the texts differ.
pub(crate) fn first_difference(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// The rest of `text` from the character that contains this byte.
pub(crate) fn tail(text: &str, byte: usize) -> &str {
    let start = (0..=byte).rev().find(|&at| text.is_char_boundary(at));
    &text[start.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|id| id.to_string()).collect()
    }

    #[test]
    fn ids_are_shown_up_to_a_bound() {
        assert_eq!(show_ids([""; 0]), "[]");
        assert_eq!(show_ids(["a", "\""]), r#"["a","\""]"#);
        assert!(show_ids(ids(100)).ends_with(r#","99"]"#));
        assert!(show_ids(ids(101)).ends_with(r#","99", and 1 more]"#));
    }

    #[test]
    fn shortened_ids_begin_two_before_the_index() {
        for index in [0, 50, 100, 1_000] {
            assert_eq!(show_ids_from(index, &ids(100)), show_ids(ids(100)));
        }
        for index in 0..=2 {
            assert_eq!(show_ids_from(index, &ids(101)), show_ids(ids(101)));
        }
        let shown = show_ids_from(3, &ids(101));
        assert!(shown.starts_with(r#"["1","2","#) && shown.ends_with(r#""100"] after 1 others"#));
        assert_eq!(
            show_ids_from(100, &ids(101)),
            r#"["98","99","100"] after 98 others"#
        );
        assert_eq!(show_ids_from(1_000, &ids(101)), "[] after 101 others");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 2), "äö… (6 bytes)");
        assert_eq!((tail("äöü", 2), tail("äöü", 3)), ("öü", "öü"));
        assert_eq!(
            (first_difference("abc", "abd"), first_difference("a", "ab")),
            (2, 1)
        );
    }

    #[test]
    fn a_query_is_shown_as_json() {
        let query = UnitQuery::default();
        assert_eq!(
            show_query(&query),
            r#"{"sort":{"name":1},"offset":0,"count":50}"#
        );
        let long = "x".repeat(MAX_SHOWN);
        let query = query.with_text(livechat_units::TextFilter::new(&long).unwrap());
        assert!(show_query(&query).contains(&format!(r#""text":"{long}","offset""#)));
    }
}
