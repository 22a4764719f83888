//! Changes since a revision: none is missed, whatever order transactions begin and end in.

use std::collections::BTreeMap;

use livechat_units::{Limit, Page, StoreError, StoreErrorKind, Unit, UnitQuery};
use livechat_units_postgres::{ChangedUnits, PostgresStore, Revision};

use crate::block_on;
use crate::server::{Server, available};
use crate::sql::{self, delete};
use crate::stores::{On, Servers};

/// How a follower has got a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// By reading all units.
    All,
    /// By this many units that may have changed.
    Some(usize),
}

/// The units of a store, brought up to date by what has changed.
pub(crate) struct Follower {
    pub(crate) store: PostgresStore,
    pub(crate) seen: Option<Revision>,
    pub(crate) units: BTreeMap<String, Unit>,
}

impl Follower {
    pub(crate) fn new(store: &PostgresStore) -> Self {
        Self {
            store: store.clone(),
            seen: None,
            units: BTreeMap::new(),
        }
    }

    pub(crate) fn try_poll(&mut self) -> Result<Got, StoreError> {
        let changes = block_on(self.store.changes_since(self.seen.as_ref()))?;
        self.seen = Some(changes.revision);
        match changes.units {
            ChangedUnits::All(units) => {
                let units = units.into_iter().map(|unit| (unit.id().to_owned(), unit));
                self.units = units.collect();
                Ok(Got::All)
            }
            ChangedUnits::Some(units) => {
                let number = units.len();
                for (id, unit) in units {
                    match unit {
                        Some(unit) => self.units.insert(id, unit),
                        None => self.units.remove(&id),
                    };
                }
                Ok(Got::Some(number))
            }
        }
    }

    pub(crate) fn poll(&mut self) -> Got {
        self.try_poll().expect("the store answers")
    }

    /// Polls, and compares the state with a list.
    pub(crate) fn agrees(&mut self) -> Got {
        let got = self.poll();
        let units: Vec<Unit> = self.units.values().cloned().collect();
        assert_eq!(units, listed(&self.store), "after {got:?}");
        got
    }
}

