//! A MongoDB server for tests: it answers each command as a script says, and records the commands.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document, RawDocumentBuf, doc};
use mongodb::options::{ClientOptions, CollectionOptions, ServerAddress};
use mongodb::{Client, Collection};

use super::RUNTIME;

/// The reaction of the server to a command.
pub enum Reply {
    /// Succeeds with these fields.
    Fields(Document),
    /// Succeeds with a cursor over these documents, byte for byte.
    Documents(Vec<RawDocumentBuf>),
    /// Fails with a code and a message.
    Error(i32, &'static str),
    /// Sends no reply, and leaves the connection open.
    Nothing,
    /// Closes the connection without a reply.
    Close,
}

/// The kind of server that the reply to `hello` describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A standalone server.
    Alone,
    /// The primary of a replica set.
    Member {
        /// The version that it reports: 13 is MongoDB 5.0, the first with snapshots.
        wire_version: i32,
    },
    /// A `mongos` of a sharded cluster.
    Router,
}

/// A server that answers as a script says. It runs until the process ends.
pub struct Scripted {
    address: String,
    commands: Arc<Mutex<Vec<Document>>>,
}

type Script = dyn Fn(&Document) -> Reply + Send + Sync;

const OP_REPLY: i32 = 1;
const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;

impl Scripted {
    /// A server whose script answers all commands except the search for matches only in SPEC. That
    /// search finds none.
    pub fn new(role: Role, script: impl Fn(&Document) -> Reply + Send + Sync + 'static) -> Self {
        Self::with_only_in_spec(role, move |command| {
            if seeks_only_in_spec(command) {
                documents(&[])
            } else {
                script(command)
            }
        })
    }

    /// A server whose script answers all commands, including the search for matches only in SPEC.
    pub fn with_only_in_spec(
        role: Role,
        script: impl Fn(&Document) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let commands = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let recorded = Arc::clone(&commands);
        // The thread ends with the process. Nothing connects after the test.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, recorded) = (Arc::clone(&script), Arc::clone(&recorded));
                thread::spawn(move || serve(&mut stream?, role, &*script, &recorded));
            }
            io::Result::Ok(())
        });
        Self { address, commands }
    }

    /// The host and the port of the server.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The collection `db.units` of the server, of a client of its own with these settings.
    pub fn collection(&self, settings: CollectionOptions) -> Collection<Document> {
        let options = ClientOptions::builder()
            .hosts(vec![ServerAddress::parse(&self.address).unwrap()])
            .direct_connection(true)
            .server_selection_timeout(Duration::from_secs(5))
            .build();
        // A client starts its tasks on the runtime that is entered.
        let _guard = RUNTIME.enter();
        let client = Client::with_options(options).unwrap();
        client
            .database("db")
            .collection_with_options("units", settings)
    }

    /// All commands so far, except the searches that [`Self::only_in_spec`] returns.
    pub fn commands(&self) -> Vec<Document> {
        let mut commands = self.all_commands();
        commands.retain(|command| !seeks_only_in_spec(command));
        commands
    }

    /// The searches so far for matches only in SPEC: documents that match in SPEC, but not the
    /// filter on the server.
    pub fn only_in_spec(&self) -> Vec<Document> {
        let mut commands = self.all_commands();
        commands.retain(seeks_only_in_spec);
        commands
    }

    /// All commands so far, without the fields that the driver adds.
    fn all_commands(&self) -> Vec<Document> {
        let mut commands = self.commands.lock().unwrap().clone();
        for command in &mut commands {
            for added in ["lsid", "$db", "$clusterTime"] {
                command.remove(added);
            }
        }
        commands
    }
}

/// The reply to a census that finds `total` matches, none of which the server sorts differently
/// from SPEC.
pub fn census(total: i32) -> Reply {
    let counts = doc! {
        "_id": Bson::Null, "total": total, "objectIds": 0, "dateStrings": 0, "arrays": 0,
        "repeated": 0, "nested": 0,
    };
    documents(&[counts])
}

/// [`Reply::Documents`] with these documents.
pub fn documents(documents: &[Document]) -> Reply {
    let raw = documents.iter().map(RawDocumentBuf::try_from);
    Reply::Documents(raw.collect::<Result<_, _>>().unwrap())
}

/// The reply to `listCollections` with the collection `units`, which has this UUID.
pub(super) fn collection(uuid: u128) -> Reply {
    let uuid = Binary {
        subtype: BinarySubtype::Uuid,
        bytes: uuid.to_be_bytes().to_vec(),
    };
    let collection = doc! {
        "name": "units", "type": "collection", "info": { "readOnly": false, "uuid": uuid },
    };
    Reply::Fields(doc! { "cursor": {
        "id": 0_i64, "ns": "db.$cmd.listCollections", "firstBatch": [collection],
    } })
}

/// Whether a command is the search for matches only in SPEC.
pub fn seeks_only_in_spec(command: &Document) -> bool {
    let filter = command.get_document("filter");
    filter.is_ok_and(|filter| filter.contains_key("$nor"))
}

