//! Servers that fail while a store is used: every answer is right or a transient error, and no
//! acknowledged write is lost.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use livechat_units::{Limit, Page, StoreError, Unit, UnitQuery};
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};

use crate::server::{Server, Stop, available, eventually};
use crate::{block_on, faults_to_cause, sql};

/// The application name of the connections of the store.
const NAME: &str = "under_load";

/// One writer adds units in the order of their numbers, and repeats each write until it is
/// acknowledged. Several readers list the last units. So each total has one right answer.
pub(crate) struct Load {
    store: PostgresStore,
    /// The number of acknowledged units. One more may exist.
    acknowledged: AtomicU64,
    done: AtomicBool,
    answers: AtomicU64,
    failures: AtomicU64,
}

/// Ends the load, also if an assertion fails.
pub(crate) struct End<'a>(pub(crate) &'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn id(number: u64) -> String {
    format!("u{number:08}")
}

impl Load {
    fn new(server: &Server) -> Self {
        let mut config = server.config();
        config.application_name(NAME);
        let store = PostgresOptions::new(config)
            .with_pool_size(6)
            .build()
            .unwrap();
        block_on(store.migrate(&Layout::one_server())).unwrap();
        Self::on(store)
    }

    pub(crate) fn on(store: PostgresStore) -> Self {
        Self {
            store,
            acknowledged: AtomicU64::new(0),
            done: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    fn failed(&self, error: &StoreError) {
        assert!(error.is_transient(), "{error:?}");
        self.failures.fetch_add(1, Ordering::SeqCst);
    }

    fn write(&self) {
        while !self.done.load(Ordering::SeqCst) {
            let id = id(self.acknowledged.load(Ordering::SeqCst));
            let unit = Unit::builder(id).name("Sales").build().unwrap();
            match block_on(self.store.upsert(&unit)) {
                Ok(_) => drop(self.acknowledged.fetch_add(1, Ordering::SeqCst)),
                Err(error) => self.failed(&error),
            }
        }
    }

    fn read(&self) {
        let newest = UnitQuery::default()
            .with_sort(r#"{"name":1,"_id":-1}"#.parse().unwrap())
            .with_page(Page::new(0, Limit::at_most(10).unwrap()));
        while !self.done.load(Ordering::SeqCst) {
            let least = self.acknowledged.load(Ordering::SeqCst);
            match block_on(self.store.list(&newest)) {
                Ok(page) => {
                    let most = self.acknowledged.load(Ordering::SeqCst) + 1;
                    let total = page.total();
                    assert!((least..=most).contains(&total), "{total}: {least}, {most}");
                    let ids = page.units().map(|unit| unit.id().to_owned());
                    assert!(ids.eq((0..total).rev().take(10).map(id)), "{total}");
                    self.answers.fetch_add(1, Ordering::SeqCst);
                }
                Err(error) => self.failed(&error),
            }
        }
    }

    /// Returns when operations that begin from now on have been answered.
    fn wait_for_answers(&self) {
        let before = self.answers.load(Ordering::SeqCst);
        let written = self.acknowledged.load(Ordering::SeqCst);
        eventually("answers, and writes", || {
            let answers = self.answers.load(Ordering::SeqCst);
            let acknowledged = self.acknowledged.load(Ordering::SeqCst);
            (answers > before + 20 && acknowledged > written + 2).then_some(())
        });
    }

    pub(crate) fn wait_for_failures(&self) {
        let before = self.failures.load(Ordering::SeqCst);
        eventually("errors", || {
            (self.failures.load(Ordering::SeqCst) > before).then_some(())
        });
    }

    /// Runs the writer and the readers while these faults happen. After each fault they must
    /// recover without help.
    pub(crate) fn meets(&self, faults: &str, count: u64, fault: impl Fn(u64)) {
        let begin = Instant::now();
        let mut longest = Duration::ZERO;
        thread::scope(|scope| {
            let end = End(&self.done);
            let mut threads = vec![scope.spawn(|| self.write())];
            threads.extend((0..3).map(|_| scope.spawn(|| self.read())));
            self.wait_for_answers();
            for number in 0..count {
                fault(number);
                let begin = Instant::now();
                self.wait_for_answers();
                longest = longest.max(begin.elapsed());
            }
            drop(end);
            for thread in threads {
                thread.join().unwrap();
            }
        });
        self.assert_stored();
        println!(
            "{count} {faults} in {:?}: {:?} right answers, none wrong; {:?} transient errors; \
             {:?} acknowledged writes, 0 lost; 20 answers and 3 writes after at most {longest:?}",
            begin.elapsed(),
            self.answers,
            self.failures,
            self.acknowledged,
        );
    }

    /// Asserts that every acknowledged unit exists, and at most one more.
    fn assert_stored(&self) {
        let acknowledged = self.acknowledged.load(Ordering::SeqCst);
        let all = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
        let page = block_on(self.store.list(&all)).unwrap();
        let total = page.total();
        assert!(total == acknowledged || total == acknowledged + 1);
        let ids = page.units().map(|unit| unit.id().to_owned());
        assert!(ids.eq((0..total).map(id)), "a unit is lost");
    }
}

#[test]
fn restarts_of_a_server_lose_no_write() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let load = Load::new(&server);
    load.meets("restarts", faults_to_cause(4), |number| {
        let how = [Stop::Fast, Stop::Immediate];
        server.stop(how[usize::from(number % 2 == 1)]);
        load.wait_for_failures();
        server.resume();
    });
}

/// Busy connections and idle ones in the pool.
#[test]
fn cut_connections_lose_no_write() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let load = Load::new(&server);
    let admin = sql::Open::new(&server.config());
    load.meets("cuts of all connections", faults_to_cause(20), |_| {
        let cut = admin.number(&format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE application_name = '{NAME}'"
        ));
        assert!(cut >= 1);
    });
}
