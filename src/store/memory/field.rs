//! Until `crate::field` is there.

/// A documented field whose value varies from unit to unit (SPEC §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Name,
    Visibility,
    NumMonitors,
    NumDepartments,
    UpdatedAt,
}

impl Field {
    pub(crate) const ALL: [Self; 5] = [
        Self::Name,
        Self::Visibility,
        Self::NumMonitors,
        Self::NumDepartments,
        Self::UpdatedAt,
    ];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Visibility => "visibility",
            Self::NumMonitors => "numMonitors",
            Self::NumDepartments => "numDepartments",
            Self::UpdatedAt => "_updatedAt",
        }
    }

    pub(crate) fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.path() == path)
    }

    pub(crate) const fn pick<T>(self, all: &[T; Self::ALL.len()]) -> &T {
        let [name, visibility, num_monitors, num_departments, updated_at] = all;
        match self {
            Self::Name => name,
            Self::Visibility => visibility,
            Self::NumMonitors => num_monitors,
            Self::NumDepartments => num_departments,
            Self::UpdatedAt => updated_at,
        }
    }
}
