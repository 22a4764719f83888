//! Pieces of the text of statements.

/// `WHERE` with these conditions, or nothing.
pub(crate) fn conjunction<'a>(conditions: impl Iterator<Item = &'a str>) -> String {
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

/// The pattern of `LIKE` for every string that contains the text.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for scalar in text.chars() {
        if matches!(scalar, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(scalar);
    }
    pattern.push('%');
    pattern
}
