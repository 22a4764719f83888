//! The store: what it is told by its host, and its two operations.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bson::RawDocumentBuf;
use bson::raw::RawDocument;
use livechat_units::{
    Limit, QueryPart, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore,
};
use mongodb::Collection;
use mongodb::options::ReadConcern;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::checks::{
    check_match, check_place, check_types, in_document, only_ordered_here, read_match, repeated,
};
use crate::consistency::Consistency;
use crate::error::{LIST, REGEX_FAILED, Reason, has_code, of_driver, too_late};
use crate::pattern::Covers;
use crate::query::{Order, Plan, limit};
use crate::reads::{Reads, Window};
use crate::row::Row;
use crate::{repeated, schema, servers};

/// Rocket.Chat's own collection of units and departments, read where it is.
///
/// Server, database, collection, credentials, TLS, read preference and the timeouts of
/// connections are those of the collection that the host hands in. A clone shares all of
/// it, and calls may run at the same time, on the tokio runtime that the client was made
/// on.
///
/// ```no_run
/// use std::time::Duration;
/// use livechat_units::{SortSpec, UnitQuery};
/// use livechat_units_mongodb::MongoStore;
/// use mongodb::{Client, bson::Document};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::with_uri_str("mongodb://a,b,c/?replicaSet=rs0").await?;
/// let departments = client.database("rocketchat").collection::<Document>("rocketchat_livechat_department");
/// let store = MongoStore::new(&departments).with_timeout(Duration::from_secs(5));
///
/// let largest_first: SortSpec = r#"{"numMonitors":-1}"#.parse()?;
/// let page = store.list(&UnitQuery::default().with_sort(largest_first)).await?;
/// assert!(page.len() <= 50);
/// # Ok(())
/// # }
/// ```
///
/// # Consistency
///
/// Page and total come from one snapshot where the deployment has them: see
/// [`Consistency`].
///
/// # Errors
///
/// | kind | when |
/// |---|---|
/// | `Unavailable` | no server is found, the connection is lost, the primary has stepped down, the snapshot is gone |
/// | `Timeout` | the deadline of the listing, or one of the driver or the server, has passed |
/// | `InvalidQuery` | MongoDB's "parallel arrays" |
/// | `Unsupported` | more matches to put in order here than [`with_max_sorted`](MongoStore::with_max_sorted) allows, or types among them that only MongoDB has a place for; a scope or sort too long for a command. Except for a scope, an [`Unsupported`](livechat_units::Unsupported), whose words the client sees, is among the sources |
/// | `Corrupt` | a document that is not valid BSON, nests too deep, or is not what the server took it for; one that holds a field twice, among more matches than `with_max_sorted` allows |
/// | `Failed` | anything else: no permission, a command that the server does not know |
///
/// A host goes by the kind. The source says in words what was wrong, and is a
/// `mongodb::error::Error` where the driver or the server reported it. It names the host and
/// port of the servers where none was found or no answer came in time. Where a connection was
/// lost, it names the servers that the client still knows.
#[derive(Clone)]
#[must_use]
pub struct MongoStore {
    collection: Collection<RawDocumentBuf>,
    timeout: Duration,
    max_sorted: u64,
    consistency: Arc<OnceCell<Consistency>>,
}

impl MongoStore {
    /// A store over `collection`, which Rocket.Chat calls
    /// `rocketchat_livechat_department`. No I/O.
    pub fn new<T: Send + Sync>(collection: &Collection<T>) -> Self {
        Self {
            collection: collection.clone_with_type(),
            timeout: Duration::from_secs(60),
            max_sorted: 100_000,
            consistency: Arc::default(),
        }
    }

    /// How long a listing may take in all: 60 seconds. The server is told what is left of
    /// it and stops working then.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most matches that are read and put in order by the store itself, where MongoDB
    /// cannot (the [crate's documentation](crate) tells when): 100,000. Each is in memory
    /// as a [`Unit`] meanwhile. A listing with more fails with
    /// [`StoreErrorKind::Unsupported`].
    ///
    /// Where MongoDB is asked for the beginning of a long text alone, all names with that
    /// beginning count.
    pub fn with_max_sorted(mut self, matches: u64) -> Self {
        self.max_sorted = matches;
        self
    }

