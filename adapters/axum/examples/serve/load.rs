//! The file with the units: read once at the start, and again when it changes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use tokio::task::spawn_blocking;

use crate::documents::{Survey, survey};
use crate::feed::Problem;
use crate::store::Store;
use crate::watch::{Look, Stamp, Verdict, Watch};
use crate::{encoding, with_causes, writers};

/// How often the file is looked at.
const SECOND: Duration = Duration::from_secs(1);

/// Replaces all units by those of the file.
pub(crate) async fn start(file: &Path, store: &Store) -> Result<Watch, Problem> {
    let stamp = stamp(file).ok();
    let (text, content) = read(file.to_owned()).await?;
    replace(file, text, store).await?;
    Ok(Watch::new(stamp, content.documents))
}

/// Replaces all units whenever the file has new content that is whole. Where that fails,
/// the units stay.
pub(crate) async fn follow(file: PathBuf, mut watch: Watch, store: Store) {
    loop {
        tokio::time::sleep(SECOND).await;
        if let Err(problem) = look(&file, &mut watch, &store).await {
            watch.refused();
            eprintln!("{problem}; the units stay as they were");
        }
    }
}

async fn look(file: &Path, watch: &mut Watch, store: &Store) -> Result<(), Problem> {
    let name = file.display();
    let before = stamp(file);
    match watch.look(before.as_ref().ok().copied()) {
        Look::Wait => return Ok(()),
        Look::Gone => {
            before.map_err(|error| format!("{name}: {error}"))?;
            return Ok(());
        }
        Look::Empty => {
            return Err(format!(
                "{name} is empty, as a file is when a program begins to write it: \
                 to serve no units, write an empty array, []"
            )
            .into());
        }
        Look::Read => {}
    }
    let written = file.to_owned();
    if spawn_blocking(move || writers::is_written(&written)).await? {
        if watch.is_written() {
            eprintln!("{name} is being written: the units stay as they were until it is closed");
        }
        return Ok(());
    }
    let (text, content) = read(file.to_owned()).await?;
    if stamp(file).ok() != before.ok() {
        // It has changed while it was read. The next look finds that too.
        return Ok(());
    }
    match watch.judge(content) {
        Verdict::Take => {
            replace(file, text, store).await?;
            watch.taken(content);
        }
        Verdict::Fewer(served) => eprintln!(
            "{name} has fewer documents ({}) than are served ({served}): the units stay as \
             they were until it has been the same for ten seconds, or another file is renamed \
             to this name",
            content.documents
        ),
    }
    Ok(())
}

fn stamp(file: &Path) -> io::Result<Stamp> {
    fs::metadata(file).map(|metadata| Stamp::of(&metadata))
}

async fn read(file: PathBuf) -> Result<(String, Survey), Problem> {
    let read = move || {
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let bytes = fs::read(&file).map_err(|error| named(&error))?;
        let text = encoding::decode(bytes).map_err(|error| named(&error))?;
        let content = survey(&text);
        Ok((text, content))
    };
    spawn_blocking(read).await?
}

async fn replace(file: &Path, text: String, store: &Store) -> Result<(), Problem> {
    let begun = Instant::now();
    let name = file.display();
    store
        .replace_all(text)
        .await
        .map_err(|error| format!("{name}: {}", with_causes(&*error)))?;
    eprintln!("{name} is read, in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}
