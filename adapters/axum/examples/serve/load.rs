//! The file with the units: read once at the start, and again when it changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tokio::task::spawn_blocking;

use crate::feed::Problem;
use crate::store::Store;
use crate::with_causes;

/// How often the file is looked at.
const SECOND: Duration = Duration::from_secs(1);

/// What tells whether a file has changed: when it was written, and its length.
pub(crate) type Stamp = Option<(SystemTime, u64)>;

pub(crate) fn stamp(file: &Path) -> Stamp {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Replaces all units by those of the file; where that fails, they stay.
pub(crate) async fn replace(file: PathBuf, store: &Store) -> Result<(), Problem> {
    let begun = Instant::now();
    let name = file.display().to_string();
    let text = spawn_blocking(move || fs::read_to_string(file)).await?;
    let text = text.map_err(|error| format!("{name}: {error}"))?;
    store
        .replace_all(text)
        .await
        .map_err(|error| format!("{name}: {}", with_causes(&*error)))?;
    eprintln!("{name} is read, in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Reads the file again whenever it has changed. A change counts when the file has
/// stayed the same for a second, so that one that is being written is not read halfway.
pub(crate) async fn follow(file: PathBuf, mut read: Stamp, store: Store) {
    let mut last = read;
    loop {
        tokio::time::sleep(SECOND).await;
        let now = stamp(&file);
        if now != read && now == last {
            read = now;
            if let Err(problem) = replace(file.clone(), &store).await {
                eprintln!("{problem}; the units stay as they were");
            }
        }
        last = now;
    }
}
