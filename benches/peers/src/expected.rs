//! The right answers, computed from the rows by a filter and a sort.

use std::collections::HashMap;

use livechat_units_testkit::data::{Row, contains};
use livechat_units_testkit::naive::Order;

use crate::peer::{Peer, body};
use crate::request::{PAGE, Request};

/// A row, and its line of JSON.
type Unit<'a> = (&'a Row, &'a str);

/// The correctness of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Right,
    /// Some matches are missing.
    Wrong,
}

/// Computes the body of every request to these rows.
pub(crate) struct Expected<'a> {
    units: Vec<Unit<'a>>,
    sorted: HashMap<Order, Vec<Unit<'a>>>,
    /// The matches of the last text and order.
    last: Option<(Option<&'static str>, Order, Vec<Unit<'a>>)>,
}

impl<'a> Expected<'a> {
    pub(crate) fn new(rows: &'a [Row], lines: &'a str) -> Self {
        Self {
            units: rows.iter().zip(lines.lines()).collect(),
            sorted: HashMap::new(),
            last: None,
        }
    }

    /// Whether `found` is the answer to the request. Panics if it is not, unless the peer is
    /// known not to find such a text.
    pub(crate) fn check<P: Peer>(&mut self, request: Request, found: &[u8]) -> Answer {
        let matches = self.matches(request.text, request.order);
        let page = matches.iter().skip(request.offset).take(PAGE);
        // An empty page would prove little, and be quick.
        assert!(page.len() > 0, "{request:?} is past the end");
        let json = page.map(|(_, json)| *json);
        let expected = body(json, request.offset, matches.len());
        if found == expected {
            return Answer::Right;
        }
        assert!(
            !request.text.is_none_or(P::folds),
            "{request:?}\nexpected {}\nfound    {}",
            String::from_utf8_lossy(&expected),
            String::from_utf8_lossy(found)
        );
        Answer::Wrong
    }

    fn matches(&mut self, text: Option<&'static str>, order: Order) -> &[Unit<'a>] {
        let known = (self.last.take()).filter(|last| (last.0, last.1) == (text, order));
        let last = known.unwrap_or_else(|| {
            let sorted = self.sorted.entry(order).or_insert_with(|| {
                let mut sorted = self.units.clone();
                sorted.sort_by(|(a, _), (b, _)| order.compare(*a, *b));
                sorted
            });
            let has = |(row, _): &&Unit| text.is_none_or(|text| contains(&row.name, text));
            let matches = sorted.iter().filter(has).copied().collect();
            (text, order, matches)
        });
        &self.last.insert(last).2
    }
}