/// Answers the commands of one connection until it is closed.
fn serve(
    stream: &mut TcpStream,
    role: Role,
    script: &Script,
    recorded: &Mutex<Vec<Document>>,
) -> io::Result<()> {
    loop {
        let (request, operation, body) = receive(stream)?;
        let (name, _) = body.iter().next().unwrap();
        let is_hello = ["hello", "ismaster"].contains(&name.to_lowercase().as_str());
        // The driver's own commands have no session, except `endSessions`.
        if body.contains_key("lsid") && name != "endSessions" {
            recorded.lock().unwrap().push(body.clone());
        }
        let reply = match name.as_str() {
            _ if is_hello => Reply::Fields(hello(role)),
            "endSessions" => Reply::Fields(Document::new()),
            _ => script(&body),
        };
        let reply = match reply {
            Reply::Fields(fields) => succeed(fields),
            Reply::Documents(batch) => {
                let cursor = doc! {
                    "id": 0_i64, "ns": "db.units", "atClusterTime": at_cluster_time(),
                    "firstBatch": Bson::Null,
                };
                let reply = succeed(doc! { "cursor": cursor });
                with_batch(&reply, &batch)
            }
            Reply::Error(code, message) => {
                RawDocumentBuf::try_from(&doc! { "ok": 0, "code": code, "errmsg": message })
                    .unwrap()
            }
            Reply::Nothing => {
                thread::sleep(Duration::from_secs(3600));
                continue;
            }
            Reply::Close => return stream.shutdown(Shutdown::Both),
        };
        send(stream, request, operation, reply.as_bytes())?;
    }
}

/// The time of the snapshot in each reply with documents.
pub fn at_cluster_time() -> Bson {
    Bson::Timestamp(mongodb::bson::Timestamp {
        time: 7,
        increment: 1,
    })
}

fn succeed(mut fields: Document) -> RawDocumentBuf {
    fields.insert("ok", 1);
    RawDocumentBuf::try_from(&fields).unwrap()
}

/// The reply with these documents as its first batch, byte for byte.
fn with_batch(reply: &RawDocumentBuf, batch: &[RawDocumentBuf]) -> RawDocumentBuf {
    let mut array = Vec::new();
    for (index, document) in batch.iter().enumerate() {
        // The type of a document in BSON.
        array.push(3);
        array.extend_from_slice(index.to_string().as_bytes());
        array.push(0);
        array.extend_from_slice(document.as_bytes());
    }
    array.push(0);
    let length = i32::try_from(array.len() + 4).unwrap();
    let mut batch = b"\x04firstBatch\0".to_vec();
    batch.extend_from_slice(&length.to_le_bytes());
    batch.extend_from_slice(&array);

    // A field `firstBatch` with the value null, which `batch` replaces.
    let empty = b"\x0AfirstBatch\0";
    let mut bytes = reply.as_bytes().to_vec();
    let at = bytes
        .windows(empty.len())
        .position(|run| run == empty)
        .unwrap();
    let added = i32::try_from(batch.len() - empty.len()).unwrap();
    bytes.splice(at..at + empty.len(), batch);
    // The reply and the cursor in it begin with their lengths.
    let name = b"\x03cursor\0";
    let cursor = bytes.windows(name.len()).position(|run| run == name);
    let cursor = cursor.unwrap() + name.len();
    for at in [0, cursor] {
        let length = i32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) + added;
        bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }
    RawDocumentBuf::from_bytes(bytes).unwrap()
}

fn hello(role: Role) -> Document {
    let mut hello = doc! {
        "helloOk": true, "ismaster": true, "isWritablePrimary": true, "minWireVersion": 0,
        "maxWireVersion": 21, "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000, "logicalSessionTimeoutMinutes": 30,
        "localTime": DateTime::from_millis(0), "connectionId": 1, "readOnly": false,
    };
    match role {
        Role::Alone => {}
        Role::Member { wire_version } => {
            hello.insert("setName", "rs");
            hello.insert("secondary", false);
            hello.insert("maxWireVersion", wire_version);
        }
        Role::Router => {
            hello.insert("msg", "isdbgrid");
        }
    }
    hello
}

/// The id, the operation and the command of the next message.
fn receive(stream: &mut TcpStream) -> io::Result<(i32, i32, Document)> {
    let mut header = [0; 16];
    stream.read_exact(&mut header)?;
    let number = |at: usize| i32::from_le_bytes(header[at..at + 4].try_into().unwrap());
    let mut body = vec![0; usize::try_from(number(0)).unwrap() - header.len()];
    stream.read_exact(&mut body)?;
    let operation = number(12);
    let start = match operation {
        // Four bytes of flags, and one with the kind of the first section.
        OP_MSG => 5,
        // Four bytes of flags, the name of a collection, and two numbers of four bytes.
        OP_QUERY => 4 + body[4..].iter().position(|byte| *byte == 0).unwrap() + 1 + 8,
        _ => panic!("expected OP_MSG or OP_QUERY, found {operation}"),
    };
    let length = i32::from_le_bytes(body[start..start + 4].try_into().unwrap());
    let end = start + usize::try_from(length).unwrap();
    let raw = RawDocumentBuf::from_bytes(body[start..end].to_vec()).unwrap();
    Ok((number(4), operation, Document::try_from(raw).unwrap()))
}

fn send(stream: &mut TcpStream, request: i32, operation: i32, reply: &[u8]) -> io::Result<()> {
    let (operation, prefix) = match operation {
        OP_QUERY => {
            let mut prefix = vec![0; 16];
            prefix.extend_from_slice(&1_i32.to_le_bytes());
            (OP_REPLY, prefix)
        }
        _ => (OP_MSG, vec![0; 5]),
    };
    let length = i32::try_from(16 + prefix.len() + reply.len()).unwrap();
    let mut message = Vec::new();
    for number in [length, 0, request, operation] {
        message.extend_from_slice(&number.to_le_bytes());
    }
    message.extend_from_slice(&prefix);
    message.extend_from_slice(reply);
    stream.write_all(&message)
}
