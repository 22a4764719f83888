//! Connections to servers, and operations in transactions on them.
//!
//! ```text
//!  Operation ─► transaction::run ─► Server ─► pool of deadpool ─► tokio-postgres
//!               (transaction,       (made by Connector with the host's TLS
//!                time limit, retry)  and the settings of each session)
//! ```

mod connector;
mod transaction;

pub(crate) use self::connector::{Connector, Listening, SESSION, Server, settings};
pub(crate) use self::transaction::{Access, Operation, run};
