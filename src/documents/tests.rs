use std::io;

use proptest::prelude::*;

use super::*;

/// Reads at most this many bytes at once, and then an error.
struct Parts<'a> {
    rest: &'a [u8],
    most: usize,
    error: Option<io::ErrorKind>,
}

impl Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            return self.error.take().map_or(Ok(0), |kind| Err(kind.into()));
        }
        let length = self.most.min(buffer.len());
        self.rest.take(length as u64).read(buffer).inspect(|read| {
            self.rest = &self.rest[*read..];
        })
    }
}

fn parts(text: &[u8], most: usize) -> Documents<Parts<'_>> {
    let (rest, error) = (text, None);
    Documents::new(Parts { rest, most, error })
}

/// The ids of the units, and the errors as texts.
fn items<R: Read>(documents: Documents<R>) -> Vec<Result<String, String>> {
    let id = |unit: Unit| unit.id().to_owned();
    let items = documents.map(|item| item.map(id).map_err(|error| error.to_string()));
    items.collect()
}

const IDS: [&str; 5] = ["a", "b\\\"}]", "é\u{FEFF}", "\u{1F600}", "\\u0000"];

/// A document of several lines, with everything that could be taken for its end.
fn document(id: usize) -> String {
    let id = IDS[id % IDS.len()];
    format!("{{\"x\":[{{}},\"]}}\\\\\",\n-1.50,NaN],\"_id\":\"{id}\"}}")
}

/// The documents in each form of a text.
fn forms(documents: &[String]) -> Vec<String> {
    vec![
        documents.join("\n"),
        documents.join("\r\n\u{FEFF}") + "\n",
        documents.concat(),
        format!("\u{FEFF}[{}]", documents.join(",\n")),
        format!(" [ {} ] \n", documents.join(" , ")),
        format!("[{}]", documents.join("][")),
    ]
}

#[test]
fn empty_texts_and_texts_of_one_byte() {
    for text in ["[", "]", "{", "7", "\""] {
        assert_eq!(items(parts(text.as_bytes(), 1)).len(), 1, "{text:?}");
    }
    for text in ["", " \r\n\t", "\u{FEFF}", "[]", " [ ] \n[]"] {
        assert_eq!(items(parts(text.as_bytes(), 1)), [], "{text:?}");
    }
}

#[test]
fn after_malformed_text_the_next_line_is_read_if_the_host_asks_for_it() {
    let text = "[{\"_id\":\"a\"},\n{\"_id\":\"b\",,},\n{\"_id\":\"c\"},\n\
        {\"_id\":\"d\n,{\"_id\":\"e\"}\n{\"_id\":\"f\"}\n]\n{\"_id\":\"g\"}\n}\n{\"_id\":\"h\"}";
    for most in [1, 7, 1_000] {
        let all = items(parts(text.as_bytes(), most).resuming(Resume::NextLine));
        let errors: Vec<_> = all.iter().filter_map(|item| item.as_ref().err()).collect();
        let ids: Vec<_> = all.iter().filter_map(|item| item.as_ref().ok()).collect();
        assert_eq!(ids, ["a", "c", "e", "g", "h"]);
        let lines: Vec<_> = errors.iter().map(|error| &error[..7]).collect();
        // In the sixth line a comma is missing.
        assert_eq!(
            lines,
            ["line 2,", "line 4,", "line 6,", "line 9,"],
            "{errors:?}"
        );

        let all = items(parts(text.as_bytes(), most));
        assert_eq!(all.len(), 2, "{all:?}");
    }
}

#[test]
fn an_error_of_the_reader_is_the_last_item() {
    for (text, resume, expected) in [
        (
            "{\"_id\":\"a\"}{",
            Resume::Never,
            "line 1, column 12: reading failed",
        ),
        (
            "{\"_id\":\"a\"}\n,",
            Resume::Never,
            "line 2, column 1: reading failed",
        ),
        (
            "{\"_id\":\"a\"}?,",
            Resume::NextLine,
            "line 1, column 12: expected JSON",
        ),
    ] {
        let error = Some(io::ErrorKind::ConnectionReset);
        let (rest, most) = (text.as_bytes(), 3);
        let mut documents = Documents::new(Parts { rest, most, error }).resuming(resume);
        assert!(documents.next().unwrap().is_ok());
        let error = documents.next().unwrap().unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        if error.kind() == DocumentErrorKind::Malformed {
            let error = documents.next().unwrap().unwrap_err();
            assert_eq!(error.kind(), DocumentErrorKind::Io);
        }
        assert!(documents.next().is_none());
    }
    let interrupted = Parts {
        rest: b"",
        most: 1,
        error: Some(io::ErrorKind::Interrupted),
    };
    assert_eq!(items(Documents::new(interrupted)), []);
}

