//! What a request leaves in the log, and what it does not.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use livechat_units::{AccessPolicy, Endpoint, MemoryStore, StoreError, StoreErrorKind, UnitStore};
use livechat_units_axum::{explain, inline, router};
use tracing_subscriber::filter::LevelFilter;

use crate::host::{authenticate, get, in_memory, over, units};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What is logged while one request is answered on this thread.
    fn of(app: &Router, query_string: &str, user: Option<&str>, level: LevelFilter) -> String {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(move || writer.clone())
            .without_time()
            .finish();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        tracing::subscriber::with_default(subscriber, || {
            runtime.block_on(get(app, query_string, user));
        });
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_span_tells_the_status_and_the_query_but_not_the_text() {
    let app = in_memory(units());
    let log = Log::of(
        &app,
        "text=sal&offset=0&count=7",
        Some("manager"),
        LevelFilter::DEBUG,
    );
    assert_eq!(
        log,
        "DEBUG livechat.units{text_bytes=3 sort=\"{\\\"name\\\":1}\" offset=0 limit=7 total=1 count=1 status=200}: livechat_units_axum: answered\n"
    );
    let log = Log::of(
        &app,
        "text=sal&sort=up",
        Some("manager"),
        LevelFilter::DEBUG,
    );
    assert_eq!(
        log,
        "DEBUG livechat.units{status=400}: livechat_units_axum: answered\n"
    );
    let log = Log::of(&app, "text=sal", None, LevelFilter::DEBUG);
    assert_eq!(
        log,
        "DEBUG livechat.units{status=401}: livechat_units_axum: answered\n"
    );
}

#[test]
fn a_span_is_bounded() {
    let app = in_memory(units());
    let sort = format!(r#"count=0&sort={{"{}":1}}"#, "x".repeat(10_000));
    let log = Log::of(&app, &sort, Some("manager"), LevelFilter::DEBUG);
    assert!(log.len() < 300, "{}", log.len());
    assert!(!log.contains("limit"));
}

#[test]
fn a_confined_caller_is_told_of() {
    let endpoint = Endpoint::default().with_access_policy(AccessPolicy::OwnUnits);
    let app: Router = router(endpoint, authenticate, inline(|query| units().list(query)));
    let log = Log::of(&app, "", Some("monitor"), LevelFilter::DEBUG);
    assert!(
        log.contains("own_units=1 total=1 count=1 status=200"),
        "{log}"
    );
}

#[test]
fn a_failure_is_logged_with_its_causes_once() {
    let app = over(|_| {
        let cause = io::Error::other("reset by peer");
        Err(StoreError::new(StoreErrorKind::Unavailable, "list units").with_source(cause))
    });
    let log = Log::of(&app, "text=sal", Some("manager"), LevelFilter::ERROR);
    // At this level there is no span, and nothing of the request.
    assert_eq!(
        log,
        "ERROR livechat_units_axum: a listing failed kind=Unavailable operation=\"list units\" error=cannot list units: the store is unavailable: reset by peer\n"
    );
}

#[test]
fn a_clients_fault_is_not_logged_as_a_failure() {
    let app = in_memory(vec![
        r#"{"_id":"u","type":"u","a":[1],"b":[2]}"#.parse().unwrap(),
    ]);
    let log = Log::of(
        &app,
        r#"sort={"a":1,"b":1}"#,
        Some("manager"),
        LevelFilter::ERROR,
    );
    assert_eq!(log, "");
}

#[test]
fn what_a_store_does_not_support_is_a_warning_with_its_causes() {
    let app = over(|_| {
        let cause = io::Error::other("statement too complex");
        Err(StoreError::new(StoreErrorKind::Unsupported, "list units").with_source(cause))
    });
    let log = Log::of(&app, "", Some("manager"), LevelFilter::WARN);
    assert_eq!(
        log,
        " WARN livechat_units_axum: the store does not support a query operation=\"list units\" error=cannot list units: the store does not support this query or document: statement too complex\n"
    );
}

#[test]
fn the_explanation_is_asked_for_only_where_it_is_wanted() {
    let asked = Arc::new(AtomicUsize::new(0));
    let store: Arc<MemoryStore> = Arc::new(units().into_iter().collect());
    let list = {
        let asked = Arc::clone(&asked);
        move |query: &_| {
            explain(|| {
                asked.fetch_add(1, Ordering::Relaxed);
                store.explain(query)
            });
            store.list(query)
        }
    };
    let here: Router = router(Endpoint::default(), authenticate, inline(list.clone()));
    let log = Log::of(&here, "", Some("manager"), LevelFilter::INFO);
    assert_eq!((log.as_str(), asked.load(Ordering::Relaxed)), ("", 0));
    let log = Log::of(&here, "", Some("manager"), LevelFilter::DEBUG);
    let told = "explain=text: none; order: index; keysExamined: 2, docsExamined: 0";
    assert!(log.contains(told), "{log}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);

    // Nobody's span: nothing to record in.
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG);
    tracing::subscriber::with_default(subscriber.with_writer(io::sink).finish(), || {
        tracing::info_span!("another").in_scope(|| list(&livechat_units::UnitQuery::default()))
    })
    .unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
