//! The first command of a listing: one `aggregate` that counts the matches, and the matches
//! that MongoDB may sort differently from SPEC §2.

use bson::raw::{RawBsonRef, RawDocument};
use bson::{Bson, Document, doc};
use livechat_units::columns::Field;
use livechat_units::{SortSpec, UnitQuery};

use super::after::IdType;
use super::expressions::{nests_in_sort, repeats_field};
use crate::connection::Session;
use crate::error::{Problem, Reason};

/// Numbers of documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Census {
    /// All matches.
    pub(super) total: u64,
    /// Matches whose `_id` is an `ObjectId`.
    object_ids: u64,
    /// Matches whose `_updatedAt` is a string; 0 if it is not a sort field.
    date_strings: u64,
    /// Matches whose arrays make the server's order or errors differ: see [`meets_arrays`],
    /// and with a cursor [`meets_any_array`].
    arrays: u64,
    /// Matches that hold a field twice.
    pub(super) repeated: u64,
    /// Matches that have an object or an array in a sort field.
    pub(super) nested: u64,
}

impl Census {
    /// Counts. Cost: the server reads each document that the filter matches.
    pub(super) async fn take(
        session: &mut Session<'_>,
        filter: Document,
        query: &UnitQuery,
    ) -> Result<Self, Problem> {
        let pipeline = [doc! { "$match": filter }, doc! { "$group": counts(query) }];
        let Some(counts) = session.aggregate(pipeline).await? else {
            // Without a match there is no group.
            return Ok(Self::default());
        };
        Ok(Self {
            total: count(&counts, "total")?,
            object_ids: count(&counts, "objectIds")?,
            date_strings: count(&counts, "dateStrings")?,
            arrays: count(&counts, "arrays")?,
            repeated: count(&counts, "repeated")?,
            nested: count(&counts, "nested")?,
        })
    }

    /// The type of all ids, unless [`Reason::MixedIds`].
    pub(super) fn id_type(self) -> IdType {
        if self.object_ids == 0 {
            IdType::String
        } else {
            IdType::ObjectId
        }
    }

    /// Why MongoDB cannot sort these matches as SPEC §2 does, or cannot find those after the
    /// cursor.
    pub(super) fn order_differs(self, query: &UnitQuery) -> Option<Reason> {
        if self.object_ids > 0 && self.object_ids < self.total {
            Some(Reason::MixedIds)
        } else if self.date_strings > 0 {
            Some(Reason::DateStrings)
        } else if self.arrays > 0 && query.cursor().is_some() {
            Some(Reason::CursorBesideArrays)
        } else if self.arrays > 0 {
            Some(Reason::Arrays)
        } else {
            None
        }
    }
}

/// The `$group` whose one document is a [`Census`].
fn counts(query: &UnitQuery) -> Document {
    let sort = query.sort();
    let count = |condition: Bson| doc! { "$sum": { "$cond": [condition, 1, 0] } };
    let has_type = |field: &str, name: &str| {
        let type_name = doc! { "$type": format!("${field}") };
        Bson::from(doc! { "$eq": [type_name, name] })
    };
    let updated_at = Field::UpdatedAt.path();
    let is_by_date = sort.fields().iter().any(|field| field.path() == updated_at);
    let is_date_string = if is_by_date {
        has_type(updated_at, "string")
    } else {
        false.into()
    };
    doc! {
        "_id": Bson::Null,
        "total": { "$sum": 1 },
        "objectIds": count(has_type("_id", "objectId")),
        "dateStrings": count(is_date_string),
        "arrays": count(match query.cursor() {
            None => meets_arrays(sort),
            Some(_) => meets_any_array(sort),
        }),
        "repeated": count(repeats_field(query)),
        "nested": count(nests_in_sort(query)),
    }
}

/// Whether a sort path meets an array, or ends at undefined, which sorts as an empty array.
///
/// The conditions of a cursor match if any element matches. The sort order takes one element.
fn meets_any_array(sort: &SortSpec) -> Bson {
    let fields = sort.fields().iter();
    let conditions = fields.flat_map(|field| {
        let type_name = doc! { "$type": format!("${}", field.path()) };
        let is_undefined = doc! { "$eq": [type_name, "undefined"] };
        [meets_array(field.path()), is_undefined.into()]
    });
    doc! { "$or": conditions.collect::<Vec<_>>() }.into()
}

/// Whether two sort paths meet arrays, or a path with an index into arrays meets one.
///
/// Two paths are an error unless they meet the same array. An index is an error if it can also
/// be the name of a field. MongoDB's reports of both differ only in their text, which changes
/// with the version.
fn meets_arrays(sort: &SortSpec) -> Bson {
    let fields = sort.fields();
    let mut conditions: Vec<Bson> = Vec::new();
    if fields.len() > 1 {
        let each = fields
            .iter()
            .map(|field| doc! { "$cond": [meets_array(field.path()), 1, 0] });
        let met = doc! { "$add": each.collect::<Vec<_>>() };
        conditions.push(doc! { "$gt": [met, 1] }.into());
    }
    let with_index = fields.iter().filter(|field| has_index(field.path()));
    conditions.extend(with_index.map(|field| meets_array(field.path())));
    doc! { "$or": conditions }.into()
}

/// Whether an array is on the path or at its end. Every prefix of the path is tested on its
/// own, because servers evaluate a path through an array differently.
fn meets_array(path: &str) -> Bson {
    let ends = path.match_indices('.').map(|(dot, _)| dot);
    let prefixes = ends.chain([path.len()]).filter_map(|end| path.get(..end));
    let conditions = prefixes.map(|prefix| doc! { "$isArray": [format!("${prefix}")] });
    doc! { "$or": conditions.collect::<Vec<_>>() }.into()
}

/// Whether a segment after the first is a number.
fn has_index(path: &str) -> bool {
    let mut segments = path.split('.').skip(1);
    segments.any(|segment| segment.bytes().all(|byte| byte.is_ascii_digit()))
}

fn count(counts: &RawDocument, key: &'static str) -> Result<u64, Problem> {
    let count = match counts.get(key) {
        Ok(Some(RawBsonRef::Int32(count))) => u64::try_from(count).ok(),
        Ok(Some(RawBsonRef::Int64(count))) => u64::try_from(count).ok(),
        _ => None,
    };
    count.ok_or(Problem::WrongCount { key })
}
