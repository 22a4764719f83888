//! The keys of the documented fields of a unit (SPEC §1), and sets of these fields.

/// The field that identifies a unit. It breaks the ties of every sort order.
pub(crate) const ID: &str = "_id";
/// The field that distinguishes units from the other documents of the collection.
pub(crate) const TYPE: &str = "type";
/// The value of [`TYPE`] that makes a document a unit.
pub(crate) const UNIT_TYPE: &str = "u";

/// A documented field (SPEC §1), except `_id` and `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a new documented field must not compile until every store has a column for it"
)]
pub enum Field {
    /// `name`, a string.
    Name,
    /// `visibility`, a string: usually `public` or `private`.
    Visibility,
    /// `numMonitors`, a whole number.
    NumMonitors,
    /// `numDepartments`, a whole number.
    NumDepartments,
    /// `_updatedAt`, a date.
    UpdatedAt,
}

impl Field {
    /// Every field, in the order of SPEC §1.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::Visibility,
        Self::NumMonitors,
        Self::NumDepartments,
        Self::UpdatedAt,
    ];

    /// The key of the field in a document, which is also its path in a sort order.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Visibility => "visibility",
            Self::NumMonitors => "numMonitors",
            Self::NumDepartments => "numDepartments",
            Self::UpdatedAt => "_updatedAt",
        }
    }

    /// The field with this path. `None` for any other path, such as one inside a documented field.
    #[inline]
    pub fn from_path(path: &str) -> Option<Self> {
        // Comparisons with constants are faster than a search among `Field::ALL`.
        Some(match path {
            "name" => Self::Name,
            "visibility" => Self::Visibility,
            "numMonitors" => Self::NumMonitors,
            "numDepartments" => Self::NumDepartments,
            "_updatedAt" => Self::UpdatedAt,
            _ => return None,
        })
    }

    /// The element of `all` for this field. The elements are in the order of [`Field::ALL`].
    pub const fn pick<T>(self, all: &[T; Self::ALL.len()]) -> &T {
        let [name, visibility, num_monitors, num_departments, updated_at] = all;
        match self {
            Self::Name => name,
            Self::Visibility => visibility,
            Self::NumMonitors => num_monitors,
            Self::NumDepartments => num_departments,
            Self::UpdatedAt => updated_at,
        }
    }

    /// The index of the field in [`Field::ALL`].
    pub(crate) const fn index(self) -> usize {
        *self.pick(&[0, 1, 2, 3, 4])
    }

    const fn bit(self) -> u8 {
        1 << self.index()
    }
}

/// A set of [`Field`]s, as a bit mask that a store can save.
///
/// The bits are in the order of [`Field::ALL`], the same in all versions: bit 0 is
/// [`Field::Name`], bit 4 is [`Field::UpdatedAt`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u8);

impl FieldSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// The set with these bits; `None` if a bit has no field.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits >> Field::ALL.len() == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// One bit for each field of the set.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// This set with `field` added.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | field.bit())
    }

    /// Whether `field` is in the set.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// The number of fields, at most five.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The fields of the set, in the order of [`Field::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Field> {
        let fields = Field::ALL.into_iter();
        fields.filter(move |field| self.contains(*field))
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        fields.into_iter().fold(Self::EMPTY, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_own_path_and_bit() {
        for (index, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(Field::from_path(field.path()), Some(field));
            assert_eq!(FieldSet::EMPTY.with(field).bits(), 1 << index);
        }
        for path in ["", "_id", "type", "Name", "name.", "name.x"] {
            assert_eq!(Field::from_path(path), None, "{path}");
        }
    }

    #[test]
    fn sets_and_bits_convert_into_each_other() {
        for bits in 0..=u8::MAX {
            let set = FieldSet::from_bits(bits);
            assert_eq!(set.is_some(), bits < 32, "{bits}");
            let Some(set) = set else { continue };
            assert_eq!(set.iter().collect::<FieldSet>(), set);
            assert_eq!(usize::try_from(set.len()).unwrap(), set.iter().count());
            assert_eq!(set.is_empty(), bits == 0);
        }
    }
}
