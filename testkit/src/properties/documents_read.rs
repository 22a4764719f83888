//! Documents are read the same in parts of every size, and no damage loses a document before it.
//!
//! The judge reads one document at a time with [`Unit::from_json`]: from each line, if every line
//! has a document, and from the texts that [`Documents::next_text`] finds.

use std::io::Read;

use livechat_units::{DocumentError, DocumentErrorKind, Documents, Resume, Unit};

use super::assert_bounded;

/// Asserts that documents are read as the module says. The first byte of the data chooses the size
/// of the parts.
pub fn documents_read(data: &[u8]) {
    let most = usize::from(data.first().copied().unwrap_or_default() % 16) + 1;
    let whole = items(Documents::new(data), data);
    assert_eq!(items(Documents::new(Parts(data, most)), data), whole);

    let resumed = Documents::new(Parts(data, most)).resuming(Resume::NextLine);
    let resumed = items(resumed, data);
    assert!(resumed.len() <= data.len() + 1);
    assert_eq!(resumed.get(..whole.len()), Some(&whole[..]), "{data:?}");

    texts_are_the_items(data, &whole);
    lines_are_the_items(data, &whole);
}

/// Reads at most some bytes at once.
struct Parts<'a>(&'a [u8], usize);

impl Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

/// The units as extended JSON, and the errors as texts.
fn items<R: Read>(documents: Documents<R>, data: &[u8]) -> Vec<Result<String, String>> {
    let lines = data.split(|byte| *byte == b'\n').count();
    let show = |error: DocumentError| {
        assert!((1..=lines).contains(&error.line()), "{error}");
        assert!(error.column() >= 1);
        assert_ne!(error.kind(), DocumentErrorKind::Io);
        assert_bounded(&error.to_string());
        error.to_string()
    };
    let items = documents.map(|item| item.map(|unit| extended(&unit)).map_err(show));
    items.collect()
}

fn extended(unit: &Unit) -> String {
    unit.to_extended_json().into_owned()
}

/// Every text is the next item, up to the first that is not JSON.
fn texts_are_the_items(data: &[u8], items: &[Result<String, String>]) {
    let mut texts = Documents::new(data);
    for item in items {
        let Ok(Some(text)) = texts.next_text() else {
            assert!(item.is_err());
            return;
        };
        let read = Unit::from_json(text);
        assert_eq!(
            read.as_ref().ok().map(extended),
            item.as_ref().ok().cloned()
        );
        if read.is_err_and(|error| error.byte().is_some()) {
            return;
        }
    }
    assert_eq!(texts.next_text().expect("no error"), None);
    if texts.is_one_array() && items.iter().all(Result::is_ok) {
        let text = String::from_utf8_lossy(data);
        let inside = text.trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
        assert!(inside.starts_with('[') && inside.ends_with(']'), "{text}");
    }
}

/// If every line is a document or blank, they are the items.
fn lines_are_the_items(data: &[u8], items: &[Result<String, String>]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let lines = text
        .split('\n')
        .filter(|line| !line.trim_matches([' ', '\t', '\r']).is_empty());
    let units: Result<Vec<String>, _> = lines
        .map(|line| Unit::from_json(line).map(|unit| extended(&unit)))
        .collect();
    if let Ok(units) = units {
        let read: Vec<String> = items.iter().filter_map(|item| item.clone().ok()).collect();
        assert_eq!(read, units, "{text}");
    }
}
