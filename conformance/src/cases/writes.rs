//! Stores that change: every change is visible to the next query, and each answer shows one
//! state, also while others write.

use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use livechat_units::{Limit, Page, TextFilter, Unit, UnitPage, UnitQuery, UnitStore};

use crate::Change;
use crate::data::{UNLIMITED, document, named, to_u64, unit};
use crate::fixture::{SharedList, Write};
use crate::projection::Projection;
use crate::rng::Random;
use crate::run::Run;
use crate::show::{ids_of, show_error, show_ids, show_page, show_query};

/// A store that the case changes.
pub(super) struct Live {
    title: String,
    list: SharedList,
    projection: Projection,
}

impl Live {
    pub(super) fn load(run: &Run<'_>, documents: Vec<Unit>) -> (Self, Write) {
        let (list, write) = run.load_to_write(documents);
        let live = Self {
            title: run.title(),
            list,
            projection: run.projection(),
        };
        (live, write)
    }

    fn list(&self, query: &UnitQuery) -> UnitPage {
        match (self.list)(query) {
            Ok(page) => page,
            Err(error) => self.fail(query, "a page", &show_error(&error)),
        }
    }

    /// Expects exactly these units.
    pub(super) fn lists(&self, query: &UnitQuery, expected: &[&str]) {
        self.page_shows(query, expected, to_u64(expected.len()));
    }

    /// Expects these units on the page, and this total.
    pub(super) fn page_shows(&self, query: &UnitQuery, expected: &[&str], total: u64) -> UnitPage {
        let page = self.list(query);
        if ids_of(&page) != expected || page.total() != total {
            let expected = format!("{} of {total}", show_ids(expected));
            self.fail(query, &expected, &show_page(&page));
        }
        page
    }

    /// Expects the answer of the reference over these documents.
    pub(super) fn answers_like(&self, documents: &[Unit], query: &UnitQuery) -> UnitPage {
        let page = self.list(query);
        let expected = self
            .projection
            .expected_documents(documents.to_vec())
            .list(query)
            .unwrap();
        if page != expected {
            self.fail(query, &show_page(&expected), &show_page(&page));
        }
        page
    }

    fn fail(&self, query: &UnitQuery, expected: &str, found: &str) -> ! {
        panic!(
            "{}\nquery:    {}\nexpected: {expected}\nfound:    {found}",
            self.title,
            show_query(query)
        );
    }
}

pub(super) fn by(sort: &str) -> UnitQuery {
    let sort = sort.parse().unwrap();
    UnitQuery::default().with_sort(sort).with_page(UNLIMITED)
}

