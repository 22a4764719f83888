//! Whether a file has new content, and whether that content is whole.
//!
//! Nothing tells for certain that a program has finished writing a file. [`Watch`] is shown
//! the file once a second and decides by what can be seen:
//!
//! | the file has | it is read after | and taken |
//! |---|---|---|
//! | another inode: a file was renamed to this name | 1 second without a change | always |
//! | a JSON array | 2 | always: its last bracket shows that it is whole |
//! | as many documents as are served, or more | 2 | always |
//! | fewer documents | 2 | if it stays the same for 10 seconds |
//! | no byte | | never |
//!
//! [`crate::writers`] adds that a file that is open for writing is not read. The README of
//! this package says what that means for those who write the file.

use std::fs::Metadata;
use std::time::SystemTime;

use crate::documents::Survey;

/// Looks after which new content of a file that was renamed to this name is read.
const RENAMED: u32 = 1;

/// Looks after which content that was written into the file is read: most programs write
/// more often than every two seconds.
const WRITTEN: u32 = 2;

/// Looks after which it is taken though it has fewer documents than are served: longer
/// than most exporters wait for their database between two batches.
const FEWER: u32 = 10;

/// What tells one content of a file from another without reading it. Where the system has
/// no `changed`, content of the same length and time of writing looks the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) length: u64,
    pub(crate) written: Option<SystemTime>,
    /// Device and inode. A file that was renamed to this name has others.
    pub(crate) inode: (u64, u64),
    /// Seconds and nanoseconds of the last change of the inode, which no program can set.
    pub(crate) changed: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (inode, changed) = {
            use std::os::unix::fs::MetadataExt;
            let changed = (metadata.ctime(), metadata.ctime_nsec());
            ((metadata.dev(), metadata.ino()), changed)
        };
        #[cfg(not(unix))]
        let (inode, changed) = ((0, 0), (0, 0));
        Self {
            length: metadata.len(),
            written: metadata.modified().ok(),
            inode,
            changed,
        }
    }
}

/// What to do after a look at the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Wait,
    /// Refuse it: the file is not there.
    Gone,
    /// Refuse it: the file is empty.
    Empty,
    /// Read it, unless a program writes it.
    Read,
}

/// What to do with content that has been read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    /// Say that it has fewer documents than these, and wait.
    Fewer(usize),
}

/// A file that is served.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The content that is served, and its number of documents.
    served: Option<Stamp>,
    documents: usize,
    /// What the last look found, and how many looks before it found the same.
    seen: Option<Stamp>,
    looks: u32,
    /// Whether the file that was seen got its name as it is, by a rename.
    is_renamed: bool,
    waits_for: WaitsFor,
    /// Whether it was said that a program writes it.
    has_said_written: bool,
}

/// What must come before the content that was seen is read.
#[derive(Clone, Copy, Debug)]
enum WaitsFor {
    /// A pause without a change.
    Pause,
    /// A longer one: it was read, and has fewer documents than are served.
    LongPause,
    /// A change: it was refused.
    Change,
}

impl Watch {
    pub(crate) fn new(served: Option<Stamp>, documents: usize) -> Self {
        Self {
            served,
            documents,
            seen: served,
            looks: 0,
            is_renamed: false,
            waits_for: WaitsFor::Pause,
            has_said_written: false,
        }
    }

    /// Records the stamp that the file has now; `None` if there is no file.
    pub(crate) fn look(&mut self, now: Option<Stamp>) -> Look {
        if now != self.seen {
            self.is_renamed = match (self.seen, now) {
                (Some(before), Some(now)) => before.inode != now.inode,
                _ => true,
            };
            self.seen = now;
            self.looks = 0;
            self.waits_for = WaitsFor::Pause;
            return Look::Wait;
        }
        if now == self.served {
            return Look::Wait;
        }
        self.looks = self.looks.saturating_add(1);
        let needed = match self.waits_for {
            WaitsFor::Change => return Look::Wait,
            WaitsFor::LongPause => FEWER,
            WaitsFor::Pause if self.is_renamed => RENAMED,
            WaitsFor::Pause => WRITTEN,
        };
        match now {
            None => return Look::Gone,
            Some(stamp) if stamp.length == 0 => return Look::Empty,
            Some(_) => {}
        }
        if self.looks >= needed {
            Look::Read
        } else {
            Look::Wait
        }
    }

    /// Takes note that a program has the file open to write it. Whether to say so.
    pub(crate) fn is_written(&mut self) -> bool {
        !std::mem::replace(&mut self.has_said_written, true)
    }

    /// Decides about the content of the file that was seen.
    pub(crate) fn judge(&mut self, content: Survey) -> Verdict {
        let is_known_whole = self.is_renamed || content.is_array;
        if is_known_whole || content.documents >= self.documents || self.looks >= FEWER {
            Verdict::Take
        } else {
            self.waits_for = WaitsFor::LongPause;
            Verdict::Fewer(self.documents)
        }
    }

    /// Takes note that the content that was seen is served.
    pub(crate) fn taken(&mut self, content: Survey) {
        self.served = self.seen;
        self.documents = content.documents;
        self.has_said_written = false;
    }

    /// Takes note that what was seen cannot be served. It is not read again.
    pub(crate) fn refused(&mut self) {
        self.waits_for = WaitsFor::Change;
        self.has_said_written = false;
    }
}
