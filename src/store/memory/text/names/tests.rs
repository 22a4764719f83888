//! Names are read and found as in a list of names, whatever was written before.

use proptest::prelude::*;

use super::*;

fn stored(names: &[&str]) -> Names {
    let mut stored = Names::default();
    for name in names {
        stored.push(name.as_bytes());
    }
    stored
}

fn scanned(names: &Names, text: &str) -> Vec<Slot> {
    names.scan(&memmem::Finder::new(text))
}

#[test]
fn a_match_lies_within_one_name() {
    let names = stored(&["ab", "", "cd", "abab", ""]);
    assert_eq!(scanned(&names, "ab"), [Slot(0), Slot(3)]);
    assert_eq!(scanned(&names, "bc"), []);
    assert_eq!(scanned(&names, "d"), [Slot(2)]);
}

#[test]
fn a_name_that_is_replaced_is_found_no_more() {
    let mut names = stored(&["old", "other"]);
    names.replace(Slot(0), "new");
    // A slot after the last one.
    names.replace(Slot(2), "newer");
    assert_eq!(scanned(&names, "new"), [Slot(0), Slot(2)]);
    assert_eq!(scanned(&names, "old"), []);
    names.replace(Slot(2), "");
    names.replace(Slot(0), "newest");
    assert_eq!(scanned(&names, "new"), [Slot(0)]);
    assert_eq!(names.get(Slot(2)), b"");
    assert_eq!(names.get(Slot(9)), b"");
}

#[test]
fn compacted_names_have_no_space_between_them() {
    let mut names = stored(&["one", "two", "three"]);
    names.replace(Slot(0), "twenty");
    names.replace(Slot(1), "");
    let compacted = names.compacted(3);
    assert_eq!(compacted.bytes(), "twenty..three.".len());
    let listed: Vec<(Slot, &str)> = compacted.iter().collect();
    assert_eq!(
        listed,
        [(Slot(0), "twenty"), (Slot(1), ""), (Slot(2), "three")]
    );
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[ab]{0,6}", "[ab é東\u{10FFFF}]{0,9}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn agree_with_a_list_of_names(
        loaded in prop::collection::vec(name(), 0..20),
        written in prop::collection::vec((0..30_usize, name()), 0..40),
        compacted in any::<bool>(),
        text in "[abé東]{1,3}",
    ) {
        let mut names = Names::default();
        for name in &loaded {
            names.push(name.as_bytes());
        }
        let mut model = loaded;
        model.resize(30, String::new());
        for (at, name) in written {
            names.replace(Slot::at(at), &name);
            model[at] = name;
        }
        if compacted {
            names = names.compacted(30);
        }
        for (at, name) in model.iter().enumerate() {
            prop_assert_eq!(names.get(Slot::at(at)), name.as_bytes());
        }
        let matches = (0..30).filter(|at| model[*at].contains(&text));
        let mut found = scanned(&names, &text);
        found.sort();
        prop_assert_eq!(found, matches.map(Slot::at).collect::<Vec<_>>());
        names.touch(&[Slot(0), Slot(29)]);
    }
}
