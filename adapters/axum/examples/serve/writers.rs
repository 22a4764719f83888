//! Who has a file open to write it.

use std::path::Path;

/// Whether a process that this one may look at has `file` open to write it.
///
/// Only Linux tells. Not seen are processes of other users (unless this one is root's),
/// of other containers and of other machines, and maps of files that were closed. Cost: a
/// few microseconds for each open file of each process.
#[cfg(target_os = "linux")]
pub(crate) fn is_written(file: &Path) -> bool {
    let Ok(file) = file.canonicalize() else {
        return false;
    };
    entries(Path::new("/proc")).any(|process| {
        entries(&process.join("fd")).any(|descriptor| {
            let is_file = std::fs::read_link(&descriptor).is_ok_and(|target| target == file);
            is_file
                && descriptor
                    .file_name()
                    .is_some_and(|number| writes(&process, number))
        })
    })
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
pub(crate) fn is_written(_file: &Path) -> bool {
    false
}
