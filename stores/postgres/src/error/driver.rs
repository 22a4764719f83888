//! The kinds of what the driver reports.

use std::error::Error as StdError;
use std::io;

use livechat_units::StoreErrorKind;
use tokio_postgres::error::SqlState;

/// Whether another write was in the way. The write was not applied and can be repeated. (Only
/// migrations limit the wait for a lock.)
pub(crate) fn is_conflict(error: &tokio_postgres::Error) -> bool {
    [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
    ]
    .iter()
    .any(|state| error.code() == Some(state))
}

/// Whether the connection cannot be used again.
pub(crate) fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(state) => state.code().starts_with("57P") || state.code() == ABORTED,
        None => kind(error) == StoreErrorKind::Unavailable,
    }
}

/// The kind of an error of the driver.
pub(crate) fn kind(error: &tokio_postgres::Error) -> StoreErrorKind {
    if let Some(report) = error.as_db_error() {
        let is_internal = *report.code() == SqlState::INTERNAL_ERROR;
        if is_internal && is_lost_worker(report.message(), report.where_().unwrap_or_default()) {
            return StoreErrorKind::Unavailable;
        }
        return kind_of_state(report.code().code());
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return match io.kind() {
                io::ErrorKind::TimedOut => StoreErrorKind::Timeout,
                _ => StoreErrorKind::Unavailable,
            };
        }
        source = cause.source();
    }
    if error.is_closed() {
        StoreErrorKind::Unavailable
    } else {
        StoreErrorKind::Failed
    }
}

/// Whether Citus has lost a worker. It reports that as an internal error with the words of
/// `libpq`, in the context of the command that it executed there. (The internal errors of the
/// worker itself have the same context.)
fn is_lost_worker(message: &str, context: &str) -> bool {
    let of_libpq = [
        "server closed the connection",
        "no connection to the server",
        "could not receive data from server",
        "could not send data to server",
        "SSL SYSCALL error",
        "SSL connection has been closed",
    ];
    context.contains("while executing command on ")
        && of_libpq.iter().any(|words| message.contains(words))
}

/// The SQLSTATE of a statement in a transaction that has failed. If a shard is lost while a
/// transaction ends, the next transaction on the connection gets it.
const ABORTED: &str = "25P02";

/// The kind of a SQLSTATE (PostgreSQL's manual, appendix A).
fn kind_of_state(code: &str) -> StoreErrorKind {
    match code {
        // A statement or a lock took too long.
        "57014" | "55P03" | "25P03" | "25P04" => StoreErrorKind::Timeout,
        // Another transaction was in the way, or a shard could not be reached.
        "40001" | "40P01" | "HV00N" | ABORTED => StoreErrorKind::Unavailable,
        _ => match code.get(..2) {
            // Connections, resources, a server that stops or starts, disks.
            Some("08" | "53" | "57" | "58") => StoreErrorKind::Unavailable,
            // A limit of PostgreSQL's own.
            Some("54") => StoreErrorKind::Unsupported,
            _ => StoreErrorKind::Failed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_kinds() {
        for (kind, codes) in [
            (
                StoreErrorKind::Unavailable,
                &[
                    "08000", "08001", "08003", "08006", "53100", "53200", "53300", "57P01",
                    "25P02", "57P02", "57P03", "57P05", "58030", "HV00N", "40001", "40P01",
                ][..],
            ),
            (StoreErrorKind::Timeout, &["57014", "55P03", "25P03"]),
            (StoreErrorKind::Unsupported, &["54000", "54001"]),
            (
                StoreErrorKind::Failed,
                &["42P01", "42501", "28P01", "23505", "XX000", "HV000", ""],
            ),
        ] {
            for code in codes {
                assert_eq!(kind_of_state(code), kind, "{code}");
            }
        }
    }

    #[test]
    fn a_worker_of_citus_that_is_lost_is_unavailable() {
        let lost = "server closed the connection unexpectedly\n\tThis probably means …";
        let context = "COPY units, line 1\nwhile executing command on 10.0.0.2:5432";
        assert!(is_lost_worker(lost, context));
        assert!(!is_lost_worker(
            lost,
            "PL/pgSQL function fail() line 1 at RAISE"
        ));
        assert!(!is_lost_worker("could not read block 7", context));
        assert!(!is_lost_worker(lost, ""));
    }
}
