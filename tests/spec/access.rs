//! §3, access: who sees what, and that nothing else is told before.

use livechat_units::{
    AccessPolicy, Caller, Endpoint, PagePolicy, Permission, Refusal, RequestError, Unit, User,
};

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
fn only_the_very_permission_counts() {
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

#[test]
fn who_may_not_ask_learns_nothing_about_the_parameters() {
    let too_long = "x".repeat(70_000);
    for query_string in [
        "offset=x",
        "sort=x",
        "text=%FF",
        "count=1&count=1",
        &too_long,
    ] {
        for policy in POLICIES {
            let anonymous = answer(policy, &Caller::Anonymous, query_string);
            assert_eq!(anonymous, (401, UNAUTHENTICATED.to_owned()));
            let refused = answer(policy, &Caller::Refused, query_string);
            assert_eq!(refused, (403, REFUSED.to_owned()));
        }
        let user = User::new().monitoring(["uA"]).into();
        let (status, body) = answer(AccessPolicy::PermissionRequired, &user, query_string);
        assert_eq!((status, body.as_str()), (403, PERMISSION_MISSING));
        let (status, _) = answer(AccessPolicy::OwnUnits, &user, query_string);
        assert!(matches!(status, 400 | 414));
    }
}

#[test]
fn own_units_are_all_that_a_monitor_lists_counts_and_matches() {
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
fn the_host_is_told_why() {
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
    ] {
        let response = Endpoint::default().begin(&caller, "").unwrap_err();
        match response.error() {
            Some(RequestError::Refused(found)) => assert_eq!(*found, refusal),
            other => panic!("{other:?}"),
        }
        assert_eq!(response.error().unwrap().to_string(), message);
    }
}
