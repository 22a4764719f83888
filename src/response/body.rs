//! A body, whole or piece by piece.

use std::borrow::Cow;

use crate::store::UnitPage;

/// The JSON of a response, UTF-8.
///
/// Take it whole, or as [`chunks`](Body::into_chunks) to send a page of everything
/// without ever holding it twice:
///
/// ```
/// use livechat_units::{Caller, Endpoint, Permission, Unit, User};
///
/// let units = vec![Unit::builder("uA").name("Sales").build()?];
/// let caller = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
///
/// let body = Endpoint::default().handle(&units, &caller, "count=0").into_body();
/// let length = body.len();
/// let sent: usize = body.into_chunks().map(|chunk| chunk.len()).sum();
/// assert_eq!(sent, length);
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Body(Content);

#[derive(Clone, Debug)]
enum Content {
    Text(Cow<'static, str>),
    Page { page: UnitPage, tail: String },
}

impl Body {
    pub(crate) fn from_text(text: Cow<'static, str>) -> Self {
        Self(Content::Text(text))
    }

    pub(crate) fn from_page(page: UnitPage, offset: u64) -> Self {
        let tail = format!(
            r#"],"count":{},"offset":{},"total":{},"success":true}}"#,
            page.len(),
            offset,
            page.total()
        );
        Self(Content::Page { page, tail })
    }

    /// The length in bytes, for `Content-Length`. Costs a look at every unit of the
    /// page.
    #[allow(clippy::len_without_is_empty, reason = "no body is empty")]
    pub fn len(&self) -> usize {
        match &self.0 {
            Content::Text(text) => text.len(),
            Content::Page { page, tail } => {
                let units: usize = page.json().map(<[u8]>::len).sum();
                let commas = page.len().saturating_sub(1);
                UnitPage::HEAD.len() + units + commas + tail.len()
            }
        }
    }

    /// The whole body. Nothing is copied when the store has joined the page already.
    pub fn into_bytes(self) -> Vec<u8> {
        let (page, tail) = match self.0 {
            Content::Text(text) => return text.into_owned().into_bytes(),
            Content::Page { page, tail } => (page, tail),
        };
        let mut whole = page.into_joined().unwrap_or_else(|page| {
            let units: usize = page.json().map(|json| json.len() + 1).sum();
            let length = UnitPage::HEAD.len() + units + tail.len();
            let mut whole = Vec::with_capacity(length);
            whole.extend_from_slice(UnitPage::HEAD);
            push_units(&page, 0, usize::MAX, &mut whole);
            whole
        });
        whole.extend_from_slice(tail.as_bytes());
        whole
    }

    /// The body in pieces, in order, none of them empty. A piece ends with the unit
    /// that brings it to [`Chunks::TARGET_BYTES`].
    #[doc(alias = "stream")]
    pub fn into_chunks(self) -> Chunks {
        Chunks {
            rest: Some(self.0),
            place: 0,
        }
    }
}

/// Appends the JSON of the units from `place` on, until `out` has `target` bytes.
/// Returns the place of the first unit that was left out.
fn push_units(page: &UnitPage, mut place: usize, target: usize, out: &mut Vec<u8>) -> usize {
    while let Some(json) = page.json_at(place) {
        if out.len() >= target {
            break;
        }
        if place > 0 {
            out.push(b',');
        }
        out.extend_from_slice(json);
        place += 1;
    }
    place
}

/// The pieces of a [`Body`]; see [`Body::into_chunks`].
///
/// ```
/// use std::io::Write;
/// use livechat_units::{Caller, Chunks, Endpoint, Permission, Unit, User};
/// # let units: Vec<Unit> = (0..3000)
/// #     .map(|n| Unit::builder(n.to_string()).name("Sales").build())
/// #     .collect::<Result<_, _>>()?;
/// # let caller = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
/// # let mut socket = Vec::new();
///
/// let response = Endpoint::default().handle(&units, &caller, "count=0");
/// let chunks: Chunks = response.into_body().into_chunks();
/// for piece in chunks {
///     socket.write_all(&piece)?; // each is made when it is asked for
/// }
/// assert!(socket.len() > Chunks::TARGET_BYTES);
/// assert!(socket.ends_with(br#""count":3000,"offset":0,"total":3000,"success":true}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chunks {
    rest: Option<Content>,
    /// The first unit that has not been sent.
    place: usize,
}

impl Chunks {
    /// The size, in bytes, at which a piece ends: none is longer than this, one unit
    /// and the few bytes around the units together.
    pub const TARGET_BYTES: usize = 65_536;
}

impl std::iter::FusedIterator for Chunks {}

impl Iterator for Chunks {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        match self.rest.take()? {
            Content::Text(text) => Some(text.into_owned().into_bytes()),
            Content::Page { page, tail } => {
                let mut piece = Vec::new();
                if self.place == 0 {
                    piece.extend_from_slice(UnitPage::HEAD);
                }
                self.place = push_units(&page, self.place, Self::TARGET_BYTES, &mut piece);
                if self.place < page.len() {
                    self.rest = Some(Content::Page { page, tail });
                } else {
                    piece.extend_from_slice(tail.as_bytes());
                }
                Some(piece)
            }
        }
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
    fn a_whole_body_is_written_without_moving() {
        for (units, bytes_each) in [(0, 0), (1, 3), (3, 100), (50, 7)] {
            let body = Body::from_page(page(units, bytes_each), 0).into_bytes();
            // A comma for every unit, though there is one less.
            assert!(body.capacity() - body.len() <= 1, "{units} of {bytes_each}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn pieces_make_the_whole_and_keep_the_bound() {
        for (units, bytes_each) in [(0, 0), (1, 10), (1, 100_000), (3000, 100), (5, 65_536)] {
            let body = Body::from_page(page(units, bytes_each), 0);
            let whole = body.clone().into_bytes();
            assert_eq!(body.len(), whole.len());
            let pieces: Vec<Vec<u8>> = body.into_chunks().collect();
            assert_eq!(pieces.concat(), whole);
            let longest = Chunks::TARGET_BYTES + bytes_each + 200;
            assert!(pieces.iter().all(|p| !p.is_empty() && p.len() <= longest));
            let (_last, full) = pieces.split_last().unwrap();
            assert!(full.iter().all(|p| p.len() >= Chunks::TARGET_BYTES));
            serde_json::from_slice::<serde_json::Value>(&whole).unwrap();
        }
    }

    #[test]
    fn a_short_text_is_one_piece() {
        let body = Body::from_text("{}".into());
        assert_eq!(body.len(), 2);
        assert_eq!(body.into_chunks().collect::<Vec<_>>(), [b"{}"]);
    }
}
