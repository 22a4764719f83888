//! The commands of one listing.

use std::ops::ControlFlow;
use std::time::Duration;

use bson::raw::{RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Bson, Document, doc};
use livechat_units::{SortSpec, StoreError, StoreErrorKind, UnitQuery};
use mongodb::options::{AggregateOptions, FindOptions, ReadConcern};
use mongodb::{ClientSession, Collection, SessionCursor};
use tokio::time::Instant;

use crate::error::{LIST, no_time_left, of_driver};
use crate::repeated::{held_twice, nest_in_sort};
use crate::schema::simple;

/// How many documents match, and how many of them MongoDB orders in another way than
/// SPEC §2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) total: u64,
    /// Those whose `_id` is an `ObjectId`. Of all or of none, they make no difference.
    pub(crate) object_ids: u64,
    /// Those whose `_updatedAt` is a string, where it is sorted by.
    pub(crate) texts_for_dates: u64,
    /// Those whose arrays the sort meets in the ways of [`meets_arrays`], or at all where
    /// there is a cursor.
    pub(crate) arrays: u64,
    /// Those that hold a field twice, of which the server may not take the last value.
    pub(crate) repeated: u64,
    /// Those in whose sort fields other values nest.
    pub(crate) nested: u64,
}

/// The reads of one listing, which share a session and a deadline.
pub(crate) struct Reads<'a> {
    pub(crate) collection: &'a Collection<RawDocumentBuf>,
    pub(crate) session: ClientSession,
    /// In place of the collection's. The session of a snapshot sets one only where there
    /// is none.
    pub(crate) read_concern: Option<ReadConcern>,
    pub(crate) timeout: Duration,
    /// When that will have passed; `None` for never.
    pub(crate) deadline: Option<Instant>,
}

/// Which documents of a find.
pub(crate) struct Window {
    pub(crate) sort: Option<Document>,
    pub(crate) skip: u64,
    pub(crate) limit: Option<i64>,
}

