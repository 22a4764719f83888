//! The public error with the report of the driver or of a server.

use std::error::Error;
use std::fmt;

use tokio_postgres::error::DbError;

/// What the driver or a server reported: the source of a
/// [`StoreError`](livechat_units::StoreError).
///
/// `Display` shows the host and the port of the server that the store was connected to. After
/// that it shows the message, detail, hint and SQLSTATE of the server, each cut to 400
/// characters, or the message of the driver with those of its causes. It has no source,
/// because the text contains all of them.
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
    /// The host and the port.
    server: String,
    driver: tokio_postgres::Error,
}

/// The characters that are shown of each part of a report. The longest useful messages are
/// those of `libpq` about a shard, with the address and the reason.
const MAX_CHARS: usize = 400;

impl ServerError {
    pub(crate) fn new(server: &str, driver: tokio_postgres::Error) -> Self {
        let server = server.to_owned();
        Self { server, driver }
    }

    /// The driver's error.
    pub fn driver(&self) -> &tokio_postgres::Error {
        &self.driver
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.server)?;
        match self.driver.as_db_error() {
            Some(report) => write_report(report, f),
            None => f.write_str(&with_causes(&self.driver)),
        }
    }
}

impl Error for ServerError {}

/// The message of the driver with those of its causes.
fn with_causes(driver: &tokio_postgres::Error) -> String {
    let mut words = driver.to_string();
    let mut cause = driver.source();
    while let Some(error) = cause {
        // Some versions of the driver show their cause themselves.
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

fn write_report(report: &DbError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}: {}", report.severity(), line(report.message()))?;
    if let Some(detail) = report.detail() {
        write!(f, "; detail: {}", line(detail))?;
    }
    if let Some(hint) = report.hint() {
        write!(f, "; hint: {}", line(hint))?;
    }
    // Citus names the worker only here.
    let context = report.where_().unwrap_or_default().lines();
    for executed in context.filter(|line| line.starts_with("while executing command on ")) {
        write!(f, "; {}", line(executed))?;
    }
    write!(f, " (SQLSTATE {})", report.code().code())
}

/// The text on one line, with an ellipsis if it is longer than [`MAX_CHARS`].
fn line(text: &str) -> String {
    let mut line = text.replace('\n', " ");
    if let Some((end, _)) = line.char_indices().nth(MAX_CHARS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_report_are_cut() {
        assert_eq!(line("a\nb"), "a b");
        let longest = "é".repeat(MAX_CHARS);
        assert_eq!(line(&longest), longest);
        assert_eq!(line(&format!("{longest}é")), longest + "…");
    }
}
