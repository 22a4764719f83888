//! The store: what it is told by its host, and its two operations.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bson::{Document, RawDocumentBuf, doc};
use livechat_units::{
    Limit, SortKey, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore,
};
use mongodb::Collection;
use mongodb::error::ErrorKind;
use mongodb::options::ReadConcern;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::after::Ids;
use crate::error::{CREATE_INDEXES, LIST, of_driver, too_late, unsupported};
use crate::query::{Order, Plan, heads, limit};
use crate::reads::{Census, Reads, Window};
use crate::row::Row;
use crate::schema;

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
/// | `Unsupported` | more documents to put in order here than the bound, or types among them that only MongoDB has a place for; a scope or sort too long for a command |
/// | `Corrupt` | a document that is not valid BSON, nests too deep, or is not what the server took it for |
/// | `Failed` | anything else: no permission, a command that the server does not know |
///
/// The source is the driver's error where there is one, and can be downcast to it.
#[derive(Clone)]
#[must_use]
pub struct MongoStore {
    collection: Collection<RawDocumentBuf>,
    timeout: Duration,
    completion_bound: u32,
    consistency: Arc<OnceCell<Consistency>>,
}

/// What state of the data a listing describes.
///
/// ```no_run
/// use livechat_units_mongodb::{Consistency, MongoStore};
/// use mongodb::{Client, bson::Document};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// // A server known to stand alone need not be asked what it is able to:
/// let client = Client::with_uri_str("mongodb://localhost").await?;
/// let departments = client.database("rocketchat").collection::<Document>("rocketchat_livechat_department");
/// let store = MongoStore::new(&departments).with_consistency(Consistency::Separate);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consistency {
    /// One snapshot, of data that a majority has acknowledged: replica sets and sharded
    /// clusters of MongoDB 5.0 and later. The read concern of the collection gives way
    /// to it.
    Snapshot,
    /// Two reads, one after the other, with the read concern of the collection: what a
    /// server that stands alone can do. A write between the two can be in the page and
    /// not in the total, or the other way round. Only a page that is not full, or has no
    /// bound, has the total that fits it.
    Separate,
}

impl MongoStore {
    /// How long a listing may take, unless told otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
    /// How many documents a listing may fetch to put them in order here, unless told
    /// otherwise.
    pub const DEFAULT_COMPLETION_BOUND: u32 = 100_000;

    /// A store over `collection`, which Rocket.Chat calls
    /// `rocketchat_livechat_department`. No I/O.
    pub fn new<T: Send + Sync>(collection: &Collection<T>) -> Self {
        Self {
            collection: collection.clone_with_type(),
            timeout: Self::DEFAULT_TIMEOUT,
            completion_bound: Self::DEFAULT_COMPLETION_BOUND,
            consistency: Arc::default(),
        }
    }

    /// How long a listing may take in all. The server is told what is left of it and
    /// stops working then.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many documents a listing may fetch to put them in order here, where MongoDB
    /// cannot (the README tells when). The matches among them are in memory then.
    pub fn with_completion_bound(mut self, documents: u32) -> Self {
        self.completion_bound = documents;
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
    /// It only reads. Cost: two commands, `aggregate` and `find`, on a connection of the
    /// client's pool; a future that is dropped gives up the connection.
    ///
    /// # Errors
    /// See [`MongoStore`].
    pub async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let Some(deadline) = Instant::now().checked_add(self.timeout) else {
            return self.list_by(query, None).await;
        };
        let listed = tokio::time::timeout_at(deadline, self.list_by(query, Some(deadline)));
        listed.await.unwrap_or_else(|_| Err(too_late(self.timeout)))
    }

    /// Creates the indexes that listings want, as far as they are missing: one for each
    /// documented field, named `livechat_units_` and the field, over units alone.
    ///
    /// The one operation that writes; the caller needs the right to create indexes.
    /// Listings are right without them, and slower. No limit of time applies but the
    /// driver's.
    ///
    /// # Errors
    /// As of [`MongoStore`]; `Failed` when an index of such a name has other keys.
    pub async fn create_indexes(&self) -> Result<(), StoreError> {
        let created = self.collection.create_indexes(schema::indexes()).await;
        created.map_err(|error| of_driver(CREATE_INDEXES, error))?;
        Ok(())
    }

    async fn list_by(
        &self,
        query: &UnitQuery,
        deadline: Option<Instant>,
    ) -> Result<UnitPage, StoreError> {
        let mut plan = Plan::new(query)?;
        let mut reads = self.reads(deadline).await?;
        let sort = match plan.order {
            Order::Server(sort) => sort,
            Order::Here(part) => return self.complete(&mut reads, plan.filter, query, &part).await,
        };
        let census = reads.census(&plan.filter, query).await?;
        let clauses = plan.after.map(|after| after.clauses(census.ids()));
        let clauses = clauses.transpose();
        let unplaced = clauses.as_ref().err().copied();
        if let Some(part) = only_ordered_here(census, query).or(unplaced) {
            if census.total > self.completion_bound.into() {
                return Err(too_many(part, self.completion_bound));
            }
            return self.complete(&mut reads, plan.filter, query, part).await;
        }
        if let Ok(Some(clauses)) = clauses {
            plan.filter.insert("$or", clauses);
        }
        let page = query.page();
        let mut units = Vec::new();
        if page.offset() < census.total {
            let window = Window {
                sort: Some(sort),
                skip: page.offset(),
                limit: limit(page.limit()),
            };
            let accept = |row: Row| {
                check_match(query, &row.unit)?;
                check_place(query, &row)?;
                units.push(row.unit);
                Ok(())
            };
            reads.rows(plan.filter, window, accept).await?;
        }
        let total = total(census.total, query, units.len());
        Ok(UnitPage::new(units, page, total))
    }

