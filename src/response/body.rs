//! The body of a response, as one buffer or as a sequence of chunks.
//!
//! ```text
//! {"units":[   <unit>,<unit>,…   ],"count":…,"offset":…,"total":…,"success":true}
//! └ HEAD ──┘   └ UnitPage ───┘   └ tail ──────────────────────────────────────────┘
//! ```
//!
//! The JSON of the units belongs to the [`UnitPage`]. Only the tail is written in advance.

use std::borrow::Cow;

use crate::store::UnitPage;

/// The JSON of a response in UTF-8.
///
/// [`into_bytes`](Body::into_bytes) returns it as one buffer.
/// [`into_chunks`](Body::into_chunks) returns it in chunks, so that a server that sends an
/// unlimited page holds one copy of the units and one chunk:
///
/// ```
/// use livechat_units::{Chunks, Endpoint, Permission, Unit, User};
///
/// let units = vec![Unit::builder("uA").build()?; 3_000];
/// let caller = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS).into();
/// let body = Endpoint::default().handle(&units, &caller, "count=0").into_body();
/// let length = body.len();
/// let chunks: Vec<Vec<u8>> = body.into_chunks().collect();
/// assert!(chunks.len() > 1 && chunks[0].len() >= Chunks::TARGET_BYTES);
/// assert_eq!(chunks.concat().len(), length);
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Body {
    /// The listing; `None` in the body of an error.
    page: Option<UnitPage>,
    /// The JSON after the units, or the whole body of an error.
    tail: Cow<'static, str>,
}

impl Body {
    pub(crate) fn from_text(tail: Cow<'static, str>) -> Self {
        Self { page: None, tail }
    }

    pub(crate) fn from_page(page: UnitPage, offset: u64) -> Self {
        let (count, total) = (page.len(), page.total());
        let tail =
            format!(r#"],"count":{count},"offset":{offset},"total":{total},"success":true}}"#);
        Self {
            page: Some(page),
            tail: tail.into(),
        }
    }

    /// The length in bytes, for `Content-Length`. Cost: linear in the number of units of the page.
    #[allow(clippy::len_without_is_empty, reason = "no body is empty")]
    pub fn len(&self) -> usize {
        let listing = self.page.as_ref().map_or(0, |page| {
            let units: usize = page.json().map(<[u8]>::len).sum();
            UnitPage::HEAD.len() + units + page.len().saturating_sub(1)
        });
        listing + self.tail.len()
    }

    /// The body as one buffer. Cost: a copy of the JSON of every unit, unless the store
    /// has already joined it ([`UnitPage::builder`]).
    pub fn into_bytes(self) -> Vec<u8> {
        let Some(page) = self.page else {
            return self.tail.into_owned().into_bytes();
        };
        let mut whole = page.into_joined().unwrap_or_else(|page| {
            let units: usize = page.json().map(|json| json.len() + 1).sum();
            let mut whole = Vec::with_capacity(UnitPage::HEAD.len() + units + self.tail.len());
            whole.extend_from_slice(UnitPage::HEAD);
            push_units(&page, 0, usize::MAX, &mut whole);
            whole
        });
        whole.extend_from_slice(self.tail.as_bytes());
        whole
    }

    /// The body as an iterator of chunks in order. No chunk is empty, and each chunk but
    /// the last has at least [`Chunks::TARGET_BYTES`] bytes.
    #[doc(alias = "stream")]
    pub fn into_chunks(self) -> Chunks {
        Chunks {
            rest: Some(self),
            next_unit: 0,
        }
    }
}

/// Appends the JSON of the units from number `next` on, counted from 0, until `out` has
/// `target` bytes. Returns the number of the first unit that was not appended.
fn push_units(page: &UnitPage, mut next: usize, target: usize, out: &mut Vec<u8>) -> usize {
    while let Some(json) = page.json_at(next) {
        if out.len() >= target {
            break;
        }
        if next > 0 {
            out.push(b',');
        }
        out.extend_from_slice(json);
        next += 1;
    }
    next
}

/// The chunks of a [`Body`], each made on demand; see [`Body::into_chunks`].
#[derive(Clone, Debug)]
pub struct Chunks {
    /// The body, until its last chunk.
    rest: Option<Body>,
    /// The number of the first unit that is in no chunk yet, counted from 0.
    next_unit: usize,
}

impl Chunks {
    /// The target size of a chunk, in bytes. A chunk ends after the unit with which it reaches this
    /// size, so it is longer by at most one unit and some hundred bytes around the units.
    pub const TARGET_BYTES: usize = 65_536;
}

impl std::iter::FusedIterator for Chunks {}

impl Iterator for Chunks {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let body = self.rest.take()?;
        let Some(page) = &body.page else {
            return Some(body.into_bytes());
        };
        let mut chunk = Vec::new();
        if self.next_unit == 0 {
            chunk.extend_from_slice(UnitPage::HEAD);
        }
        self.next_unit = push_units(page, self.next_unit, Self::TARGET_BYTES, &mut chunk);
        if self.next_unit < page.len() {
            self.rest = Some(body);
        } else {
            chunk.extend_from_slice(body.tail.as_bytes());
        }
        Some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::page::Page;
    use crate::unit::Unit;

    fn page(units: usize, bytes_each: usize) -> UnitPage {
        let unit = |i: usize| {
            let name = "x".repeat(bytes_each);
            Unit::builder(i.to_string()).name(name).build().unwrap()
        };
        UnitPage::new((0..units).map(unit).collect(), Page::default(), 9)
    }

    #[test]
    fn the_buffer_of_a_body_is_allocated_once() {
        for (units, bytes_each) in [(0, 0), (1, 3), (3, 100), (50, 7)] {
            let body = Body::from_page(page(units, bytes_each), 0).into_bytes();
            // The capacity counts one comma a unit, which is one too many.
            assert!(body.capacity() - body.len() <= 1, "{units} of {bytes_each}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn chunks_make_up_the_body_and_keep_to_their_bounds() {
        for (units, bytes_each) in [(0, 0), (1, 10), (1, 100_000), (3000, 100), (5, 65_536)] {
            let body = Body::from_page(page(units, bytes_each), 0);
            let whole = body.clone().into_bytes();
            assert_eq!(body.len(), whole.len());
            let chunks: Vec<Vec<u8>> = body.into_chunks().collect();
            assert_eq!(chunks.concat(), whole);
            let longest = Chunks::TARGET_BYTES + bytes_each + 200;
            assert!(chunks.iter().all(|c| !c.is_empty() && c.len() <= longest));
            let (_last, full) = chunks.split_last().unwrap();
            assert!(full.iter().all(|c| c.len() >= Chunks::TARGET_BYTES));
            serde_json::from_slice::<serde_json::Value>(&whole).unwrap();
        }
    }

    #[test]
    fn the_body_of_an_error_is_one_chunk() {
        let body = Body::from_text("{}".into());
        assert_eq!(body.len(), 2);
        assert_eq!(body.into_chunks().collect::<Vec<_>>(), [b"{}"]);
    }
}
