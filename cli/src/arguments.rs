//! Command lines, with errors that name the option, the expected form and what was found.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::str::FromStr;

use lexopt::{Arg, Parser};

/// How many characters of an argument a message shows.
const MAX_SHOWN: usize = 80;

/// The arguments of a command, read from first to last.
///
/// ```
/// use livechat_units_cli::arguments::{Argument, ArgumentError, Arguments};
///
/// let mut arguments = Arguments::new(["--count".into(), "many".into()]);
/// let count = |arguments: &mut Arguments| match arguments.next()? {
///     Some(Argument::Option(name)) if name == "--count" => {
///         arguments.parsed("a number", |text| text.parse::<u64>().ok())
///     }
///     other => Err(Arguments::unexpected(other.as_ref())),
/// };
/// let error = count(&mut arguments).unwrap_err();
/// assert_eq!(error.to_string(), r#"--count: expected a number, found "many""#);
/// ```
pub struct Arguments {
    parser: Parser,
    /// The option that was read last, for messages about its value.
    option: String,
}

/// One argument. The value of an option is read by the methods of [`Arguments`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An option with its dashes, such as `--help` or `-h`.
    Option(String),
    /// An argument that is neither an option nor the value of one.
    Plain(OsString),
}

/// An argument that is not of the expected form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError(String);

impl Arguments {
    /// A reader of these arguments. The name of the program must not be among them.
    pub fn new(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        Self {
            parser: Parser::from_args(arguments),
            option: String::new(),
        }
    }

    /// The next argument; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "`?` works on this result, and not on that of an iterator"
    )]
    pub fn next(&mut self) -> Result<Option<Argument>, ArgumentError> {
        let next = match self.parser.next() {
            Ok(next) => next,
            // The previous option has a value that was not read, as in `--help=yes`.
            Err(lexopt::Error::UnexpectedValue { option, value }) => {
                return Err(ArgumentError::new(&option, "no value", Some(&value)));
            }
            Err(error) => return Err(ArgumentError(error.to_string())),
        };
        Ok(next.map(|argument| match argument {
            Arg::Long(name) => {
                self.option = format!("--{name}");
                Argument::Option(self.option.clone())
            }
            Arg::Short(letter) => {
                self.option = format!("-{letter}");
                Argument::Option(self.option.clone())
            }
            Arg::Value(value) => Argument::Plain(value),
        }))
    }

    /// The value of the option that was read last. `expected` is its form in messages,
    /// such as "a file".
    pub fn value(&mut self, expected: &str) -> Result<OsString, ArgumentError> {
        let value = self.parser.value();
        value.map_err(|_| ArgumentError::new(&self.option, expected, None))
    }

    /// The value as text.
    pub fn text(&mut self, expected: &str) -> Result<String, ArgumentError> {
        self.parsed(expected, |text| Some(text.to_owned()))
    }

    /// The value as `read` reads it; `None` is an error.
    pub fn parsed<T>(
        &mut self,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ArgumentError> {
        let value = self.value(expected)?;
        let parsed = value.to_str().and_then(read);
        parsed.ok_or_else(|| ArgumentError::new(&self.option, expected, Some(&value)))
    }

    /// Parses the value by `FromStr`, whose error says what was expected and found. `expected` is
    /// for a value that is missing or not UTF-8.
    pub fn parse_value<T>(&mut self, expected: &str) -> Result<T, ArgumentError>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.text(expected)?;
        let parsed = text.parse();
        parsed.map_err(|error| ArgumentError(format!("{}: {error}", self.option)))
    }

    /// The error for an argument that the command does not accept; `None` is a missing argument.
    pub fn unexpected(argument: Option<&Argument>) -> ArgumentError {
        ArgumentError(match argument {
            Some(Argument::Option(name)) => {
                format!("expected one of the options that --help lists, found {name}")
            }
            Some(Argument::Plain(found)) => {
                format!("expected no further argument, found {}", shown(found))
            }
            None => "expected an argument, found nothing".to_owned(),
        })
    }
}

impl ArgumentError {
    /// An error about an argument; `found` is `None` if it is missing.
    pub fn new(argument: &str, expected: &str, found: Option<&OsStr>) -> Self {
        let found = found.map_or_else(|| "nothing".to_owned(), shown);
        Self(format!("{argument}: expected {expected}, found {found}"))
    }
}

/// The beginning of an argument, in quotes.
fn shown(argument: &OsStr) -> String {
    let text = argument.to_string_lossy();
    let shown: String = text.chars().take(MAX_SHOWN).collect();
    let cut = if shown.len() < text.len() { "…" } else { "" };
    format!("{shown:?}{cut}")
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ArgumentError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(texts: &[&str]) -> Arguments {
        Arguments::new(texts.iter().map(OsString::from))
    }

    #[test]
    fn the_value_of_an_option_is_the_next_argument_or_follows_an_equals_sign() {
        let mut read = arguments(&["--count", "3", "--count=4", "rest", "-h"]);
        for expected in [3, 4] {
            assert_eq!(
                read.next(),
                Ok(Some(Argument::Option("--count".to_owned())))
            );
            assert_eq!(
                read.parsed("a number", |text| text.parse().ok()),
                Ok(expected)
            );
        }
        assert_eq!(read.next(), Ok(Some(Argument::Plain("rest".into()))));
        assert_eq!(read.next(), Ok(Some(Argument::Option("-h".to_owned()))));
        assert_eq!(read.next(), Ok(None));
    }

    #[test]
    fn an_error_names_the_option_the_form_and_what_was_found() {
        let error = |texts: &[&str]| {
            let mut read = arguments(texts);
            read.next().unwrap();
            let count = read.parsed("a number", |text| text.parse::<u64>().ok());
            count.unwrap_err().to_string()
        };
        assert_eq!(
            error(&["--count"]),
            "--count: expected a number, found nothing"
        );
        assert_eq!(
            error(&["--count", "a\nb"]),
            "--count: expected a number, found \"a\\nb\""
        );
        assert_eq!(
            error(&["--count", &"x".repeat(81)]),
            format!("--count: expected a number, found \"{}\"…", "x".repeat(80))
        );
    }

    #[test]
    fn a_value_that_nobody_reads_is_an_error() {
        let mut read = arguments(&["--help=yes"]);
        read.next().unwrap();
        let error = read.next().unwrap_err();
        assert_eq!(
            error.to_string(),
            "--help: expected no value, found \"yes\""
        );
    }

    #[test]
    fn an_unknown_argument_is_named() {
        let unexpected = |argument| Arguments::unexpected(Some(&argument)).to_string();
        assert_eq!(
            unexpected(Argument::Option("--nope".to_owned())),
            "expected one of the options that --help lists, found --nope"
        );
        assert_eq!(
            unexpected(Argument::Plain("extra".into())),
            "expected no further argument, found \"extra\""
        );
    }
}
