//! Which servers an error is about. The driver names them where it found none, and not where
//! one that it has found stops answering.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bson::doc;
use livechat_units::StoreError;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::SelectionCriteria;
use mongodb::{Client, ServerInfo};

use crate::error::excerpt;

/// How long is waited for the client to look at the servers that it knows, which it does at
/// once. No server is asked anything.
const PATIENCE: Duration = Duration::from_millis(10);

/// The most servers that are named.
const MAX_NAMED: usize = 4;

/// The host and port of each server that the client takes for reachable, as a part of a
/// sentence. `None` where there is none.
pub(crate) async fn known(client: &Client) -> Option<String> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let addresses = Arc::clone(&seen);
    // The driver shows what it knows to nobody but a predicate, which here takes none.
    let predicate = move |server: &ServerInfo| {
        let mut addresses = addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.insert(server.address().to_string());
        false
    };
    let criteria = SelectionCriteria::Predicate(Arc::new(predicate));
    let admin = client.database("admin");
    let ping = admin.run_command(doc! { "ping": 1 });
    let _ = tokio::time::timeout(PATIENCE, ping.selection_criteria(criteria)).await;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    named(&seen)
}

fn named(addresses: &BTreeSet<String>) -> Option<String> {
    if addresses.is_empty() {
        return None;
    }
    let mut named: Vec<String> = addresses
        .iter()
        .take(MAX_NAMED)
        .map(|a| excerpt(a))
        .collect();
    if addresses.len() > named.len() {
        named.push(format!("{} more", addresses.len() - named.len()));
    }
    Some(named.join(" or "))
}

/// The same error. The text of one that came from a connection alone names the servers that
/// are still known. A member of a replica set that was lost is not among them.
pub(crate) async fn name_in(error: StoreError, client: &Client) -> StoreError {
    let source = std::error::Error::source(&error);
    let Some(driver) = source.and_then(|source| source.downcast_ref::<Error>()) else {
        return error;
    };
    let ErrorKind::Io(cause) = &*driver.kind else {
        return error;
    };
    let mut text = format!("connection lost ({cause})");
    if let Some(known) = known(client).await {
        text = format!("{text}; servers still known: {known}");
    }
    let mut driver = driver.clone();
    *driver.kind = ErrorKind::Io(Arc::new(io::Error::new(cause.kind(), text)));
    StoreError::new(error.kind(), error.operation()).with_source(driver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_on_the_names() {
        let named = |count: usize| {
            named(
                &(0..count)
                    .map(|i| format!("host{i}:27017"))
                    .collect::<BTreeSet<_>>(),
            )
        };
        let some = |count| named(count).unwrap();
        assert_eq!(named(0), None);
        assert_eq!(some(1), r#""host0:27017""#);
        assert_eq!(some(2), r#""host0:27017" or "host1:27017""#);
        assert!(some(4).ends_with(r#" or "host3:27017""#));
        assert!(some(6).ends_with(r#" or "host3:27017" or 2 more"#));
    }
}
