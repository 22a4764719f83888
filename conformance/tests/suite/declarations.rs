//! Declarations of cases and groups as not served, and their effect on the results.

use std::process::Command;

use livechat_units::{SortField, StoreError, StoreErrorKind, Unit, UnitStore};
use livechat_units_conformance::{CASES, Case, Group, Requirement, run};

use crate::{answers, broken, failure, reference};

#[test]
fn a_declared_case_may_fail() {
    let fixture = broken().cannot("fold_astral", "the store cannot be reached");
    assert_eq!(failure("fold_astral", &fixture), None);
    assert!(failure("fold_long_s", &fixture).is_some());
}

#[test]
fn a_declared_case_that_is_served_fails() {
    let fixture = reference().cannot("fold_astral", "an outdated reason");
    assert_eq!(
        failure("fold_astral", &fixture).unwrap(),
        "fold_astral (SPEC §2, Text) is served, but the fixture declares that it is not: .cannot(\"fold_astral\", \"…\")"
    );
}

/// `a_declared_case_is_reported` runs this test in a separate process.
#[test]
#[ignore = "run by a_declared_case_is_reported"]
fn runs_a_declared_case() {
    run(
        "fold_astral",
        &broken().cannot("fold_astral", "there is no store"),
    );
}

/// The report is printed although the test passes: the test harness does not capture it.
#[test]
fn a_declared_case_is_reported() {
    let name = "declarations::runs_a_declared_case";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--test-threads=2"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let reported = String::from_utf8(output.stderr).unwrap();
    let line = format!(
        "conformance: fold_astral (SPEC §2, Text) of {name} is not served: there is no store\n"
    );
    assert!(reported.starts_with(&line), "{reported}");
    assert!(
        reported.contains("    found:    the error Unavailable"),
        "{reported}"
    );
}

#[test]
fn a_failure_says_how_to_declare_the_case() {
    let hint = |case: &str| {
        let message = failure(case, &broken()).unwrap();
        let (_, hint) = message.rsplit_once('\n').unwrap();
        hint.strip_prefix("If the store cannot serve this case, declare that in the fixture: ")
            .map(str::to_owned)
    };
    assert_eq!(hint("sort_name_ascending"), None);
    assert_eq!(
        hint("fold_astral").unwrap(),
        r#".cannot("fold_astral", "…")"#
    );
    assert_eq!(
        hint("cursor_name").unwrap(),
        r#".without(Group::Cursors, "…")"#
    );
    assert_eq!(
        hint("documents_with_nul").unwrap(),
        r#".cannot("documents_with_nul", "…") or .without(Group::Nul, "…")"#
    );
}

fn cases_in(group: Group) -> impl Iterator<Item = &'static str> {
    let cases = CASES
        .iter()
        .filter(move |case| case.groups().contains(&group));
    cases.map(Case::name)
}

fn unsupported() -> StoreError {
    StoreError::new(StoreErrorKind::Unsupported, "list units")
}

