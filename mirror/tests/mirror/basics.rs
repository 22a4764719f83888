//! What a host sees of a mirror whose source it controls.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore};
use livechat_units_mirror::{BlockingSource, Changes, Mirror, MirrorOptions, Phase, Source};

const PATIENCE: Duration = Duration::from_secs(60);

/// Returns one reading after the other, and no changes when none is left.
#[derive(Clone, Default)]
struct Script {
    readings: Arc<Mutex<VecDeque<Result<Changes, StoreError>>>>,
}

impl Script {
    fn push(&self, reading: Result<Changes, StoreError>) {
        self.readings.lock().unwrap().push_back(reading);
    }
}

impl BlockingSource for Script {
    fn changes(&mut self) -> Result<Changes, StoreError> {
        let reading = self.readings.lock().unwrap().pop_front();
        reading.unwrap_or(Ok(Changes::Some(Vec::new())))
    }
}

impl Source for Script {
    async fn changes(&mut self) -> Result<Changes, StoreError> {
        BlockingSource::changes(self)
    }

    async fn wait(&mut self, at_most: Duration) {
        tokio::time::sleep(at_most).await;
    }
}

fn unit(id: &str, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

fn lost() -> StoreError {
    let cause = std::io::Error::other("the cable was cut");
    StoreError::new(StoreErrorKind::Unavailable, "read the table").with_source(cause)
}

/// A mirror of a script whose first reading has these units.
fn mirror_of(options: MirrorOptions, units: Vec<Unit>) -> (Mirror, Script, JoinHandle<()>) {
    let script = Script::default();
    script.push(Ok(Changes::All(units)));
    let (mirror, follow) = options.follow_blocking(script.clone());
    let thread = thread::spawn(follow);
    mirror.ready_within(PATIENCE).unwrap();
    (mirror, script, thread)
}

fn names(mirror: &Mirror) -> Vec<String> {
    let page = mirror.list(&UnitQuery::default()).unwrap();
    let names = page.units().map(|unit| unit.name().unwrap().to_owned());
    names.collect()
}

/// The text of the error and of its sources.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.join(": ")
}

#[test]
fn a_mirror_lists_what_its_source_returns() {
    let units = vec![unit("a", "Sales"), unit("b", "Support")];
    let (mirror, script, thread) = mirror_of(MirrorOptions::new(), units);
    assert_eq!(names(&mirror), ["Sales", "Support"]);

    script.push(Ok(Changes::Some(vec![
        ("a".to_owned(), None),
        ("b".to_owned(), Some(unit("b", "Second level"))),
        ("c".to_owned(), Some(unit("c", "Care"))),
    ])));
    mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirror), ["Care", "Second level"]);
    assert_eq!(mirror.get("c").unwrap().unwrap().name(), Some("Care"));
    assert!(mirror.get("a").unwrap().is_none());

    let many = (0..100).map(|i| (format!("m{i:02}"), Some(unit(&format!("m{i:02}"), "M"))));
    script.push(Ok(Changes::Some(many.collect())));
    mirror.caught_up_within(PATIENCE).unwrap();
    let status = mirror.status();
    assert_eq!(
        (status.units, status.changes, status.snapshots),
        (102, 103, 1)
    );

    script.push(Ok(Changes::All(vec![unit("z", "Last")])));
    mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirror), ["Last"]);
    assert_eq!(mirror.status().snapshots, 2);
    drop(mirror);
    thread.join().unwrap();
}

#[test]
fn a_document_that_is_no_unit_removes_the_unit() {
    let (mirror, script, _thread) = mirror_of(MirrorOptions::new(), vec![unit("a", "Sales")]);
    let department = Unit::from_json(r#"{"_id":"a","type":"d","name":"Sales"}"#).unwrap();
    script.push(Ok(Changes::Some(vec![("a".to_owned(), Some(department))])));
    mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirror), [""; 0]);
}

