//! A whole listing, page by page.

use std::iter::FusedIterator;

use super::UnitQuery;
use super::cursor::Cursor;
use super::page::{Limit, Page};
use crate::order::OrderError;
use crate::store::{StoreError, UnitPage, UnitStore};

/// The pages of a listing, each begun where the one before ended; see
/// [`UnitQuery::pages`].
///
/// A page is listed when it is taken, so whoever stops early has not paid for the rest:
///
/// ```
/// use livechat_units::{Unit, UnitQuery};
///
/// let units: Vec<Unit> = (0..120)
///     .map(|n| Unit::builder(n.to_string()).build())
///     .collect::<Result<_, _>>()?;
/// let mut pages = UnitQuery::default().pages(&units);
/// let first = pages.next().transpose()?;
/// assert_eq!(first.map(|page| page.len()), Some(50));
///
/// let left = pages.map(|page| page.map(|page| page.len()));
/// assert_eq!(left.sum::<Result<usize, _>>()?, 70);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "pages are listed as they are asked for"]
pub struct Pages<'a, S: ?Sized> {
    store: &'a S,
    query: Option<UnitQuery>,
}

impl UnitQuery {
    /// All pages from this one to the end of the listing, each of this page's size and
    /// none empty. A page is listed when it is asked for, and begins after the last unit
    /// of the one before: see [`Cursor`] for what changes in between do. After an error
    /// there are no more.
    ///
    /// ```
    /// use livechat_units::{Limit, Page, Unit, UnitQuery};
    ///
    /// let units: Vec<Unit> = (0..7)
    ///     .map(|n| Unit::builder(n.to_string()).name("Sales").build().unwrap())
    ///     .collect();
    /// let query = UnitQuery::default().with_page(Page::new(0, Limit::at_most(3).unwrap()));
    /// let mut lengths = Vec::new();
    /// for page in query.pages(&units) {
    ///     lengths.push(page?.len());
    /// }
    /// assert_eq!(lengths, [3, 3, 1]);
    /// # Ok::<(), livechat_units::StoreError>(())
    /// ```
    #[doc(alias = "paginate")]
    pub fn pages<S: UnitStore + ?Sized>(self, store: &S) -> Pages<'_, S> {
        Pages {
            store,
            query: Some(self),
        }
    }

    /// The query for what follows `page`, which this query has listed: the same number of
    /// units after its last one. `None` when the page shows that nothing does. This is
    /// how an async host walks a listing:
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
    /// Those of [`Cursor::new`], which a store that has sorted the page has met before.
    pub fn after(&self, page: &UnitPage) -> Result<Option<Self>, OrderError> {
        let asked = match self.page.limit() {
            Limit::AtMost(count) => count.get(),
            Limit::Unlimited => return Ok(None),
        };
        let is_full = u64::try_from(page.len()).is_ok_and(|found| found >= asked);
        let Some(last) = page.last().filter(|_| is_full) else {
            return Ok(None);
        };
        let cursor = Cursor::new(&self.sort, &last)?;
        let page = Page::new(0, self.page.limit());
        Ok(Some(self.clone().with_cursor(cursor).with_page(page)))
    }
}

impl<S: UnitStore + ?Sized> Iterator for Pages<'_, S> {
    type Item = Result<UnitPage, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let query = self.query.take()?;
        let page = match self.store.list(&query) {
            Ok(page) if page.is_empty() => return None,
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        match query.after(&page) {
            Ok(next) => self.query = next,
            Err(error) => return Some(Err(error.into())),
        }
        Some(Ok(page))
    }
}

impl<S: UnitStore + ?Sized> FusedIterator for Pages<'_, S> {}
