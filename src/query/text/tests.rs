use proptest::prelude::*;

use super::*;

/// The rule of SPEC §2, Text, as a comparison of every run of scalars.
fn naive_find(text: &str, name: &str) -> Option<Range<usize>> {
    let text: Vec<char> = text.chars().map(fold).collect();
    let scalars: Vec<(usize, char)> = name.char_indices().collect();
    let (at, run) = scalars
        .windows(text.len())
        .enumerate()
        .find(|(_, run)| run.iter().map(|(_, c)| fold(*c)).eq(text.iter().copied()))?;
    let end = scalars
        .get(at + run.len())
        .map_or(name.len(), |(end, _)| *end);
    Some(scalars[at].0..end)
}

fn find(text: &str, name: &str) -> Option<Range<usize>> {
    TextFilter::new(text).unwrap().find(name)
}

#[test]
fn special_cases_of_folding_match() {
    assert_eq!(find("k", "a\u{212A}"), Some(1..4));
    assert_eq!(find("\u{212A}", "aK"), Some(1..2));
    assert_eq!(find("SS", "ſſ"), Some(0..4));
    assert_eq!(find("ß", "Maẞ"), Some(2..5));
    assert_eq!(find("ss", "ß"), None);
    assert_eq!(find("ΣΑΣ", "σας"), Some(0..6));
    assert_eq!(find("i", "İı"), None);
    assert_eq!(find("\u{0390}", "\u{1FD3}"), None);
}

#[test]
fn a_match_may_begin_inside_a_partial_match() {
    assert_eq!(find("aab", "aaab"), Some(1..4));
    assert_eq!(find("abab", "abaabab"), Some(3..7));
    assert_eq!(find("ana", "banana"), Some(1..4));
    assert_eq!(find("abcabd", "abcabcabd"), Some(3..9));
    assert_eq!(find("aabc", "aababc"), None);
}

/// Every word of these letters with at most `length` letters.
fn words_of(letters: [char; 2], length: usize) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut from = 0;
    for _ in 0..length {
        let longest = words.len();
        for at in from..longest {
            for letter in letters {
                words.push(format!("{}{letter}", words[at]));
            }
        }
        from = longest;
    }
    words
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn every_short_text_is_found_in_every_short_name() {
    let names = words_of(['a', 'b'], 9);
    for text in words_of(['A', 'b'], 5).iter().skip(1) {
        let filter = TextFilter::new(text).unwrap();
        for name in &names {
            let found = name.find(&text.to_lowercase());
            let found = found.map(|at| at..at + text.len());
            assert_eq!(filter.find(name), found, "{text} in {name}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn empty_long_and_nul_texts_are_refused() {
    let longest = "é".repeat(TextFilter::MAX_BYTES / 2);
    assert_eq!(longest.len(), TextFilter::MAX_BYTES);
    assert_eq!(find(&longest, &longest), Some(0..longest.len()));
    let error = |text: &str| TextFilter::new(text).unwrap_err().to_string();
    assert_eq!(
        error(&format!("{longest}x")),
        format!(
            "expected a text of at most 32764 bytes, which has 32765, found \"{}…\"",
            "é".repeat(80)
        )
    );
    assert_eq!(
        error("a\0b"),
        r#"expected a text without U+0000, which is at byte 1, found "a\0b""#
    );
    assert_eq!(
        error(""),
        r#"expected a text of at least one character, found """#
    );
}

proptest! {
    #[test]
    fn find_agrees_with_the_naive_rule(
        text in "[aAbBkKsSſ\u{212A}éÉßẞ]{1,5}",
        name in "[aAbBkKsSſ\u{212A}éÉßẞ ]{0,40}",
    ) {
        prop_assert_eq!(find(&text, &name), naive_find(&text, &name));
        let filter = TextFilter::new(&text).unwrap();
        let folded = TextFilter::fold(&name);
        prop_assert_eq!(folded.contains(&filter.folded()), filter.is_match(&name));
        prop_assert!(folded.len() <= name.len());
    }

    #[test]
    fn every_part_of_a_name_is_found(name: String, from: prop::sample::Index, to: prop::sample::Index) {
        let boundaries: Vec<usize> =
            name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
        let (a, b) = (*from.get(&boundaries), *to.get(&boundaries));
        let part = &name[a.min(b)..a.max(b)];
        prop_assume!(!part.is_empty() && !part.contains('\0'));
        let found = find(part, &name);
        prop_assert_eq!(&found, &naive_find(part, &name));
        prop_assert!(found.unwrap().start <= a.min(b));
    }
}

#[test]
fn display_writes_the_unfolded_text() {
    assert_eq!(TextFilter::new("Sälés %").unwrap().to_string(), "Sälés %");
}
