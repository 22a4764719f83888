//! One request, in the form for every peer.

use std::fmt::Write as _;

use livechat_units_testkit::naive::Order;

/// Units on a page if the request names no count.
pub(crate) const PAGE: usize = 50;

/// A text, a sort order and an offset. The page always has [`PAGE`] units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// The text in lower case.
    pub(crate) text: Option<&'static str>,
    pub(crate) order: Order,
    pub(crate) offset: usize,
}

impl Request {
    /// The request as a client sends it.
    pub(crate) fn query_string(self) -> String {
        let mut query = format!(
            "offset={}&sort={}",
            self.offset,
            escaped(self.order.as_json())
        );
        if let Some(text) = self.text {
            query.push_str("&text=");
            query.push_str(&escaped(text));
        }
        query
    }
}

fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("a string takes any text");
        }
    }
    escaped
}
