//! Reads the file with the units at the start, and again when it changes.
//!
//! [`Watch`] decides when content is read and served. This module reads and serves it.

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fmt, fs, io};

use livechat_units::{DocumentError, Written};
use livechat_units_cli::documents::{is_empty, survey};
use livechat_units_cli::encoding;
use tokio::task::spawn_blocking;

use crate::feed::{Problem, with_causes};
use crate::watch::{Content, Stamp, Step, Verdict, Watch};
use crate::writers;

/// The time between two looks at the file.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The reason why the content of the file is not served.
#[derive(Debug)]
enum Fault {
    /// It cannot be served, so it is not read again before it changes.
    Refused(String),
    /// Something else failed, and may succeed later.
    Failed(String),
}

/// A store whose units can be replaced.
pub(crate) trait ReplaceAll {
    /// Replaces all units by the units of this text. If a document is malformed or has no `_id`,
    /// nothing changes.
    fn replace_all(&self, text: String) -> impl Future<Output = Result<Written, Problem>> + Send;
}

/// Replaces all units by the units of the file.
pub(crate) async fn start(file: &Path, store: &impl ReplaceAll) -> Result<Watch, Problem> {
    let stamp = stamp(file).ok();
    if let Some(process) = writer(file).await? {
        eprintln!(
            "warning: {} is open for writing in process {process}: it is served as it is now, \
             and may be half-written",
            file.display()
        );
    }
    let (text, content) = read(file).await?;
    eprintln!("{}", replace(file, text, store).await?);
    Ok(Watch::new(stamp, content))
}

/// Replaces all units whenever the file has new and complete content.
pub(crate) async fn follow(file: PathBuf, mut watch: Watch, store: impl ReplaceAll) {
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        if let Some(message) = look(&file, &mut watch, &store).await {
            eprintln!("{message}");
        }
    }
}

/// Looks at the file once. Reads and serves its content if `watch` decides so. Returns a message
/// to report.
pub(crate) async fn look(
    file: &Path,
    watch: &mut Watch,
    store: &impl ReplaceAll,
) -> Option<String> {
    match try_look(file, watch, store).await {
        Ok(message) => message,
        Err(Fault::Refused(problem)) => {
            watch.record_refused();
            Some(format!("{problem}; the units stay as they were"))
        }
        Err(Fault::Failed(problem)) => {
            let is_first = watch.record_failure();
            is_first.then(|| format!("{problem}; the file is read again until that succeeds"))
        }
    }
}

/// Does the work of [`look`], except that a fault is returned and not recorded.
async fn try_look(
    file: &Path,
    watch: &mut Watch,
    store: &impl ReplaceAll,
) -> Result<Option<String>, Fault> {
    let name = file.display();
    let before = stamp(file);
    match watch.look(before.as_ref().ok().copied()) {
        Step::Wait => return Ok(None),
        Step::RefuseMissing => {
            before.map_err(|error| Fault::Refused(format!("{name}: {error}")))?;
            return Ok(None);
        }
        Step::ReportChanging => {
            return Ok(Some(format!(
                "{name} keeps changing: the units stay as they were until it has been the same \
                 for two seconds and no program has it open for writing"
            )));
        }
        Step::Read => {}
    }
    if let Some(process) = writer(file).await? {
        return Ok(watch.record_writer().then(|| {
            format!(
                "{name} is open for writing in process {process}: the units stay as they were \
                 until it is closed"
            )
        }));
    }
    let read = read(file).await;
    if stamp(file).ok() != before.ok() {
        // The file changed while it was read. The next look finds the change too.
        return Ok(None);
    }
    let (text, content) = read?;
    serve_if_due(file, text, content, watch, store).await
}

/// Serves content that has been read, if `watch` decides so.
async fn serve_if_due(
    file: &Path,
    text: String,
    content: Content,
    watch: &mut Watch,
    store: &impl ReplaceAll,
) -> Result<Option<String>, Fault> {
    match watch.judge(content) {
        Verdict::Serve => {
            let replaced = replace(file, text, store).await;
            if let Err(Fault::Failed(_)) = replaced {
                watch.forget_served();
            }
            let message = replaced?;
            watch.record_served(content);
            Ok(Some(message))
        }
        Verdict::AlreadyServed => {
            watch.record_served(content);
            Ok(None)
        }
        Verdict::TooFew(served) => Ok(Some(format!(
            "{} has fewer documents ({}) than are served ({served}): the units stay as they \
             were until it has been the same for ten seconds, or another file is renamed to \
             this name",
            file.display(),
            content.survey.documents
        ))),
    }
}

fn stamp(file: &Path) -> io::Result<Stamp> {
    fs::metadata(file).map(|metadata| Stamp::new(&metadata))
}

async fn writer(file: &Path) -> Result<Option<u32>, Fault> {
    let path = file.to_owned();
    let writer = spawn_blocking(move || writers::writer(&path)).await;
    writer.map_err(|error| Fault::Failed(named(file, error)))
}

async fn read(file: &Path) -> Result<(String, Content), Fault> {
    let path = file.to_owned();
    let read = move || {
        let bytes = fs::read(&path).map_err(|error| Fault::Failed(named(&path, error)))?;
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let text = encoding::decode(bytes).map_err(|error| Fault::Refused(named(&path, error)))?;
        if is_empty(&text) {
            return Err(Fault::Refused(format!(
                "{} is empty, as a file is when a program begins to write it: \
                 to serve no units, write an empty array, []",
                path.display()
            )));
        }
        let survey = survey(&text);
        let hash = hasher.finish();
        Ok((text, Content { hash, survey }))
    };
    let read = spawn_blocking(read).await;
    read.unwrap_or_else(|error| Err(Fault::Failed(named(file, error))))
}

/// Replaces all units by the units of `text`. Returns a message to report.
async fn replace(file: &Path, text: String, store: &impl ReplaceAll) -> Result<String, Fault> {
    let begun = Instant::now();
    let name = file.display();
    match store.replace_all(text).await {
        Ok(written) => Ok(format!(
            "{name} is read, in {:.1} s: {written}",
            begun.elapsed().as_secs_f64()
        )),
        Err(error) => {
            let problem = named(file, with_causes(&*error));
            Err(if error.is::<DocumentError>() {
                Fault::Refused(problem)
            } else {
                Fault::Failed(problem)
            })
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(problem) | Self::Failed(problem)) = self;
        f.write_str(problem)
    }
}

impl Error for Fault {}

fn named(file: &Path, problem: impl fmt::Display) -> String {
    format!("{}: {problem}", file.display())
}

#[cfg(test)]
mod tests;
