//! How a case is run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};

use super::case::Case;
use super::fixture::Fixture;
use super::kit::Kit;
use super::show::{cut, message_of};

impl Case {
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
        let kit = Kit::new(self.name, self.title(), fixture);
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
