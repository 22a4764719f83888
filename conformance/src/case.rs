//! One case of the suite: its name, the section of SPEC that it checks, the function that checks
//! a store, and how a store may declare the case as not served.

use std::fmt;

use crate::run::Run;

/// Whether a store may declare this one case as not served.
///
/// ```
/// use livechat_units_conformance::{CASES, Requirement};
///
/// // The cases to mention in the documentation of a store:
/// let optional = CASES.iter().filter(|case| case.requirement() == Requirement::Optional);
/// let names: Vec<&str> = optional.map(|case| case.name()).collect();
/// assert!(names.contains(&"sort_by_32_keys"));
/// assert!(!names.contains(&"sort_by_31_keys"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a case is required or it is not")]
pub enum Requirement {
    /// Every store serves the case, except a store that declares a [`Group`] of it.
    Required,
    /// A store may declare the case with [`Fixture::cannot`](crate::Fixture::cannot).
    Optional,
}

/// Cases that a store may fail for one common reason. A store declares all of them as not served
/// with one call of [`Fixture::without`](crate::Fixture::without). A case can be in several
/// groups.
///
/// ```
/// use livechat_units_conformance::{CASES, Group};
///
/// let cursors = CASES.iter().filter(|case| case.groups().contains(&Group::Cursors));
/// assert!(cursors.clone().count() > 50);
/// assert!(cursors.clone().any(|case| case.name() == "cursor_name"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// Queries that continue after a [`Cursor`](livechat_units::Cursor). The endpoint never
    /// sends one, so a store that only serves the endpoint does not need them.
    Cursors,
    /// Changes of the store by [`Change`](crate::Change). Every case of this group needs
    /// [`Fixture::with_writes`](crate::Fixture::with_writes).
    Writes,
    /// U+0000 in names, ids, keys and other strings. Some databases cannot store such strings.
    Nul,
    /// Numbers that are answered with the digits of their document, such as `1.50`, and numbers
    /// beyond 64 bits. A database that stores integers and doubles loses both.
    Digits,
}

/// One case: documents, queries, and the answers that SPEC requires.
///
/// ```
/// use livechat_units::Unit;
/// use livechat_units_conformance::{CASES, Fixture};
///
/// // A case by itself, for example under a debugger:
/// let fixture = Fixture::stores(|documents: &[Unit]| documents.to_vec());
/// let case = CASES.iter().find(|case| case.name() == "page_among_ties").unwrap();
/// assert_eq!(case.section(), "§2, Page policy");
/// case.run(&fixture);
/// ```
#[derive(Debug)]
pub struct Case {
    pub(crate) name: &'static str,
    pub(crate) section: &'static str,
    pub(crate) requirement: Requirement,
    pub(crate) groups: &'static [Group],
    pub(crate) check: fn(&Run<'_>),
}

impl Case {
    /// The name, which is also the name of its test.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The section of the [contract](livechat_units::spec) that the case checks.
    pub fn section(&self) -> &'static str {
        self.section
    }

    /// Whether a store may declare this case by its name.
    pub fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// The groups that contain this case. A store that declares a group declares all of its cases.
    pub fn groups(&self) -> &'static [Group] {
        self.groups
    }

    /// The first line of failures and reports.
    pub(crate) fn title(&self) -> String {
        format!("{} (SPEC {})", self.name, self.section)
    }

    /// The declarations that a store may make for this case: one by its name, if it is optional,
    /// and one for each of its groups.
    pub(crate) fn declarations(&self) -> Vec<Declaration> {
        let by_name = match self.requirement {
            Requirement::Required => None,
            Requirement::Optional => Some(Declaration::Case(self.name)),
        };
        let by_group = self.groups.iter().copied().map(Declaration::Group);
        by_name.into_iter().chain(by_group).collect()
    }
}

/// A case or a group that a fixture declares as not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declaration {
    Case(&'static str),
    Group(Group),
}

impl Declaration {
    pub(crate) fn covers(self, case: &Case) -> bool {
        match self {
            Self::Case(name) => name == case.name,
            Self::Group(group) => case.groups.contains(&group),
        }
    }
}

/// The code that makes the declaration, without its reason.
impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(name) => write!(f, ".cannot({name:?}, \"…\")"),
            Self::Group(group) => write!(f, ".without(Group::{group:?}, \"…\")"),
        }
    }
}
