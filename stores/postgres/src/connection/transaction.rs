//! Runs one operation in one transaction, and retries it where that is safe.

use std::time::Duration;

use deadpool_postgres::{HookError, Object, PoolError, TimeoutType, Transaction};
use livechat_units::{StoreError, StoreErrorKind};
use tokio_postgres::IsolationLevel;
use tokio_postgres::error::SqlState;

use super::connector::Server;
use crate::error::Problem;
use crate::options::{PostgresOptions, milliseconds};

/// An operation of the store: what it does in its transaction.
///
/// (An async closure would do, but the compiler cannot show that its future may move between
/// threads.)
pub(crate) trait Operation: Sync {
    /// For errors: one of [`operation`](crate::error::operation).
    const NAME: &'static str;
    const ACCESS: Access;
    type Output: Send;

    /// Whether the units are known to be in a distributed table, whose workers commit one by
    /// one.
    fn is_distributed(&self) -> bool {
        false
    }

    /// Does it. Called again in a new transaction if this one was not applied.
    fn run(
        &self,
        transaction: &Transaction<'_>,
    ) -> impl Future<Output = Result<Self::Output, Problem>> + Send;
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

/// When a transaction failed.
enum Failed {
    /// Before its commit: nothing was applied.
    Before(Problem),
    /// During its commit: it may have been applied.
    Committing(Problem),
}

/// How often a write is retried after a conflict with another write. Of the writers in one
/// conflict at least one succeeds, so this suffices for as many writers to the same unit.
const MAX_CONFLICTS: u32 = 32;

/// Runs the operation. If it was certainly not applied, it is retried: once after a lost
/// connection, and up to [`MAX_CONFLICTS`] times after conflicts with other writers.
pub(crate) async fn run<O: Operation>(
    server: &Server,
    options: &PostgresOptions,
    operation: &O,
) -> Result<O::Output, StoreError> {
    let mut conflicts_left = MAX_CONFLICTS;
    let mut losses_left = 1;
    loop {
        let (problem, left) = match attempt(server, options, operation).await {
            Ok(output) => return Ok(output),
            Err(Failed::Before(problem)) if problem.is_conflict() => {
                (problem, Some(&mut conflicts_left))
            }
            Err(Failed::Before(problem)) if problem.kind() == StoreErrorKind::Unavailable => {
                (problem, Some(&mut losses_left))
            }
            Err(Failed::Before(problem) | Failed::Committing(problem)) => (problem, None),
        };
        match left {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Err(problem.at(&server.address, O::NAME)),
        }
    }
}

async fn attempt<O: Operation>(
    server: &Server,
    options: &PostgresOptions,
    operation: &O,
) -> Result<O::Output, Failed> {
    let client = server.pool.get().await;
    let client = client.map_err(|error| of_pool(error, server, options));
    let mut client = client.map_err(Failed::Before)?;
    let limit = if O::ACCESS.is_bulk() {
        options.bulk_timeout
    } else {
        options.statement_timeout
    };
    // The server itself stops statements at the limit. This is for a server that does not
    // answer at all: twice the limit, for a few statements, and 5 seconds for the network.
    let patience = limit
        .saturating_mul(2)
        .saturating_add(Duration::from_secs(5));
    let transacted = transact(&mut client, &server.address, limit, operation);
    let Ok(result) = tokio::time::timeout(patience, transacted).await else {
        drop(Object::take(client));
        let (server, waited) = (server.address.clone(), patience);
        return Err(Failed::Committing(Problem::NoAnswer { server, waited }));
    };
    if let Err(Failed::Before(problem) | Failed::Committing(problem)) = &result
        && problem.is_lost_connection()
    {
        // The idle connections of the pool are probably lost too: the next attempt opens one.
        drop(Object::take(client));
        server.pool.retain(|_, _| false);
    }
    result
}

async fn transact<O: Operation>(
    client: &mut Object,
    address: &str,
    limit: Duration,
    operation: &O,
) -> Result<O::Output, Failed> {
    let before = |error| Failed::Before(Problem::Driver(error));
    let transaction = start::<O>(client, address).await.map_err(Failed::Before)?;
    if O::ACCESS.is_bulk() {
        // Unlike a `SELECT`, this takes no snapshot.
        let sql = format!("SET LOCAL statement_timeout = {}", milliseconds(limit));
        transaction.batch_execute(&sql).await.map_err(before)?;
    }
    let output = operation.run(&transaction).await.map_err(Failed::Before)?;
    if !O::ACCESS.reads() {
        // (A transaction that only reads is ended when it is dropped, without waiting.)
        let is_distributed = operation.is_distributed();
        let committed = transaction.commit().await;
        committed.map_err(|error| Failed::Committing(Problem::of_commit(error, is_distributed)))?;
    }
    Ok(output)
}

/// Starts the transaction of an operation.
async fn start<'a, O: Operation>(
    client: &'a mut Object,
    address: &str,
) -> Result<Transaction<'a>, Problem> {
    let level = if O::ACCESS.reads() {
        IsolationLevel::RepeatableRead
    } else {
        IsolationLevel::ReadCommitted
    };
    let transaction = client
        .build_transaction()
        .isolation_level(level)
        .read_only(O::ACCESS.reads());
    transaction.start().await.map_err(|error| {
        // A standby does not support transactions that write; nothing else is unsupported.
        let is_unsupported = error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED);
        if is_unsupported && !O::ACCESS.reads() {
            let server = address.to_owned();
            return Problem::Standby { server };
        }
        Problem::Driver(error)
    })
}

/// The error of a pool that has no connection. A report of the driver while it connects is
/// treated as a later one.
fn of_pool(error: PoolError, server: &Server, options: &PostgresOptions) -> Problem {
    let address = server.address.clone();
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            Problem::Driver(error)
        }
        PoolError::Timeout(TimeoutType::Wait) => Problem::NoConnection {
            server: address,
            connections: options.pool_size,
            waited: options.wait_timeout,
        },
        PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => Problem::NotOpened {
            server: address,
            waited: options.connect_timeout,
        },
        // The store never closes its pool, has a runtime and no hooks.
        PoolError::Closed
        | PoolError::PostCreateHook(HookError::Message(_))
        | PoolError::NoRuntimeSpecified => Problem::Pool {
            server: address,
            reason: error.to_string(),
        },
    }
}
