//! The file of a store: its path, and whether it is still the file that was opened.
//!
//! The store opens its connections when it needs them. All of them must open the same file,
//! even if the process changes its directory or somebody renames the file meanwhile. So the
//! path is resolved once, and the file is then recognised by its device and its inode.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::connect::Create;
use crate::error::Problem;

/// A file that was opened.
#[derive(Clone, Debug)]
pub(crate) struct StoreFile {
    /// Absolute and without symbolic links. SQLite reads no absolute path as a URI or as one
    /// of its special names.
    path: PathBuf,
    identity: Identity,
}

impl StoreFile {
    /// Opens the first connection, for which `connect` makes the file if it is missing.
    pub(crate) fn open(
        given: &Path,
        create: Create,
        connect: impl FnOnce(&Path) -> Result<Connection, Problem>,
    ) -> Result<(Self, Connection), Problem> {
        let path = absolute(given)?;
        let before = examine(&path)?;
        if before.is_none() && create == Create::Never {
            return Err(Problem::NoStore);
        }
        let connection = connect(&path)?;
        let path = resolve(path)?;
        let metadata = fs::metadata(&path).map_err(Problem::Unreachable)?;
        let identity = Identity::new(&metadata);
        if before.is_some_and(|before| Identity::new(&before) != identity) {
            return Err(Problem::OtherFile);
        }
        Ok((Self { path, identity }, connection))
    }

    /// Opens a further connection to the same file.
    pub(crate) fn connect(
        &self,
        connect: impl FnOnce(&Path) -> Result<Connection, Problem>,
    ) -> Result<Connection, Problem> {
        self.check()?;
        let connection = connect(&self.path)?;
        // The file may have been replaced between the check and the opening.
        self.check()?;
        Ok(connection)
    }

    /// Fails if the path leads to another file, or to none. A file without a name is deleted
    /// when its last connection is closed, with all that was written to it. Cost: one `stat`.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        match fs::metadata(&self.path) {
            Ok(metadata) if Identity::new(&metadata) == self.identity => Ok(()),
            Ok(_) => Err(Problem::OtherFile),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Problem::NoFile),
            Err(error) => Err(Problem::Unreachable(error)),
        }
    }

    /// Whether the path leads to another file. Fails if that cannot be found out.
    pub(crate) fn is_replaced(&self) -> Result<bool, Problem> {
        match self.check() {
            Ok(()) | Err(Problem::NoFile) => Ok(false),
            Err(Problem::OtherFile) => Ok(true),
            Err(problem) => Err(problem),
        }
    }

    /// The write-ahead log beside the path. `None` if there is none.
    pub(crate) fn log(&self) -> Option<Identity> {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        let metadata = fs::metadata(log).ok()?;
        Some(Identity::new(&metadata))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The absolute path. A relative one starts at the current directory of this moment.
pub(crate) fn absolute(given: &Path) -> Result<PathBuf, Problem> {
    if given.as_os_str().is_empty() {
        return Err(Problem::EmptyPath);
    }
    // This is SQLite's name for a database in memory. Few callers mean a file by it.
    if given.as_os_str() == ":memory:" {
        return Err(Problem::MemoryPath);
    }
    std::path::absolute(given).map_err(Problem::Unreachable)
}

/// Refuses a path that cannot be the file of a store, before SQLite changes anything. `None`
/// if there is no file yet.
fn examine(path: &Path) -> Result<Option<Metadata>, Problem> {
    let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_missing(&error) => {
            let directory = fs::metadata(path.parent().unwrap_or(path));
            return match directory {
                Err(error) if is_missing(&error) => Err(Problem::NoDirectory),
                _ => Ok(None),
            };
        }
        Err(error) => return Err(Problem::Unreachable(error)),
    };
    if !metadata.is_file() {
        let found = if metadata.is_dir() {
            "a directory"
        } else {
            "a device, a pipe or a socket"
        };
        return Err(Problem::NotAFile { found });
    }
    // SQLite treats a file of one byte as an empty one, and would overwrite it.
    if metadata.len() == 1 {
        return Err(Problem::NotADatabase);
    }
    let links = hard_links(&metadata);
    if links > 1 {
        return Err(Problem::HardLinks { links });
    }
    Ok(Some(metadata))
}

/// Identifies a file under all of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    inode: u64,
}

#[cfg(unix)]
mod system {
    use std::fs::{self, Metadata};
    use std::os::unix::fs::MetadataExt;
    use std::path::PathBuf;

    use super::Identity;
    use crate::error::Problem;

    impl Identity {
        pub(super) fn new(metadata: &Metadata) -> Self {
            Self {
                device: metadata.dev(),
                inode: metadata.ino(),
            }
        }
    }

    pub(super) fn hard_links(metadata: &Metadata) -> u64 {
        metadata.nlink()
    }

    pub(super) fn resolve(path: PathBuf) -> Result<PathBuf, Problem> {
        fs::canonicalize(path).map_err(Problem::Unreachable)
    }
}

/// On Windows a file that SQLite has open can be neither renamed nor replaced.
#[cfg(not(unix))]
mod system {
    use std::fs::Metadata;
    use std::path::PathBuf;

    use super::Identity;
    use crate::error::Problem;

    impl Identity {
        pub(super) fn new(_: &Metadata) -> Self {
            Self {}
        }
    }

    pub(super) fn hard_links(_: &Metadata) -> u64 {
        1
    }

    pub(super) fn resolve(path: PathBuf) -> Result<PathBuf, Problem> {
        Ok(path)
    }
}

use system::{hard_links, resolve};
