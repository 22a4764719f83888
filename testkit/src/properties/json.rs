//! A JSON reader that keeps what other readers discard: the byte range of every value,
//! repeated keys, the digits of numbers. It builds its tree without recursion.

use std::collections::BTreeMap;
use std::ops::Range;

/// Values nested deeper than this are checked, but left out of the tree: dropping a tree
/// takes stack for each level.
const KEPT_DEPTH: usize = 300;

/// The value of a text.
pub(super) struct Tree {
    pub(super) root: Json,
    /// The number of nested arrays and objects.
    pub(super) depth: usize,
    /// Whether a string has half of a surrogate pair. This reader replaces it by U+FFFD, as
    /// MongoDB's driver does. Other readers refuse it.
    pub(super) has_lone_surrogate: bool,
    /// Whether a number is so large that some readers read it as infinite.
    pub(super) has_huge_number: bool,
    /// Whether a word stands for a double. JSON has no such words.
    pub(super) has_word: bool,
}

pub(super) struct Json {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Null,
    Bool(bool),
    Number,
    /// `NaN`, `Infinity`, `+Infinity` or `-Infinity`, as `mongoexport` wrote them.
    Word,
    String(String),
    Array(Vec<Json>),
    /// All members, repeated keys included.
    Object(Vec<Member>),
}

pub(super) struct Member {
    pub(super) key: String,
    pub(super) key_start: usize,
    pub(super) value: Json,
}

impl Json {
    pub(super) fn literal<'a>(&self, text: &'a str) -> &'a str {
        &text[self.span.clone()]
    }

    /// The fields of an object as `JSON.parse` reads them: a repeated key stays where it
    /// first stood and takes its last value. `None` for any other value.
    pub(super) fn fields(&self) -> Option<Vec<(&str, &Json)>> {
        let Kind::Object(members) = &self.kind else {
            return None;
        };
        let mut places = BTreeMap::new();
        let mut fields: Vec<(&str, &Json)> = Vec::new();
        for member in members {
            let key = member.key.as_str();
            let place = *places.entry(key).or_insert(fields.len());
            if place == fields.len() {
                fields.push((key, &member.value));
            } else {
                fields[place].1 = &member.value;
            }
        }
        Some(fields)
    }

    /// The last value of a field of an object.
    pub(super) fn field(&self, key: &str) -> Option<&Json> {
        let Kind::Object(members) = &self.kind else {
            return None;
        };
        let member = members.iter().rev().find(|m| m.key == key);
        member.map(|member| &member.value)
    }

    pub(super) fn string(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this value, or one inside it, meets the condition.
    pub(super) fn any(&self, condition: &impl Fn(&Json) -> bool) -> bool {
        condition(self)
            || match &self.kind {
                Kind::Array(elements) => elements.iter().any(|e| e.any(condition)),
                Kind::Object(members) => members.iter().any(|m| m.value.any(condition)),
                _ => false,
            }
    }

    /// Whether an object in this value has a key that starts with `$`.
    pub(super) fn has_dollar_key(&self) -> bool {
        self.any(&|value| match &value.kind {
            Kind::Object(members) => members.iter().any(|m| m.key.starts_with('$')),
            _ => false,
        })
    }
}

/// The value of `text`, if it is JSON.
pub(super) fn read(text: &str) -> Option<Tree> {
    read_with_words(text).filter(|tree| !tree.has_word)
}

/// The value of `text`, if it is JSON in which words may stand for doubles.
pub(super) fn read_with_words(text: &str) -> Option<Tree> {
    let mut reader = Reader {
        text,
        at: 0,
        open: Vec::new(),
        depth: 0,
        has_lone_surrogate: false,
        has_huge_number: false,
        has_word: false,
    };
    let root = reader.document()?;
    Some(Tree {
        root,
        depth: reader.depth,
        has_lone_surrogate: reader.has_lone_surrogate,
        has_huge_number: reader.has_huge_number,
        has_word: reader.has_word,
    })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The arrays and objects that are open, the outermost first.
    open: Vec<Open>,
    depth: usize,
    has_lone_surrogate: bool,
    has_huge_number: bool,
    has_word: bool,
}

struct Open {
    start: usize,
    kind: Kind,
    /// The key of the member that is being read.
    key: Option<(String, usize)>,
}

