//! The units whose names contain a text.
//!
//! | text | index | then |
//! |---|---|---|
//! | one or two characters | blocks of names | |
//! | 3 to 32 characters | trigrams | |
//! | longer | trigrams of the first 32 characters | the names are compared |
//! | with U+FFFD to U+FFFF | trigrams | the names are compared |

use livechat_units::TextFilter;
use rusqlite::Connection;

use super::statement;
use crate::error::Problem;
use crate::row::name_blocks;

/// The slots of these units, in no particular order.
pub(super) fn search(connection: &Connection, text: &TextFilter) -> Result<Vec<i64>, Problem> {
    let folded = text.folded();
    match TrigramSearch::new(&folded) {
        TrigramSearch::TooShort => name_blocks::search(connection, folded.as_bytes()),
        TrigramSearch::Exact(phrase) => {
            let sql = "SELECT rowid FROM names WHERE names MATCH ?1";
            statement::slots(connection, sql, [phrase])
        }
        TrigramSearch::Candidates(phrase) => {
            let sql = "SELECT names.rowid FROM names \
                CROSS JOIN unit ON unit.slot = names.rowid \
                WHERE names MATCH ?1 AND instr(unit.folded, ?2)";
            statement::slots(connection, sql, (phrase, folded.as_bytes()))
        }
    }
}

/// How the index of trigrams is searched for a text. A phrase is a quoted string, whose
/// trigrams must follow each other in the name.
#[derive(Debug, PartialEq, Eq)]
enum TrigramSearch {
    /// The text has no trigram.
    TooShort,
    /// This phrase finds the names that contain the text.
    Exact(String),
    /// This phrase finds candidates: names that may contain the text.
    Candidates(String),
}

impl TrigramSearch {
    /// The longest phrase, in characters. Each of its trigrams costs memory and a search of
    /// its own in the index.
    const MAX_SCALARS: usize = 32;

    fn new(folded: &str) -> Self {
        let mut scalars = folded.chars();
        let first: String = scalars.by_ref().take(Self::MAX_SCALARS).collect();
        if first.chars().count() < 3 {
            return Self::TooShort;
        }
        // The tokenizer reads these, and the byte that replaces U+0000, as the same character.
        let is_ambiguous = |scalar| matches!(scalar, '\u{FFFD}'..='\u{FFFF}');
        let is_exact = scalars.next().is_none() && !first.chars().any(is_ambiguous);
        let phrase = format!("\"{}\"", first.replace('"', "\"\""));
        if is_exact {
            Self::Exact(phrase)
        } else {
            Self::Candidates(phrase)
        }
    }
}
