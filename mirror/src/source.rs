//! What a mirror follows.

#[cfg(feature = "mongodb")]
mod mongodb;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::time::Duration;

use livechat_units::{StoreError, Unit};

#[cfg(feature = "mongodb")]
pub use self::mongodb::MongoSource;
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresSource;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteSource;

/// What has changed in a source.
#[derive(Debug)]
pub enum Changes {
    /// All units of the new state: the first state, or the source cannot tell what has changed.
    All(Vec<Unit>),
    /// Each `_id` that may have changed, once, with its unit in the new state. `None`: the new
    /// state has no unit with this `_id`.
    Some(Vec<(String, Option<Unit>)>),
}

/// A source of units that an async task follows, such as a database over a network.
///
/// A mirror never has two calls of a source at the same time. It may drop the future of
/// [`wait`](Self::wait), and the host may drop both. The documentation of the
/// [crate](crate#a-source-of-your-own) has an example.
pub trait Source: Send {
    /// What has changed since the last call that succeeded. The first call returns
    /// [`Changes::All`].
    ///
    /// The state of the mirror and these changes are one state that the source had. It has
    /// everything that was committed before this call, and is never older than a state that an
    /// earlier call returned. Changes that were returned already do no harm.
    ///
    /// # Errors
    /// The mirror keeps its state, pauses, and calls again. A call whose future was dropped, or
    /// that has failed, has returned nothing: its changes are part of the next.
    fn changes(&mut self) -> impl Future<Output = Result<Changes, StoreError>> + Send;

    /// Waits until something may have changed, at most this long. The mirror then calls
    /// [`changes`](Self::changes), which also confirms that nothing has.
    fn wait(&mut self, at_most: Duration) -> impl Future<Output = ()> + Send;
}

/// A source of units that a thread follows, such as a file.
pub trait BlockingSource: Send {
    /// As [`Source::changes`]. It is called again after the
    /// [interval](crate::MirrorOptions::with_interval), so it should cost little if nothing has
    /// changed.
    ///
    /// # Errors
    /// As of [`Source::changes`].
    fn changes(&mut self) -> Result<Changes, StoreError>;
}