enum Begun {
    Whole(Json),
    /// An array or an object was opened. Its first value follows.
    Opened,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<Json> {
        loop {
            let Begun::Whole(mut value) = self.value()? else {
                continue;
            };
            loop {
                self.blanks();
                let kept = self.open.len() <= KEPT_DEPTH;
                let Some(around) = self.open.last_mut() else {
                    return (self.at == self.text.len()).then_some(value);
                };
                let key = around.key.take();
                let end = match (&mut around.kind, key) {
                    (Kind::Object(members), Some((key, key_start))) => {
                        if kept {
                            members.push(Member {
                                key,
                                key_start,
                                value,
                            });
                        }
                        b'}'
                    }
                    (Kind::Array(elements), _) => {
                        if kept {
                            elements.push(value);
                        }
                        b']'
                    }
                    _ => return None,
                };
                if self.take(b',') {
                    if end == b'}' {
                        self.key()?;
                    }
                    break;
                }
                if !self.take(end) {
                    return None;
                }
                let closed = self.open.pop()?;
                value = self.json(closed.start, closed.kind);
            }
        }
    }

    fn value(&mut self) -> Option<Begun> {
        self.blanks();
        let start = self.at;
        let kind = match self.peek()? {
            b'[' => return self.open(b'[', b']', Kind::Array(Vec::new())),
            b'{' => return self.open(b'{', b'}', Kind::Object(Vec::new())),
            b'"' => Kind::String(self.string()?),
            b't' => self.word("true", Kind::Bool(true))?,
            b'f' => self.word("false", Kind::Bool(false))?,
            b'n' => self.word("null", Kind::Null)?,
            _ => match self.non_finite() {
                Some(kind) => kind,
                None => self.number()?,
            },
        };
        Some(Begun::Whole(self.json(start, kind)))
    }

    fn open(&mut self, begin: u8, end: u8, kind: Kind) -> Option<Begun> {
        let start = self.at;
        self.take(begin);
        self.depth = self.depth.max(self.open.len() + 1);
        self.blanks();
        if self.take(end) {
            return Some(Begun::Whole(self.json(start, kind)));
        }
        self.open.push(Open {
            start,
            kind,
            key: None,
        });
        if end == b'}' {
            self.key()?;
        }
        Some(Begun::Opened)
    }

    fn key(&mut self) -> Option<()> {
        self.blanks();
        let start = self.at;
        let key = self.string()?;
        self.blanks();
        self.open.last_mut()?.key = Some((key, start));
        self.take(b':').then_some(())
    }

    fn word(&mut self, word: &str, kind: Kind) -> Option<Kind> {
        self.text[self.at..].starts_with(word).then(|| {
            self.at += word.len();
            kind
        })
    }

    fn non_finite(&mut self) -> Option<Kind> {
        let words = ["NaN", "Infinity", "+Infinity", "-Infinity"];
        let kind = words
            .into_iter()
            .find_map(|word| self.word(word, Kind::Word))?;
        self.has_word = true;
        Some(kind)
    }

    fn number(&mut self) -> Option<Kind> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let value: f64 = self.text[start..self.at].parse().ok()?;
        self.has_huge_number |= value.abs() > 1e300;
        Some(Kind::Number)
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        if !self.take(b'"') {
            return None;
        }
        // Escapes are UTF-16, so the string is collected in UTF-16.
        let mut units: Vec<u16> = Vec::new();
        loop {
            let scalar = self.text[self.at..].chars().next()?;
            self.at += scalar.len_utf8();
            match scalar {
                '"' => break,
                '\\' => units.push(self.escape()?),
                '\0'..='\x1F' => return None,
                _ => units.extend_from_slice(scalar.encode_utf16(&mut [0; 2])),
            }
        }
        self.has_lone_surrogate |= String::from_utf16(&units).is_err();
        Some(String::from_utf16_lossy(&units))
    }

    fn escape(&mut self) -> Option<u16> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => u16::from(byte),
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => 0x0A,
            b'r' => 0x0D,
            b't' => 0x09,
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                // `from_str_radix` accepts a sign.
                let all = digits.bytes().all(|b| b.is_ascii_hexdigit());
                all.then(|| u16::from_str_radix(digits, 16).ok())
                    .flatten()?
            }
            _ => return None,
        })
    }

    fn json(&self, start: usize, kind: Kind) -> Json {
        let span = start..self.at;
        Json { span, kind }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
