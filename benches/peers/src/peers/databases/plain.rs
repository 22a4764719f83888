//! Plain SQL, as it is written by who knows SQL and nothing of these units: a column for
//! each field, the text in a pattern, an order, and a count.

use crate::request::Request;
use livechat_units_testkit::naive::Order;

/// Whether there are indexes beside that of the primary key.
pub(super) trait Indexes: Send + Sync {
    /// What makes them, after the rows are in.
    fn create(dialect: &Dialect) -> String;
}

pub(super) struct NoIndexes;

/// One for each order that is asked for.
pub(super) struct AllIndexes;

/// What the two databases call differently.
pub(super) struct Dialect {
    /// The operator that does not look at case.
    pub(super) like: &'static str,
    /// What a parameter's number follows.
    pub(super) parameter: char,
    /// The name, in the order of its bytes.
    pub(super) name: &'static str,
}

#[derive(Clone)]
pub(super) struct Query {
    pub(super) count: String,
    pub(super) page: String,
    /// Within the percent signs of a pattern.
    pub(super) text: Option<String>,
    pub(super) offset: usize,
}

impl Indexes for NoIndexes {
    fn create(_: &Dialect) -> String {
        String::new()
    }
}

impl Indexes for AllIndexes {
    fn create(Dialect { name, .. }: &Dialect) -> String {
        format!(
            "CREATE INDEX by_name ON unit ({name}, id);
             CREATE INDEX by_visibility ON unit (visibility, id);
             CREATE INDEX by_monitors ON unit (num_monitors, id);
             CREATE INDEX by_departments ON unit (num_departments, id);
             CREATE INDEX by_updated ON unit (updated_at, id);
             CREATE INDEX by_three ON unit (visibility, num_monitors DESC, {name}, id);"
        )
    }
}

impl Dialect {
    /// The statements take the text last, after limit and offset.
    pub(super) fn query(&self, request: Request) -> Query {
        let p = self.parameter;
        let order = self.order(request.order);
        let (counted, listed) = match request.text {
            None => (String::new(), String::new()),
            Some(_) => (self.filter(1), self.filter(3)),
        };
        Query {
            count: format!("SELECT count(*) FROM unit{counted}"),
            page: format!(
                "SELECT document FROM unit{listed} ORDER BY {order} LIMIT {p}1 OFFSET {p}2"
            ),
            text: request.text.map(escaped),
            offset: request.offset,
        }
    }

    fn filter(&self, parameter: u8) -> String {
        let Self {
            like, parameter: p, ..
        } = self;
        format!(r" WHERE name {like} '%' || {p}{parameter} || '%' ESCAPE '\'")
    }

    fn order(&self, order: Order) -> String {
        let name = self.name;
        match order {
            Order::Name => format!("{name}, id"),
            Order::NewestFirst => "updated_at DESC, id DESC".to_owned(),
            Order::MostMonitorsFirst => "num_monitors DESC, id DESC".to_owned(),
            Order::VisibilityMonitorsName => format!("visibility, num_monitors DESC, {name}, id"),
        }
    }
}

/// Without what a pattern takes for more than itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
