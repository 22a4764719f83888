//! §3, access: the units that each caller may list. A refused caller learns nothing about
//! the parameters.

use livechat_units::{
    AccessPolicy, Caller, Endpoint, PagePolicy, Permission, Refusal, RequestError, StoreError,
    Unit, UnitPage, UnitQuery, UnitStore, User,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{documented, manager, units};

const UNAUTHENTICATED: &str = r#"{"status":"error","message":"You must be logged in to do this."}"#;
const PERMISSION_MISSING: &str = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
const REFUSED: &str = r#"{"success":false,"error":"unauthorized"}"#;

const POLICIES: [AccessPolicy; 2] = [AccessPolicy::PermissionRequired, AccessPolicy::OwnUnits];

fn answer(policy: AccessPolicy, caller: &Caller, query_string: &str) -> (u16, String) {
    let units: Vec<Unit> = documented();
    let endpoint = Endpoint::default().with_access_policy(policy);
    let response = endpoint.handle(&units, caller, query_string);
    let status = response.status();
    let body = response.into_body().into_bytes();
    (status, String::from_utf8(body).unwrap())
}

#[test]
fn each_caller_gets_the_exact_answer() {
    for policy in POLICIES {
        let anonymous = answer(policy, &Caller::Anonymous, "");
        assert_eq!(anonymous, (401, UNAUTHENTICATED.to_owned()));
        let refused = answer(policy, &Caller::Refused, "");
        assert_eq!(refused, (403, REFUSED.to_owned()));
        let (status, body) = answer(policy, &manager(), "count=1");
        assert_eq!(status, 200);
        assert!(body.ends_with(r#""total":7,"success":true}"#));
    }
    let (status, body) = answer(AccessPolicy::PermissionRequired, &User::new().into(), "");
    assert_eq!((status, body.as_str()), (403, PERMISSION_MISSING));
    let (status, body) = answer(AccessPolicy::OwnUnits, &User::new().into(), "");
    assert_eq!(status, 200);
    assert_eq!(
        body,
        r#"{"units":[],"count":0,"offset":0,"total":0,"success":true}"#
    );
}

#[test]
fn only_the_exact_name_of_the_permission_counts() {
    for name in [
        "manage-livechat-unit",
        "manage-livechat-units2",
        "MANAGE-LIVECHAT-UNITS",
        " manage-livechat-units",
        "*",
        "",
    ] {
        let caller = User::new().with_permission(name).into();
        let (status, body) = answer(AccessPolicy::PermissionRequired, &caller, "");
        assert_eq!((status, body.as_str()), (403, PERMISSION_MISSING));
    }
    let caller = User::new()
        .with_permission("view-l-room")
        .with_permission(String::from("manage-livechat-units"));
    assert_eq!(
        answer(AccessPolicy::PermissionRequired, &caller.into(), "").0,
        200
    );
    assert_eq!(
        Permission::MANAGE_LIVECHAT_UNITS.as_str(),
        "manage-livechat-units"
    );
}

/// A store that must not be queried.
struct PanickingStore;

impl UnitStore for PanickingStore {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        panic!("expected no query, found {query:?}");
    }
}

/// Checks that refused callers get the same response with this query string as without
/// one: the status, the body, and the error for the host.
fn assert_refusals_do_not_depend_on(query_string: &[u8]) {
    let user = || User::new().monitoring(["uA"]);
    let required = AccessPolicy::PermissionRequired;
    let refused = POLICIES
        .into_iter()
        .flat_map(|policy| [(policy, Caller::Anonymous), (policy, Caller::Refused)])
        .chain([
            (required, User::new().into()),
            (required, user().into()),
            (required, user().with_permission("view-l-room").into()),
        ]);
    for (policy, caller) in refused {
        let endpoint = Endpoint::default().with_access_policy(policy);
        let respond = |query_string: &[u8]| {
            let response = endpoint.handle(&PanickingStore, &caller, query_string);
            let error = format!("{:?}", response.error().unwrap());
            (response.status(), error, response.into_body().into_bytes())
        };
        let shown = query_string.get(..200).unwrap_or(query_string);
        assert_eq!(
            respond(query_string),
            respond(b""),
            "{policy:?}, {caller:?}: \"{}\"",
            shown.escape_ascii()
        );
    }
}

/// Query strings with one invalid parameter each, one for each kind of error. A caller with
/// access gets 400 or 414 for each.
fn malformed() -> Vec<Vec<u8>> {
    let keys = |count: usize| {
        let keys = (0..count).map(|key| format!("\"k{key}\":1"));
        format!("sort={{{}}}", keys.collect::<Vec<_>>().join(","))
    };
    let path = ["a"; 257].join(".");
    let mut malformed: Vec<Vec<u8>> = [
        "offset=x",
        "offset=-1",
        "offset=9007199254740992",
        "offset=1&offset=1",
        "offset=%zz",
        "offset=%FF",
        "count=1.5",
        "count=+",
        "count=1&count=2",
        "count=%",
        "sort=x",
        "sort=[]",
        "sort={",
        "sort=null",
        r#"sort={"name":2}"#,
        r#"sort={"name":"asc"}"#,
        r#"sort={"":1}"#,
        r#"sort={"a..b":1}"#,
        r#"sort={"$where":1}"#,
        r#"sort={"a\u0000":1}"#,
        r#"sort={"name":1}&sort={"name":1}"#,
        "sort=%zz",
        "sort=%FF",
        "text=%00",
        "text=%FF",
        "text=%zz",
        "text=a&text=b",
    ]
    .map(|query_string| query_string.as_bytes().to_vec())
    .into();
    malformed.extend([
        keys(33).into_bytes(),
        format!("sort={{\"{path}\":1}}").into_bytes(),
        format!("text={}", "x".repeat(32_765)).into_bytes(),
        b"text=\xff".to_vec(),
        b"sort=\xff".to_vec(),
        vec![b'x'; 65_537],
    ]);
    malformed
}

#[test]
fn refused_callers_learn_nothing_about_the_parameters() {
    let own_units = Endpoint::default().with_access_policy(AccessPolicy::OwnUnits);
    for query_string in malformed() {
        assert_refusals_do_not_depend_on(&query_string);
        // A caller with access gets the error of the parameter.
        for caller in [manager(), User::new().monitoring(["uA"]).into()] {
            let response = own_units.handle(&PanickingStore, &caller, &query_string);
            assert!(matches!(response.status(), 400 | 414));
        }
    }
    for query_string in [
        "",
        "text=sales&count=10&offset=3",
        r#"sort={"name":-1}&count=0"#,
        "unknown=%FF",
    ] {
        assert_refusals_do_not_depend_on(query_string.as_bytes());
    }
}

proptest! {
    #[test]
    fn refusals_do_not_depend_on_any_query_string(
        bytes in vec(any::<u8>(), 0..200),
        parameters in vec(parameter(), 0..6),
    ) {
        assert_refusals_do_not_depend_on(&bytes);
        assert_refusals_do_not_depend_on(parameters.join("&").as_bytes());
    }
}

/// A known or unknown parameter with a valid or invalid value.
fn parameter() -> impl Strategy<Value = String> {
    let name = select(&["text", "offset", "count", "sort", "query"][..]);
    let value = select(
        &[
            "",
            "0",
            "50",
            "-1",
            "1e3",
            "sales",
            "%00",
            "%FF",
            "%zz",
            "%7B%22name%22%3A1%7D",
            "{}",
            r#"{"a":1,"b":-1}"#,
            r#"{"a":0}"#,
            "[1]",
            "é",
            "a+b",
        ][..],
    );
    (name, value).prop_map(|(name, value)| format!("{name}={value}"))
}

#[test]
fn a_monitor_lists_and_counts_only_own_units() {
    let collection = units(&[
        r#"{"_id":"uA","name":"Alpha","type":"u"}"#,
        r#"{"_id":"uB","name":"Beta","type":"u"}"#,
        r#"{"_id":"uC","name":"Gamma","type":"u"}"#,
        r#"{"_id":"dA","name":"Alpha department","ancestors":["uA"]}"#,
    ]);
    let monitor = User::new().monitoring(["uC", "uA", "dA", "gone"]);
    let endpoint = Endpoint::default()
        .with_access_policy(AccessPolicy::OwnUnits)
        .with_page_policy(PagePolicy::default());
    let listed = |caller: &Caller, query_string: &str| {
        let response = endpoint.handle(&collection, caller, query_string);
        String::from_utf8(response.into_body().into_bytes()).unwrap()
    };
    let caller = monitor.clone().into();
    assert_eq!(
        listed(&caller, "count=1&offset=1"),
        r#"{"units":[{"_id":"uC","name":"Gamma","type":"u"}],"count":1,"offset":1,"total":2,"success":true}"#
    );
    assert_eq!(
        listed(&caller, "text=b"),
        r#"{"units":[],"count":0,"offset":0,"total":0,"success":true}"#
    );
    let both = monitor.with_permission(Permission::MANAGE_LIVECHAT_UNITS);
    assert!(listed(&both.into(), "count=1").ends_with(r#""total":3,"success":true}"#));
}

#[test]
fn the_response_has_the_refusal_for_the_host() {
    for (caller, refusal, message) in [
        (
            Caller::Anonymous,
            Refusal::Unauthenticated,
            "the caller has no valid credentials",
        ),
        (
            Caller::Refused,
            Refusal::ByHost,
            "the host refused the caller",
        ),
        (
            User::new().into(),
            Refusal::PermissionMissing,
            "the caller lacks the permission manage-livechat-units",
        ),
        (
            Caller::Unlicensed(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS)),
            Refusal::Unlicensed,
            "the workspace has no licence for units",
        ),
    ] {
        let response = Endpoint::default().begin(&caller, "").unwrap_err();
        match response.error() {
            Some(RequestError::Refused(found)) => assert_eq!(*found, refusal),
            other => panic!("{other:?}"),
        }
        assert_eq!(response.error().unwrap().to_string(), message);
    }
}
