//! The interface of the peers.

use crate::request::Request;

/// An implementation that holds units and lists them.
pub(crate) trait Peer: Sized + Send + Sync {
    /// A parsed request. Parsing is not timed.
    type Query: Clone + Send + Sync;
    /// A parsed document. Parsing is timed in a load, but not in an upsert.
    type Document: Send;

    /// Reads JSON lines and builds every index. It declares the order of W7 if the peer can
    /// declare orders.
    fn load(lines: &str) -> Self;

    /// Loads without an index for the order of W7. `None` if the peer has no such index.
    fn load_undeclared(_lines: &str) -> Option<Self> {
        None
    }

    fn query(request: Request) -> Self::Query;

    /// The body of the response.
    fn answer(&self, query: Self::Query) -> Vec<u8>;

    fn document(line: &str) -> Self::Document;

    /// Replaces the document with this id, and updates every index.
    fn upsert(&mut self, document: Self::Document);

    /// Prepares an upsert while others may read.
    fn prepare_upsert(&self, document: Self::Document) -> Self::Document {
        document
    }

    /// Bytes in use that do not come from Rust's allocator.
    fn foreign_bytes(&self) -> usize {
        0
    }

    /// Bytes of its files. `None` without files.
    fn disk_bytes(&self) -> Option<usize> {
        None
    }

    /// The bytes a unit of its structures and the seconds of the phases of its load, each with a
    /// name. Empty if it cannot tell.
    fn parts(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// Whether it finds this text in upper case too. If not, its answer is timed all the
    /// same, and the figure is marked as a wrong answer.
    fn folds(_text: &str) -> bool {
        true
    }
}

/// The body around units in JSON.
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

/// The end of a body, from the bracket after the last unit on.
pub(crate) fn tail(count: usize, offset: usize, total: usize) -> String {
    format!(r#"],"count":{count},"offset":{offset},"total":{total},"success":true}}"#)
}