/// All units of the store, by `_id`.
pub(crate) fn listed(store: &PostgresStore) -> Vec<Unit> {
    let all = UnitQuery::default()
        .with_sort(r#"{"_id":1}"#.parse().unwrap())
        .with_page(Page::new(0, Limit::Unlimited));
    block_on(store.list(&all)).unwrap().units().collect()
}

pub(crate) fn unit(id: &str, number: u32) -> Unit {
    let unit = Unit::builder(id).name(format!("Sales {number}"));
    unit.build().unwrap()
}

/// A statement of another client that inserts or updates a unit.
pub(crate) fn write(schema: &str, id: &str, number: u32) -> String {
    sql::upsert(schema, &unit(id, number))
}

/// An empty store on the shared server.
fn store(schema: &str) -> PostgresStore {
    let servers = Servers::shared();
    servers.store(On::One, servers.options().with_schema(schema))
}

fn client() -> sql::Open {
    sql::Open::new(&Servers::shared().first.config())
}

#[test]
fn a_late_commit_is_not_missed() {
    if !available() {
        return;
    }
    let store = store("late");
    let mut follower = Follower::new(&store);
    block_on(store.replace_all((0..20).map(|n| unit(&format!("u{n}"), 0)))).unwrap();
    assert_eq!(follower.agrees(), Got::All);
    assert_eq!(follower.agrees(), Got::Some(0));
    let (open, other) = (client(), client());
    open.run(&format!(
        "BEGIN; {}{}{}",
        write("late", "new", 1),
        write("late", "u1", 1),
        delete("late", "u2")
    ));
    // Others commit and are polled several times while the first is open.
    for number in 0..5 {
        block_on(store.upsert(&unit("u3", number))).unwrap();
        assert_eq!(follower.agrees(), Got::Some(1));
        assert!(block_on(store.remove(&format!("u1{number}"))).unwrap());
        assert_eq!(follower.agrees(), Got::Some(1));
        assert_eq!(follower.agrees(), Got::Some(0));
    }
    other.run(&format!("BEGIN; {}", write("late", "u4", 1)));
    assert_eq!(follower.agrees(), Got::Some(0));
    open.run(&format!("{}COMMIT", write("late", "u5", 1)));
    assert_eq!(follower.agrees(), Got::Some(4));
    assert_eq!(follower.units["u1"], unit("u1", 1));
    other.run("COMMIT");
    assert_eq!(follower.agrees(), Got::Some(1));
    // A prepared transaction would need a setting of the server. A savepoint does not.
    open.run(&format!(
        "BEGIN; {}SAVEPOINT s; {}ROLLBACK TO s; SAVEPOINT t; {}RELEASE t",
        write("late", "u6", 1),
        delete("late", "u7"),
        write("late", "u8", 1)
    ));
    assert_eq!(follower.agrees(), Got::Some(0));
    open.run("COMMIT");
    assert_eq!(follower.agrees(), Got::Some(2));
    open.run(&format!("BEGIN; {}", delete("late", "u6")));
    assert_eq!(follower.agrees(), Got::Some(0));
    open.run("ROLLBACK");
    assert_eq!(follower.agrees(), Got::Some(0));
}

#[test]
fn units_are_removed_inserted_again_and_renamed() {
    if !available() {
        return;
    }
    let store = store("again");
    let mut follower = Follower::new(&store);
    follower.agrees();
    let client = client();
    let set = |sql: &str| client.run(&sql.replace("units", "again.units"));
    block_on(store.replace_all((0..9).map(|n| unit(&format!("u{n}"), 0)))).unwrap();
    assert_eq!(follower.agrees(), Got::Some(9));
    // `replace_all` of a few units records each.
    block_on(store.replace_all((5..12).map(|n| unit(&format!("u{n}"), 1)))).unwrap();
    assert_eq!(follower.agrees(), Got::Some(12));
    // Twice in one transaction, and in the other order.
    client.run(&format!(
        "BEGIN; {}{}{}COMMIT",
        delete("again", "u5"),
        write("again", "u5", 2),
        delete("again", "u5")
    ));
    assert_eq!(follower.agrees(), Got::Some(1));
    client.run(&write("again", "u5", 3));
    block_on(store.remove("u6")).unwrap();
    block_on(store.upsert(&unit("u6", 3))).unwrap();
    assert_eq!(follower.agrees(), Got::Some(2));
    set("DELETE FROM units WHERE false; UPDATE units SET parallel = 0 WHERE false");
    assert_eq!(follower.agrees(), Got::Some(0));
    // Another `_id`.
    set(
        "UPDATE units SET _id = 'moved', document = replace(document, '\"u7\"', '\"moved\"') \
         WHERE _id = 'u7'",
    );
    assert_eq!(follower.agrees(), Got::Some(2));
    // The column cannot be set.
    set("UPDATE units SET written = '3' WHERE _id = 'u8'");
    assert_eq!(follower.agrees(), Got::Some(1));
    // Sessions of replicas.
    set("SET session_replication_role = replica");
    client.run(&write("again", "u8", 4));
    client.run(&delete("again", "u9"));
    set(
        "UPDATE units SET _id = 'u7', document = replace(document, '\"moved\"', '\"u7\"') \
         WHERE _id = 'moved'",
    );
    assert_eq!(follower.agrees(), Got::Some(4));
}

#[test]
fn many_deleted_units_are_recorded_as_all() {
    if !available() {
        return;
    }
    let store = store("many");
    let mut follower = Follower::new(&store);
    let units = |number: u32| (0..number).map(|n| unit(&format!("u{n:05}"), 0));
    block_on(store.replace_all(units(10_002))).unwrap();
    assert_eq!(follower.agrees(), Got::All);
    let old = follower.seen.clone();
    let client = client();
    for (sql, got) in [
        ("DELETE FROM many.units WHERE _id < 'u00002'", Got::Some(2)),
        ("DELETE FROM many.units", Got::Some(10_000)),
        ("TRUNCATE many.units", Got::All),
        // Nothing writes to the record but its triggers.
        ("DELETE FROM many.deletions", Got::Some(0)),
        ("UPDATE many.deletions SET _id = 'a'", Got::Some(0)),
        (
            "INSERT INTO many.deletions SELECT '999', 'a' FROM generate_series(1, 9)",
            Got::Some(0),
        ),
        ("TRUNCATE many.deletions", Got::All),
        (
            "SET session_replication_role = replica; TRUNCATE many.units",
            Got::All,
        ),
    ] {
        client.run(sql);
        assert_eq!(follower.agrees(), got, "{sql}");
        assert_eq!(follower.agrees(), Got::Some(0), "{sql}");
    }
    block_on(store.replace_all(units(10_001))).unwrap();
    assert_eq!(follower.agrees(), Got::Some(10_001));
    block_on(store.replace_all(units(10_001))).unwrap();
    assert_eq!(follower.agrees(), Got::All);
    follower.seen = old;
    assert_eq!(follower.agrees(), Got::All);
    // While another transaction is open, the record of all units is read once too.
    let open = self::client();
    open.run(&format!("BEGIN; {}", write("many", "open", 1)));
    client.run("TRUNCATE many.deletions");
    assert_eq!(follower.agrees(), Got::All);
    assert_eq!(follower.agrees(), Got::Some(0));
    open.run("COMMIT");
    assert_eq!(follower.agrees(), Got::Some(1));
}

/// Such a reader would see an empty table: a truncated table has no older rows.
#[test]
fn a_poll_and_a_truncate_wait_for_each_other() {
    if !available() {
        return;
    }
    let store = store("waits");
    block_on(store.replace_all((0..9).map(|n| unit(&format!("u{n}"), 0)))).unwrap();
    let mut follower = Follower::new(&store);
    follower.agrees();
    let truncating = client();
    truncating.run("BEGIN; TRUNCATE waits.units");
    std::thread::scope(|scope| {
        let poll = scope.spawn(|| follower.poll());
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(!poll.is_finished());
        truncating.run("COMMIT");
        assert_eq!(poll.join().unwrap(), Got::All);
    });
    assert!(follower.units.is_empty());
}

#[test]
fn a_row_of_another_unit_is_an_error() {
    if !available() {
        return;
    }
    let store = store("corrupt");
    let mut follower = Follower::new(&store);
    follower.agrees();
    for (document, word) in [
        (
            r#"{"_id":"b","type":"u"}"#,
            "expected a document with the _id \"a\", found one with \"b\"",
        ),
        ("{", "expected a document that can be read as a unit"),
    ] {
        client().run(&write("corrupt", "a", 1));
        client().run(&format!("UPDATE corrupt.units SET document = '{document}'"));
        for seen in [follower.seen.as_ref(), None] {
            let error = block_on(store.changes_since(seen)).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error:?}");
            let text = std::error::Error::source(&error).unwrap().to_string();
            assert!(text.contains(word), "{text}");
        }
    }
    client().run("DELETE FROM corrupt.units");
    assert_eq!(follower.agrees(), Got::Some(1));
}

