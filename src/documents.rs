//! Documents in a text: JSON lines, JSON values one after another, and arrays, as `mongoexport`
//! and `mongoexport --jsonArray` write them.
//!
//! ```text
//! Read ─► Input: a buffer with the line and the column of its first byte
//!           │  the end of a value: the bracket that closes its first bracket
//!           ▼
//!        text of one document ─► Unit::from_json ─► Unit, or DocumentError
//! ```
//!
//! [`Unit::from_json`] alone decides what a document may contain, such as a bare `NaN`.

mod error;
mod input;

use std::io::Read;

pub use self::error::{DocumentError, DocumentErrorKind};
use self::input::{Before, Input};
use crate::unit::Unit;

/// The units of a text, one after another: JSON lines, JSON values one after another, and arrays.
///
/// The host hands over any reader, or a slice of bytes. The text is UTF-8; a byte order mark may
/// stand before every document, because exports are joined. UTF-16 is recognised and refused by
/// name. Cost: linear in the length of the text. Memory: the longest document, and 64 KiB.
///
/// | item | what follows it |
/// |---|---|
/// | a unit | the next document |
/// | an error of the kind [`Document`](DocumentErrorKind::Document): JSON that cannot be a unit | the next document |
/// | an error of the kind [`Malformed`](DocumentErrorKind::Malformed) or [`TooLong`](DocumentErrorKind::TooLong) | [`Resume`] decides; by default nothing |
/// | another error | nothing |
///
/// A document whose `type` is not `"u"` is an item like any other; see [`Unit::is_unit`].
///
/// ```
/// use livechat_units::{Documents, Unit};
///
/// let text = "{\"_id\":\"a\"}\n[{\"_id\":\"b\"},{\"name\":\"without an id\"}]";
/// let mut documents = Documents::new(text.as_bytes());
/// assert_eq!(documents.next().unwrap()?.id(), "a");
/// assert_eq!(documents.next().unwrap()?.id(), "b");
/// let error = documents.next().unwrap().unwrap_err();
/// assert_eq!((error.line(), error.column()), (2, 14));
/// assert_eq!(
///     error.to_string(),
///     r#"line 2, column 14: expected a string `_id`, found none, in the document {"name":"without an id"}"#
/// );
/// assert!(documents.next().is_none());
///
/// // All units, or the first error:
/// let units: Result<Vec<Unit>, _> = Documents::new(text.as_bytes()).collect();
/// assert!(units.is_err());
/// # Ok::<(), livechat_units::DocumentError>(())
/// ```
#[derive(Debug)]
pub struct Documents<R> {
    input: Input<R>,
    state: State,
    resume: Resume,
    /// Arrays that have begun.
    arrays: usize,
    /// Whether a document was outside arrays, or a byte order mark behind one.
    has_others: bool,
    /// Whether a part of the text was not JSON.
    is_damaged: bool,
    /// The last item: an error of the reader, found while a damaged line was skipped.
    last_error: Option<DocumentError>,
}

/// Where reading resumes after a text that is not JSON, and after a document that is too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resume {
    /// Nowhere: the error is the last item.
    #[default]
    Never,
    /// In the line after the one in which the malformed document begins. For texts with one
    /// document a line, in an array or not, as `mongoexport` writes them: only the damaged lines are
    /// lost. In other texts an error can follow for each line of a damaged document.
    ///
    /// Of a document that is too long, [`Documents::MAX_BYTES`] are skipped, and the rest of the line
    /// in which they end.
    ///
    /// Cost: a malformed document is read up to its first error and at most as far again, at least
    /// 4 KiB. Reading resumes in its second line, so its other lines are read twice.
    NextLine,
}

#[derive(Clone, Copy, Debug)]
enum State {
    BetweenValues,
    AfterBracket,
    AfterElement,
    /// After a damaged line of an array.
    Resumed,
    Ended,
}

impl<R: Read> Documents<R> {
    /// The most bytes of one document: 64 MiB. MongoDB stores at most 16 MiB, of which extended
    /// JSON makes some three times as many.
    pub const MAX_BYTES: usize = 64 << 20;

    /// The documents of the text that `reader` reads, from the first. It is read in parts of 64 KiB
    /// and needs no buffer of its own.
    pub fn new(reader: R) -> Self {
        Self {
            input: Input::new(reader),
            state: State::BetweenValues,
            resume: Resume::Never,
            arrays: 0,
            has_others: false,
            is_damaged: false,
            last_error: None,
        }
    }

    /// Sets where reading resumes after a text that is not JSON.
    ///
    /// ```
    /// use livechat_units::{Documents, Resume};
    ///
    /// let text = "[{\"_id\":\"a\"},\n{\"_id\":\"b\",,},\n{\"_id\":\"c\"}]";
    /// let documents = Documents::new(text.as_bytes()).resuming(Resume::NextLine);
    /// let (units, errors): (Vec<_>, Vec<_>) = documents.partition(Result::is_ok);
    /// assert_eq!(units.len(), 2);
    /// assert_eq!(errors[0].as_ref().unwrap_err().line(), 2);
    /// ```
    #[must_use]
    pub fn resuming(mut self, resume: Resume) -> Self {
        self.resume = resume;
        self
    }

