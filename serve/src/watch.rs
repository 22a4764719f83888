//! Decides when new content of a file is read and served.
//!
//! It cannot be known for certain that a program has finished writing a file. [`Watch`] gets
//! the metadata of the file once a second, which is called a look, and decides as follows:
//!
//! | the file has | is read after | is served |
//! |---|---|---|
//! | another inode, which changed after its content: a file was renamed to this name | 1 second without a change | always |
//! | a JSON array and nothing else | 2 seconds without a change | always: its last bracket shows that it is complete |
//! | as many documents as are served, or more | 2 seconds without a change | always |
//! | fewer documents | 2 seconds without a change | after 10 seconds without a change |
//!
//! [`crate::load`] does not read a file that is open for writing, and refuses an empty one.
//! The README of this package says how programs should write the file.

use std::fs::Metadata;
#[cfg(unix)]
use std::time::Duration;
use std::time::SystemTime;

use livechat_units_cli::documents::Survey;

/// Looks without a change before the content of a file that was renamed to this name is read.
const LOOKS_AFTER_RENAME: u32 = 1;

/// Looks without a change before content that was written in place is read. Most programs
/// that write pause for less than two seconds.
const LOOKS_AFTER_WRITE: u32 = 2;

/// Looks without a change before content with fewer documents than are served is served. Most
/// exporters wait less than ten seconds for the next batch of their database.
const LOOKS_IF_FEWER: u32 = 10;

/// Looks that find a change before the file is reported as changing all the time: a minute, if
/// it changes every two seconds.
const CHANGES_TO_REPORT: u32 = 30;

/// The metadata by which two contents of a file are distinguished. On a system without `changed`,
/// two contents of the same length and time of writing have the same stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) length: u64,
    pub(crate) written: Option<SystemTime>,
    /// Device and inode. A file that was renamed to this name has others.
    pub(crate) inode: (u64, u64),
    /// The last change of the inode, which no program can set.
    pub(crate) changed: Option<SystemTime>,
}

/// The hash and the survey of content that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    /// The hash of the bytes. Two contents share one with a probability of 2^-64.
    pub(crate) hash: u64,
    pub(crate) survey: Survey,
}

impl Stamp {
    pub(crate) fn new(metadata: &Metadata) -> Self {
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
    /// `changed` but not `written`. After a write, both are equal.
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

/// The step that follows a look at the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Wait,
    /// Report that there is no file.
    RefuseMissing,
    /// Report that the file changes all the time.
    ReportChanging,
    /// Read it, unless a program has it open for writing.
    Read,
}

/// The decision about content that has been read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Serve,
    /// Leave the units: these bytes are served already.
    AlreadyServed,
    /// Report that it has fewer documents than this number, and wait.
    TooFew(usize),
}

/// The state of a file that is served.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The stamp and the hash of the content that is served, if they are known.
    served: Option<Stamp>,
    hash: Option<u64>,
    /// The number of documents of the content that was served last.
    documents: usize,
    /// The stamp of the last look, and the number of looks before it with the same stamp.
    seen: Option<Stamp>,
    looks: u32,
    /// The number of looks that found a change since the last attempt to read.
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

    /// Records the present stamp of the file, `None` if there is no file. Returns the next step.
    pub(crate) fn look(&mut self, now: Option<Stamp>) -> Step {
        if now != self.seen {
            self.is_renamed = match (self.seen, now) {
                (Some(before), Some(now)) => now.is_renamed_over(before),
                _ => false,
            };
            self.seen = now;
            self.looks = 0;
            self.waits_for = WaitsFor::Pause;
            self.changes = self.changes.saturating_add(1);
            return if self.changes == CHANGES_TO_REPORT {
                Step::ReportChanging
            } else {
                Step::Wait
            };
        }
        if now.is_some() && now == self.served {
            return Step::Wait;
        }
        self.looks = self.looks.saturating_add(1);
        let needed = match self.waits_for {
            WaitsFor::Change => return Step::Wait,
            WaitsFor::LongPause => LOOKS_IF_FEWER,
            WaitsFor::Pause if self.is_renamed => LOOKS_AFTER_RENAME,
            WaitsFor::Pause => LOOKS_AFTER_WRITE,
        };
        match now {
            None => Step::RefuseMissing,
            Some(_) if self.looks >= needed => Step::Read,
            Some(_) => Step::Wait,
        }
    }

    /// Records that a program has the file open for writing. Returns whether to report it: only the
    /// first time.
    pub(crate) fn record_writer(&mut self) -> bool {
        !std::mem::replace(&mut self.has_reported_writer, true)
    }

    /// Decides about the content of the last look, which has been read.
    pub(crate) fn judge(&mut self, content: Content) -> Verdict {
        self.changes = 0;
        let Content { hash, survey } = content;
        let is_complete = self.is_renamed || survey.is_array;
        if self.hash == Some(hash) {
            Verdict::AlreadyServed
        } else if is_complete || survey.documents >= self.documents || self.looks >= LOOKS_IF_FEWER
        {
            Verdict::Serve
        } else {
            self.waits_for = WaitsFor::LongPause;
            Verdict::TooFew(self.documents)
        }
    }

    /// Records that the content of the last look is served.
    pub(crate) fn record_served(&mut self, content: Content) {
        self.served = self.seen;
        self.hash = Some(content.hash);
        self.documents = content.survey.documents;
        self.has_reported_writer = false;
        self.has_reported_failure = false;
    }

    /// Records that the content of the last look cannot be served. It is not read again.
    pub(crate) fn record_refused(&mut self) {
        self.waits_for = WaitsFor::Change;
        self.changes = 0;
        self.has_reported_writer = false;
        self.has_reported_failure = false;
    }

    /// Records a failure that the content did not cause. The file is read again after the pause.
    /// Returns whether to report the failure: only the first time.
    pub(crate) fn record_failure(&mut self) -> bool {
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
