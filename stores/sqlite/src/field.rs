//! The fields that are sorted by through an index.

/// A documented field of a unit whose values vary (SPEC §1).
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

    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.path() == path)
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Visibility => "visibility",
            Self::NumMonitors => "numMonitors",
            Self::NumDepartments => "numDepartments",
            Self::UpdatedAt => "_updatedAt",
        }
    }

    /// What its columns and indexes are named after.
    pub(crate) fn stem(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Visibility => "visibility",
            Self::NumMonitors => "monitors",
            Self::NumDepartments => "departments",
            Self::UpdatedAt => "updated",
        }
    }

    /// Its bit in a set of fields.
    pub(crate) fn bit(self) -> u8 {
        match self {
            Self::Name => 1,
            Self::Visibility => 2,
            Self::NumMonitors => 4,
            Self::NumDepartments => 8,
            Self::UpdatedAt => 16,
        }
    }
}
