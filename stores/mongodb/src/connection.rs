//! Sessions on the collection: the commands of one listing, with one deadline and, if the
//! deployment has snapshots, one snapshot.
//!
//! ```text
//! Connection        the options, and the consistency of the deployment once it is known
//!  └─► Session      of one listing: the driver's session, read concern, deadline
//!       ├─ aggregate    at most one document
//!       └─ find         documents one by one, until the caller stops
//! ```

mod consistency;
mod servers;

use std::ops::ControlFlow;
use std::time::Duration;

use bson::Document;
use bson::raw::{RawDocument, RawDocumentBuf};
use mongodb::options::{AggregateOptions, Collation, FindOptions, ReadConcern};
use mongodb::{ClientSession, Collection, SessionCursor};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use crate::error::Problem;
use crate::options::{Consistency, MongoOptions};

/// The collection with its options. A store and its clones share one.
pub(crate) struct Connection {
    options: MongoOptions,
    /// Empty until the host or the server has decided.
    consistency: OnceCell<Consistency>,
}

impl Connection {
    pub(crate) fn new(options: MongoOptions) -> Self {
        Self {
            consistency: OnceCell::new_with(options.consistency),
            options,
        }
    }

    pub(crate) fn options(&self) -> &MongoOptions {
        &self.options
    }

    pub(crate) fn collection(&self) -> &Collection<RawDocumentBuf> {
        &self.options.collection
    }

    /// `None` if the server has not been asked yet.
    pub(crate) fn consistency(&self) -> Option<Consistency> {
        self.consistency.get().copied()
    }

    /// Whether reads can come from one snapshot. The first call asks the server.
    pub(crate) async fn has_snapshots(&self) -> Result<bool, Problem> {
        let detect = || consistency::detect(self.collection());
        let consistency = self.consistency.get_or_try_init(detect).await?;
        Ok(*consistency == Consistency::Snapshot)
    }

    /// Asks the server whether it is a `mongos` of a sharded cluster.
    pub(crate) async fn is_router(&self) -> Result<bool, Problem> {
        let hello = consistency::hello(self.collection()).await?;
        Ok(hello.is_some_and(|hello| consistency::is_router(&hello)))
    }

    /// A session for one listing.
    pub(crate) async fn session(&self, deadline: Option<Instant>) -> Result<Session<'_>, Problem> {
        let is_snapshot = self.has_snapshots().await?;
        let session = self.collection().client().start_session();
        let session = session.snapshot(is_snapshot).causal_consistency(false);
        Ok(Session {
            connection: self,
            driver: session.await?,
            read_concern: is_snapshot.then(ReadConcern::snapshot),
            deadline,
        })
    }

    /// The output of `future`, or [`Problem::NoAnswer`] after the time limit of the options.
    pub(crate) async fn within<T, E: Into<Problem>>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Problem> {
        match timeout(self.options.timeout, future).await {
            Ok(output) => output.map_err(Into::into),
            Err(_) => Err(self.no_answer().await),
        }
    }

    /// The failure of an operation that got no answer before its deadline.
    pub(crate) async fn no_answer(&self) -> Problem {
        Problem::NoAnswer {
            servers: servers::known(self.collection().client()).await,
            timeout: self.options.timeout,
        }
    }

    /// The same problem. If a connection was lost, its text also names the servers that the
    /// client still knows.
    pub(crate) async fn with_servers(&self, problem: Problem) -> Problem {
        match problem {
            Problem::Driver(error) => {
                let client = self.collection().client();
                Problem::Driver(servers::name_in(error, client).await)
            }
            problem => problem,
        }
    }
}

/// The commands of one listing.
pub(crate) struct Session<'a> {
    connection: &'a Connection,
    driver: ClientSession,
    /// Replaces the read concern of the collection in a snapshot: the driver adds its own only
    /// to commands that have none.
    read_concern: Option<ReadConcern>,
    /// `None` if the listing has no time limit.
    deadline: Option<Instant>,
}

/// Which of the documents that match a filter a find returns.
pub(crate) struct Window {
    pub(crate) sort: Option<Document>,
    pub(crate) skip: u64,
    pub(crate) limit: Option<i64>,
}

impl Window {
    /// All documents in any order, or this many of them.
    pub(crate) fn unsorted(limit: Option<i64>) -> Self {
        Self {
            sort: None,
            skip: 0,
            limit,
        }
    }
}

impl Session<'_> {
    /// The first document that the pipeline returns.
    pub(crate) async fn aggregate(
        &mut self,
        pipeline: [Document; 2],
    ) -> Result<Option<RawDocumentBuf>, Problem> {
        let options = AggregateOptions::builder()
            .collation(simple_collation())
            .read_concern(self.read_concern.clone())
            .max_time(self.time_left()?)
            .build();
        let aggregate = self.connection.collection().aggregate(pipeline);
        let aggregate = aggregate.with_options(options);
        let mut cursor: SessionCursor<Document> = aggregate.session(&mut self.driver).await?;
        let found = cursor.advance(&mut self.driver).await?;
        Ok(found.then(|| cursor.current().to_owned()))
    }

    /// Calls `accept` with each document of the window, until it breaks.
    pub(crate) async fn find(
        &mut self,
        filter: Document,
        window: Window,
        mut accept: impl FnMut(&RawDocument) -> Result<ControlFlow<()>, Problem>,
    ) -> Result<(), Problem> {
        let options = FindOptions::builder()
            .sort(window.sort)
            .skip(window.skip)
            .limit(window.limit)
            .collation(simple_collation())
            // Without an index, a sort may need more than the server's 100 MB of memory.
            .allow_disk_use(true)
            .read_concern(self.read_concern.clone())
            .max_time(self.time_left()?)
            .build();
        let find = self.connection.collection().find(filter);
        let find = find.with_options(options);
        let mut cursor = find.session(&mut self.driver).await?;
        while cursor.advance(&mut self.driver).await? {
            if accept(cursor.current())?.is_break() {
                break;
            }
            // The documents of a batch of 16 MB are all ready, so `advance` does not yield.
            tokio::task::coop::consume_budget().await;
        }
        Ok(())
    }

    /// The first document that matches the filter and meets `condition`. Reads the documents
    /// up to that one, and at most `limit`.
    pub(crate) async fn find_first(
        &mut self,
        filter: Document,
        limit: Option<i64>,
        condition: impl Fn(&RawDocument) -> Result<bool, Problem>,
    ) -> Result<Option<RawDocumentBuf>, Problem> {
        let mut found = None;
        let accept = |document: &RawDocument| {
            if condition(document)? {
                found = Some(document.to_owned());
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        };
        self.find(filter, Window::unsorted(limit), accept).await?;
        Ok(found)
    }

    /// The `maxTimeMS` of the next command; `None` for no limit.
    fn time_left(&self) -> Result<Option<Duration>, Problem> {
        let Some(deadline) = self.deadline else {
            return Ok(None);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        // The unit is a millisecond, and 0 means no limit to the server.
        if left < Duration::from_millis(1) {
            let timeout = self.connection.options.timeout;
            return Err(Problem::NoTimeLeft { timeout });
        }
        Ok(Some(left))
    }
}

/// The order of bytes, whatever the collation of the collection is.
pub(crate) fn simple_collation() -> Collation {
    Collation::builder().locale("simple").build()
}
