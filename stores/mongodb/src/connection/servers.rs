//! The addresses of servers, for errors.
//!
//! The driver's errors name the servers if none was found. They name none if a server that
//! was found stops answering or closes the connection; this module adds them.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bson::doc;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::SelectionCriteria;
use mongodb::{Client, ServerInfo};

use crate::error::quoted;

/// How long [`known`] waits for the client. The client calls the predicate at once and asks
/// no server, so this is much longer than it needs.
const MAX_WAIT: Duration = Duration::from_millis(10);

/// The most servers that an error names: a replica set has 3 to 7 members.
const MAX_NAMED: usize = 4;

/// Host and port of each server that the client takes for reachable, as part of a sentence:
/// `"a:27017" or "b:27017"`. `None` if there is none.
pub(super) async fn known(client: &Client) -> Option<String> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let addresses = Arc::clone(&seen);
    // The driver shows its servers only to a predicate that selects one. This predicate
    // selects none, so the ping is never sent.
    let predicate = move |server: &ServerInfo| {
        let mut addresses = addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.insert(server.address().to_string());
        false
    };
    let criteria = SelectionCriteria::Predicate(Arc::new(predicate));
    let admin = client.database("admin");
    let ping = admin.run_command(doc! { "ping": 1 });
    let _ = tokio::time::timeout(MAX_WAIT, ping.selection_criteria(criteria)).await;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    sentence_part(&seen)
}

fn sentence_part(addresses: &BTreeSet<String>) -> Option<String> {
    if addresses.is_empty() {
        return None;
    }
    let named = addresses.iter().take(MAX_NAMED);
    let mut named: Vec<String> = named.map(|address| quoted(address)).collect();
    if addresses.len() > named.len() {
        named.push(format!("{} more", addresses.len() - named.len()));
    }
    Some(named.join(" or "))
}

/// The same error. If a connection was lost, its text also names the servers that the client
/// still knows. The client forgets a lost member of a replica set at once, so that member is
/// not named.
pub(super) async fn name_in(mut error: Error, client: &Client) -> Error {
    let ErrorKind::Io(cause) = &*error.kind else {
        return error;
    };
    let mut text = format!("connection lost ({cause})");
    if let Some(known) = known(client).await {
        text = format!("{text}; servers still known: {known}");
    }
    let named = io::Error::new(cause.kind(), text);
    *error.kind = ErrorKind::Io(Arc::new(named));
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_four_servers_are_named() {
        let named = |count: usize| {
            let addresses = (0..count).map(|i| format!("host{i}:27017"));
            sentence_part(&addresses.collect())
        };
        let some = |count| named(count).unwrap();
        assert_eq!(named(0), None);
        assert_eq!(some(1), r#""host0:27017""#);
        assert_eq!(some(2), r#""host0:27017" or "host1:27017""#);
        assert!(some(4).ends_with(r#" or "host3:27017""#));
        assert!(some(6).ends_with(r#" or "host3:27017" or 2 more"#));
    }
}
