//! Mirrors of stores in PostgreSQL: the conformance suite, and the first and the last state.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use livechat_units::{TextFilter, Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture, Group};
use livechat_units_mirror::{Mirror, MirrorOptions, PostgresSource};
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};
use livechat_units_testkit::effort;
use livechat_units_testkit::postgres::server::{Server, available};
use livechat_units_testkit::postgres::{block_on, sql};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const NUL: &str = "PostgreSQL stores no U+0000: an upsert of such a document is refused";
const LONG_ID: &str = "an entry of an index has at most a third of a page: longer ids are refused";

livechat_units_conformance::conformance_tests!({
    if !available() {
        return;
    }
    fixture()
});

fn fixture() -> Fixture {
    Fixture::lists(|documents: &[Unit]| {
        let mirrored = mirrored(documents);
        move |query: &UnitQuery| mirrored.mirror.list(query)
    })
    .with_writes(|documents: &[Unit]| {
        let mirrored = mirrored(documents);
        let writer = Arc::clone(&mirrored);
        (
            move |query: &UnitQuery| mirrored.mirror.list(query),
            move |change| {
                match change {
                    Change::Upsert(unit) => drop(block_on(writer.store.upsert(&unit)).unwrap()),
                    Change::Remove(id) => drop(block_on(writer.store.remove(&id)).unwrap()),
                }
                writer.mirror.caught_up_within(PATIENCE).unwrap();
            },
        )
    })
    .without(Group::Nul, NUL)
    .cannot("documents_with_ids_of_10000_bytes", LONG_ID)
}

/// A store and its mirror.
struct Both {
    store: PostgresStore,
    mirror: Mirror,
}

/// A store and its mirror, which another test can use afterwards.
struct Lent(Option<Both>);

static UNUSED: Mutex<Vec<Both>> = Mutex::new(Vec::new());

/// A mirror of a store with these documents.
fn mirrored(documents: &[Unit]) -> Arc<Lent> {
    let unused = UNUSED.lock().unwrap().pop();
    let both = unused.unwrap_or_else(|| {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let store = store(shared(), &format!("mirrored_{number}"));
        let mirror = mirror_of(&store, MirrorOptions::new());
        Both { store, mirror }
    });
    block_on(both.store.replace_all(documents.iter().cloned())).unwrap();
    both.mirror.caught_up_within(PATIENCE).unwrap();
    Arc::new(Lent(Some(both)))
}

impl Deref for Lent {
    type Target = Both;

    fn deref(&self) -> &Both {
        self.0.as_ref().expect("only the drop takes it")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        UNUSED.lock().unwrap().extend(self.0.take());
    }
}

/// A server that no test stops.
pub(crate) fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("C.UTF-8"))
}

/// An empty store in a new schema of the server.
pub(crate) fn store(server: &Server, schema: &str) -> PostgresStore {
    let options = PostgresOptions::new(server.config()).with_schema(schema);
    let store = options.with_pool_size(4).build().unwrap();
    block_on(store.migrate(&Layout::one_server())).unwrap();
    store
}

/// A mirror that is ready.
pub(crate) fn mirror_of(store: &PostgresStore, options: MirrorOptions) -> Mirror {
    let (mirror, follow) = options.follow(PostgresSource::new(store.clone()));
    block_on(async {
        tokio::spawn(follow);
    });
    mirror.ready_within(PATIENCE).unwrap();
    mirror
}

pub(crate) fn unit(id: &str, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

#[test]
fn changes_are_read_after_hints_and_not_all_units() {
    if !available() {
        return;
    }
    let store = store(shared(), "hints");
    block_on(store.replace_all([unit("a", "Sales"), unit("b", "Support")])).unwrap();
    // Without hints nothing would be read.
    let hour = Duration::from_secs(3_600);
    let options = MirrorOptions::new()
        .with_max_staleness(3 * hour)
        .with_interval(hour);
    let mirror = mirror_of(&store, options);
    let shows = |right: &str| {
        let begin = Instant::now();
        loop {
            let page = mirror.list(&UnitQuery::default()).unwrap();
            let names: Vec<String> = page
                .units()
                .map(|unit| unit.name().unwrap().to_owned())
                .collect();
            if names.join(" ") == right {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{names:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    shows("Sales Support");
    block_on(store.upsert(&unit("a", "Care"))).unwrap();
    shows("Care Support");
    let client = sql::Open::new(&shared().config());
    client.run(&format!("BEGIN; {}", sql::delete("hints", "b")));
    client.run(&format!(
        "{}COMMIT",
        sql::upsert("hints", &unit("c", "Sales"))
    ));
    shows("Care Sales");
    assert_eq!(mirror.status().snapshots, 1);
    client.run("TRUNCATE hints.units");
    shows("");
    assert_eq!(mirror.status().snapshots, 2);
}

/// With `LIVECHAT_UNITS_FULL=1` it prints what a snapshot and a change of a million units take.
#[test]
fn a_statement_that_changes_every_row_is_shown_whole() {
    if !available() {
        return;
    }
    let count = effort::choose("units", 5_000, 1_000_000);
    let store = store(shared(), "mass");
    let units = (0..count).map(|number| unit(&format!("{number:07}"), &format!("Sales {number}")));
    block_on(store.replace_all(units)).unwrap();
    let begin = Instant::now();
    let (mirror, follow) = MirrorOptions::new().follow(PostgresSource::new(store.clone()));
    block_on(async {
        tokio::spawn(follow);
    });
    mirror.ready_within(10 * PATIENCE).unwrap();
    println!("the first state: {:.1?}", begin.elapsed());

    let is_done = AtomicBool::new(false);
    let total = |text: &str| {
        let query = UnitQuery::default().with_text(TextFilter::new(text).unwrap());
        mirror.list(&query).unwrap().total()
    };
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut oldest = Duration::ZERO;
            while !is_done.load(Ordering::Relaxed) {
                let renamed = total("care");
                assert!(renamed == 0 || renamed == count, "{renamed} of {count}");
                oldest = oldest.max(mirror.status().age.unwrap());
                std::thread::sleep(Duration::from_millis(1));
            }
            oldest
        });
        let client = sql::Open::new(&shared().config());
        let begin = Instant::now();
        client.run("UPDATE mass.units SET document = replace(document, 'Sales', 'Care')");
        let committed = begin.elapsed();
        let caught_up = mirror.caught_up_within(10 * PATIENCE);
        let shown = begin.elapsed().saturating_sub(committed);
        is_done.store(true, Ordering::Relaxed);
        let oldest = reader.join().unwrap();
        println!("the statement: {committed:.1?}; shown after: {shown:.1?}; age: {oldest:.1?}");
        caught_up.unwrap();
    });
    assert_eq!((total("care"), total("sales")), (count, 0));
    let status = mirror.status();
    assert_eq!((status.snapshots, status.changes), (1, count));
}

/// Prints the ages; see the module `soak`.
#[test]
#[ignore = "it measures, for 10 minutes"]
fn soak_of_postgresql() {
    let server = Server::start("C.UTF-8");
    let store = store(&server, "soak");
    let mirror = mirror_of(&store, MirrorOptions::new());
    crate::soak::soak("PostgreSQL", &mirror, |unit| {
        block_on(store.upsert(unit)).unwrap();
    });
}
