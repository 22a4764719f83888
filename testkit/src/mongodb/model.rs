//! All states of a collection, the events of its change stream, snapshots at any time, and faults.

use std::collections::{BTreeMap, HashMap, VecDeque};

use mongodb::bson::{Bson, Document, Timestamp, doc};

use super::scripted::{Reply, Role, collection};

/// The units by their `_id`, as the number in the field `n` of each.
pub type State = BTreeMap<String, i64>;

type Hook = Box<dyn FnMut(&mut Model, &Document) + Send>;

/// One collection of a deployment.
pub struct Model {
    role: Role,
    writes: Vec<Write>,
    /// The number in the UUID of the collection.
    uuid: u32,
    /// Whether the user may list the collections, and so see the UUID.
    pub shows_uuid: bool,
    /// The time of the last write.
    pub last: u32,
    /// Up to which time a majority has acknowledged, which the change stream shows.
    pub shown: u32,
    /// Whether `shown` follows `last`.
    pub is_majority_reached: bool,
    /// Whether a read can be of a cluster time.
    pub has_snapshots: bool,
    /// The number of events that the oplog has lost.
    pub lost: usize,
    /// The most events in a reply.
    pub batch_size: usize,
    /// For each open cursor the number of events that it has returned.
    cursors: HashMap<i64, usize>,
    next_cursor: i64,
    /// The replies to the next commands of these names.
    pub faults: VecDeque<(&'static str, Reply)>,
    /// Is called before each command.
    pub hook: Option<Hook>,
}

struct Write {
    /// From which time snapshots contain the write.
    time: u32,
    /// The time of its event.
    event_time: u32,
    event: &'static str,
    id: Bson,
    document: Option<Document>,
    in_transaction: bool,
}

/// MongoDB waits for the time, and no longer than the command may take.
const NOT_REACHED: Reply = Reply::Error(50, "the cluster time is not reached");

fn timestamp(time: u32) -> Timestamp {
    Timestamp {
        time: 7,
        increment: time,
    }
}

/// The token of the event with this number, or of an empty batch.
fn token(time: u32, events: Option<usize>) -> Document {
    let events = events.map_or(u32::MAX, |events| u32::try_from(events).unwrap());
    doc! { "_data": format!("82{:08X}{time:08X}{events:08X}", 7) }
}

/// The unit with this number, without its `_id`.
pub fn unit(n: i64) -> Document {
    doc! { "type": "u", "n": n }
}

impl Model {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            writes: Vec::new(),
            uuid: 1,
            shows_uuid: true,
            last: 1,
            shown: 1,
            is_majority_reached: true,
            has_snapshots: true,
            lost: 0,
            batch_size: 100,
            cursors: HashMap::new(),
            next_cursor: 1,
            faults: VecDeque::new(),
            hook: None,
        }
    }

    /// Inserts or replaces a unit.
    pub fn put(&mut self, id: &str, n: i64) {
        self.write("update", id.into(), Some(unit(n)));
    }

    /// Removes a unit.
    pub fn remove(&mut self, id: &str) {
        self.write("delete", id.into(), None);
    }

    /// Writes a document, or removes it. `event` is the type of the event.
    pub fn write(&mut self, event: &'static str, id: Bson, document: Option<Document>) {
        self.last += 1;
        let time = self.last;
        self.write_at(time, time, event, id, document, false);
    }

    /// Writes several units in one transaction.
    pub fn transact(&mut self, units: &[(&str, i64)]) {
        self.last += 1;
        let time = self.last;
        for (id, n) in units {
            self.write_at(time, time, "update", (*id).into(), Some(unit(*n)), true);
        }
    }

    /// A write of a transaction that snapshots contain from `time` on, and whose event comes
    /// later.
    pub fn write_at(
        &mut self,
        time: u32,
        event_time: u32,
        event: &'static str,
        id: Bson,
        document: Option<Document>,
        in_transaction: bool,
    ) {
        self.last = self.last.max(event_time);
        self.writes.push(Write {
            time,
            event_time,
            event,
            id,
            document,
            in_transaction,
        });
        if self.is_majority_reached {
            self.shown = self.last;
        }
    }

    /// A write to another collection.
    pub fn advance(&mut self) {
        self.last += 1;
        if self.is_majority_reached {
            self.shown = self.last;
        }
    }

    /// Drops the collection, or does what else this event says.
    pub fn end(&mut self, event: &'static str) {
        self.write(event, Bson::Null, None);
        self.uuid += 1;
    }

    /// The address leads to another deployment from now on: its collection was created with these
    /// units, and its last write was at this time. It accepts the tokens of the one before.
    pub fn replace(&mut self, units: &[(&str, i64)], last: u32) {
        self.uuid += 1;
        self.writes.clear();
        self.lost = 0;
        self.close_cursors();
        self.last = last;
        self.shown = last;
        for (id, n) in units {
            self.write_at(1, 1, "insert", (*id).into(), Some(unit(*n)), false);
        }
    }

    /// The oplog loses all events so far.
    pub fn lose_events(&mut self) {
        self.lost = self.writes.len();
    }

    /// Closes all cursors, as a restart does.
    pub fn close_cursors(&mut self) {
        self.cursors.clear();
    }

    fn documents_at(&self, time: u32) -> Vec<Document> {
        let mut documents: Vec<(Bson, Document)> = Vec::new();
        for write in self.writes.iter().filter(|write| write.time <= time) {
            if write.id == Bson::Null {
                documents.clear();
                continue;
            }
            documents.retain(|(id, _)| *id != write.id);
            if let Some(document) = &write.document {
                let mut stored = doc! { "_id": write.id.clone() };
                stored.extend(document.clone());
                documents.push((write.id.clone(), stored));
            }
        }
        documents
            .into_iter()
            .map(|(_, document)| document)
            .collect()
    }

    /// The units at this time.
    pub fn state_at(&self, time: u32) -> State {
        let documents = self.documents_at(time).into_iter();
        let units =
            documents.filter(|document| document.get_str("type").is_ok_and(|kind| kind == "u"));
        units
            .map(|unit| {
                (
                    unit.get("_id").unwrap().to_string().replace('"', ""),
                    unit.get_i64("n").unwrap(),
                )
            })
            .collect()
    }

    pub(super) fn call_hook(&mut self, command: &Document) {
        if let Some(mut hook) = self.hook.take() {
            hook(self, command);
            self.hook.get_or_insert(hook);
        }
    }

    /// Whether the command asks an open cursor for events, and there are none.
    pub(super) fn is_without_events(&self, command: &Document) -> bool {
        let cursor = command.get_i64("getMore").ok();
        let Some(returned) = cursor.and_then(|cursor| self.cursors.get(&cursor)) else {
            return false;
        };
        let next = self.writes.get(*returned);
        let is_failing = self.faults.iter().any(|(of, _)| *of == "getMore");
        !is_failing && next.is_none_or(|write| write.event_time > self.shown)
    }

    pub(super) fn answer(&mut self, command: &Document) -> Reply {
        let name = command.keys().next().unwrap().as_str();
        let fault = self.faults.iter().position(|(of, _)| *of == name);
        if let Some((_, reply)) = fault.and_then(|fault| self.faults.remove(fault)) {
            return reply;
        }
        match name {
            "aggregate" => self.open(command),
            "getMore" => {
                let id = command.get_i64("getMore").unwrap();
                match self.cursors.get(&id).copied() {
                    Some(returned) => self.batch("nextBatch", id, returned),
                    None => Reply::Error(43, "cursor not found"),
                }
            }
            "find" => self.find(command),
            "listCollections" => self.list_collections(),
            _ => Reply::Fields(Document::new()),
        }
    }

    fn open(&mut self, command: &Document) -> Reply {
        if self.role == Role::Alone {
            return Reply::Error(
                40573,
                "The $changeStream stage is only supported on replica sets",
            );
        }
        let stage = command.get_array("pipeline").unwrap()[0]
            .as_document()
            .unwrap();
        let stage = stage.get_document("$changeStream").unwrap();
        let read_concern = command.get_document("readConcern").unwrap();
        assert_eq!(read_concern.get_str("level").unwrap(), "majority");
        let returned = match stage.get_document("resumeAfter") {
            Ok(token) => {
                let data = token.get_str("_data").unwrap();
                let number = |from: usize| u32::from_str_radix(&data[from..from + 8], 16).unwrap();
                let (time, events) = (number(10), number(18));
                let returned = if events == u32::MAX {
                    self.writes
                        .iter()
                        .filter(|write| write.event_time <= time)
                        .count()
                } else {
                    usize::try_from(events).unwrap() + 1
                };
                if returned < self.lost {
                    return Reply::Error(286, "the resume point may no longer be in the oplog");
                }
                let returned = returned.min(self.writes.len());
                let ended = self.writes[..returned].last();
                if ended.is_some_and(|write| write.id == Bson::Null) {
                    return Reply::Error(260, "the token is of an invalidate event");
                }
                returned
            }
            Err(_) => self.writes.len(),
        };
        let id = self.next_cursor;
        self.next_cursor += 1;
        self.batch("firstBatch", id, returned)
    }

    fn batch(&mut self, name: &str, id: i64, returned: usize) -> Reply {
        let events = self.writes.iter().enumerate().skip(returned);
        let events = events.take_while(|(_, write)| write.event_time <= self.shown);
        let mut events: Vec<(usize, &Write)> = events.take(self.batch_size).collect();
        if let Some(end) = events.iter().position(|(_, write)| write.id == Bson::Null) {
            events.truncate(end + 1);
        }
        let before = self.writes[..returned].last();
        let batch_token = match (events.last(), before) {
            (Some((number, write)), _) => token(write.event_time, Some(*number)),
            // An empty batch repeats the token of the last event if nothing was written since.
            (None, Some(write)) if write.event_time >= self.shown => {
                token(write.event_time, Some(returned - 1))
            }
            (None, _) => token(self.shown, None),
        };
        let has_ended = events
            .last()
            .is_some_and(|(_, write)| write.id == Bson::Null);
        let documents = events.iter().map(|(number, write)| {
            let mut event = doc! {
                "_id": token(write.event_time, Some(*number)),
                "operationType": write.event,
                "clusterTime": timestamp(write.event_time),
            };
            if write.id != Bson::Null {
                event.insert("documentKey", doc! { "_id": write.id.clone() });
            }
            if write.in_transaction {
                event.insert("txnNumber", 1_i64);
            }
            Bson::Document(event)
        });
        let documents: Vec<Bson> = documents.collect();
        let returned = returned + documents.len();
        self.cursors.insert(id, returned);
        if has_ended {
            self.cursors.remove(&id);
        }
        Reply::Fields(doc! {
            "cursor": {
                "id": if has_ended { 0 } else { id }, "ns": "db.units", name: documents,
                "postBatchResumeToken": batch_token,
            },
            "operationTime": timestamp(self.last),
        })
    }

    fn list_collections(&self) -> Reply {
        if !self.shows_uuid {
            return Reply::Error(13, "not authorized to execute listCollections");
        }
        collection(u128::from(self.uuid))
    }

    fn find(&mut self, command: &Document) -> Reply {
        let mut cursor = doc! { "id": 0_i64, "ns": "db.units" };
        let read_concern = command
            .get_document("readConcern")
            .cloned()
            .unwrap_or_default();
        let mut time = self.last;
        if command.contains_key("limit") {
            assert_eq!(read_concern.get_str("level").unwrap(), "local");
            cursor.insert("firstBatch", Vec::<Bson>::new());
            let mut reply = doc! { "cursor": cursor };
            if self.role != Role::Alone {
                reply.insert("operationTime", timestamp(time));
            }
            return Reply::Fields(reply);
        }
        if let Ok(at) = read_concern.get_timestamp("atClusterTime") {
            assert!(self.has_snapshots);
            assert_eq!(read_concern.get_str("level").unwrap(), "snapshot");
            time = at.increment;
            if time > self.last {
                return NOT_REACHED;
            }
            cursor.insert("atClusterTime", at);
        } else if self.role != Role::Alone {
            assert_eq!(read_concern.get_str("level").unwrap(), "majority");
            if read_concern.get_timestamp("afterClusterTime").unwrap() > timestamp(time) {
                return NOT_REACHED;
            }
        }
        let ids = command.get_document("filter").unwrap().get_document("_id");
        let ids = ids.and_then(|ids| ids.get_array("$in")).ok();
        let mut documents = self.documents_at(time);
        documents
            .retain(|document| ids.is_none_or(|ids| ids.contains(document.get("_id").unwrap())));
        cursor.insert("firstBatch", documents);
        Reply::Fields(doc! { "cursor": cursor, "operationTime": timestamp(self.last) })
    }
}
