//! What the deployment supports.

use bson::{RawDocumentBuf, doc};
use mongodb::Collection;
use mongodb::error::{ErrorKind, Result};

use crate::error::COMMAND_NOT_FOUND;
use crate::options::Consistency;

/// The wire version of MongoDB 5.0, the first with reads from a snapshot.
const FIRST_WITH_SNAPSHOTS: i32 = 13;

/// Asks the server with a `hello` whether it has snapshots.
pub(super) async fn detect(collection: &Collection<RawDocumentBuf>) -> Result<Consistency> {
    let admin = collection.client().database("admin");
    let hello = admin.run_command(doc! { "hello": 1 });
    let hello = match collection.selection_criteria() {
        Some(criteria) => hello.selection_criteria(criteria.clone()),
        None => hello,
    };
    let hello = match hello.await {
        Ok(hello) => hello,
        Err(error) => match &*error.kind {
            // Servers before MongoDB 4.4.2 do not know the command.
            ErrorKind::Command(command) if command.code == COMMAND_NOT_FOUND => {
                return Ok(Consistency::Separate);
            }
            _ => return Err(error),
        },
    };
    let version = hello.get_i32("maxWireVersion").unwrap_or_default();
    let is_member = hello.contains_key("setName");
    let is_router = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
    if version >= FIRST_WITH_SNAPSHOTS && (is_member || is_router) {
        Ok(Consistency::Snapshot)
    } else {
        Ok(Consistency::Separate)
    }
}
