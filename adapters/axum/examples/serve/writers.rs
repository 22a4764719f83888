//! Who has a file open to write it.

use std::path::Path;

/// The id of a process that has `file` open to write it, under this or any other name.
///
/// Works on Linux only; elsewhere the answer is always `None`. Not seen are processes of
/// other users (unless this one is root's), of other containers and of other machines, and
/// maps of files that were closed. Cost: a few microseconds for each open file of each
/// process.
#[cfg(target_os = "linux")]
pub(crate) fn writer(file: &Path) -> Option<u32> {
    let file = inode(file)?;
    let processes = entries(Path::new("/proc")).filter_map(|process| {
        let id = process.file_name()?.to_str()?.parse().ok()?;
        Some((id, process))
    });
    let mut writers = processes.filter(|(_, process)| {
        entries(&process.join("fd")).any(|descriptor| {
            let number = descriptor.file_name();
            number.is_some_and(|number| writes(process, number)) && inode(&descriptor) == Some(file)
        })
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
fn entries(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

/// Whether the file descriptor is open for more than reading: the last two bits of its
/// flags, which are in octal digits.
#[cfg(target_os = "linux")]
fn writes(process: &Path, number: &std::ffi::OsStr) -> bool {
    let info = std::fs::read_to_string(process.join("fdinfo").join(number));
    let info = info.unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.is_some_and(|flags| !flags.trim_end().ends_with(['0', '4']))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn writer(_file: &Path) -> Option<u32> {
    None
}