#[test]
fn a_store_without_writes_declares_the_group() {
    for case in cases_in(Group::Writes) {
        let message = failure(case, &reference()).unwrap();
        let expected = "expected a fixture with writes, from `Fixture::with_writes`\n";
        assert!(message.contains(expected), "{message}");
        assert!(
            message.contains(r#".without(Group::Writes, "…")"#),
            "{message}"
        );
    }
    let declared = reference().without(Group::Writes, "it is only read");
    assert_eq!(failure("writes_replace", &declared), None);
}

/// A store that refuses every cursor serves no case of the group.
#[test]
fn a_store_without_cursors_declares_the_group() {
    let without = || {
        answers(|documents, query| match query.cursor() {
            None => documents.list(query),
            Some(_) => Err(unsupported()),
        })
    };
    for case in cases_in(Group::Cursors) {
        assert!(failure(case, &without()).is_some(), "{case}");
    }
    for case in CASES.iter().filter(|case| case.name().contains("cursor")) {
        assert!(case.groups().contains(&Group::Cursors), "{case:?}");
    }
    let declared = without().without(Group::Cursors, "the endpoint sends none");
    for case in ["cursor_name", "random_cursors", "page_total"] {
        assert_eq!(failure(case, &declared), None, "{case}");
    }
}

/// Random documents and queries leave out values and cursors that the store declares as not
/// served.
#[test]
fn random_cases_avoid_what_is_declared() {
    let refuses_nul = answers(|documents, query| {
        let has_nul = |unit: &Unit| unit.as_json().contains(r"\u0000");
        if documents.iter().any(has_nul) {
            return Err(unsupported());
        }
        documents.list(query)
    })
    .without(Group::Nul, "strings end at U+0000");
    let refuses_paths = answers(|documents, query| {
        let is_path = |field: &SortField| field.path().contains('.');
        match query.cursor() {
            Some(cursor) if cursor.sort().fields().iter().any(is_path) => Err(unsupported()),
            _ => documents.list(query),
        }
    });
    assert!(failure("random_cursors", &refuses_paths).is_some());
    let refuses_paths = refuses_paths.cannot("cursor_dotted_path", "no path is indexed");
    for case in ["random_sorts", "random_texts", "random_cursors"] {
        assert_eq!(failure(case, &refuses_nul), None, "{case}");
        assert_eq!(failure(case, &refuses_paths), None, "{case}");
    }
}

#[test]
fn a_declared_group_that_is_served_fails() {
    let fixture = reference().without(Group::Nul, "an outdated reason");
    let message = failure("documents_with_nul", &fixture).unwrap();
    assert!(
        message.ends_with(r#".without(Group::Nul, "…")"#),
        "{message}"
    );
    assert_eq!(failure("documents_keep_digits", &fixture), None);
}

#[test]
#[should_panic(expected = "\"sort_by_magic\" cannot be declared: there is no such case")]
fn an_unknown_case_cannot_be_declared() {
    let _ = reference().cannot("sort_by_magic", "no magic");
}

#[test]
#[should_panic(expected = "sort_name_ascending cannot be declared by its name: it is required")]
fn a_required_case_cannot_be_declared() {
    let _ = reference().cannot("sort_name_ascending", "no order");
}

#[test]
#[should_panic(expected = "(\"fold_astral\", \"…\") needs a reason")]
fn a_case_cannot_be_declared_without_a_reason() {
    let _ = reference().cannot("fold_astral", " ");
}

#[test]
#[should_panic(expected = "(\"fold_astral\", \"…\") repeats an earlier declaration")]
fn a_case_cannot_be_declared_twice() {
    let once = reference().cannot("fold_astral", "one reason");
    let _ = once.cannot("fold_astral", "another");
}

#[test]
fn a_fixture_shows_what_it_declares() {
    assert_eq!(
        format!("{:?}", reference().cannot("fold_astral", "a reason")),
        r#"Fixture { writes: false, declared: [(Case("fold_astral"), "a reason")], .. }"#
    );
}

#[test]
#[should_panic(expected = "(\"cursor_with_nul\", \"…\") repeats an earlier declaration")]
fn a_case_of_a_declared_group_cannot_be_declared() {
    let group = reference().without(Group::Nul, "one reason");
    let _ = group.cannot("cursor_with_nul", "another");
}

#[test]
#[should_panic(expected = "(Group::Nul, \"…\") repeats an earlier declaration")]
fn a_group_of_a_declared_case_cannot_be_declared() {
    let case = reference().cannot("cursor_with_nul", "one reason");
    let _ = case.without(Group::Nul, "another");
}

/// `cursor_with_nul` is in both groups.
#[test]
fn two_groups_with_a_common_case_can_be_declared() {
    let fixture = broken()
        .without(Group::Nul, "one reason")
        .without(Group::Cursors, "another");
    assert_eq!(failure("cursor_with_nul", &fixture), None);
}

#[test]
fn most_cases_are_required() {
    let required = CASES
        .iter()
        .filter(|case| case.requirement() == Requirement::Required);
    assert!(3 * required.count() > 2 * CASES.len());
}

#[test]
fn every_case_names_a_section() {
    for case in CASES {
        assert!(case.section().starts_with('§'), "{case:?}");
    }
}
