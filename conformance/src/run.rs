//! How a case runs over a fixture, and what is printed if it fails.

use std::any::Any;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};

use livechat_units::Unit;

use crate::case::Case;
use crate::cases;
use crate::data::document;
use crate::fixture::{Fixture, SharedList, Write};
use crate::loaded::Loaded;
use crate::projection::Projection;
use crate::rng::Random;
use crate::show::{cut, message_of};

/// One run of a case: makes the stores that the case loads.
pub(crate) struct Run<'a> {
    case: &'a Case,
    fixture: &'a Fixture,
}

impl Run<'_> {
    /// The name of the case.
    pub(crate) fn name(&self) -> &'static str {
        self.case.name()
    }

    /// The first line of a failure.
    pub(crate) fn title(&self) -> String {
        self.case.title()
    }

    /// Whether the store serves the case with this name: the fixture does not declare otherwise.
    pub(crate) fn serves(&self, case: &str) -> bool {
        let case = cases::named(case).unwrap_or_else(|| panic!("there is no case {case:?}"));
        self.fixture.not_served(case).is_none()
    }

    /// A new store of these documents, each in JSON.
    pub(crate) fn load<D: AsRef<str>>(&self, documents: impl IntoIterator<Item = D>) -> Loaded {
        let documents = documents.into_iter();
        self.load_units(documents.map(|json| document(json.as_ref())).collect())
    }

    /// A new store of these documents. The store gets them shuffled, because cases often
    /// write documents in the order in which they expect them.
    pub(crate) fn load_units(&self, mut documents: Vec<Unit>) -> Loaded {
        shuffle(&mut documents);
        let list = self.fixture.load(&documents);
        let projected = self.projection().project(&documents);
        Loaded::new(self.title(), list, &documents, projected)
    }

    pub(crate) fn projection(&self) -> Projection {
        self.fixture.projection()
    }

    /// A new store of these documents, shuffled, that the case changes: what lists it, and what
    /// writes.
    pub(crate) fn load_to_write(&self, mut documents: Vec<Unit>) -> (SharedList, Write) {
        shuffle(&mut documents);
        let loaded = self.fixture.load_to_write(&documents);
        loaded.unwrap_or_else(|| {
            panic!(
                "{}\nexpected a fixture with writes, from `Fixture::with_writes`",
                self.title()
            )
        })
    }
}

impl Case {
    /// Runs the case over a new store.
    ///
    /// If the fixture declares that the store does not serve the case, the failure is expected, and
    /// is written to the standard error.
    ///
    /// # Panics
    /// If an answer is wrong; or if all answers are right, although the fixture declares that
    /// the store does not serve the case.
    pub fn run(&self, fixture: &Fixture) {
        let run = Run {
            case: self,
            fixture,
        };
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| (self.check)(&run)));
        match (outcome, fixture.not_served(self)) {
            (Ok(()), None) => {}
            (Err(cause), None) => self.fail(cause),
            (Err(cause), Some((_, reason))) => self.report(reason, &message_of(&*cause)),
            (Ok(()), Some((declaration, _))) => panic!(
                "{} is served, but the fixture declares that it is not: {declaration}",
                self.title()
            ),
        }
    }

    /// Resumes the panic. If the case may be declared as not served, a hint with the declaration is
    /// added.
    fn fail(&self, cause: Box<dyn Any + Send>) -> ! {
        let declarations = self.declarations();
        if declarations.is_empty() {
            panic::resume_unwind(cause);
        }
        let lines = declarations.iter().map(ToString::to_string);
        let hint = format!(
            "If the store cannot serve this case, declare that in the fixture: {}",
            lines.collect::<Vec<_>>().join(" or ")
        );
        // The panic hook has printed the message already.
        eprintln!("{hint}");
        panic::resume_unwind(Box::new(format!("{}\n{hint}", message_of(&*cause))))
    }

    /// Reports a case that has failed, and that the fixture declares as not served.
    fn report(&self, reason: &str, failure: &str) {
        let mut report = format!("conformance: {}", self.title());
        // With `--test-threads=1` tests run in the main thread, which is not named after them.
        if let Some(test) = std::thread::current().name().filter(|name| *name != "main") {
            let _ = write!(report, " of {test}");
        }
        let _ = writeln!(report, " is not served: {reason}");
        for line in failure.lines().take(8) {
            let _ = writeln!(report, "    {}", cut(line, 200));
        }
        // Not `eprint!`: the test harness captures its output and drops it if a test passes.
        // A report that cannot be written changes no result.
        let _ = std::io::stderr().write_all(report.as_bytes());
    }
}

/// Shuffles in the same way for the same number of documents.
fn shuffle(documents: &mut [Unit]) {
    let mut random = Random::new(0);
    for end in (1..documents.len()).rev() {
        documents.swap(end, random.below(end + 1));
    }
}
