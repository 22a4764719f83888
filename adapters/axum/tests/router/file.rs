//! A file to be read.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A file of this test's own, in a folder of its own.
pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let folder = format!("livechat-units-axum-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir(&folder).unwrap();
        let file = Self(folder.join(name));
        file.replace(text);
        file
    }

    /// By a rename, as a program does that others shall not see half of it.
    pub(crate) fn replace(&self, text: &str) {
        let next = self.0.with_extension("next");
        fs::write(&next, text).unwrap();
        // The write and the rename may be within one tick of the system's clock for files. A
        // rename is known by its later time.
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
