//! Tests of the rules for new content. They make each look themselves, without a clock.

use std::fs::{self, OpenOptions};
use std::time::{Duration, SystemTime};

use livechat_units_cli::documents::Survey;

use super::{Content, Stamp, Step, Verdict, Watch};
use crate::test_file::File;
use crate::writers;

/// The stamp of content of this length that was written into the file with this inode.
#[allow(clippy::unnecessary_wraps, reason = "a look may also find no file")]
fn stamp(inode: u64, length: u64) -> Option<Stamp> {
    Some(Stamp {
        length,
        written: Some(SystemTime::UNIX_EPOCH),
        inode: (1, inode),
        changed: Some(SystemTime::UNIX_EPOCH),
    })
}

/// The same after a rename, which changes the inode and not the content.
fn renamed(inode: u64, length: u64) -> Option<Stamp> {
    let changed = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1));
    stamp(inode, length).map(|stamp| Stamp { changed, ..stamp })
}

/// Content whose bytes were not served.
const fn lines(documents: usize) -> Content {
    Content {
        hash: 1 + documents as u64,
        survey: Survey {
            documents,
            is_array: false,
        },
    }
}

const fn array(documents: usize) -> Content {
    let mut content = lines(documents);
    content.survey.is_array = true;
    content
}

/// A file of two documents is served.
fn two() -> Watch {
    Watch::new(
        stamp(7, 200),
        Content {
            hash: 0,
            ..lines(2)
        },
    )
}

/// Looks until there is a step other than to wait. Returns the number of looks, and the step.
fn looks(watch: &mut Watch, now: Option<Stamp>) -> (u32, Step) {
    for look in 1..100 {
        match watch.look(now) {
            Step::Wait => {}
            found => return (look, found),
        }
    }
    (100, Step::Wait)
}

#[test]
fn an_unchanged_file_is_not_read() {
    assert_eq!(looks(&mut two(), stamp(7, 200)), (100, Step::Wait));
}

#[test]
fn a_renamed_file_is_read_at_the_second_look_with_any_content() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, renamed(8, 100)), (2, Step::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::Serve);
    watch.record_served(lines(1));
    assert_eq!(looks(&mut watch, renamed(8, 100)), (100, Step::Wait));
    // One document is served now: two are not fewer.
    assert_eq!(looks(&mut watch, stamp(8, 200)), (3, Step::Read));
    assert_eq!(watch.judge(lines(2)), Verdict::Serve);
}

#[test]
fn content_written_in_place_is_read_after_two_seconds_without_a_change() {
    let mut watch = two();
    for length in 201..220 {
        assert_eq!(watch.look(stamp(7, length)), Step::Wait);
        assert_eq!(watch.look(stamp(7, length)), Step::Wait);
    }
    assert_eq!(looks(&mut watch, stamp(7, 240)), (3, Step::Read));
    assert_eq!(watch.judge(lines(2)), Verdict::Serve);
}

#[test]
fn fewer_documents_than_are_served_wait_for_ten_seconds() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 100)), (3, Step::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::TooFew(2));
    assert_eq!(looks(&mut watch, stamp(7, 100)), (8, Step::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::Serve);
    // A change restarts the wait; as many documents as are served end it.
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 100)), (3, Step::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::TooFew(2));
    assert_eq!(watch.look(stamp(7, 100)), Step::Wait);
    assert_eq!(looks(&mut watch, stamp(7, 201)), (3, Step::Read));
    assert_eq!(watch.judge(lines(2)), Verdict::Serve);
}

/// The first file is removed, and the next grows under its name.
#[test]
fn a_new_file_that_grows_is_being_written() {
    for gone in [None, stamp(8, 0)] {
        let mut watch = two();
        assert_eq!(watch.look(gone), Step::Wait);
        assert_eq!(watch.look(stamp(8, 50)), Step::Wait);
        assert_eq!(looks(&mut watch, stamp(8, 100)), (3, Step::Read));
        assert_eq!(watch.judge(lines(1)), Verdict::TooFew(2));
    }
}

/// Content and inode have the same time, as after a rename within one tick of the clock.
#[test]
fn a_file_that_was_removed_and_made_again_is_being_written() {
    for was_seen_gone in [false, true] {
        let mut watch = two();
        if was_seen_gone {
            assert_eq!(watch.look(None), Step::Wait);
        }
        assert_eq!(looks(&mut watch, stamp(8, 100)), (3, Step::Read));
        assert_eq!(watch.judge(lines(1)), Verdict::TooFew(2));
    }
    // When there was no file, nothing was replaced by a rename.
    let mut watch = two();
    assert_eq!(watch.look(None), Step::Wait);
    assert_eq!(looks(&mut watch, renamed(8, 100)), (3, Step::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::TooFew(2));
    // Nothing is known without the times, or if the time of writing is in the future.
    let unknown = [
        Stamp {
            changed: None,
            ..stamp(8, 100).unwrap()
        },
        Stamp {
            written: None,
            ..renamed(8, 100).unwrap()
        },
        Stamp {
            written: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(9)),
            ..renamed(8, 100).unwrap()
        },
    ];
    for stamp in unknown {
        assert_eq!(looks(&mut two(), Some(stamp)), (3, Step::Read));
    }
}

/// A change of the metadata does not show that the content is complete.
#[test]
fn the_same_file_with_another_time_was_not_renamed() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, renamed(7, 100)), (3, Step::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::TooFew(2));
}

