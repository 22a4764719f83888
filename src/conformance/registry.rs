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
            order "§2, Sort" {
                Required sort_nothing_is_by_id,
                Required sort_field_nobody_has,
                Required sort_field_of_all_alike,
                Required sort_undocumented_field,
                Required sort_dotted_path,
                Required sort_path_through_scalars,
                Required sort_two_keys,
                Required sort_three_documented_keys,
                Required sort_ties_follow_the_last_key,
                Required sort_id_among_the_keys,
                Required sort_turned_round,
                Required sort_by_31_keys,
                Optional sort_by_32_keys,
                Required sort_keys_of_odd_names,
                Optional sort_dotted_key_is_no_path,
                Optional sort_path_of_256_segments,
            }
            values "§2, Sort" {
                Required sort_types_undocumented_field,
                Required sort_types_name,
                Required sort_types_visibility,
                Required sort_types_num_monitors,
                Required sort_types_num_departments,
                Required sort_types_updated_at,
                Required sort_types_dotted_path,
                Required sort_missing_is_null,
                Required sort_strings_by_bytes,
                Required sort_names_by_bytes,
                Required sort_visibility_by_bytes,
                Required sort_ids_by_bytes,
                Optional sort_strings_with_nul,
                Required sort_numbers_by_value,
                Required sort_equal_numbers_tie,
                Required sort_large_integers,
                Required sort_large_integers_beside_doubles,
                Optional sort_numbers_beyond_64_bits,
                Optional sort_nan_and_infinities,
                Required sort_dates_by_instant,
                Required sort_dates_in_custom_fields,
                Optional sort_dates_of_far_years,
                Required sort_updated_at_is_an_instant,
                Optional sort_updated_at_without_milliseconds,
                Required sort_objects,
                Required sort_objects_by_stored_order,
            }
            arrays "§2, Sort" {
                Required array_smallest_when_ascending,
                Required array_largest_when_descending,
                Required array_empty_before_null,
                Required array_of_several_types,
                Required array_inside_array_is_whole,
                Required array_under_documented_fields,
                Required array_ties_by_id,
                Required array_on_a_path,
                Required array_on_a_path_deeper,
                Required array_elements_that_are_no_objects,
                Required array_position,
                Required array_picked_by_position_is_whole,
                Required array_position_or_name,
                Required array_pairs_from_one_element,
                Required array_beside_scalars,
                Required array_parallel_is_refused,
                Required array_parallel_inside_elements,
                Required array_parallel_only_where_it_matches,
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
