//! What each implementation has to be able to do.

use crate::request::Request;

/// A way to keep units and to list them.
pub(crate) trait Peer: Sized + Send + Sync {
    /// A request after parsing; making one is not timed.
    type Query: Clone + Send + Sync;
    /// A document after parsing; making one is timed in a load, not in an upsert.
    type Document: Send;

    /// Reads JSON lines and builds every index, that of W7's order among them where
    /// orders can be declared.
    fn load(lines: &str) -> Self;

    /// The same without an index for W7's order; `None` where that is the same.
    fn load_undeclared(_lines: &str) -> Option<Self> {
        None
    }

    fn query(request: Request) -> Self::Query;

    /// The body of the response.
    fn answer(&self, query: Self::Query) -> Vec<u8>;

    fn document(line: &str) -> Self::Document;

    /// Replaces the document with this id, and leaves every index current.
    fn upsert(&mut self, document: Self::Document);

    /// What can be done for it while others read.
    fn prefetch(&self, _: &Self::Document) {}

    /// Bytes in use that Rust's allocator did not hand out.
    fn foreign_bytes(&self) -> usize {
        0
    }

    /// Bytes of its files, where it has any.
    fn disk_bytes(&self) -> Option<usize> {
        None
    }

    /// Whether it finds this text in upper case too. What it answers where it does not
    /// is timed, and the figure says that it stands for a wrong answer.
    fn folds(_text: &str) -> bool {
        true
    }
}

/// The body around units that are JSON already.
pub(crate) fn body<'a>(
    units: impl IntoIterator<Item = &'a str>,
    offset: usize,
    total: usize,
) -> Vec<u8> {
    let mut body = br#"{"units":["#.to_vec();
    let mut count = 0;
    for unit in units {
        if count > 0 {
            body.push(b',');
        }
        body.extend_from_slice(unit.as_bytes());
        count += 1;
    }
    body.extend_from_slice(tail(count, offset, total).as_bytes());
    body
}

/// What follows the units, the bracket that ends them included.
pub(crate) fn tail(count: usize, offset: usize, total: usize) -> String {
    format!(r#"],"count":{count},"offset":{offset},"total":{total},"success":true}}"#)
}