    /// Lists by the core's reference over all matches, because of `part` of the query or
    /// of the data.
    async fn complete(
        &self,
        reads: &mut Reads<'_>,
        filter: Document,
        query: &UnitQuery,
        part: &str,
    ) -> Result<UnitPage, StoreError> {
        let bound = self.completion_bound;
        let mut left = bound;
        let mut units: Vec<Unit> = Vec::new();
        let accept = |row: Row| {
            left = left.checked_sub(1).ok_or_else(|| too_many(part, bound))?;
            // The filter may be wider than the text.
            if query.matches(&row.unit) {
                check_types(query, &row, part)?;
                units.push(row.unit);
            }
            Ok(())
        };
        let all = Window {
            sort: None,
            skip: 0,
            limit: Some(i64::from(bound) + 1),
        };
        reads.rows(filter, all, accept).await?;
        let query = query.clone();
        let listed = tokio::task::spawn_blocking(move || units.list(&query)).await;
        listed.unwrap_or_else(|error| {
            Err(StoreError::new(StoreErrorKind::Failed, LIST).with_source(error))
        })
    }

    async fn reads(&self, deadline: Option<Instant>) -> Result<Reads<'_>, StoreError> {
        let consistency = self.consistency.get_or_try_init(|| self.ask());
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

    /// What the deployment is able to.
    async fn ask(&self) -> Result<Consistency, StoreError> {
        /// MongoDB 5.0.
        const SNAPSHOTS_SINCE: i32 = 13;
        const COMMAND_NOT_FOUND: i32 = 59;
        let admin = self.collection.client().database("admin");
        let hello = admin.run_command(doc! { "hello": 1 });
        let hello = match self.collection.selection_criteria() {
            Some(criteria) => hello.selection_criteria(criteria.clone()),
            None => hello,
        };
        let hello = match hello.await {
            Ok(hello) => hello,
            Err(error) => match &*error.kind {
                ErrorKind::Command(command) if command.code == COMMAND_NOT_FOUND => {
                    return Ok(Consistency::Separate);
                }
                _ => return Err(of_driver(LIST, error)),
            },
        };
        let version = hello.get_i32("maxWireVersion").unwrap_or_default();
        let is_member = hello.contains_key("setName");
        let is_router = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
        if version >= SNAPSHOTS_SINCE && (is_member || is_router) {
            Ok(Consistency::Snapshot)
        } else {
            Ok(Consistency::Separate)
        }
    }
}

impl Census {
    fn ids(self) -> Ids {
        if self.object_ids == 0 {
            Ids::Strings
        } else {
            Ids::ObjectIds
        }
    }
}

/// What about these matches MongoDB orders in another way than SPEC §2, or cannot tell
/// whether it follows a cursor.
fn only_ordered_here(census: Census, query: &UnitQuery) -> Option<&'static str> {
    if census.object_ids > 0 && census.object_ids < census.total {
        // All strings come before all ObjectIds there. Here both are strings.
        Some("units some of whose ids are strings and some ObjectIds")
    } else if census.texts_for_dates > 0 {
        // In the form of a date they are dates (SPEC §1).
        Some("a sort by `_updatedAt` of units where it is a string")
    } else if census.arrays > 0 && query.cursor().is_some() {
        Some("a cursor in a sort that meets arrays")
    } else if census.arrays > 0 {
        Some("a sort that meets arrays by two paths, or by a position")
    } else {
        None
    }
}

fn too_many(part: &str, bound: u32) -> StoreError {
    unsupported(format!(
        "{part}: expected at most {bound} documents to put in order, found more"
    ))
}

/// The core has a place in the order for JSON's types alone.
fn check_types(query: &UnitQuery, row: &Row, part: &str) -> Result<(), StoreError> {
    let mut heads = heads(query.sort());
    match heads.find(|head| row.foreign.iter().any(|field| field == head)) {
        None => Ok(()),
        Some(field) => Err(unsupported(format!(
            "{part}: expected JSON's types under the sort field {field:?}, found another in the \
             document with the _id {:?}",
            row.unit.id()
        ))),
    }
}

/// The server and the core may only differ where the document does not say one thing: a
/// field that it holds twice.
fn check_match(query: &UnitQuery, unit: &Unit) -> Result<(), StoreError> {
    if query.matches(unit) {
        return Ok(());
    }
    let problem = format!(
        "expected a match, found the document with the _id {:?}, which is one only on the server",
        unit.id()
    );
    Err(StoreError::new(StoreErrorKind::Corrupt, LIST).with_source(problem))
}

/// A place before the cursor is one that only the server has for the document, such as for
/// an object that reads as another value: to go on from it might never end.
fn check_place(query: &UnitQuery, row: &Row) -> Result<(), StoreError> {
    let Some(cursor) = query.cursor() else {
        return Ok(());
    };
    let mut heads = heads(query.sort());
    let is_foreign = heads.any(|head| row.foreign.iter().any(|field| field == head));
    if is_foreign || SortKey::new(query.sort(), &row.unit)? > cursor.key() {
        return Ok(());
    }
    let problem = format!(
        "expected a place after the cursor, found the document with the _id {:?}, which has one \
         only on the server",
        row.unit.id()
    );
    Err(StoreError::new(StoreErrorKind::Corrupt, LIST).with_source(problem))
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
            .field("completion_bound", &self.completion_bound)
            .field("consistency", &self.consistency.get())
            .finish()
    }
}
