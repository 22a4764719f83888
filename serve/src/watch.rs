//! Decides when new content of a file is read and served.
//!
//! It cannot be known for certain that a program has finished writing a file. [`Watch`] gets
//! the metadata of the file once a second, in a look, and decides as follows:
//!
//! | the file has | it is read after | and taken |
//! |---|---|---|
//! | another inode, which changed after its content: a file was renamed to this name | 1 second without a change | always |
//! | a JSON array and nothing else | 2 | always: its last bracket shows that it is complete |
//! | as many documents as are served, or more | 2 | always |
//! | fewer documents | 2 | if it stays the same for 10 seconds |
//!
//! [`crate::load`] does not read a file that is open for writing, and refuses an empty one.
//! The README of this package says how programs should write the file.

use std::fs::Metadata;
#[cfg(unix)]
use std::time::Duration;
use std::time::SystemTime;

use livechat_units_cli::documents::Survey;

/// Looks without a change before the content of a file that was renamed to this name is read.
const RENAMED: u32 = 1;

/// Looks without a change before content that was written in place is read. Most programs
/// that write pause for less than two seconds.
const WRITTEN: u32 = 2;

/// Looks without a change before content with fewer documents than are served is taken. Most
/// exporters wait less than ten seconds for the next batch of their database.
const FEWER: u32 = 10;

/// Looks that find a change before it is reported that the file keeps changing: a minute, if
/// it changes every two seconds.
const RESTLESS: u32 = 30;

/// The metadata that differ between two contents of a file. On a system without `changed`, two
/// contents of the same length and time of writing have the same stamp.
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
    /// The hash of the bytes. Two contents share one with a probability of 2^-64.
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
    /// the inode but not the content; after a write both times are equal.
    fn is_renamed_over(self, before: Self) -> bool {
        let written = self.written;
        self.inode != before.inode && written.is_some() && self.changed > written
    }
}

/// A time given as seconds and nanoseconds since 1970.
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
    /// Refuse it: there is no file.
    Gone,
    /// Report that the file keeps changing.
    Restless,
    /// Read it, unless a program has it open for writing.
    Read,
}

/// What to do with content that has been read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    /// Leave the units: these bytes are served already.
    Same,
    /// Report that it has fewer documents than this number, and wait.
    Fewer(usize),
}

/// The state of a file that is served.
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

/// The event after which the content of the last look is read.
#[derive(Clone, Copy, Debug)]
enum WaitsFor {
    /// A pause without a change.
    Pause,
    /// A longer pause: the content was read, and has fewer documents than are served.
    LongPause,
    /// A change: the content was refused.
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

    /// Records that a program has the file open for writing. Returns whether to report it, which
    /// is so the first time.
    pub(crate) fn reports_writer(&mut self) -> bool {
        !std::mem::replace(&mut self.has_reported_writer, true)
    }

    /// Decides about the content of the last look, which has been read.
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

    /// Records that the content of the last look is served.
    pub(crate) fn taken(&mut self, content: Content) {
        self.served = self.seen;
        self.hash = Some(content.hash);
        self.documents = content.survey.documents;
        self.has_reported_writer = false;
        self.has_reported_failure = false;
    }

    /// Records that the content of the last look cannot be served. It is not read again.
    pub(crate) fn refused(&mut self) {
        self.waits_for = WaitsFor::Change;
        self.changes = 0;
        self.has_reported_writer = false;
        self.has_reported_failure = false;
    }

    /// Records a failure that the content did not cause. The file is read again after the pause.
    /// Returns whether to report the failure, which is so the first time.
    pub(crate) fn failed(&mut self) -> bool {
        self.looks = 0;
        self.changes = 0;
        !std::mem::replace(&mut self.has_reported_failure, true)
    }

    /// Records that the store failed in a change, so the served content is unknown.
    pub(crate) fn forget_served(&mut self) {
        self.served = None;
        self.hash = None;
    }
}

#[cfg(test)]
mod tests;
