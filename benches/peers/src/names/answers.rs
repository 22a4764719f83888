//! The right answers, by a scan of the names in lower case. The peers have no part in it.

use std::fmt;

use livechat_units_testkit::data::Row;
use livechat_units_testkit::naive::Order;
use memchr::memmem;

use crate::peer::body;
use crate::request::{PAGE, Request};

/// Which page of the matches, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// The first page by name.
    ByName,
    /// The first page by `numMonitors`, descending.
    ByMonitors,
    /// The page by name that begins at half of the matches.
    Half,
}

impl Listing {
    pub(super) const ALL: [Self; 3] = [Self::ByName, Self::ByMonitors, Self::Half];

    pub(super) fn request(self, text: &'static str, total: usize) -> Request {
        let (order, offset) = match self {
            Self::ByName => (Order::Name, 0),
            Self::ByMonitors => (Order::MostMonitorsFirst, 0),
            Self::Half => (Order::Name, total / 2),
        };
        Request {
            text: Some(text),
            order,
            offset,
        }
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByName => "by name",
            Self::ByMonitors => "by `numMonitors`",
            Self::Half => "at half",
        })
    }
}

/// The units in the order of names.
pub(super) struct Answers<'a> {
    json: Vec<&'a str>,
    /// The rank of each unit in the order by `numMonitors`.
    rank: Vec<usize>,
    /// The names in lower case, a line each.
    lower: String,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(rows: &[Row], lines: &'a str) -> Self {
        let mut units: Vec<(&Row, &str)> = rows.iter().zip(lines.lines()).collect();
        units.sort_by(|(a, _), (b, _)| Order::Name.compare(*a, *b));
        let mut by_monitors: Vec<usize> = (0..units.len()).collect();
        by_monitors.sort_by(|a, b| Order::MostMonitorsFirst.compare(units[*a].0, units[*b].0));
        let mut rank = vec![0; units.len()];
        for (place, unit) in by_monitors.into_iter().enumerate() {
            rank[unit] = place;
        }
        let (mut lower, mut starts) = (String::new(), Vec::new());
        for (row, _) in &units {
            starts.push(lower.len());
            lower.push_str(&row.name.to_lowercase());
            lower.push('\n');
        }
        let json = units.into_iter().map(|(_, json)| json).collect();
        Self {
            json,
            rank,
            lower,
            starts,
        }
    }

    /// The matches of a text, in the order of names.
    pub(super) fn matches(&self, text: &str) -> Vec<usize> {
        let text = text.to_lowercase();
        let found = memmem::find_iter(self.lower.as_bytes(), text.as_bytes());
        let mut matches: Vec<usize> = found.collect();
        let mut unit = 0;
        for position in &mut matches {
            while self
                .starts
                .get(unit + 1)
                .is_some_and(|start| start <= position)
            {
                unit += 1;
            }
            *position = unit;
        }
        matches.dedup();
        matches
    }

    /// The body of a request whose text has these matches.
    pub(super) fn body(&self, matches: &[usize], request: Request) -> Vec<u8> {
        let mut page = matches.to_vec();
        if request.order == Order::MostMonitorsFirst {
            page.sort_unstable_by_key(|unit| self.rank[*unit]);
        }
        let page = page.iter().skip(request.offset).take(PAGE);
        body(
            page.map(|unit| self.json[*unit]),
            request.offset,
            matches.len(),
        )
    }
}