#[test]
fn before_the_first_state_a_listing_is_unavailable_and_names_the_error() {
    let script = Script::default();
    for _ in 0..3 {
        script.push(Err(lost()));
    }
    script.push(Ok(Changes::All(vec![unit("a", "Sales")])));
    let (mirror, follow) = MirrorOptions::new().follow_blocking(script);
    assert_eq!(mirror.status().phase, Phase::Starting);
    let error = mirror.list(&UnitQuery::default()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert_eq!(
        chain(&error),
        "cannot list units: the store is unavailable: the mirror has no state yet"
    );
    let thread = thread::spawn(follow);
    while mirror.status().error.is_none() {
        thread::yield_now();
    }
    let error = mirror.list(&UnitQuery::default()).unwrap_err();
    assert!(
        chain(&error).ends_with("the cable was cut"),
        "{}",
        chain(&error)
    );
    mirror.ready_within(PATIENCE).unwrap();
    assert_eq!(names(&mirror), ["Sales"]);
    assert_eq!(mirror.status().phase, Phase::Current);
    drop(mirror);
    thread.join().unwrap();
}

#[test]
fn a_state_older_than_the_bound_is_not_listed() {
    let bound = Duration::from_millis(200);
    let options = MirrorOptions::new().with_max_staleness(bound);
    let (mirror, script, _thread) = mirror_of(options, vec![unit("a", "Sales")]);
    // An idle source is confirmed again and again.
    thread::sleep(2 * bound);
    assert_eq!(names(&mirror), ["Sales"]);

    for _ in 0..4 {
        script.push(Err(lost()));
    }
    let error = loop {
        if let Err(error) = mirror.list(&UnitQuery::default()) {
            break error;
        }
        thread::yield_now();
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let text = chain(&error);
    assert!(
        text.contains("expected a state that is at most 200ms old, found one of 2"),
        "{text}"
    );
    assert!(text.ends_with("the cable was cut"), "{text}");
    assert_eq!(mirror.status().phase, Phase::Behind);
    mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirror), ["Sales"]);
}

#[test]
fn waiting_ends_with_its_time() {
    let script = Script::default();
    for _ in 0..1_000 {
        script.push(Err(lost()));
    }
    let (mirror, follow) = MirrorOptions::new().follow_blocking(script);
    thread::spawn(follow);
    let short = Duration::from_millis(50);
    for error in [mirror.ready_within(short), mirror.caught_up_within(short)] {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Timeout);
        assert!(chain(&error).contains("expected the state within 50ms"));
    }
}

#[test]
fn a_future_that_is_dropped_stops_the_mirror() {
    let script = Script::default();
    script.push(Ok(Changes::All(vec![unit("a", "Sales")])));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (mirror, follow) = MirrorOptions::new().follow(script.clone());
    let task = runtime.spawn(follow);
    runtime.block_on(mirror.ready()).unwrap();
    script.push(Ok(Changes::All(vec![unit("b", "Support")])));
    runtime.block_on(mirror.caught_up()).unwrap();
    assert_eq!(names(&mirror), ["Support"]);

    let mut waiting = Box::pin(mirror.caught_up());
    assert!(block_on(poll_once(&mut waiting)).is_none());
    task.abort();
    assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    let error = block_on(waiting).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(chain(&error).contains("nothing follows the source any more"));
    assert_eq!(mirror.status().phase, Phase::Stopped);
    // The state is still young enough.
    assert_eq!(names(&mirror), ["Support"]);
}

#[test]
fn the_future_ends_with_the_last_mirror() {
    let script = Script::default();
    script.push(Err(lost()));
    script.push(Ok(Changes::All(Vec::new())));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let options = MirrorOptions::new()
        .with_interval(PATIENCE)
        .with_max_staleness(3 * PATIENCE);
    let (mirror, follow) = options.follow(script);
    let task = runtime.spawn(follow);
    let clone = mirror.clone();
    runtime.block_on(mirror.ready()).unwrap();
    drop(mirror);
    assert!(!task.is_finished());
    drop(clone);
    runtime.block_on(task).unwrap();
}
