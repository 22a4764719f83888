//! What the deployment supports.

use bson::{Document, RawDocumentBuf, doc};
use mongodb::Collection;
use mongodb::error::{ErrorKind, Result};

use crate::error::COMMAND_NOT_FOUND;
use crate::options::Consistency;

/// The wire version of MongoDB 5.0, the first with reads from a snapshot.
const FIRST_WITH_SNAPSHOTS: i32 = 13;

/// Asks the server with a `hello` whether it has snapshots.
pub(super) async fn detect(collection: &Collection<RawDocumentBuf>) -> Result<Consistency> {
    let Some(hello) = hello(collection).await? else {
        return Ok(Consistency::Separate);
    };
    let version = hello.get_i32("maxWireVersion").unwrap_or_default();
    let is_member = hello.contains_key("setName");
    if version >= FIRST_WITH_SNAPSHOTS && (is_member || is_router(&hello)) {
        Ok(Consistency::Snapshot)
    } else {
        Ok(Consistency::Separate)
    }
}

/// Whether the server is a `mongos` of a sharded cluster.
pub(super) fn is_router(hello: &Document) -> bool {
    hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid")
}

/// The reply to `hello`. `None` if the server does not know the command.
pub(super) async fn hello(collection: &Collection<RawDocumentBuf>) -> Result<Option<Document>> {
    let admin = collection.client().database("admin");
    let hello = admin.run_command(doc! { "hello": 1 });
    let hello = match collection.selection_criteria() {
        Some(criteria) => hello.selection_criteria(criteria.clone()),
        None => hello,
    };
    match hello.await {
        Ok(hello) => Ok(Some(hello)),
        Err(error) => match &*error.kind {
            // Servers before MongoDB 4.4.2 do not know the command.
            ErrorKind::Command(command) if command.code == COMMAND_NOT_FOUND => Ok(None),
            _ => Err(error),
        },
    }
}
