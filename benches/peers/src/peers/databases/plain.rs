//! Plain SQL of a developer who knows SQL and nothing about these units: a column for each
//! field, the text in a pattern, an order, and a count.

use livechat_units_testkit::naive::Order;

use crate::request::Request;

/// Whether there are indexes other than that of the primary key.
pub(super) trait Indexes: Send + Sync {
    /// The statements that create them after the load.
    fn create(dialect: &Dialect) -> String;
}

pub(super) struct NoIndexes;

/// One index for each order that is measured.
pub(super) struct AllIndexes;

/// The differences between the two databases.
pub(super) struct Dialect {
    /// The operator that ignores case.
    pub(super) like: &'static str,
    /// The character before the number of a parameter.
    pub(super) parameter: char,
    /// The name, as an expression that sorts by bytes.
    pub(super) name: &'static str,
}

#[derive(Clone)]
pub(super) struct Query {
    pub(super) count: String,
    pub(super) page: String,
    /// The text, without the percent signs around the pattern.
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
    /// The text is the last parameter, after limit and offset.
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

/// The text with the special characters of a pattern escaped.
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
