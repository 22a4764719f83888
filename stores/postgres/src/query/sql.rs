//! Pieces of the text of statements.

/// `WHERE` with these conditions, or nothing if there are none.
pub(crate) fn where_all<'a>(conditions: impl Iterator<Item = &'a str>) -> String {
    let conditions: Vec<&str> = conditions.collect();
    if conditions.is_empty() {
        return String::new();
    }
    format!(" WHERE {}", conditions.join(" AND "))
}

/// The condition that at least one of these conditions holds.
pub(crate) fn any_of(conditions: &[String]) -> String {
    format!("(({}))", conditions.join(") OR ("))
}

/// The rows of all these queries.
pub(crate) fn union(queries: &[String]) -> String {
    if let [query] = queries {
        return query.clone();
    }
    format!("({})", queries.join(") UNION ALL ("))
}
