//! Walking a listing page by page, with cursors instead of offsets. Each page costs one
//! query, however far it is from the beginning, if the store has an index for the order.

use std::iter::FusedIterator;

use super::{StoreError, UnitPage, UnitStore};
use crate::order::OrderError;
use crate::query::UnitQuery;
use crate::query::cursor::Cursor;
use crate::query::page::{Limit, Page};

/// An iterator over the pages of a listing; see [`UnitQuery::pages`].
///
/// It queries the store once on each call of `next`, so pages that are not taken cost nothing:
///
/// ```
/// use livechat_units::{Unit, UnitQuery};
///
/// let units: Vec<Unit> = (0..120)
///     .map(|n| Unit::builder(n.to_string()).build())
///     .collect::<Result<_, _>>()?;
/// let mut lengths = Vec::new();
/// for page in UnitQuery::default().pages(&units) {
///     lengths.push(page?.len());
/// }
/// assert_eq!(lengths, [50, 50, 20]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "an iterator of pages queries the store only when it is advanced"]
pub struct Pages<'a, S: ?Sized> {
    store: &'a S,
    /// The query for the next page; `None` after the last page and after an error.
    query: Option<UnitQuery>,
}

impl UnitQuery {
    /// All pages from the page of this query to the end of the listing, with the limit of
    /// this query. No page is empty. An error ends the iteration. [`Cursor`] describes the
    /// effect of writes between two pages.
    #[doc(alias = "paginate")]
    pub fn pages<S: UnitStore + ?Sized>(self, store: &S) -> Pages<'_, S> {
        Pages {
            store,
            query: Some(self),
        }
    }

    /// The query for the page after `page`, which must be the result of this query. `None`
    /// if `page` has fewer units than its limit, because then no unit follows.
    ///
    /// An async host walks a listing with it:
    ///
    /// ```
    /// # use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
    /// # async fn list(query: &UnitQuery) -> Result<UnitPage, StoreError> { [].list(query) }
    /// # async fn walk() -> Result<(), StoreError> {
    /// let mut next = Some(UnitQuery::default());
    /// while let Some(query) = next {
    ///     let page = list(&query).await?;
    ///     next = query.after(&page)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`Cursor::new`]. They cannot occur for a page that a store sorted by this query.
    pub fn after(&self, page: &UnitPage) -> Result<Option<Self>, OrderError> {
        let is_full = match self.page().limit() {
            Limit::AtMost(count) => u64::try_from(page.len()).is_ok_and(|len| len >= count.get()),
            Limit::Unlimited => false,
        };
        let Some(last) = page.last().filter(|_| is_full) else {
            return Ok(None);
        };
        let cursor = Cursor::new(self.sort(), &last)?;
        let page = Page::new(0, self.page().limit());
        Ok(Some(self.clone().with_cursor(cursor).with_page(page)))
    }
}

impl<S: UnitStore + ?Sized> Iterator for Pages<'_, S> {
    type Item = Result<UnitPage, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let query = self.query.take()?;
        let listed = self.store.list(&query).and_then(|page| {
            self.query = query.after(&page)?;
            Ok(page)
        });
        Some(listed).filter(|listed| !listed.as_ref().is_ok_and(UnitPage::is_empty))
    }
}

impl<S: UnitStore + ?Sized> FusedIterator for Pages<'_, S> {}