#[test]
fn other_encodings_are_refused_with_their_position() {
    let utf16 = "line 1, column 1: expected UTF-8, found UTF-16; convert it with iconv";
    for (bytes, expected) in [
        (&b"\xFF\xFE{\0}\0"[..], utf16),
        (b"\xFE\xFF\0{\0}", utf16),
        (b"[\0]\0", utf16),
        (b"\0[\0]", utf16),
        (
            b"{}\n{\"_id\":\"\xE9\"}",
            "line 2, column 9: expected UTF-8, found the byte 0xE9",
        ),
        (
            b"{}\n\xE9",
            "line 2, column 1: expected UTF-8, found the byte 0xE9",
        ),
    ] {
        for most in [1, 100] {
            let all = items(parts(bytes, most));
            let error = all.last().unwrap().as_ref().unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_length_of_a_document_is_bounded() {
    let head = "{\"_id\":\"";
    let most = Documents::<&[u8]>::MAX_BYTES;
    let longest = format!("{head}{}\"}}", "x".repeat(most - head.len() - 2));
    assert_eq!(longest.len(), most);
    assert_eq!(Documents::new(longest.as_bytes()).count(), 1);
    assert!(Documents::new(longest.as_bytes()).all(|item| item.is_ok()));

    let longer = longest.replacen('x', "xx", 1);
    let text = format!("{{}}\n {longer}\n{{\"_id\":\"next\"}}");
    for resume in [Resume::Never, Resume::NextLine] {
        let mut documents = Documents::new(text.as_bytes()).resuming(resume);
        let error = documents.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), DocumentErrorKind::Document);
        let error = documents.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), DocumentErrorKind::TooLong);
        assert_eq!((error.line(), error.column()), (2, 2));
        let next = documents.next().map(|item| item.unwrap().id().to_owned());
        assert_eq!(next.is_some(), resume == Resume::NextLine);
        assert!(documents.next().is_none());
    }
}

/// Counts the bytes that are read.
struct Counted<'a>(&'a [u8], &'a std::cell::Cell<usize>);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.set(self.1.get() + read);
        Ok(read)
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_end_of_a_damaged_document_is_not_searched_in_the_documents_after_it() {
    let line = "{\"_id\":\"good\",\"name\":\"Sales\"}\n";
    for (damaged, position) in [
        ("{\"_id\":\"without a quote}", (1, 25)),
        ("{\"_id\":\"without a brace\"", (2, 1)),
        ("{\"_id\":\"x\",\"list\":[1,2", (2, 1)),
        ("{\"_id\":\"x\",\"number\":12", (2, 1)),
        ("{\"_id\":\"x\",\"escape\":\"\\", (1, 23)),
        ("{\"_id\":{\"$oid\":\"x\"}", (2, 1)),
        ("[{\"_id\":\"x\"", (2, 1)),
    ] {
        let line = if damaged.starts_with('[') {
            line.replace("}\n", "},\n")
        } else {
            line.to_owned()
        };
        let text = format!("{damaged}\n{}", line.repeat(20_000));
        let read = std::cell::Cell::new(0);
        let mut documents = Documents::new(Counted(text.as_bytes(), &read));
        let error = documents.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), DocumentErrorKind::Malformed, "{damaged}");
        assert_eq!((error.line(), error.column()), position, "{error}");
        assert!(documents.next().is_none());
        assert!(
            read.get() <= 3 * 64 * 1024,
            "{damaged}: read {}",
            read.get()
        );

        let resumed = Documents::new(text.as_bytes()).resuming(Resume::NextLine);
        let (units, errors): (Vec<_>, Vec<_>) = resumed.partition(Result::is_ok);
        assert_eq!(units.len(), 20_000, "{damaged}");
        // An array without its last bracket has one more.
        assert!(errors.len() <= 2, "{damaged}: {errors:?}");
    }
}

proptest! {
    #[test]
    fn every_form_in_parts_of_any_size_has_the_same_units(
        ids in prop::collection::vec(0..IDS.len(), 1..6),
        most in 1..40_usize,
    ) {
        let documents: Vec<String> = ids.iter().map(|id| document(*id)).collect();
        let expected: Vec<Unit> =
            documents.iter().map(|text| Unit::from_json(text).unwrap()).collect();
        for text in forms(&documents) {
            let units: Result<Vec<Unit>, _> = parts(text.as_bytes(), most).collect();
            prop_assert_eq!(&units.unwrap(), &expected, "{:?}", text);

            let mut texts = parts(text.as_bytes(), most);
            for document in &documents {
                prop_assert_eq!(texts.next_text().unwrap(), Some(&**document));
            }
            prop_assert_eq!(texts.next_text().unwrap(), None);
            prop_assert_eq!(texts.bytes(), text.len() as u64);
            let is_one_array = text.trim_matches(['\u{FEFF}', ' ', '\n']).starts_with('[')
                && (documents.len() == 1 || !text.contains("]["));
            prop_assert_eq!(texts.is_one_array(), is_one_array, "{:?}", text);
        }
    }

    #[test]
    fn a_text_that_is_cut_has_the_units_before_the_cut_and_an_error_in_its_last_line(
        ids in prop::collection::vec(0..IDS.len(), 1..4),
        cut in any::<prop::sample::Index>(),
        most in 1..40_usize,
    ) {
        let documents: Vec<String> = ids.iter().map(|id| document(*id)).collect();
        for text in forms(&documents) {
            let cut = cut.index(text.len());
            let before = &text.as_bytes()[..cut];
            let all: Vec<_> = parts(before, most).collect();
            let mut end = 0;
            let ends = documents.iter().map(|document| {
                end += text[end..].find(&**document).unwrap() + document.len();
                end
            });
            let count = ends.filter(|end| *end <= cut).count();
            prop_assert!((count..=count + 1).contains(&all.len()), "{:?}", text);
            for (unit, document) in all.iter().zip(&documents).take(count) {
                let read = Unit::from_json(document).unwrap();
                prop_assert_eq!(unit.as_ref().unwrap(), &read);
            }
            if let Some(last) = all.get(count) {
                let lines = before.split(|byte| *byte == b'\n').count();
                prop_assert_eq!(last.as_ref().unwrap_err().line(), lines);
            }
        }
    }
}
