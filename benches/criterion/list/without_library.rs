//! The same listing in 30 lines without the library, for comparison.

use livechat_units_testkit::data::Row;
use livechat_units_testkit::naive::{Workload, page_of};
use regex::Regex;

/// The body of a response, by the regex crate, selection and `serde_json`. The code parses
/// no query string, checks no caller and knows one shape of document, so it does less work
/// than the library.
pub(crate) fn answer(rows: &[Row], workload: &Workload) -> Vec<u8> {
    let text = workload.text.map(regex);
    let matches = |row: &&Row| text.as_ref().is_none_or(|text| text.is_match(&row.name));
    let all: Vec<&Row> = rows.iter().filter(matches).collect();
    let total = all.len();
    let page = page_of(all, workload.order, workload.offset);
    let mut body = br#"{"units":"#.to_vec();
    serde_json::to_writer(&mut body, &page).expect("rows can be written");
    let (count, offset) = (page.len(), workload.offset);
    let tail = format!(r#","count":{count},"offset":{offset},"total":{total},"success":true}}"#);
    body.extend_from_slice(tail.as_bytes());
    body
}

/// The pattern that most hosts would search names with.
pub(crate) fn regex(text: &str) -> Regex {
    Regex::new(&format!("(?i){}", regex::escape(text))).expect("an escaped text is a pattern")
}