impl Reads<'_> {
    /// Counts the matches. Cost: each document that the filter lets through.
    pub(crate) async fn census(
        &mut self,
        filter: &Document,
        query: &UnitQuery,
    ) -> Result<Census, StoreError> {
        let pipeline = [
            doc! { "$match": filter.clone() },
            doc! { "$group": counts(query) },
        ];
        let options = AggregateOptions::builder()
            .collation(simple())
            .read_concern(self.read_concern.clone())
            .max_time(self.time_left()?)
            .build();
        let aggregate = self.collection.aggregate(pipeline).with_options(options);
        let cursor = aggregate.session(&mut self.session).await;
        let mut cursor: SessionCursor<Document> = cursor.map_err(driver)?;
        if !cursor.advance(&mut self.session).await.map_err(driver)? {
            // No group without a match.
            return Ok(Census::default());
        }
        let counts = cursor.current();
        Ok(Census {
            total: count(counts, "total")?,
            object_ids: count(counts, "objectIds")?,
            texts_for_dates: count(counts, "textsForDates")?,
            arrays: count(counts, "arrays")?,
            repeated: count(counts, "repeated")?,
            nested: count(counts, "nested")?,
        })
    }

    /// One of the documents that the filter lets through, if there are any.
    pub(crate) async fn any(
        &mut self,
        filter: Document,
    ) -> Result<Option<RawDocumentBuf>, StoreError> {
        self.find_first(filter, Some(1), |_| Ok(true)).await
    }

    /// The first of the documents that the filter lets through and that meets the condition.
    /// Documents are read up to that one, and at most `limit` of them.
    pub(crate) async fn find_first(
        &mut self,
        filter: Document,
        limit: Option<i64>,
        condition: impl Fn(&RawDocument) -> Result<bool, StoreError>,
    ) -> Result<Option<RawDocumentBuf>, StoreError> {
        let window = Window {
            sort: None,
            skip: 0,
            limit,
        };
        let mut found = None;
        let accept = |document: &RawDocument| {
            if condition(document)? {
                found = Some(document.to_owned());
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        };
        self.documents(filter, window, accept).await?;
        Ok(found)
    }

    /// Shows `accept` the documents of a window, one by one, until it breaks.
    pub(crate) async fn documents(
        &mut self,
        filter: Document,
        window: Window,
        mut accept: impl FnMut(&RawDocument) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let options = FindOptions::builder()
            .sort(window.sort)
            .skip(window.skip)
            .limit(window.limit)
            .collation(simple())
            // A sort without an index may need more memory than the server gives it.
            .allow_disk_use(true)
            .read_concern(self.read_concern.clone())
            .max_time(self.time_left()?)
            .build();
        let find = self.collection.find(filter).with_options(options);
        let mut cursor = find.session(&mut self.session).await.map_err(driver)?;
        while cursor.advance(&mut self.session).await.map_err(driver)? {
            if accept(cursor.current())?.is_break() {
                break;
            }
            // A batch of 16 MB comes without waiting.
            tokio::task::coop::consume_budget().await;
        }
        Ok(())
    }

    /// What the server may take, in its unit of a millisecond; `None` for any time.
    fn time_left(&self) -> Result<Option<Duration>, StoreError> {
        let Some(deadline) = self.deadline else {
            return Ok(None);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        // To the server, none means no bound.
        if left < Duration::from_millis(1) {
            return Err(no_time_left(self.timeout));
        }
        Ok(Some(left))
    }
}

fn driver(error: mongodb::error::Error) -> StoreError {
    of_driver(LIST, error)
}

/// The stage that makes a [`Census`].
fn counts(query: &UnitQuery) -> Document {
    let sort = query.sort();
    let count = |condition: Bson| doc! { "$sum": { "$cond": [condition, 1, 0] } };
    let is_kind = |field: &str, kind: &str| {
        let kind_of = doc! { "$type": format!("${field}") };
        Bson::from(doc! { "$eq": [kind_of, kind] })
    };
    let texts_for_dates = if sort.fields().iter().any(|f| f.path() == "_updatedAt") {
        is_kind("_updatedAt", "string")
    } else {
        false.into()
    };
    doc! {
        "_id": Bson::Null,
        "total": { "$sum": 1 },
        "objectIds": count(is_kind("_id", "objectId")),
        "textsForDates": count(texts_for_dates),
        "arrays": count(match query.cursor() {
            None => meets_arrays(sort),
            Some(_) => meets_any_array(sort),
        }),
        "repeated": count(held_twice(query)),
        "nested": count(nest_in_sort(query)),
    }
}

/// Whether the sort meets arrays of a document in any way: conditions match any of their
/// elements, and an order goes by one of them. Undefined has the place of an empty array.
fn meets_any_array(sort: &SortSpec) -> Bson {
    let fields = sort.fields().iter();
    let conditions = fields.flat_map(|field| {
        let kind = doc! { "$type": format!("${}", field.path()) };
        let is_undefined = doc! { "$eq": [kind, "undefined"] };
        [meets_array(field.path()), is_undefined.into()]
    });
    doc! { "$or": conditions.collect::<Vec<_>>() }.into()
}

/// Whether the sort meets arrays of a document by two of its paths, which is an error
/// unless they share them, or by a position, which is one where it can be a name as well.
/// Of both a server tells only in the words of its version.
fn meets_arrays(sort: &SortSpec) -> Bson {
    let fields = sort.fields();
    let mut conditions: Vec<Bson> = Vec::new();
    if fields.len() > 1 {
        let each = fields
            .iter()
            .map(|field| doc! { "$cond": [meets_array(field.path()), 1, 0] });
        let met = doc! { "$add": each.collect::<Vec<_>>() };
        conditions.push(doc! { "$gt": [met, 1] }.into());
    }
    let positions = fields.iter().filter(|field| names_a_position(field.path()));
    conditions.extend(positions.map(|field| meets_array(field.path())));
    doc! { "$or": conditions }.into()
}

/// Whether there is an array on the path or at its end. Each step is looked at by itself:
/// what an expression makes of a path through an array is not the same on all servers.
fn meets_array(path: &str) -> Bson {
    let ends = path.match_indices('.').map(|(at, _)| at);
    let steps = ends.chain([path.len()]).filter_map(|end| path.get(..end));
    let steps = steps.map(|step| doc! { "$isArray": [format!("${step}")] });
    doc! { "$or": steps.collect::<Vec<_>>() }.into()
}

fn names_a_position(path: &str) -> bool {
    let mut below = path.split('.').skip(1);
    below.any(|segment| segment.bytes().all(|byte| byte.is_ascii_digit()))
}

fn count(counts: &RawDocument, key: &str) -> Result<u64, StoreError> {
    let count = match counts.get(key) {
        Ok(Some(RawBsonRef::Int32(count))) => u64::try_from(count).ok(),
        Ok(Some(RawBsonRef::Int64(count))) => u64::try_from(count).ok(),
        _ => None,
    };
    count.ok_or_else(|| {
        let problem = format!("expected the server to count {key:?} in whole numbers");
        StoreError::new(StoreErrorKind::Failed, LIST).with_source(problem)
    })
}
