//! Tests of [`look`] with a file and a store. They do not wait for a clock.

use std::fs;
use std::sync::{Mutex, PoisonError};

use livechat_units::DocumentError;
use livechat_units::{StoreError, StoreErrorKind, Written};

use super::{ReplaceAll, look, start};
use crate::feed::{Problem, feed};
use crate::test_file::File;
use crate::watch::{Stamp, Watch};

/// The looks at the file in a test: more than [`Watch`] waits for before it takes content.
const MANY: u32 = 25;

/// A store whose failures a test switches on and off. It records the ids of the units of
/// each change.
#[derive(Default)]
struct Store {
    is_down: Mutex<bool>,
    changes: Mutex<Vec<String>>,
}

impl ReplaceAll for Store {
    async fn replace_all(&self, text: String) -> Result<Written, Problem> {
        let ids = feed(&text, |units| {
            units.map(|unit| unit.id().to_owned()).collect::<String>()
        })?;
        if *self.is_down.lock().unwrap_or_else(PoisonError::into_inner) {
            let error = StoreError::new(StoreErrorKind::Unavailable, "change the units");
            return Err(error.into());
        }
        self.changes.lock().unwrap().push(ids);
        Ok(Written::default())
    }
}

impl Store {
    fn ids(&self) -> String {
        self.changes.lock().unwrap().join(" ")
    }
}

/// A file with the units `a` and `b`, and the store that serves them.
struct Served {
    file: File,
    watch: Watch,
    store: Store,
}

fn units(ids: &str) -> String {
    let unit = |id| format!("{{\"_id\":\"{id}\",\"type\":\"u\"}}\n");
    ids.chars().map(unit).collect()
}

impl Served {
    async fn new(name: &str) -> Self {
        let file = File::new(name, &units("ab"));
        let store = Store::default();
        let watch = start(&file.0, &store).await.unwrap();
        Self { file, watch, store }
    }

    /// Looks at the file [`MANY`] times, and returns the messages. Messages that the file is open
    /// for writing are left out: a process that another test starts has the open files of this
    /// test for a moment.
    async fn look_many_times(&mut self) -> Vec<String> {
        let mut messages = Vec::new();
        for _ in 0..MANY {
            let message = look(&self.file.0, &mut self.watch, &self.store).await;
            messages.extend(message.filter(|message| !message.contains("is open for writing")));
        }
        messages
    }

    fn write(&self, content: impl AsRef<[u8]>) {
        fs::write(&self.file.0, content).unwrap();
    }

    fn set_down(&self, is_down: bool) {
        *self.store.is_down.lock().unwrap() = is_down;
    }
}

#[tokio::test]
async fn a_failing_store_is_reported_once_and_retried() {
    let mut served = Served::new("down.jsonl").await;
    served.set_down(true);
    served.write(units("cde"));
    let messages = served.look_many_times().await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].ends_with(
            "down.jsonl: cannot change the units: the store is unavailable; \
             the file is read again until that succeeds"
        ),
        "{messages:?}"
    );
    served.set_down(false);
    let messages = served.look_many_times().await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("down.jsonl is read, in "));
    assert_eq!(served.store.ids(), "ab cde");
    // The next failure is reported again.
    served.set_down(true);
    served.write(units("fghi"));
    assert_eq!(served.look_many_times().await.len(), 1);
}

/// After a failure, the units in the store are unknown. So content that was served before the
/// failure is written again.
#[tokio::test]
async fn old_content_is_written_again_after_a_failure_of_the_store() {
    let mut served = Served::new("again.jsonl").await;
    served.set_down(true);
    served.write(units("cde"));
    assert_eq!(served.look_many_times().await.len(), 1);
    served.set_down(false);
    served.write(units("ab"));
    served.look_many_times().await;
    assert_eq!(served.store.ids(), "ab ab");
}

/// Without the open writer, this content would be taken: it has more documents than are served.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_file_is_read_after_its_writer_has_closed_it() {
    let mut served = Served::new("open.jsonl").await;
    served.write(units("cde"));
    let writer = fs::File::options().append(true).open(&served.file.0);
    assert!(served.look_many_times().await.is_empty());
    assert_eq!(served.store.ids(), "ab");
    drop(writer.unwrap());
    served.look_many_times().await;
    assert_eq!(served.store.ids(), "ab cde");
}

/// A folder in place of the file: it has metadata, but it cannot be read.
#[tokio::test]
async fn an_unreadable_file_is_read_again() {
    let mut served = Served::new("folder.jsonl").await;
    fs::remove_file(&served.file.0).unwrap();
    fs::create_dir(&served.file.0).unwrap();
    let messages = served.look_many_times().await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].ends_with("; the file is read again until that succeeds"),
        "{messages:?}"
    );
    fs::remove_dir(&served.file.0).unwrap();
}

#[tokio::test]
async fn content_that_cannot_be_served_is_read_once() {
    for (name, content) in [
        ("malformed.jsonl", units("abc") + "?"),
        (
            "array.jsonl",
            format!("[{}", units("abc").trim_end().replace('\n', ",")),
        ),
    ] {
        let mut served = Served::new(name).await;
        served.write(content);
        let messages = served.look_many_times().await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(
            messages[0].contains(": line ") && messages[0].ends_with("the units stay as they were"),
            "{messages:?}"
        );
        assert_eq!(served.store.ids(), "ab");
    }
}

#[tokio::test]
async fn content_without_a_document_or_an_array_is_refused() {
    for content in ["", " \r\n\t\n", "\u{FEFF}", "\u{FEFF}\n\u{FEFF}"] {
        let mut served = Served::new("empty.jsonl").await;
        served.write(content);
        let messages = served.look_many_times().await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(
            messages[0].contains("empty.jsonl is empty, ")
                && messages[0].ends_with("write an empty array, []; the units stay as they were"),
            "{messages:?}"
        );
        assert_eq!(served.store.ids(), "ab", "{content:?}");
        served.write("[]");
        served.look_many_times().await;
        assert_eq!(served.store.ids(), "ab ", "{content:?}");
        let file = File::new("start.jsonl", content);
        let refused = start(&file.0, &Store::default()).await.unwrap_err();
        assert!(
            refused.to_string().ends_with("write an empty array, []"),
            "{refused}"
        );
    }
}

/// For example `chmod`, or a backup that makes a hard link. If the units were replaced, the
/// changes that requests have made would be lost.
#[tokio::test]
#[cfg(unix)]
async fn a_change_of_metadata_alone_does_not_replace_the_units() {
    let mut served = Served::new("links.jsonl").await;
    let stamp = |file: &File| Stamp::new(&fs::metadata(&file.0).unwrap());
    let before = stamp(&served.file);
    let link = served.file.0.with_extension("backup");
    // The system's clock for files advances a few hundred times a second.
    while stamp(&served.file) == before {
        fs::hard_link(&served.file.0, &link).unwrap();
        fs::remove_file(&link).unwrap();
    }
    assert!(served.look_many_times().await.is_empty());
    served.file.replace(&units("ab"));
    assert!(served.look_many_times().await.is_empty());
    assert_eq!(served.store.ids(), "ab");
    served.write(units("cde"));
    served.look_many_times().await;
    assert_eq!(served.store.ids(), "ab cde");
}

/// `load` uses the type to distinguish wrong content from other failures.
#[test]
fn an_error_in_a_document_has_its_own_type() {
    let error = feed("?", |units| units.count()).unwrap_err();
    assert!(error.is::<DocumentError>());
}
