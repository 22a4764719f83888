//! The sort orders of the workloads, each with its comparison written out.

use std::cmp::Ordering;

use livechat_units::Unit;

use crate::data::Row;

/// How a listing is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// `name`.
    Name,
    /// `_updatedAt`, descending.
    NewestFirst,
    /// `numMonitors`, descending.
    MostMonitorsFirst,
    /// `visibility`, then `numMonitors` descending, then `name`.
    VisibilityMonitorsName,
}

/// The fields that the orders read. Rows and units have the same comparison.
pub trait Columns {
    /// `_id`.
    fn id(&self) -> &str;
    /// `name`.
    fn name(&self) -> Option<&str>;
    /// `visibility`.
    fn visibility(&self) -> Option<&str>;
    /// `numMonitors`.
    fn num_monitors(&self) -> Option<i64>;
    /// `_updatedAt` in milliseconds since 1970.
    fn updated_millis(&self) -> Option<i64>;
}

impl Columns for Row {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn visibility(&self) -> Option<&str> {
        Some(self.visibility)
    }

    fn num_monitors(&self) -> Option<i64> {
        Some(self.num_monitors)
    }

    fn updated_millis(&self) -> Option<i64> {
        Some(self.updated_millis)
    }
}

impl Columns for Unit {
    fn id(&self) -> &str {
        self.id()
    }

    fn name(&self) -> Option<&str> {
        self.name()
    }

    fn visibility(&self) -> Option<&str> {
        self.visibility()
    }

    fn num_monitors(&self) -> Option<i64> {
        self.num_monitors()
    }

    fn updated_millis(&self) -> Option<i64> {
        Some(self.updated_at()?.as_millis())
    }
}

impl Order {
    /// The value of the `sort` parameter that asks for this order.
    pub fn as_json(self) -> &'static str {
        match self {
            Self::Name => r#"{"name":1}"#,
            Self::NewestFirst => r#"{"_updatedAt":-1}"#,
            Self::MostMonitorsFirst => r#"{"numMonitors":-1}"#,
            Self::VisibilityMonitorsName => r#"{"visibility":1,"numMonitors":-1,"name":1}"#,
        }
    }

    /// Compares two units. Ties are broken by id, in the direction of the last field.
    pub fn compare<C: Columns>(self, a: &C, b: &C) -> Ordering {
        match self {
            Self::Name => a.name().cmp(&b.name()).then_with(|| a.id().cmp(b.id())),
            Self::NewestFirst => {
                (b.updated_millis().cmp(&a.updated_millis())).then_with(|| b.id().cmp(a.id()))
            }
            Self::MostMonitorsFirst => {
                (b.num_monitors().cmp(&a.num_monitors())).then_with(|| b.id().cmp(a.id()))
            }
            Self::VisibilityMonitorsName => (a.visibility().cmp(&b.visibility()))
                .then_with(|| b.num_monitors().cmp(&a.num_monitors()))
                .then_with(|| a.name().cmp(&b.name()))
                .then_with(|| a.id().cmp(b.id())),
        }
    }
}
