//! A file with units, for the unit tests and the tests of the program.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A file in a folder of its own.
pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let folder = format!("livechat-units-serve-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir(&folder).unwrap();
        let file = Self(folder.join(name));
        file.replace(text);
        file
    }

    /// Replaces the file by a rename, so that no other program sees a part of the new one.
    pub(crate) fn replace(&self, text: &str) {
        let next = self.0.with_extension("next");
        fs::write(&next, text).unwrap();
        // A rename is recognised by its later time. The write and the rename may be within one
        // tick of the system's clock for files.
        let written = SystemTime::now() - Duration::from_secs(1);
        let opened = fs::File::options().write(true).open(&next).unwrap();
        opened.set_modified(written).unwrap();
        drop(opened);
        fs::rename(next, &self.0).unwrap();
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}
