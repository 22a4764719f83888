//! Regular and irregular units: which rows they are, and what they are sorted by.

use livechat_units::Direction;

use crate::order::Order;
use crate::row::FIELDS;

/// Units by whether the columns of their keys give their position in an order.
#[derive(Clone, Copy)]
pub(crate) enum Units {
    Regular,
    Irregular,
}

impl Units {
    /// The condition for units of this kind. In an order of ids alone there is one kind.
    pub(crate) fn condition(self, order: &Order) -> Option<&'static str> {
        match self {
            _ if order.columns().is_empty() => None,
            Self::Regular => Some("regular"),
            Self::Irregular => Some("NOT regular"),
        }
    }

    /// The key of a field, which is given by its number in [`FIELDS`].
    pub(crate) fn key(self, place: usize, direction: Direction) -> String {
        match (self, direction) {
            (Self::Regular, _) => FIELDS
                .get(place)
                .map_or_else(String::new, |field| field.column.to_owned()),
            (Self::Irregular, Direction::Ascending) => format!("up[{}]", place + 1),
            (Self::Irregular, Direction::Descending) => format!("down[{}]", place + 1),
        }
    }
}
