//! The listing as it is written in an afternoon, without the library: what the
//! library's answers are checked against, and what its times stand beside.

mod order;

use regex::Regex;

pub(crate) use self::order::{Columns, Order};
use crate::data::{Row, contains};

/// The size of a page where the request does not ask for one.
const PAGE: usize = 50;

/// The same request for the library and for the code in this file.
pub(crate) struct Workload {
    /// As it stands in the name of a benchmark.
    pub(crate) label: &'static str,
    pub(crate) text: Option<&'static str>,
    pub(crate) order: Order,
    pub(crate) offset: usize,
}

/// The page and the total, by the plainest means there are. Never timed.
pub(crate) fn expected<'a>(rows: &'a [Row], workload: &Workload) -> (usize, Vec<&'a Row>) {
    let matches = |row: &&Row| workload.text.is_none_or(|text| contains(&row.name, text));
    let mut all: Vec<&Row> = rows.iter().filter(matches).collect();
    all.sort_by(|a, b| workload.order.compare(*a, *b));
    let total = all.len();
    let page = all.into_iter().skip(workload.offset).take(PAGE).collect();
    (total, page)
}

/// The page of everything in this order, when everything is sorted.
pub(crate) fn page_by_sorting<C: Columns>(all: &[C], order: Order) -> Vec<&C> {
    let mut sorted: Vec<&C> = all.iter().collect();
    sorted.sort_by(|a, b| order.compare(*a, *b));
    sorted.truncate(PAGE);
    sorted
}

/// The same when only the front is sorted, as one does who knows the standard library.
pub(crate) fn page_by_selecting<C: Columns>(all: &[C], order: Order) -> Vec<&C> {
    page_of(all.iter().collect(), order, 0)
}

/// The body of a response: the regex crate, selection, `serde_json`. There is no
/// query string to parse, no caller to check and no document of another shape, so
/// this does less than the library has to.
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

/// What most hosts would search names with.
pub(crate) fn regex(text: &str) -> Regex {
    Regex::new(&format!("(?i){}", regex::escape(text))).expect("an escaped text is a pattern")
}

fn page_of<C: Columns>(mut all: Vec<&C>, order: Order, offset: usize) -> Vec<&C> {
    let compare = |a: &&C, b: &&C| order.compare(*a, *b);
    if offset >= all.len() {
        return Vec::new();
    }
    if offset > 0 {
        all.select_nth_unstable_by(offset, compare);
    }
    let mut page = all.split_off(offset);
    if page.len() > PAGE {
        page.select_nth_unstable_by(PAGE, compare);
        page.truncate(PAGE);
    }
    page.sort_unstable_by(compare);
    page
}
