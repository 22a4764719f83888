//! Whether a file has new content, and whether that content is whole.
//!
//! Nothing tells for certain that a program has finished writing a file. [`Watch`] is shown
//! the file once a second and decides by what can be seen:
//!
//! | the file has | it is read after | and taken |
//! |---|---|---|
//! | another inode, which changed after its content: a file was renamed to this name | 1 second without a change | always |
//! | a JSON array and nothing else | 2 | always: its last bracket shows that it is whole |
//! | as many documents as are served, or more | 2 | always |
//! | fewer documents | 2 | if it stays the same for 10 seconds |
//!
//! [`crate::load`] does not read a file that is open for writing, and refuses an empty one.
//! The README of this package says what that means for those who write the file.

use std::fs::Metadata;
#[cfg(unix)]
use std::time::Duration;
use std::time::SystemTime;

use livechat_units_cli::documents::Survey;

/// Looks after which new content of a file that was renamed to this name is read.
const RENAMED: u32 = 1;

/// Looks after which content that was written into the file is read: most programs write
/// more often than every two seconds.
const WRITTEN: u32 = 2;

/// Looks after which it is taken though it has fewer documents than are served: longer
/// than most exporters wait for their database between two batches.
const FEWER: u32 = 10;

/// Looks that find a change after which it is reported that the file never stays the same
/// for long enough: a minute if it changes every two seconds.
const RESTLESS: u32 = 30;

/// What tells one content of a file from another without reading it. Where the system has
/// no `changed`, content of the same length and time of writing looks the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) length: u64,
    pub(crate) written: Option<SystemTime>,
    /// Device and inode. A file that was renamed to this name has others.
    pub(crate) inode: (u64, u64),
    /// The last change of the inode, which no program can set.
    pub(crate) changed: Option<SystemTime>,
}

/// What was read of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    /// Of the bytes. Other bytes have the same hash once in 2^64 times.
    pub(crate) hash: u64,
    pub(crate) survey: Survey,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (inode, changed) = {
            use std::os::unix::fs::MetadataExt;
            let changed = time(metadata.ctime(), metadata.ctime_nsec());
            ((metadata.dev(), metadata.ino()), changed)
        };
        #[cfg(not(unix))]
        let (inode, changed) = ((0, 0), None);
        Self {
            length: metadata.len(),
            written: metadata.modified().ok(),
            inode,
            changed,
        }
    }

    /// Whether a file was renamed over the one that had the stamp `before`. A rename changes
    /// the inode but not the content; a file that is made and written has both times equal.
    fn is_renamed_over(self, before: Self) -> bool {
        let written = self.written;
        self.inode != before.inode && written.is_some() && self.changed > written
    }
}

/// The time that the system gives as seconds and nanoseconds since 1970.
#[cfg(unix)]
fn time(seconds: i64, nanoseconds: i64) -> Option<SystemTime> {
    let seconds = Duration::from_secs(seconds.try_into().ok()?);
    let rest = Duration::from_nanos(nanoseconds.try_into().ok()?);
    let whole = SystemTime::UNIX_EPOCH.checked_add(seconds)?;
    whole.checked_add(rest)
}

/// What to do after a look at the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Wait,
    /// Refuse it: the file is not there.
    Gone,
    /// Say that the file never stays the same for long enough.
    Restless,
    /// Read it, unless a program writes it.
    Read,
}

/// What to do with content that has been read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    /// Leave the units: these bytes have been taken.
    Same,
    /// Say that it has fewer documents than these, and wait.
    Fewer(usize),
}

/// A file that is served.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The stamp and the hash of the content that is served, if they are known.
    served: Option<Stamp>,
    hash: Option<u64>,
    /// The number of documents of the content that was taken last.
    documents: usize,
    /// The stamp of the last look, and the number of looks before it with the same stamp.
    seen: Option<Stamp>,
    looks: u32,
    /// The number of looks that found a change since the file could be read.
    changes: u32,
    /// Whether the file was complete when it got this name, as after a rename.
    is_renamed: bool,
    waits_for: WaitsFor,
    has_reported_writer: bool,
    has_reported_failure: bool,
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
    pub(crate) fn new(served: Option<Stamp>, content: Content) -> Self {
        Self {
            served,
            hash: Some(content.hash),
            documents: content.survey.documents,
            seen: served,
            looks: 0,
            changes: 0,
            is_renamed: false,
            waits_for: WaitsFor::Pause,
            has_reported_writer: false,
            has_reported_failure: false,
        }
    }

    /// Records the stamp that the file has now; `None` if there is no file.
    pub(crate) fn look(&mut self, now: Option<Stamp>) -> Look {
        if now != self.seen {
            self.is_renamed = match (self.seen, now) {
                (Some(before), Some(now)) => now.is_renamed_over(before),
                _ => false,
            };
            self.seen = now;
            self.looks = 0;
            self.waits_for = WaitsFor::Pause;
            self.changes = self.changes.saturating_add(1);
            return if self.changes == RESTLESS {
                Look::Restless
            } else {
                Look::Wait
            };
        }
        if now.is_some() && now == self.served {
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
            None => Look::Gone,
            Some(_) if self.looks >= needed => Look::Read,
            Some(_) => Look::Wait,
        }
    }

    /// Records that a program writes the file. Returns true the first time, when it is to be
    /// reported.
    pub(crate) fn reports_writer(&mut self) -> bool {
        !std::mem::replace(&mut self.has_reported_writer, true)
    }

    /// Decides about the content of the file that was seen.
    pub(crate) fn judge(&mut self, content: Content) -> Verdict {
        self.changes = 0;
        let Content { hash, survey } = content;
        let is_known_whole = self.is_renamed || survey.is_array;
        if self.hash == Some(hash) {
            Verdict::Same
        } else if is_known_whole || survey.documents >= self.documents || self.looks >= FEWER {
            Verdict::Take
        } else {
            self.waits_for = WaitsFor::LongPause;
            Verdict::Fewer(self.documents)
        }
    }

    /// Records that the content that was seen is served.
    pub(crate) fn taken(&mut self, content: Content) {
        self.served = self.seen;
        self.hash = Some(content.hash);
        self.documents = content.survey.documents;
        self.has_reported_writer = false;
        self.has_reported_failure = false;
    }

    /// Records that the content that was seen cannot be served. It is not read again.
    pub(crate) fn refused(&mut self) {
        self.waits_for = WaitsFor::Change;
        self.changes = 0;
        self.has_reported_writer = false;
        self.has_reported_failure = false;
    }

    /// Records a failure that is not the content's. The file is read again after the pause.
    /// Returns true the first time, when the failure is to be reported.
    pub(crate) fn failed(&mut self) -> bool {
        self.looks = 0;
        self.changes = 0;
        !std::mem::replace(&mut self.has_reported_failure, true)
    }

    /// Records that the store failed in a change, so that it is not known what is served.
    pub(crate) fn forget_served(&mut self) {
        self.served = None;
        self.hash = None;
    }
}

#[cfg(test)]
mod tests;
