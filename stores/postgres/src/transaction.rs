//! One operation in one transaction, tried again where that is safe.

use std::time::Duration;

use deadpool_postgres::{HookError, Object, PoolError, TimeoutType, Transaction};
use livechat_units::{StoreError, StoreErrorKind};
use tokio_postgres::IsolationLevel;
use tokio_postgres::error::SqlState;

use crate::connector::Server;
use crate::error::{self, Problem, driver_error, of_commit, of_driver};
use crate::options::{PostgresOptions, milliseconds};
use crate::schema::Place;

/// What an operation does in its transaction. It may be done more than once, all but the
/// last time in vain.
///
/// (Async closures would say the same, but the compiler cannot tell that their futures
/// may move between threads.)
pub(crate) trait Work: Sync {
    /// For errors.
    const OPERATION: &'static str;
    const ACCESS: Access;
    type Done: Send;

    /// Where units lie, if that is known.
    fn place(&self) -> Option<Place> {
        None
    }

    fn run(
        &self,
        transaction: &Transaction<'_>,
    ) -> impl Future<Output = Result<Self::Done, StoreError>> + Send;
}

/// What a transaction may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads one snapshot.
    Read,
    Write,
    /// Writes, with [`PostgresOptions::with_bulk_timeout`].
    Bulk,
    /// Reads one snapshot, with [`PostgresOptions::with_bulk_timeout`].
    BulkRead,
}

impl Access {
    fn reads(self) -> bool {
        matches!(self, Self::Read | Self::BulkRead)
    }

    fn is_bulk(self) -> bool {
        matches!(self, Self::Bulk | Self::BulkRead)
    }
}

/// How far a transaction had come.
enum Failed {
    /// Nothing of it has been applied.
    Before(StoreError),
    /// It may have been applied.
    Committing(StoreError),
}

/// How often a write that others were in the way of is tried again.
const MOST_CONFLICTS: u32 = 32;

/// Does the work. What surely has not been applied is tried again: once after a lost
/// connection, more often after a conflict with another writer.
pub(crate) async fn run<W: Work>(
    server: &Server,
    options: &PostgresOptions,
    work: &W,
) -> Result<W::Done, StoreError> {
    let mut conflicts_left = MOST_CONFLICTS;
    let mut losses_left = 1;
    loop {
        let error = match attempt(server, options, work).await {
            Ok(done) => return Ok(done),
            Err(Failed::Committing(error)) => return Err(error::at(error, &server.address)),
            Err(Failed::Before(error)) => error::at(error, &server.address),
        };
        let left = if driver_error(&error).is_some_and(error::is_conflict) {
            &mut conflicts_left
        } else if error.kind() == StoreErrorKind::Unavailable {
            &mut losses_left
        } else {
            return Err(error);
        };
        if *left == 0 {
            return Err(error);
        }
        *left -= 1;
    }
}

async fn attempt<W: Work>(
    server: &Server,
    options: &PostgresOptions,
    work: &W,
) -> Result<W::Done, Failed> {
    let client = server.pool.get().await;
    let client = client.map_err(of_pool(W::OPERATION, server, options));
    let mut client = client.map_err(Failed::Before)?;
    let limit = if W::ACCESS.is_bulk() {
        options.bulk_timeout
    } else {
        options.statement_timeout
    };
    // The server keeps the limits. This one is for when it does not answer at all.
    let patience = limit
        .saturating_mul(2)
        .saturating_add(Duration::from_secs(5));
    let work = transact(&mut client, &server.address, limit, work);
    let Ok(done) = tokio::time::timeout(patience, work).await else {
        drop(Object::take(client));
        let (server, waited) = (server.address.clone(), patience);
        let error = Problem::NoAnswer { server, waited }.during(W::OPERATION);
        return Err(Failed::Committing(error));
    };
    if let Err(Failed::Before(error) | Failed::Committing(error)) = &done
        && driver_error(error).is_some_and(error::is_lost)
    {
        // Those that wait in the pool have hardly fared better: the next try opens one.
        drop(Object::take(client));
        server.pool.retain(|_, _| false);
    }
    done
}

async fn transact<W: Work>(
    client: &mut Object,
    address: &str,
    limit: Duration,
    work: &W,
) -> Result<W::Done, Failed> {
    let failed = of_driver(W::OPERATION);
    let before = |error| Failed::Before(failed(error));
    let level = if W::ACCESS.reads() {
        IsolationLevel::RepeatableRead
    } else {
        IsolationLevel::ReadCommitted
    };
    let transaction = client
        .build_transaction()
        .isolation_level(level)
        .read_only(W::ACCESS.reads())
        .start()
        .await
        .map_err(|error| match W::ACCESS {
            // The only thing that a server may not support here is a transaction that writes.
            Access::Write | Access::Bulk
                if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) =>
            {
                let server = address.to_owned();
                Failed::Before(Problem::Standby { server }.during(W::OPERATION))
            }
            _ => before(error),
        })?;
    if W::ACCESS.is_bulk() {
        let limit = milliseconds(limit).to_string();
        let sql = "SELECT set_config('statement_timeout', $1, true)";
        let set = transaction.execute(sql, &[&limit]).await;
        set.map_err(before)?;
    }
    let done = work.run(&transaction).await.map_err(Failed::Before)?;
    if !W::ACCESS.reads() {
        // (After reading, the end is sent, and nobody waits for it.)
        let committed = transaction.commit().await;
        let failed = of_commit(W::OPERATION, work.place());
        committed.map_err(|error| Failed::Committing(failed(error)))?;
    }
    Ok(done)
}

/// What the driver reports while it connects is treated as what it reports later.
fn of_pool(
    operation: &'static str,
    server: &Server,
    options: &PostgresOptions,
) -> impl Fn(PoolError) -> StoreError {
    move |error| match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            of_driver(operation)(error)
        }
        PoolError::Timeout(TimeoutType::Wait) => Problem::NoConnection {
            server: server.address.clone(),
            connections: options.pool_size,
            waited: options.wait_timeout,
        }
        .during(operation),
        PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => Problem::NotOpened {
            server: server.address.clone(),
            waited: options.connect_timeout,
        }
        .during(operation),
        PoolError::Closed => {
            StoreError::new(StoreErrorKind::Unavailable, operation).with_source(error)
        }
        PoolError::PostCreateHook(HookError::Message(_)) | PoolError::NoRuntimeSpecified => {
            StoreError::new(StoreErrorKind::Failed, operation).with_source(error)
        }
    }
}
