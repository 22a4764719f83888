//! Finds a process that has a file open for writing.

use std::path::Path;

/// The id of a process that has `file` open for writing, under this or any other name.
///
/// Works on Linux only; elsewhere the answer is always `None`. It does not find processes of
/// other users (unless this one runs as root), of other containers and of other machines, nor
/// memory maps of files that were closed. Cost: a few microseconds for each open file of each
/// process.
#[cfg(target_os = "linux")]
pub(crate) fn writer(file: &Path) -> Option<u32> {
    let file = inode(file)?;
    let processes = entries(Path::new("/proc")).filter_map(|process| {
        let id = process.file_name().to_str()?.parse().ok()?;
        Some((id, process.path()))
    });
    let mut writers = processes.filter(|(_, process)| {
        let mut descriptors = entries(&process.join("fd"));
        descriptors.any(|open| writes(&open) && inode(&open.path()) == Some(file))
    });
    writers.next().map(|(id, _)| id)
}

/// Device and inode of a file or, through `/proc`, of an open one.
#[cfg(target_os = "linux")]
fn inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(target_os = "linux")]
fn entries(folder: &Path) -> impl Iterator<Item = std::fs::DirEntry> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(Result::ok)
}

/// Whether a file descriptor is open for writing: its link in `/proc` has the permission bits
/// of the modes in which it is open.
#[cfg(target_os = "linux")]
fn writes(open: &std::fs::DirEntry) -> bool {
    use std::os::unix::fs::MetadataExt;
    let link = open.metadata();
    link.is_ok_and(|link| link.mode() & 0o200 != 0)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn writer(_file: &Path) -> Option<u32> {
    None
}