    /// The bytes of the text up to the end of the last document. With the length of a file a host
    /// shows the progress.
    pub fn bytes(&self) -> u64 {
        self.input.bytes()
    }

    /// Whether the text up to here is one closed array and nothing else. At the end of the text, this
    /// shows that the text is complete. Lines and joined arrays do not count, because more may
    /// follow.
    pub fn is_one_array(&self) -> bool {
        let is_closed = matches!(self.state, State::BetweenValues | State::Ended);
        is_closed && self.arrays == 1 && !self.has_others && !self.is_damaged
    }

    /// The next document as it is written, unread: what its brackets enclose. `None` after the last.
    ///
    /// ```
    /// use livechat_units::Documents;
    ///
    /// let mut documents = Documents::new(&b"[{\"_id\": 1},\n {}]"[..]);
    /// let mut count = 0;
    /// while documents.next_text()?.is_some() {
    ///     count += 1;
    /// }
    /// assert_eq!(count, 2);
    /// assert!(documents.is_one_array());
    /// # Ok::<(), livechat_units::DocumentError>(())
    /// ```
    ///
    /// # Errors
    /// Those of the items, except [`DocumentErrorKind::Document`].
    pub fn next_text(&mut self) -> Result<Option<&str>, DocumentError> {
        let found = self.find().and_then(|length| match length {
            Some(length) => self.input.text(length).map(|_| Some(length)),
            None => Ok(None),
        });
        match found {
            Ok(Some(length)) => self.input.take(length).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn read(&mut self) -> Result<Option<Unit>, DocumentError> {
        let Some(length) = self.find()? else {
            return Ok(None);
        };
        let text = self.input.text(length)?;
        let read = Unit::from_json(text);
        match read {
            // The rest of the line is read again where reading resumes there.
            Err(error) if error.byte().is_some() => Err(self.input.malformed(length, error)),
            Err(error) => {
                let error = self.input.invalid_document(error);
                self.input.skip(length);
                Err(error)
            }
            Ok(unit) => {
                self.input.skip(length);
                Ok(Some(unit))
            }
        }
    }

    /// Skips everything before the next document, and returns its length in bytes.
    fn find(&mut self) -> Result<Option<usize>, DocumentError> {
        loop {
            match self.state {
                State::Ended => return self.last_error.take().map_or(Ok(None), Err),
                State::BetweenValues => {
                    let marks = self.input.marks();
                    let next = self.input.peek(Before::BlanksAndMarks)?;
                    // A mark behind an array begins another file.
                    self.has_others |= self.arrays > 0 && self.input.marks() > marks;
                    if next.is_none() {
                        self.state = State::Ended;
                        return Ok(None);
                    }
                    if !self.input.skip_if_next(b'[')? {
                        self.has_others = true;
                        return self.input.value("a document").map(Some);
                    }
                    self.arrays += 1;
                    self.state = State::AfterBracket;
                }
                State::AfterBracket | State::AfterElement | State::Resumed
                    if self.input.skip_if_next(b']')? =>
                {
                    self.state = State::BetweenValues;
                }
                State::AfterBracket => break,
                State::AfterElement => {
                    let after = "a comma or a bracket after the document";
                    self.input.expect(b',', after)?;
                    break;
                }
                State::Resumed => {
                    self.input.skip_if_next(b',')?;
                    self.state = State::AfterBracket;
                }
            }
        }
        self.state = State::AfterElement;
        self.input.value("a document").map(Some)
    }

    /// Prepares what follows an error: the next line, or the end.
    fn failed(&mut self, error: DocumentError) -> DocumentError {
        let can_resume = match error.kind() {
            DocumentErrorKind::Document => return error,
            DocumentErrorKind::Malformed | DocumentErrorKind::TooLong => true,
            DocumentErrorKind::Io => false,
        };
        let is_resuming = can_resume && self.resume == Resume::NextLine;
        let has_next_line = match is_resuming.then(|| self.input.skip_line()) {
            Some(Ok(has_next_line)) => has_next_line,
            Some(Err(error)) => {
                self.last_error = Some(error);
                false
            }
            None => false,
        };
        self.is_damaged = true;
        self.state = match self.state {
            _ if !has_next_line => State::Ended,
            State::BetweenValues => State::BetweenValues,
            _ => State::Resumed,
        };
        error
    }
}

impl<R: Read> Iterator for Documents<R> {
    type Item = Result<Unit, DocumentError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        read.map_err(|error| self.failed(error)).transpose()
    }
}

impl<R: Read> std::iter::FusedIterator for Documents<R> {}

#[cfg(test)]
mod tests;
