//! One case, and how it is run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};

use super::Fixture;
use super::kit::Kit;
use super::show::{cut, message_of};

/// Whether a store may declare that it cannot serve a case.
///
/// ```
/// use livechat_units::conformance::{CASES, Requirement};
///
/// // What a store may leave out, for its documentation:
/// let optional = CASES.iter().filter(|case| case.requirement() == Requirement::Optional);
/// let names: Vec<&str> = optional.map(|case| case.name()).collect();
/// assert!(names.contains(&"sort_by_32_keys"));
/// assert!(!names.contains(&"sort_by_31_keys"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a case is required or it is not")]
pub enum Requirement {
    /// Every store serves it.
    Required,
    /// A store that has a reason may [declare](Fixture::cannot) that it does not.
    Optional,
}

/// One case: documents, queries, and the answers that SPEC has for them.
///
/// ```
/// use livechat_units::conformance::{CASES, Fixture};
/// use livechat_units::Unit;
///
/// // One alone, where the macro does not fit, under a debugger, say:
/// let fixture = Fixture::stores(|documents: &[Unit]| documents.to_vec());
/// let case = CASES.iter().find(|case| case.name() == "page_among_ties").unwrap();
/// assert_eq!(case.section(), "§2, Page policy");
/// case.run(&fixture);
/// ```
#[derive(Debug)]
pub struct Case {
    pub(super) name: &'static str,
    pub(super) section: &'static str,
    pub(super) requirement: Requirement,
    pub(super) check: fn(&Kit<'_>),
}

impl Case {
    /// The name, which is also that of its test.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The section of [`spec`](crate::spec) that it is about.
    pub fn section(&self) -> &'static str {
        self.section
    }

    /// Whether a store may declare that it cannot serve it.
    pub fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// What failures and reports begin with.
    pub(super) fn title(&self) -> String {
        format!("{} (SPEC {})", self.name, self.section)
    }

    /// Runs the case on a fresh store.
    ///
    /// # Panics
    /// When an answer is wrong; and when all are right though the fixture
    /// [cannot](Fixture::cannot) serve the case.
    pub fn run(&self, fixture: &Fixture) {
        if let Some(report) = self.judge(fixture) {
            // The macros that print are captured by the test harness, which shows nothing
            // of a test that passes. Where nobody reads this, it has still been said.
            let _ = std::io::stderr().write_all(report.as_bytes());
        }
    }

    /// The same, with what there is to say of a case that is not served.
    pub(super) fn judge(&self, fixture: &Fixture) -> Option<String> {
        let kit = Kit::new(self, fixture);
        let Some(reason) = fixture.reason(self) else {
            (self.check)(&kit);
            return None;
        };
        let served = panic::catch_unwind(AssertUnwindSafe(|| (self.check)(&kit)));
        let Err(cause) = served else {
            panic!(
                "{} is served, so it must not be declared: {reason}",
                self.name
            );
        };
        Some(self.report(reason, &message_of(&*cause)))
    }

    fn report(&self, reason: &str, happened: &str) -> String {
        let mut report = format!("conformance: {}", self.title());
        // Tests that run one at a time have no thread of their own.
        if let Some(test) = std::thread::current().name().filter(|name| *name != "main") {
            let _ = write!(report, " of {test}");
        }
        let _ = writeln!(report, " is not served: {reason}");
        for happened in happened.lines().take(8) {
            let _ = writeln!(report, "    {}", cut(happened, 200));
        }
        report
    }
}