#[test]
#[cfg(unix)]
fn a_rename_and_a_write_have_different_stamps() {
    let file = File::new("renames.jsonl", "1");
    let path = &file.0;
    let stamp = || Stamp::new(&fs::metadata(path).unwrap());
    let mut watch = Watch::new(Some(stamp()), lines(2));
    // As `> file` after `rm file`: both times are equal.
    fs::rename(path, path.with_extension("old")).unwrap();
    fs::write(path, "22").unwrap();
    assert_eq!(looks(&mut watch, Some(stamp())), (3, Step::Read));
    watch.record_served(lines(2));
    file.replace("333");
    assert_eq!(looks(&mut watch, Some(stamp())), (2, Step::Read));
}

/// The last bracket of an array shows that the content is complete.
#[test]
fn an_array_may_have_fewer_documents() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 100)), (3, Step::Read));
    assert_eq!(watch.judge(array(1)), Verdict::Serve);
}

#[test]
fn refused_content_is_read_again_only_when_it_changes() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 300)), (3, Step::Read));
    watch.record_refused();
    assert_eq!(looks(&mut watch, stamp(7, 300)), (100, Step::Wait));
    assert_eq!(looks(&mut watch, stamp(7, 301)), (3, Step::Read));
}

#[test]
fn a_file_that_is_gone_is_reported_once() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, None), (2, Step::RefuseMissing));
    watch.record_refused();
    assert_eq!(looks(&mut watch, None), (100, Step::Wait));
    // The old content is back: it is served already.
    assert_eq!(looks(&mut watch, stamp(7, 200)), (100, Step::Wait));
}

#[test]
fn an_open_writer_is_reported_once_until_the_file_is_served() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 300)), (3, Step::Read));
    assert!(watch.record_writer());
    assert_eq!(looks(&mut watch, stamp(7, 400)), (3, Step::Read));
    assert!(!watch.record_writer());
    watch.record_served(lines(4));
    assert!(watch.record_writer());
}

#[test]
fn after_a_failure_the_file_is_read_again_after_the_pause() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 300)), (3, Step::Read));
    assert_eq!(watch.judge(lines(3)), Verdict::Serve);
    assert!(watch.record_failure());
    for _ in 0..5 {
        assert_eq!(looks(&mut watch, stamp(7, 300)), (2, Step::Read));
        assert_eq!(watch.judge(lines(3)), Verdict::Serve);
        assert!(!watch.record_failure());
    }
    // Fewer documents are not reported again.
    let mut watch = two();
    assert_eq!(looks(&mut watch, stamp(7, 100)), (3, Step::Read));
    assert_eq!(watch.judge(lines(1)), Verdict::TooFew(2));
    for _ in 0..2 {
        assert!(matches!(
            looks(&mut watch, stamp(7, 100)),
            (8 | 10, Step::Read)
        ));
        assert_eq!(watch.judge(lines(1)), Verdict::Serve);
        watch.record_failure();
    }
}

#[test]
fn bytes_that_are_served_are_not_served_again() {
    let mut watch = two();
    assert_eq!(looks(&mut watch, renamed(8, 200)), (2, Step::Read));
    let same = Content {
        hash: 0,
        ..lines(2)
    };
    assert_eq!(watch.judge(same), Verdict::AlreadyServed);
    watch.record_served(same);
    assert_eq!(looks(&mut watch, renamed(8, 200)), (100, Step::Wait));
    // After a failure of the store it is not known what is served.
    watch.forget_served();
    assert_eq!(looks(&mut watch, renamed(8, 200)), (1, Step::Read));
    assert_eq!(watch.judge(same), Verdict::Serve);
    assert_eq!(looks(&mut watch, None), (2, Step::RefuseMissing));
}

#[test]
fn a_file_that_never_stays_the_same_is_reported_once() {
    let mut watch = two();
    let mut found = Vec::new();
    for length in 300..400 {
        found.push(watch.look(stamp(7, length)));
        assert_eq!(watch.look(stamp(7, length)), Step::Wait);
    }
    assert_eq!(
        found.iter().position(|look| *look == Step::ReportChanging),
        Some(29)
    );
    assert_eq!(found.iter().filter(|look| **look == Step::Wait).count(), 99);
    // The changes are counted anew after a pause.
    assert_eq!(looks(&mut watch, stamp(7, 400)), (3, Step::Read));
    assert_eq!(watch.judge(lines(4)), Verdict::Serve);
    watch.record_served(lines(4));
    for length in 500..529 {
        assert_eq!(watch.look(stamp(7, length)), Step::Wait);
    }
    assert_eq!(watch.look(stamp(7, 529)), Step::ReportChanging);
}

/// `touch -r` sets the time of writing. Only the system sets the time of the inode's change.
#[test]
#[cfg(unix)]
fn content_of_the_same_length_and_time_of_writing_has_another_stamp() {
    let file = File::new("stamps.jsonl", "");
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let write = |content: &str| {
        fs::write(&file.0, content).unwrap();
        let opened = OpenOptions::new().write(true).open(&file.0).unwrap();
        opened.set_modified(written).unwrap();
        Stamp::new(&fs::metadata(&file.0).unwrap())
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
    // A process that another test starts has the file open for an instant.
    let is_closed = || (0..1000).any(|_| writers::writer(path).is_none());
    assert!(is_closed());
    let link = path.with_file_name("link");
    std::os::unix::fs::symlink(path, &link).unwrap();
    let hard_link = path.with_file_name("hard link");
    fs::hard_link(path, &hard_link).unwrap();
    let _reader = fs::File::open(path).unwrap();
    assert!(is_closed());
    for options in [
        OpenOptions::new().write(true),
        OpenOptions::new().append(true),
        OpenOptions::new().read(true).write(true),
    ] {
        let _writer = options.open(path).unwrap();
        for name in [path, &link, &hard_link] {
            assert_eq!(writers::writer(name), Some(std::process::id()), "{name:?}");
        }
    }
    assert!(is_closed());
    assert_eq!(writers::writer(&path.with_file_name("none")), None);
}
