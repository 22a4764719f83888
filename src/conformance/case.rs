//! A case: its name, what it is about, and whether a store may do without it.

use super::kit::Kit;

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
    /// A store that has a reason may [declare](super::Fixture::cannot) that it does not.
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
}