    /// Reads in this way, and does not ask the server what it is able to.
    pub fn with_consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = Arc::new(OnceCell::new_with(Some(consistency)));
        self
    }

    /// The page of matches that `query` asks for, and how many matches there are: what
    /// [`UnitStore::list`] is for stores that block.
    ///
    /// It only reads. Cost: three commands, an `aggregate` and two `find`, on a connection of
    /// the client's pool; a fourth where the sort meets objects. The commands are sent a second
    /// time for a text where a name in the collection is not valid UTF-8. A future that is
    /// dropped gives up the connection.
    ///
    /// # Errors
    /// See [`MongoStore`].
    pub async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let listed = match Instant::now().checked_add(self.timeout) {
            None => Ok(self.list_by(query, None).await),
            Some(deadline) => {
                tokio::time::timeout_at(deadline, self.list_by(query, Some(deadline))).await
            }
        };
        let client = self.collection.client();
        match listed {
            Ok(Ok(page)) => Ok(page),
            Ok(Err(error)) => Err(servers::name_in(error, client).await),
            Err(_) => Err(too_late(self.timeout, servers::known(client).await)),
        }
    }

    /// Creates the indexes that listings want, as far as they are missing: one for each
    /// documented field, named `livechat_units_` and the field, over units alone.
    ///
    /// The one operation that writes; the caller needs the right to create indexes. With the
    /// right to list collections too, it also works on servers that have no collations.
    /// Listings are right without the indexes, and slower. No limit of time applies but the
    /// driver's. Indexes that an earlier version created stay as they are.
    ///
    /// # Errors
    /// As of [`MongoStore`]; `Failed` when an index of such a name has other keys or another
    /// collation.
    pub async fn create_indexes(&self) -> Result<(), StoreError> {
        let created = schema::create_indexes(&self.collection).await;
        match created {
            Ok(()) => Ok(()),
            Err(error) => Err(servers::name_in(error, self.collection.client()).await),
        }
    }

    async fn list_by(
        &self,
        query: &UnitQuery,
        deadline: Option<Instant>,
    ) -> Result<UnitPage, StoreError> {
        let listed = self.list_as(Plan::new(query)?, query, deadline).await;
        match listed {
            Err(error) if has_code(&error, REGEX_FAILED) => {
                let plan = Plan::new(query)?.without_regex_match();
                self.list_as(plan, query, deadline).await
            }
            listed => listed,
        }
    }

    async fn list_as(
        &self,
        plan: Plan,
        query: &UnitQuery,
        deadline: Option<Instant>,
    ) -> Result<UnitPage, StoreError> {
        let mut reads = self.reads(deadline).await?;
        let sort = match &plan.order {
            Order::Server(sort) => sort.clone(),
            Order::Here(reason) => return self.complete(&mut reads, &plan, query, reason).await,
        };
        let mut filter = plan.matches();
        let census = reads.census(&filter, query).await?;
        let clauses = plan.after.as_ref().map(|after| after.clauses(census.ids()));
        let clauses = clauses.transpose();
        let unplaced = clauses.as_ref().err();
        let unplaced = unplaced.map(|words| Reason::query(QueryPart::Cursor, *words));
        let ordered_here = match only_ordered_here(census, query).or(unplaced) {
            Some(reason) => Some(reason),
            None => repeated(&mut reads, &plan, query, census).await?,
        };
        if let Some(reason) = ordered_here {
            if census.total > self.max_sorted {
                return Err(reason.too_many(self.max_sorted));
            }
            return self.complete(&mut reads, &plan, query, &reason).await;
        }
        if let Ok(Some(clauses)) = clauses {
            filter.insert("$or", clauses);
        }
        let page = query.page();
        let mut units = Vec::new();
        let mut repeated = None;
        if page.offset() < census.total {
            let window = Window {
                sort: Some(sort),
                skip: page.offset(),
                limit: limit(page.limit()),
            };
            let accept = |document: &RawDocument| {
                let row = Row::read(document)?;
                if repeated::find(document, query).is_some() {
                    repeated = Some(in_document(document, query));
                    return Ok(ControlFlow::Break(()));
                }
                check_match(query, &row.unit)?;
                check_place(query, &row)?;
                units.push(row.unit);
                Ok(ControlFlow::Continue(()))
            };
            reads.documents(filter, window, accept).await?;
        }
        // The census has not seen it: the server's expressions see each field once.
        if let Some(reason) = repeated {
            return self.complete(&mut reads, &plan, query, &reason).await;
        }
        let total = total(census.total, query, units.len());
        Ok(UnitPage::new(units, page, total))
    }

    /// Lists by the core's reference over all matches.
    async fn complete(
        &self,
        reads: &mut Reads<'_>,
        plan: &Plan,
        query: &UnitQuery,
        reason: &Reason,
    ) -> Result<UnitPage, StoreError> {
        let bound = self.max_sorted;
        // Then what has the beginning of the text counts. Else the candidates that are no match
        // hold a field twice, and may be departments. They do not count.
        let is_wider = plan.covers == Covers::Beginning;
        let mut left = bound;
        let mut units: Vec<Unit> = Vec::new();
        let accept = |document: &RawDocument| {
            let row = read_match(document, query)?;
            if row.is_some() || is_wider {
                left = left.checked_sub(1).ok_or_else(|| reason.too_many(bound))?;
            }
            if let Some(row) = row {
                check_types(query, &row, reason)?;
                units.push(row.unit);
            }
            Ok(ControlFlow::Continue(()))
        };
        let all = Window {
            sort: None,
            skip: 0,
            // One more tells that there are too many. Else they are read up to that one.
            limit: i64::try_from(bound)
                .ok()
                .and_then(|bound| bound.checked_add(1))
                .filter(|_| is_wider),
        };
        reads.documents(plan.candidates(), all, accept).await?;
        let query = query.clone();
        let listed = tokio::task::spawn_blocking(move || units.list(&query)).await;
        listed.unwrap_or_else(|error| {
            Err(StoreError::new(StoreErrorKind::Failed, LIST).with_source(error))
        })
    }

    async fn reads(&self, deadline: Option<Instant>) -> Result<Reads<'_>, StoreError> {
        let consistency = self
            .consistency
            .get_or_try_init(|| Consistency::of(&self.collection));
        let snapshot = *consistency.await? == Consistency::Snapshot;
        let session = self.collection.client().start_session();
        let session = session.snapshot(snapshot).causal_consistency(false).await;
        Ok(Reads {
            collection: &self.collection,
            session: session.map_err(|error| of_driver(LIST, error))?,
            read_concern: snapshot.then(ReadConcern::snapshot),
            timeout: self.timeout,
            deadline,
        })
    }
}

/// The number of matches, once so many units were found. Within a snapshot it is the one
/// counted; else the page may know better.
fn total(counted: u64, query: &UnitQuery, found: usize) -> u64 {
    let page = query.page();
    let found = u64::try_from(found).unwrap_or(u64::MAX);
    let end = page.offset().saturating_add(found);
    if query.cursor().is_some() {
        // How many come before the page is not known.
        return if found > 0 { counted.max(end) } else { counted };
    }
    let is_full = match page.limit() {
        Limit::AtMost(count) => found >= count.get(),
        Limit::Unlimited => false,
    };
    if found > 0 && !is_full {
        end
    } else if found > 0 {
        counted.max(end)
    } else {
        counted.min(page.offset())
    }
}

/// The namespace and the settings; never the client, which holds credentials.
impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore")
            .field("namespace", &self.collection.namespace().to_string())
            .field("timeout", &self.timeout)
            .field("max_sorted", &self.max_sorted)
            .field("consistency", &self.consistency.get())
            .finish()
    }
}
