//! The list of all cases.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};

use super::Fixture;
use super::kit::{Kit, cut, message_of};

/// One `#[test]` for each of [`CASES`](crate::conformance::CASES), named after it, over
/// a [`Fixture`](crate::conformance::Fixture).
///
/// The expression is evaluated in each test. See [`conformance`](crate::conformance).
#[macro_export]
macro_rules! conformance_tests {
    ($fixture:expr $(,)?) => {
        $crate::__conformance_cases! { [$crate::__conformance_test_functions] ($fixture) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test_functions {
    (($fixture:expr) $($file:ident $section:literal { $($requirement:ident $name:ident,)* })*) => {
        $($(
            #[test]
            fn $name() {
                $crate::conformance::run(stringify!($name), &$fixture);
            }
        )*)*
    };
}

/// The only list of cases: calls the macro whose path comes first with what follows it,
/// and with the cases of each file.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ([$($then:tt)+] $($with:tt)*) => {
        $($then)+! {
            $($with)*
            fields "§2, Sort" {
                Required sort_default_is_by_name,
                Required sort_id_ascending,
                Required sort_id_descending,
                Required sort_name_ascending,
                Required sort_name_descending,
                Required sort_visibility_ascending,
                Required sort_visibility_descending,
                Required sort_num_monitors_ascending,
                Required sort_num_monitors_descending,
                Required sort_num_departments_ascending,
                Required sort_num_departments_descending,
                Required sort_updated_at_ascending,
                Required sort_updated_at_descending,
            }
        }
    };
}

/// Whether a store may declare that it cannot serve a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a case is required or it is not")]
pub enum Requirement {
    /// Every store serves it.
    Required,
    /// A store that has a reason may [declare](Fixture::cannot) that it does not.
    Optional,
}

/// One case: documents, queries, and the answers that SPEC has for them.
#[derive(Debug)]
pub struct Case {
    name: &'static str,
    section: &'static str,
    requirement: Requirement,
    check: fn(&Kit<'_>),
}

macro_rules! all_cases {
    ($($file:ident $section:literal { $($requirement:ident $name:ident,)* })*) => {
        /// Every case, in the order of SPEC.
        pub static CASES: &[Case] = &[$($(
            Case {
                name: stringify!($name),
                section: $section,
                requirement: Requirement::$requirement,
                check: super::$file::$name,
            },
        )*)*];
    };
}

crate::__conformance_cases! { [all_cases] }

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

    pub(super) fn named(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }

    /// Runs the case on a fresh store.
    ///
    /// # Panics
    /// When an answer is wrong; and when all are right though the fixture
    /// [cannot](Fixture::cannot) serve the case.
    pub fn run(&self, fixture: &Fixture) {
        let kit = Kit::new(self, fixture);
        let Some(reason) = fixture.reason(self) else {
            (self.check)(&kit);
            return;
        };
        let Err(cause) = panic::catch_unwind(AssertUnwindSafe(|| (self.check)(&kit))) else {
            panic!(
                "{} is served, so it must not be declared: {reason}",
                self.name
            );
        };
        report(self, reason, &message_of(&*cause));
    }
}

/// Says what is not served. The macros that print are captured by the test harness, which
/// shows nothing of a test that passes.
fn report(case: &Case, reason: &str, happened: &str) {
    let mut line = format!("conformance: {} (SPEC {})", case.name, case.section);
    if let Some(test) = std::thread::current().name() {
        let _ = write!(line, " of {test}");
    }
    let _ = writeln!(line, " is not served: {reason}");
    for happened in happened.lines().filter(|line| !line.is_empty()) {
        let _ = writeln!(line, "    {}", cut(happened, 200));
    }
    // Where nobody reads it, the case has still not been passed over in silence.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