/// Lets the server use up this many numbers of transactions.
pub(crate) fn burn(client: &sql::Open, transactions: u32) {
    client.run(&format!(
        "DO $$ BEGIN FOR i IN 1..{transactions} LOOP \
         PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
    ));
}

#[test]
fn old_records_are_removed_and_their_readers_read_all() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let store = PostgresStore::new(server.config()).unwrap();
    block_on(store.migrate(&livechat_units_postgres::Layout::one_server())).unwrap();
    let client = sql::Open::new(&server.config());
    let count = |of: &str| {
        client.number(&format!(
            "SELECT count(*) FROM livechat_units.deletions WHERE {of}"
        ))
    };
    let units = |n: u32| (0..n).map(|n| unit(&format!("u{n:04}"), 0));
    block_on(store.replace_all(units(4_000))).unwrap();
    let (mut away, mut present) = (Follower::new(&store), Follower::new(&store));
    away.agrees();
    client.run("DELETE FROM livechat_units.units WHERE _id < 'u1200'");
    let (mut later, mut never) = (Follower::new(&store), Follower::new(&store));
    later.agrees();
    present.agrees();
    burn(&client, 251_000);
    // A transaction that stays open.
    let open = sql::Open::new(&server.config());
    open.run("BEGIN; SELECT pg_current_xact_id()");
    let delete_each = |from: u32, to: u32| {
        client.run(&format!(
            "DO $$ BEGIN FOR i IN {from}..{to} LOOP DELETE FROM livechat_units.units \
             WHERE _id = 'u' || i; COMMIT; END LOOP; END $$"
        ));
    };
    assert_eq!(count("NOT floor"), 1_200);
    present.agrees();
    delete_each(1_200, 1_899);
    assert_eq!(count("floor"), 1);
    // At most 1,000 at a time, and then the rest.
    assert_eq!(count("NOT floor AND _id < 'u1200'"), 0);
    assert_eq!(count("NOT floor"), 700);
    assert!(matches!(present.agrees(), Got::Some(700)));
    assert_eq!(away.agrees(), Got::All);
    assert_eq!(never.agrees(), Got::All);
    // It has seen the removed records.
    assert_eq!(later.agrees(), Got::Some(700));
    for follower in [&mut away, &mut never, &mut later] {
        assert_eq!(follower.agrees(), Got::Some(0));
    }
    burn(&client, 251_000);
    delete_each(1_900, 2_599);
    // Nothing after the beginning of the open transaction is removed.
    assert_eq!(count("NOT floor"), 1_400);
    assert_eq!(away.agrees(), Got::Some(700));
    open.run("COMMIT");
    delete_each(2_600, 3_299);
    assert_eq!(count("NOT floor"), 1_400);
    assert_eq!(count("floor"), 1);
    // Both have seen the transaction open, and take everything after its beginning for unseen.
    for follower in [&mut present, &mut away] {
        assert_eq!(follower.agrees(), Got::All);
    }
    // A transaction with a single snapshot deletes too. (It must not write to the same row of
    // `counts`.)
    burn(&client, 251_000);
    let row = |client: &sql::Open| client.number("SELECT (pg_backend_pid() % 64)::bigint");
    let mut open = sql::Open::new(&server.config());
    while row(&open) == row(&client) {
        open = sql::Open::new(&server.config());
    }
    open.run("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1");
    delete_each(3_300, 3_500);
    for number in 3_501..3_600 {
        open.run(&delete("livechat_units", &format!("u{number}")));
    }
    open.run("COMMIT");
    away.agrees();
}
