//! The file of a store: where it is, and whether it is still the file that was opened.
//!
//! The store has several connections, which are opened when they are needed. All of them
//! must reach the same file, whatever has happened to the process and to the directory
//! since the first one. So the path is resolved once, and the file is recognised by its
//! device and its number (inode) afterwards.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::error::{Fault, Problem};

/// A file that was opened.
#[derive(Clone, Debug)]
pub(crate) struct StoreFile {
    /// Absolute and without symbolic links. SQLite takes no absolute path for a URI or for
    /// one of its special names.
    path: PathBuf,
    identity: Identity,
}

impl StoreFile {
    /// Opens the first connection. The file is made if it does not exist.
    pub(crate) fn open(
        given: &Path,
        connect: impl FnOnce(&Path) -> Result<Connection, Fault>,
    ) -> Result<(Self, Connection), Fault> {
        let path = absolute(given)?;
        let before = examine(&path)?;
        let connection = connect(&path)?;
        let path = resolve(path)?;
        let metadata = fs::metadata(&path).map_err(cannot_reach)?;
        let identity = Identity::of(&metadata);
        if before.is_some_and(|before| Identity::of(&before) != identity) {
            return Err(Problem::OtherFile.into());
        }
        Ok((Self { path, identity }, connection))
    }

    /// Opens a further connection, to the same file.
    pub(crate) fn connect(
        &self,
        connect: impl FnOnce(&Path) -> Result<Connection, Fault>,
    ) -> Result<Connection, Fault> {
        self.check()?;
        let connection = connect(&self.path)?;
        // It may have been replaced in between.
        self.check()?;
        Ok(connection)
    }

    /// Refuses to go on if the path leads to another file or to none. What is written to a
    /// file without a name is gone when the store is closed. Cost: one `stat`.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match fs::metadata(&self.path) {
            Ok(metadata) if Identity::of(&metadata) == self.identity => Ok(()),
            Ok(_) => Err(Problem::OtherFile.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Problem::NoFile.into()),
            Err(error) => Err(cannot_reach(error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The path from the root. A relative path starts at the current directory of this moment.
pub(crate) fn absolute(given: &Path) -> Result<PathBuf, Fault> {
    if given.as_os_str().is_empty() {
        return Err(Problem::EmptyPath.into());
    }
    // This is SQLite's name for a database in memory, so it is hardly meant as a file.
    if given.as_os_str() == ":memory:" {
        return Err(Problem::MemoryPath.into());
    }
    std::path::absolute(given).map_err(cannot_reach)
}

/// Refuses what cannot be the file of a store before SQLite changes anything.
fn examine(path: &Path) -> Result<Option<Metadata>, Fault> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let directory = path.parent().unwrap_or(path);
            return match fs::metadata(directory) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    Err(Problem::NoDirectory.into())
                }
                _ => Ok(None),
            };
        }
        Err(error) => return Err(cannot_reach(error)),
    };
    if !metadata.is_file() {
        let found = if metadata.is_dir() {
            "a directory"
        } else {
            "a device, a pipe or a socket"
        };
        return Err(Problem::NotAFile { found }.into());
    }
    // SQLite would take a single byte for an empty file, and overwrite it.
    if metadata.len() == 1 {
        return Err(Problem::NotADatabase.into());
    }
    let links = hard_links(&metadata);
    if links > 1 {
        return Err(Problem::HardLinks { links }.into());
    }
    Ok(Some(metadata))
}

fn cannot_reach(error: std::io::Error) -> Fault {
    Problem::Unreachable(error).into()
}

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    number: u64,
}

#[cfg(unix)]
mod system {
    use std::fs::{self, File, Metadata};
    use std::os::unix::fs::MetadataExt;
    use std::path::PathBuf;

    use super::{Identity, cannot_reach};
    use crate::error::Fault;

    impl Identity {
        pub(super) fn of(metadata: &Metadata) -> Self {
            Self {
                device: metadata.dev(),
                number: metadata.ino(),
            }
        }
    }

    pub(super) fn hard_links(metadata: &Metadata) -> u64 {
        metadata.nlink()
    }

    pub(super) fn resolve(path: PathBuf) -> Result<PathBuf, Fault> {
        fs::canonicalize(path).map_err(cannot_reach)
    }

    /// Whether files cannot be opened because too many are open. SQLite reports this as it
    /// reports a missing permission. The file of the store must not be opened to find out:
    /// closing it would end the locks that this process has on it.
    pub(crate) fn has_too_many_open_files() -> bool {
        /// `ENFILE` and `EMFILE`, which are the same on Linux, macOS and the BSDs.
        const TOO_MANY: [i32; 2] = [23, 24];
        match File::open("/dev/null") {
            Ok(_) => false,
            Err(error) => error
                .raw_os_error()
                .is_some_and(|code| TOO_MANY.contains(&code)),
        }
    }
}

/// On Windows a file that SQLite has open can be neither renamed nor replaced.
#[cfg(not(unix))]
mod system {
    use std::fs::Metadata;
    use std::path::PathBuf;

    use super::Identity;
    use crate::error::Fault;

    impl Identity {
        pub(super) fn of(_: &Metadata) -> Self {
            Self {}
        }
    }

    pub(super) fn hard_links(_: &Metadata) -> u64 {
        1
    }

    pub(super) fn resolve(path: PathBuf) -> Result<PathBuf, Fault> {
        Ok(path)
    }

    pub(crate) fn has_too_many_open_files() -> bool {
        false
    }
}

pub(crate) use system::has_too_many_open_files;
use system::{hard_links, resolve};
