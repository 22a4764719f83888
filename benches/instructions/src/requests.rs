//! Query strings, sorts and cursors. Their lengths have bounds, so the longer input is at
//! the bound or close to it.

use livechat_units::{Cursor, PagePolicy, Params, SortSpec};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Family, Work, family, work};

#[allow(clippy::too_many_lines, reason = "a table of inputs")]
pub(crate) fn families() -> Vec<Family> {
    vec![
        family("query string of `&`", QUERY, |n| query("", "&", n)),
        family("query string of `text=a&`", QUERY, |n| {
            query("", "text=a&", n)
        }),
        family("parameter names of escapes", QUERY, |n| query("", "%74", n)),
        family("text of escapes", QUERY, |n| query("text=", "%61", n)),
        family("text of blanks", 8_000, |n| query("text=", "+", n)),
        family("text that is too long", QUERY, |n| query("text=", "a", n)),
        family("offset of zeros", QUERY, |n| query("offset=", "0", n)),
        family("offset of nines", QUERY, |n| query("offset=", "9", n)),
        family("sort of `[`", QUERY, |n| query("sort=", "[", n)),
        family("sort of `{\"a\":`", QUERY, |n| query("sort=", "{\"a\":", n)),
        family("sort with one key again and again", QUERY, |n| {
            sort(&["a"], n)
        }),
        family("sort with 32 keys again and again", QUERY, |n| {
            let keys: Vec<String> = (0..32).map(|key| format!("key{key}")).collect();
            sort(&keys, n)
        }),
        family("sort with 32 keys that differ at their ends", QUERY, |n| {
            let keys = (10..42).map(|key| format!("{}{key}", "k".repeat(n / 32 - 8)));
            sort(&keys.collect::<Vec<_>>(), n)
        }),
        family("sort with 32 keys of up to 256 segments", QUERY, |n| {
            // Segments of 8 bytes, so that the longest key has the most segments allowed.
            let keys = (10..42).map(|key| vec![format!("segme{key}"); n / 264].join("."));
            sort(&keys.collect::<Vec<_>>(), n)
        }),
        family("sort by a key of escapes", QUERY, |n| {
            parse_sort(&format!("{{\"{}\":1}}", "\\u00e9".repeat(n / 6 - 2)))
        }),
        family("sort by a key of U+0000", QUERY, |n| {
            query("sort=%7B%22", "\\u0000", n)
        }),
        family("sort with a direction of many digits", QUERY, |n| {
            parse_sort(&format!("{{\"a\":1.{}1}}", "0".repeat(n - 10)))
        }),
        family("sort with a long exponent", QUERY, |n| {
            parse_sort(&format!("{{\"a\":1e{}0}}", "0".repeat(n - 10)))
        }),
        family("sort that ends in the middle of many lines", QUERY, |n| {
            parse_sort(&format!("{{{}", "\n".repeat(n - 1)))
        }),
        family("cursor of escapes", QUERY, |n| {
            let text = format!(
                "{{\"_id\":\"{}\",\"sort\":\"{{}}\",\"key\":[]}}",
                "\\n".repeat(n / 6 - 20)
            );
            let escaped = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            work(escaped, |text| text.parse::<Cursor>().is_ok())
        }),
        family("cursor of arrays", QUERY, |n| {
            let elements = vec!["[]"; n / 3 - 20].join(",");
            let sort = "{\\\"a\\\":1}";
            let text = format!("{{\"_id\":\"\",\"sort\":\"{sort}\",\"key\":[[[{elements}]]]}}");
            work(text, |text| text.parse::<Cursor>().is_ok())
        }),
    ]
}

/// A quarter of [`Params::MAX_BYTES`].
const QUERY: usize = 16_384;

/// `start`, then `part` repeated up to the length.
fn query(start: &str, part: &str, length: usize) -> Work {
    let text = format!(
        "{start}{}",
        part.repeat((length - start.len()) / part.len())
    );
    work(text, |text| {
        Params::parse(text).and_then(|params| params.into_query(PagePolicy::default()))
    })
}

/// These keys, repeated up to the length.
fn sort(keys: &[impl AsRef<str>], length: usize) -> Work {
    let members = keys.iter().map(|key| format!("\"{}\":1,", key.as_ref()));
    let members: String = members.collect();
    let again = members.repeat((length - 2) / members.len());
    parse_sort(&format!("{{{}}}", again.trim_end_matches(',')))
}

fn parse_sort(text: &str) -> Work {
    work(text.to_owned(), |text| text.parse::<SortSpec>())
}
