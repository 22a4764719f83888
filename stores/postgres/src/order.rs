//! A sort as columns.

use livechat_units::{Direction, SortSpec};

use crate::row::{FIELDS, bit};

/// An order that the columns serve.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    columns: Vec<(usize, Direction)>,
    tie_break: Direction,
    arrays: i16,
}

impl Order {
    /// The order of `sort`.
    ///
    /// # Errors
    /// The first path that has no column.
    pub(crate) fn of(sort: &SortSpec) -> Result<Self, &str> {
        let mut order = Self::of_ids();
        order.tie_break = sort.tie_break();
        let mut decided = false;
        for field in sort.fields() {
            let path = field.path();
            if path == "_id" && !decided {
                // No two units tie on it: what follows decides nothing.
                order.tie_break = field.direction();
                decided = true;
            } else if let Some(place) = FIELDS.iter().position(|known| known.path == path) {
                order.arrays |= bit(place);
                if !decided {
                    order.columns.push((place, field.direction()));
                }
            } else {
                return Err(path);
            }
        }
        Ok(order)
    }

    /// The ascending order of the field at this place.
    pub(crate) fn ascending(place: usize) -> Self {
        Self {
            columns: vec![(place, Direction::Ascending)],
            tie_break: Direction::Ascending,
            arrays: 0,
        }
    }

    /// The order of ids.
    pub(crate) fn of_ids() -> Self {
        Self {
            columns: Vec::new(),
            tie_break: Direction::Ascending,
            arrays: 0,
        }
    }

    /// What tells it from all others: a letter for each column, and one for its direction.
    pub(crate) fn letters(&self) -> String {
        let mut letters = String::new();
        let mut add = |letter: char, direction| {
            let direction = match direction {
                Direction::Ascending => 'a',
                Direction::Descending => 'd',
            };
            letters.extend(['_', letter, direction]);
        };
        for (place, direction) in &self.columns {
            add(
                FIELDS.get(*place).map_or('_', |field| field.letter),
                *direction,
            );
        }
        // Ties are usually sorted as the last column is.
        if self.columns.last().map(|last| last.1) != Some(self.tie_break) {
            add('i', self.tie_break);
        }
        letters
    }

    /// Places in [`FIELDS`], the most significant first.
    pub(crate) fn columns(&self) -> &[(usize, Direction)] {
        &self.columns
    }

    /// How units that tie are sorted by `_id`.
    pub(crate) fn tie_break(&self) -> Direction {
        self.tie_break
    }

    /// The bits of all fields sorted by. Two arrays in them are an error.
    pub(crate) fn arrays(&self) -> i16 {
        self.arrays
    }

    /// The keys with their directions, and `_id`.
    pub(crate) fn by(&self, mut key: impl FnMut(usize, Direction) -> String) -> String {
        let keys = self.columns.iter().map(|(place, direction)| {
            let key = key(*place, *direction);
            format!("{key}{}, ", suffix(*direction))
        });
        let keys: String = keys.collect();
        format!("{keys}_id{}", suffix(self.tie_break))
    }
}

fn suffix(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "",
        Direction::Descending => " DESC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_columns_or_name_the_path_that_is_none() {
        let by = |sort: &str| {
            let sort: SortSpec = sort.parse().unwrap();
            let order = Order::of(&sort).map_err(str::to_owned)?;
            let by = order.by(|place, _| FIELDS[place].column.to_owned());
            Ok::<_, String>((by, order.arrays()))
        };
        let order = |by: &str, arrays| Ok((by.to_owned(), arrays));
        assert_eq!(by("{}"), order("_id", 0));
        assert_eq!(by(r#"{"name":-1}"#), order("name DESC, _id DESC", 1));
        assert_eq!(
            by(r#"{"_updatedAt":-1,"numDepartments":1}"#),
            order("updated_at DESC, num_departments, _id", 24)
        );
        // Behind ids nothing decides, but two arrays are an error all the same.
        assert_eq!(
            by(r#"{"visibility":1,"_id":-1,"name":1}"#),
            order("visibility, _id DESC", 3)
        );
        assert_eq!(by(r#"{"name":1,"a.b":1,"c":1}"#), Err("a.b".to_owned()));
        assert_eq!(
            by(r#"{"_id":1,"name.first":1}"#),
            Err("name.first".to_owned())
        );
    }
}
