//! The text of a query as conditions on the folded name.

use livechat_units::TextFilter;

use super::statement::{Parameter, Statement};
use crate::row::searchable;

/// How all matches are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// By an index. The cost is about the number of matches.
    Index,
    /// By a scan of all units. The trigram index needs three letters or digits in a row, and
    /// the text has fewer.
    Scan,
}

/// The most characters of a text that are searched in the trigram index. The index has all
/// three neighbouring characters of a name. A few dozen of these trigrams are in hardly any
/// name that does not contain the whole text.
const INDEXED_CHARS: usize = 48;

/// Adds the conditions for names that contain the text.
pub(crate) fn add_conditions(
    text: &TextFilter,
    statement: &mut Statement,
    conditions: &mut Vec<String>,
) -> Search {
    let folded = searchable(&text.folded());
    let indexed = match folded.char_indices().nth(INDEXED_CHARS) {
        Some((end, _)) => folded.get(..end).unwrap_or(&folded),
        None => &folded,
    };
    let mut words = indexed.split(|scalar: char| !scalar.is_alphanumeric());
    let search = if words.any(|word| word.chars().count() >= 3) {
        Search::Index
    } else {
        Search::Scan
    };
    let number = statement.bind(Parameter::Text(containing(indexed)));
    conditions.push(format!("folded LIKE ${number}"));
    if indexed.len() < folded.len() {
        let number = statement.bind(Parameter::Text(folded));
        conditions.push(format!("strpos(folded, ${number}) > 0"));
    }
    search
}

/// The pattern of `LIKE` for every string that contains the text.
fn containing(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(text: &str) -> (Search, Vec<String>) {
        let mut statement = Statement::default();
        let mut conditions = Vec::new();
        let text = TextFilter::new(text).unwrap();
        let search = add_conditions(&text, &mut statement, &mut conditions);
        assert_eq!(statement.parameters().len(), conditions.len());
        (search, conditions)
    }

    #[test]
    fn the_index_serves_texts_with_three_letters_or_digits_in_a_row() {
        for (text, search) in [
            ("sal", Search::Index),
            ("a b1c", Search::Index),
            ("sa", Search::Scan),
            ("sa-le", Search::Scan),
        ] {
            assert_eq!(
                conditions(text),
                (search, vec!["folded LIKE $1".to_owned()])
            );
        }
    }

    #[test]
    fn a_long_text_is_compared_whole_after_the_index() {
        let longest = "a".repeat(INDEXED_CHARS);
        assert_eq!(conditions(&longest).1.len(), 1);
        assert_eq!(
            conditions(&format!("{longest}a")).1,
            ["folded LIKE $1", "strpos(folded, $2) > 0"]
        );
    }

    #[test]
    fn wildcards_of_like_are_escaped() {
        assert_eq!(containing(r"5%_\"), r"%5\%\_\\%");
    }
}