fn containing(text: &str) -> UnitQuery {
    by(r#"{"_id":1}"#).with_text(TextFilter::new(text).unwrap())
}

pub(super) fn writes_add_and_remove(run: &Run<'_>) {
    let (store, mut write) = Live::load(run, vec![document(&named("b", "Sales"))]);
    write(Change::Upsert(document(&named("a", "Support"))));
    store.lists(&by("{}"), &["a", "b"]);
    store.lists(&containing("support"), &["a"]);
    write(Change::Remove("b".into()));
    write(Change::Remove("nobody".into()));
    store.lists(&by("{}"), &["a"]);
    store.lists(&containing("sales"), &[]);
    write(Change::Remove("a".into()));
    store.lists(&by("{}"), &[]);
    write(Change::Upsert(document(&named("b", "Sales again"))));
    store.lists(&containing("sales"), &["b"]);
}

/// A document replaces the one with its id, of which nothing is left in any index.
pub(super) fn writes_replace(run: &Run<'_>) {
    let old = [
        unit("a", r#""name":"Sales","numMonitors":1,"v":[1,2]"#),
        unit("b", r#""name":"Support","numMonitors":2"#),
        unit("A", r#""name":"Billing","numMonitors":3"#),
    ];
    let (store, mut write) = Live::load(run, old.map(|json| document(&json)).into());
    let new = document(&unit("a", r#""numMonitors":9,"name":"Team""#));
    write(Change::Upsert(new.clone()));
    store.lists(&by(r#"{"numMonitors":1}"#), &["b", "A", "a"]);
    store.lists(&by(r#"{"v":-1}"#), &["b", "a", "A"]);
    store.lists(&containing("sales"), &[]);
    store.lists(&containing("team"), &["a"]);
    store.answers_like(&[new], &containing("team"));
}

/// A unit that becomes a department is no longer listed, and the reverse.
pub(super) fn writes_change_types(run: &Run<'_>) {
    let department = r#"{"_id":"b","type":"d","name":"Sales"}"#;
    let units = vec![document(&named("a", "Sales")), document(department)];
    let (store, mut write) = Live::load(run, units);
    store.lists(&by("{}"), &["a"]);
    write(Change::Upsert(document(&named("b", "Sales"))));
    store.lists(&containing("sales"), &["a", "b"]);
    let gone = r#"{"_id":"a","type":"d","name":"Sales"}"#;
    write(Change::Upsert(document(gone)));
    store.lists(&containing("sales"), &["b"]);
    store.lists(&by("{}"), &["b"]);
    write(Change::Remove("a".into()));
    store.lists(&by("{}"), &["b"]);
}

/// After each of 120 changes the answers are those of the reference.
pub(super) fn writes_one_after_another(run: &Run<'_>) {
    let mut random = Random::new(2);
    let mut model: Vec<Unit> = Vec::new();
    let (store, mut write) = Live::load(run, Vec::new());
    for _ in 0..120 {
        let id = format!("u{}", random.below(12));
        model.retain(|unit| unit.id() != id);
        if random.below(3) == 0 {
            write(Change::Remove(id));
        } else {
            let name = ["Sales", "sales unit", "Support", "UNIT"][random.below(4)];
            let kind = ["u", "u", "u", "d"][random.below(4)];
            let rank = random.below(5);
            let json =
                format!(r#"{{"_id":"{id}","type":"{kind}","name":"{name}","numMonitors":{rank}}}"#);
            model.push(document(&json));
            write(Change::Upsert(document(&json)));
        }
        for query in [
            by(r#"{"name":1}"#),
            by(r#"{"numMonitors":-1,"name":1}"#),
            containing("sales"),
            containing("unit").with_page(Page::new(1, Limit::at_most(2).unwrap())),
        ] {
            store.answers_like(&model, &query);
        }
    }
}

/// The state that readers and the writer share.
struct Readers {
    /// Answers that readers have checked.
    reads: AtomicUsize,
    /// Readers that have not ended.
    alive: AtomicUsize,
    /// Whether the writer has ended.
    done: AtomicBool,
}

/// A reader. Its drop, also after a panic, keeps the writer from waiting for it.
struct Reader<'a>(&'a Readers);

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The writer. Its drop, also after a panic, ends the readers.
struct Writer<'a>(&'a Readers);

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.0.done.store(true, Ordering::SeqCst);
    }
}

/// Makes the changes while two readers read continuously, at least once between two changes.
/// WebAssembly starts no threads: there the writer reads after each change.
fn beside_readers(
    changes: impl Iterator<Item = Change>,
    mut write: impl FnMut(Change),
    read: impl Fn() + Sync,
) {
    const READERS: usize = 2;
    if cfg!(target_family = "wasm") {
        for change in changes {
            write(change);
            read();
        }
        return;
    }
    let readers = Readers {
        reads: AtomicUsize::new(0),
        alive: AtomicUsize::new(READERS),
        done: AtomicBool::new(false),
    };
    let reader = || {
        let _reader = Reader(&readers);
        while !readers.done.load(Ordering::SeqCst) {
            read();
            readers.reads.fetch_add(1, Ordering::SeqCst);
        }
    };
    thread::scope(|scope| {
        let threads = [(); READERS].map(|()| scope.spawn(reader));
        {
            let _writer = Writer(&readers);
            for change in changes {
                let before = readers.reads.load(Ordering::SeqCst);
                write(change);
                while readers.reads.load(Ordering::SeqCst) == before
                    && readers.alive.load(Ordering::SeqCst) > 0
                {
                    thread::yield_now();
                }
            }
        }
        for thread in threads {
            // Fails with the message of the reader.
            thread
                .join()
                .unwrap_or_else(|cause| panic::resume_unwind(cause));
        }
    });
}

/// Readers check each answer while 20 of 40 units are replaced by 20 others, one by one: first a
/// unit is added, then one is removed.
fn with_units_replaced(run: &Run<'_>, check: fn(&Live, &UnitQuery, &UnitPage)) {
    let old = (0..40).map(|index| document(&named(&format!("old{index:02}"), "Sales")));
    let (store, write) = Live::load(run, old.collect());
    let changes = (0..20).flat_map(|index| {
        let new = document(&named(&format!("new{index:02}"), "Wholesales"));
        [
            Change::Upsert(new),
            Change::Remove(format!("old{index:02}")),
        ]
    });
    let few = Page::new(30, Limit::at_most(1_000).unwrap());
    beside_readers(changes, write, || {
        for query in [
            by(r#"{"name":1}"#),
            by(r#"{"_id":-1}"#).with_page(few),
            containing("sales"),
            containing("s").with_page(few),
        ] {
            check(&store, &query, &store.list(&query));
        }
    });
    assert_eq!(store.list(&by("{}")).total(), 40);
    assert_eq!(store.list(&containing("whole")).total(), 20);
}

/// Page and total show the same state while units are added and removed.
pub(super) fn writes_beside_readers_keep_the_total(run: &Run<'_>) {
    with_units_replaced(run, |store, query, page| {
        let expected = page.total().saturating_sub(query.page().offset());
        if to_u64(page.len()) != expected {
            let expected = format!("{expected} units, the total less the offset");
            store.fail(query, &expected, &show_page(page));
        }
    });
}

/// The answer shows one state of all units, also if they are on several servers.
pub(super) fn writes_beside_readers_are_of_one_instant(run: &Run<'_>) {
    with_units_replaced(run, |store, query, page| {
        if !(40..=41).contains(&page.total()) {
            store.fail(query, "a total of 40 or 41", &show_page(page));
        }
    });
}

/// While units move within the order, every answer lists each once, at the right position.
pub(super) fn writes_beside_readers_move_units(run: &Run<'_>) {
    const UNITS: usize = 20;
    let at = |index: usize, round: usize| {
        let rank = if (index + round).is_multiple_of(2) {
            index
        } else {
            1_000 - index
        };
        let name = if rank < 500 { "Aa" } else { "Zz" };
        let fields = format!(r#""name":"{name} sales","numMonitors":{rank}"#);
        document(&unit(&format!("{index:02}"), &fields))
    };
    let (store, write) = Live::load(run, (0..UNITS).map(|index| at(index, 0)).collect());
    let moves = (1..=2).flat_map(|round| (0..UNITS).map(move |index| (index, round)));
    let moves = moves.map(|(index, round)| Change::Upsert(at(index, round)));
    beside_readers(moves, write, || {
        for query in [
            by(r#"{"numMonitors":1}"#),
            by(r#"{"name":-1}"#),
            by(r#"{"numMonitors":-1}"#).with_text(TextFilter::new("sales").unwrap()),
        ] {
            let page = store.list(&query);
            let mut distinct = ids_of(&page);
            distinct.sort_unstable();
            distinct.dedup();
            let units: Vec<Unit> = page.units().collect();
            let whole = (distinct.len(), page.total()) == (UNITS, to_u64(UNITS));
            if !whole || page != units.list(&query).unwrap() {
                store.fail(&query, "each unit once, in order", &show_page(&page));
            }
        }
    });
}
