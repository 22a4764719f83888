//! What the driver or a server reported, in words.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use crate::error::cut;

/// What the driver or a server reported: the source of a
/// [`StoreError`](livechat_units::StoreError).
///
/// `Display` shows the host and the port of the server that the store was connected to, and
/// what was reported: the message, detail, hint and SQLSTATE of the server, each cut to 400
/// characters, or the words of the driver and of what caused them. So there is no further
/// source.
///
/// ```
/// use std::error::Error;
/// use livechat_units::StoreError;
/// use livechat_units_postgres::ServerError;
///
/// fn is_forbidden(error: &StoreError) -> bool {
///     let reported = error.source().and_then(|source| source.downcast_ref::<ServerError>());
///     // 10.0.0.1:5432: ERROR: permission denied for table units (SQLSTATE 42501)
///     reported.is_some_and(|reported| {
///         reported.driver().code().is_some_and(|state| state.code() == "42501")
///     })
/// }
/// ```
#[derive(Debug)]
pub struct ServerError {
    /// Set by the operation, which knows its connections.
    server: OnceLock<String>,
    driver: tokio_postgres::Error,
}

/// The characters that are shown of each part of a report. The longest are those of `libpq`
/// about a shard, with its address and a reason.
const MOST_REPORTED: usize = 400;

impl ServerError {
    pub(crate) fn new(driver: tokio_postgres::Error) -> Self {
        let server = OnceLock::new();
        Self { server, driver }
    }

    /// Says which server it was, unless that is known.
    pub(crate) fn locate(&self, server: &str) {
        self.server.get_or_init(|| server.to_owned());
    }

    /// The driver's error.
    pub fn driver(&self) -> &tokio_postgres::Error {
        &self.driver
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(server) = self.server.get() {
            write!(f, "{server}: ")?;
        }
        let Some(report) = self.driver.as_db_error() else {
            let mut words = self.driver.to_string();
            let mut cause = self.driver.source();
            while let Some(error) = cause {
                // Some versions of the driver show their cause themselves.
                let more = error.to_string();
                if !words.contains(&more) {
                    words = format!("{words}: {more}");
                }
                cause = error.source();
            }
            return f.write_str(&words);
        };
        let line = |text: &str| cut(&text.replace('\n', " "), MOST_REPORTED);
        write!(f, "{}: {}", report.severity(), line(report.message()))?;
        if let Some(detail) = report.detail() {
            write!(f, "; detail: {}", line(detail))?;
        }
        if let Some(hint) = report.hint() {
            write!(f, "; hint: {}", line(hint))?;
        }
        // Citus says only here which worker it was.
        let context = report.where_().unwrap_or_default().lines();
        for executed in context.filter(|line| line.starts_with("while executing command on ")) {
            write!(f, "; {}", line(executed))?;
        }
        write!(f, " (SQLSTATE {})", report.code().code())
    }
}

impl Error for ServerError {}
