//! Input inside error messages: escaped, and cut to a bound.

/// The maximum number of Unicode scalars of the input in a message: one line of a terminal.
const MAX_SCALARS: usize = 80;

/// The beginning of `input` for an error message: at most 80 scalars, followed by `…` if
/// the input is longer. Control characters are escaped, quotes are not.
#[must_use]
pub fn excerpt(input: &str) -> String {
    let mut shown = String::new();
    let mut rest = input.chars();
    for scalar in rest.by_ref().take(MAX_SCALARS) {
        match scalar {
            // Most excerpts are JSON, which escaped quotes would make hard to read.
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
    fn only_input_past_the_bound_is_cut() {
        let fits = "é".repeat(MAX_SCALARS);
        assert_eq!(excerpt(&fits), fits);
        assert_eq!(excerpt(&format!("{fits}x")), format!("{fits}…"));
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(excerpt("a\n\0\"b\""), "a\\n\\0\"b\"");
    }
}
