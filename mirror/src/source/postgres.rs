//! Following PostgreSQL.

use std::fmt;
use std::time::Duration;

use livechat_units::StoreError;
use livechat_units_postgres::{ChangedUnits, Hints, PostgresStore, Revision};
use tokio::time::{Instant, timeout_at};

use super::{Changes, Source};

/// The units of PostgreSQL, for [`MirrorOptions::follow`](crate::MirrorOptions::follow).
///
/// It calls [`PostgresStore::changes_since`] after a notification, and after each interval. A
/// pooler that shares connections between transactions passes no notifications on. There, and
/// wherever it cannot listen, the interval decides how soon a change is seen.
///
/// ```no_run
/// use livechat_units::{UnitQuery, UnitStore};
/// use livechat_units_mirror::{MirrorOptions, PostgresSource};
/// use livechat_units_postgres::PostgresStore;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::new("host=localhost user=chat dbname=chat".parse()?)?;
/// let (mirror, follow) = MirrorOptions::new().follow(PostgresSource::new(store));
/// tokio::spawn(follow);
/// mirror.ready().await?;
/// println!("{} units", mirror.list(&UnitQuery::default())?.total());
/// # Ok(())
/// # }
/// ```
pub struct PostgresSource {
    store: PostgresStore,
    seen: Option<Revision>,
    hints: Option<Hints>,
    /// When to try again to listen.
    next_listen: Option<Instant>,
}

/// The time between two attempts to listen.
const LISTEN_INTERVAL: Duration = Duration::from_secs(10);

impl PostgresSource {
    /// The units of this store. No I/O.
    pub fn new(store: PostgresStore) -> Self {
        Self {
            store,
            seen: None,
            hints: None,
            next_listen: None,
        }
    }

    /// Listens, unless an attempt has failed a short time ago.
    async fn listen(&mut self) {
        let now = Instant::now();
        if self.hints.is_some() || self.next_listen.is_some_and(|next| now < next) {
            return;
        }
        self.next_listen = now.checked_add(LISTEN_INTERVAL);
        match self.store.listen().await {
            Ok(hints) => self.hints = Some(hints),
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::debug!(error, "the mirror gets no notifications");
            }
        }
    }
}

impl Source for PostgresSource {
    async fn changes(&mut self) -> Result<Changes, StoreError> {
        // What is committed after this begins is in the changes or notified.
        self.listen().await;
        let changes = self.store.changes_since(self.seen.as_ref()).await?;
        self.seen = Some(changes.revision);
        Ok(match changes.units {
            ChangedUnits::All(units) => Changes::All(units),
            ChangedUnits::Some(changes) => Changes::Some(changes),
        })
    }

    async fn wait(&mut self, at_most: Duration) {
        let Some(hints) = &mut self.hints else {
            return tokio::time::sleep(at_most).await;
        };
        let Some(end) = Instant::now().checked_add(at_most) else {
            return;
        };
        if let Ok(Err(_lost)) = timeout_at(end, hints.next()).await {
            self.hints = None;
            tokio::time::sleep_until(end).await;
        }
    }
}

impl fmt::Debug for PostgresSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSource")
            .field("store", &self.store)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}
