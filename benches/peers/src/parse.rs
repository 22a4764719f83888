//! P: from the query string to the query.

use std::hint::black_box;

use livechat_units::{PagePolicy, Params, SortSpec, TextFilter, UnitQuery};
use livechat_units_testkit::naive::Order;

use crate::measure::{self, Summary};
use crate::request::Request;

/// A query string with all four parameters.
pub(crate) fn measure() -> Summary {
    let request = Request {
        text: Some("sales отд"),
        order: Order::VisibilityMonitorsName,
        offset: 100,
    };
    let raw = format!("{}&count=25", request.query_string());
    let read = |raw: &str| {
        let params = Params::parse(raw).expect("a query string of usual length");
        let query = params.into_query(PagePolicy::default());
        query.expect("a query string without mistakes")
    };
    let query: UnitQuery = read(&raw);
    let sort: Result<SortSpec, _> = request.order.as_json().parse();
    assert_eq!(Some(query.sort()), sort.ok().as_ref());
    assert_eq!(query.text().map(TextFilter::as_str), request.text);
    assert_eq!(query.page().range(1_000), 100..125);
    measure::batches(|| raw.as_str(), |raw| drop(black_box(read(black_box(raw)))))
}
