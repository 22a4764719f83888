//! A listing without the library. The benchmarks compare the library's answers with it.

mod order;

pub use self::order::{Columns, Order};
use crate::data::{Row, contains};

/// Units on a page if the request names no count.
const PAGE: usize = 50;

/// One request, for the library and for the code in this module.
pub struct Workload {
    /// Its part of the name of a benchmark.
    pub label: &'static str,
    /// The text that names have to contain, in lower case.
    pub text: Option<&'static str>,
    /// The sort order.
    pub order: Order,
    /// Matches before the page.
    pub offset: usize,
}

/// The total and the page, by a filter and a sort of all rows. It is never timed.
pub fn expected<'a>(rows: &'a [Row], workload: &Workload) -> (usize, Vec<&'a Row>) {
    let matches = |row: &&Row| workload.text.is_none_or(|text| contains(&row.name, text));
    let mut all: Vec<&Row> = rows.iter().filter(matches).collect();
    all.sort_by(|a, b| workload.order.compare(*a, *b));
    let total = all.len();
    let page = all.into_iter().skip(workload.offset).take(PAGE).collect();
    (total, page)
}

/// The first page in this order, by sorting everything.
pub fn page_by_sorting<C: Columns>(all: &[C], order: Order) -> Vec<&C> {
    let mut sorted: Vec<&C> = all.iter().collect();
    sorted.sort_by(|a, b| order.compare(*a, *b));
    sorted.truncate(PAGE);
    sorted
}

/// The first page in this order, by selecting it first and sorting only the page.
pub fn page_by_selecting<C: Columns>(all: &[C], order: Order) -> Vec<&C> {
    page_of(all.iter().collect(), order, 0)
}

/// A page in this order, by selection.
pub fn page_of<C: Columns>(mut all: Vec<&C>, order: Order, offset: usize) -> Vec<&C> {
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
