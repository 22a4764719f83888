//! Offending input inside error messages: escaped, and cut to a bound.

/// Scalars of the input that a message shows.
const MAX_SCALARS: usize = 80;

/// `input` as a message shows it: control characters escaped, at most [`MAX_SCALARS`]
/// scalars of it, and an ellipsis where it was cut.
pub(crate) fn excerpt(input: &str) -> String {
    let mut shown = String::new();
    let mut rest = input.chars();
    for scalar in rest.by_ref().take(MAX_SCALARS) {
        match scalar {
            // Messages quote JSON all the time; escaping its quotes would hide it.
            '"' | '\'' => shown.push(scalar),
            _ => shown.extend(scalar.escape_debug()),
        }
    }
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_just_past_the_bound_and_not_before() {
        let fits = "é".repeat(MAX_SCALARS);
        assert_eq!(excerpt(&fits), fits);
        assert_eq!(excerpt(&format!("{fits}x")), format!("{fits}…"));
    }

    #[test]
    fn escapes_what_would_break_a_line() {
        assert_eq!(excerpt("a\n\0\"b\""), "a\\n\\0\"b\"");
    }
}
