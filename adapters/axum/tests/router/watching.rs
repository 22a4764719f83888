//! When `serve` takes new content of its file: the rule, look by look, without a clock.

use std::fs::{self, OpenOptions};
use std::time::{Duration, SystemTime};

use crate::documents::Survey;
use crate::file::File;
use crate::watch::{Look, Stamp, Verdict, Watch};
use crate::writers;

/// Content of this length in the file with this inode.
#[allow(clippy::unnecessary_wraps, reason = "a look may also find no file")]
fn stamp(inode: u64, length: u64) -> Option<Stamp> {
    Some(Stamp {
        length,
        written: Some(SystemTime::UNIX_EPOCH),
        inode: (1, inode),
        changed: (0, 0),
    })
}

const fn lines(documents: usize) -> Survey {
    Survey {
        documents,
        is_array: false,
    }
}

const fn array(documents: usize) -> Survey {
    Survey {
        documents,
        is_array: true,
    }
}

/// A file of two documents is served.
fn two() -> Watch {
    Watch::new(stamp(7, 200), 2)
}

/// Looks until there is something to do, and how many looks that took.
fn looks(watch: &mut Watch, now: Option<Stamp>) -> (u32, Look) {
    for look in 1..100 {
        match watch.look(now) {
            Look::Wait => {}
            found => return (look, found),
        }
    }
    (100, Look::Wait)
}

#[test]
fn what_stays_the_same_is_not_read() {
    assert_eq!(looks(&mut two(), stamp(7, 200)), (100, Look::Wait));
}

#[test]
fn another_file_of_the_name_is_read_at_the_second_look_whatever_it_has() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(8, 100)), (2, Look::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::Take);
    watch.taken(lines(1));
    assert_eq!(looks(&mut watch, stamp(8, 100)), (100, Look::Wait));
    // One document is served now: two are not fewer.
    assert_eq!(looks(&mut watch, stamp(8, 200)), (3, Look::Read));
    assert_eq!(watch.judge(lines(2)), Verdict::Take);
}

#[test]
fn what_is_written_into_the_file_is_read_when_two_seconds_pass_without_a_change() {
    let mut watch = two();
    for length in 201..240 {
        assert_eq!(watch.look(stamp(7, length)), Look::Wait);
        assert_eq!(watch.look(stamp(7, length)), Look::Wait);
    }
    assert_eq!(looks(&mut watch, stamp(7, 240)), (3, Look::Read));
    assert_eq!(watch.judge(lines(2)), Verdict::Take);
}

/// `> file` empties it first, and `mongoexport` then connects.
#[test]
fn an_empty_file_is_never_taken() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 0)), (2, Look::Empty));
    watch.refused();
    assert_eq!(looks(&mut watch, stamp(7, 0)), (100, Look::Wait));
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(8, 0)), (2, Look::Empty));
    watch.refused();
    assert_eq!(looks(&mut watch, stamp(8, 0)), (100, Look::Wait));
    // An empty array serves none.
    assert_eq!(looks(&mut watch, stamp(8, 3)), (3, Look::Read));
    assert_eq!(watch.judge(array(0)), Verdict::Take);
}

#[test]
fn fewer_documents_than_are_served_wait_for_ten_seconds() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 100)), (3, Look::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::Fewer(2));
    assert_eq!(looks(&mut watch, stamp(7, 100)), (8, Look::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::Take);
    // A change restarts the wait; as many documents as are served end it.
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 100)), (3, Look::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::Fewer(2));
    assert_eq!(watch.look(stamp(7, 100)), Look::Wait);
    assert_eq!(looks(&mut watch, stamp(7, 201)), (3, Look::Read));
    assert_eq!(watch.judge(lines(2)), Verdict::Take);
}

/// The first file is removed, and the next grows under its name.
#[test]
fn a_new_file_that_grows_is_being_written() {
    for gone in [None, stamp(8, 0)] {
        let mut watch = two();
        assert_eq!(watch.look(gone), Look::Wait);
        assert_eq!(watch.look(stamp(8, 50)), Look::Wait);
        assert_eq!(looks(&mut watch, stamp(8, 100)), (3, Look::Read));
        assert_eq!(watch.judge(lines(1)), Verdict::Fewer(2));
    }
}

/// Its last bracket shows that an array is whole.
#[test]
fn an_array_may_have_fewer_documents() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 100)), (3, Look::Read));
    assert_eq!(watch.judge(array(1)), Verdict::Take);
}

#[test]
fn what_was_refused_is_read_again_only_when_it_changes() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 300)), (3, Look::Read));
    watch.refused();
    assert_eq!(looks(&mut watch, stamp(7, 300)), (100, Look::Wait));
    assert_eq!(looks(&mut watch, stamp(7, 301)), (3, Look::Read));
}

#[test]
fn a_file_that_is_gone_is_reported_once() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, None), (2, Look::Gone));
    watch.refused();
    assert_eq!(looks(&mut watch, None), (100, Look::Wait));
    // The same content comes back: it is served already.
    assert_eq!(looks(&mut watch, stamp(7, 200)), (100, Look::Wait));
}

#[test]
fn that_a_file_is_being_written_is_reported_once_until_it_is_served() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 300)), (3, Look::Read));
    assert!(watch.is_written());
    assert_eq!(looks(&mut watch, stamp(7, 400)), (3, Look::Read));
    assert!(!watch.is_written());
    watch.taken(lines(4));
    assert!(watch.is_written());
}

/// As `touch -r` sets it. Only the time of the inode's change, which the system sets, tells.
#[test]
#[cfg(unix)]
fn content_of_the_same_length_and_time_of_writing_has_another_stamp() {
    let file = File::new("stamps.jsonl", "");
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let write = |content: &str| {
        fs::write(&file.0, content).unwrap();
        let opened = OpenOptions::new().write(true).open(&file.0).unwrap();
        opened.set_modified(written).unwrap();
        Stamp::of(&fs::metadata(&file.0).unwrap())
    };
    let first = write("AAAA");
    // The system's clock for files ticks some hundred times a second.
    let other = (0..1_000_000)
        .map(|_| write("CCCC"))
        .find(|stamp| *stamp != first);
    let other = other.unwrap();
    assert_eq!((other.length, other.written), (first.length, first.written));
    assert_eq!(other.inode, first.inode);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_open_for_writing_is_known() {
    let file = File::new("writers.jsonl", "");
    let path = &file.0;
    assert!(!writers::is_written(path));
    let link = path.with_file_name("link");
    std::os::unix::fs::symlink(path, &link).unwrap();
    let _reader = fs::File::open(path).unwrap();
    assert!(!writers::is_written(path));
    for options in [
        OpenOptions::new().write(true),
        OpenOptions::new().append(true),
        OpenOptions::new().read(true).write(true),
    ] {
        let _writer = options.open(path).unwrap();
        assert!(writers::is_written(path) && writers::is_written(&link));
    }
    assert!(!writers::is_written(path));
    assert!(!writers::is_written(&path.with_file_name("none")));
}
