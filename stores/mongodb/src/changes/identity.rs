//! Which collection the address of a store leads to.

use bson::{Binary, Document, doc};
use mongodb::options::{ReadPreference, SelectionCriteria};

use crate::connection::Connection;
use crate::error::Problem;

/// `Unauthorized`: the user has not the privilege `listCollections`.
const UNAUTHORIZED: i32 = 13;

/// What distinguishes the collection from every other one of the same name.
///
/// It is the UUID that MongoDB gives to a collection when it is created. A collection that was
/// dropped and created again, or restored from a dump, has another one, and so has the collection
/// of another deployment. It is `None` if there is no collection, or if the user may not see it.
///
/// Nothing else would do. A cluster time orders only the states of one deployment. The resume token
/// of an empty batch is only a time. A `hello` describes a server, and not its data.
#[derive(PartialEq, Eq)]
pub(super) struct Identity(Option<Binary>);

impl Identity {
    /// Asks the primary, or the router.
    pub(super) async fn of(connection: &Connection) -> Result<Self, Problem> {
        let namespace = connection.collection().namespace();
        let database = connection.collection().client().database(&namespace.db);
        let command = doc! { "listCollections": 1, "filter": { "name": namespace.coll } };
        let command = database
            .run_command(command)
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        match connection.within(async { command.await }).await {
            Ok(reply) => read(&reply).map(Self),
            Err(problem) if problem.has_code(UNAUTHORIZED) => Ok(Self(None)),
            Err(problem) => Err(problem),
        }
    }
}

fn read(reply: &Document) -> Result<Option<Binary>, Problem> {
    let listed = reply
        .get_document("cursor")
        .and_then(|cursor| cursor.get_array("firstBatch"));
    let listed = listed.map_err(|_| Problem::WrongReply {
        field: "the list of collections",
    })?;
    let described = listed.first().and_then(|described| described.as_document());
    let Some(described) = described else {
        return Ok(None);
    };
    let uuid = described.get_document("info").ok();
    let uuid = uuid.and_then(|info| info.get("uuid"));
    Ok(match uuid {
        Some(bson::Bson::Binary(uuid)) => Some(uuid.clone()),
        _ => None,
    })
}
