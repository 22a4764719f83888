//! §5, versions of the server: each cell of the table, with the exact body.

use livechat_units::{
    AccessPolicy, Caller, Endpoint, PagePolicy, Params, Permission, QueryErrorKind, Refusal,
    ServerVersion, Unit, User,
};

use crate::{documented, manager};

const VERSIONS: [ServerVersion; 4] = [
    ServerVersion::Documented,
    ServerVersion::V7_5,
    ServerVersion::V8,
    ServerVersion::V9,
];

const EMPTY: &str = r#"{"units":[],"count":0,"offset":0,"total":0,"success":true}"#;
const SEVEN: &str = r#""count":7,"offset":0,"total":7,"success":true}"#;
const MONITORED: &str = r#"{"units":[{"_id":"uiPBkzcau5hrWwBkG","name":"C","visibility":"public","type":"u","numMonitors":1,"numDepartments":3,"_updatedAt":"2022-08-29T20:18:07.442Z"}],"count":1,"offset":0,"total":1,"success":true}"#;
const EMPTY_SORT: &str = r#"{"success":false,"error":"Invalid sort parameter provided: \"\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#;
const UNAUTHORIZED: &str = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
const UNLICENSED: &str = r#"{"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#;

fn answer(endpoint: Endpoint, caller: &Caller, query_string: &str) -> (u16, String) {
    let units: Vec<Unit> = documented();
    let response = endpoint.handle(&units, caller, query_string);
    let status = response.status();
    let body = response.into_body().into_bytes();
    (status, String::from_utf8(body).unwrap())
}

fn endpoint(version: ServerVersion) -> Endpoint {
    Endpoint::default().with_server_version(version)
}

fn monitor() -> User {
    User::new().monitoring(["uiPBkzcau5hrWwBkG", "gone"])
}

#[test]
fn the_default_is_the_documented_version() {
    assert_eq!(Endpoint::default(), endpoint(ServerVersion::Documented));
    assert_eq!(ServerVersion::default(), ServerVersion::Documented);
}

#[test]
fn each_version_has_its_body_of_401() {
    for (version, body) in VERSIONS.into_iter().zip([
        r#"{"status":"error","message":"You must be logged in to do this."}"#,
        r#"{"status":"error","message":"You must be logged in to do this."}"#,
        r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#,
        r#"{"success":false,"error":"You must be logged in to do this."}"#,
    ]) {
        // The parameters do not matter.
        for query_string in ["", "sort=", "count=-1"] {
            let answer = answer(endpoint(version), &Caller::Anonymous, query_string);
            assert_eq!(answer, (401, body.to_owned()), "{version}: {query_string}");
        }
        let refused = endpoint(version).fail(Refusal::Unauthenticated);
        assert_eq!(refused.into_body().into_bytes(), body.as_bytes());
    }
}

#[test]
fn each_version_has_its_body_for_a_caller_whom_the_host_refuses() {
    for (version, body) in VERSIONS.into_iter().zip([
        r#"{"success":false,"error":"unauthorized"}"#,
        r#"{"success":false,"error":"unauthorized"}"#,
        r#"{"success":false,"error":"unauthorized"}"#,
        r#"{"success":false,"error":"forbidden"}"#,
    ]) {
        let answer = answer(endpoint(version), &Caller::Refused, "sort=");
        assert_eq!(answer, (403, body.to_owned()), "{version}");
    }
}

#[test]
fn each_version_has_its_policy_for_callers_without_the_permission() {
    let plain = Caller::from(User::new());
    let monitor = Caller::from(monitor());
    for version in VERSIONS {
        let (none, own) = match version {
            ServerVersion::Documented => ((403, UNAUTHORIZED), (403, UNAUTHORIZED)),
            _ => ((200, EMPTY), (200, MONITORED)),
        };
        for (caller, (status, body)) in [(&plain, none), (&monitor, own)] {
            let answer = answer(endpoint(version), caller, "");
            assert_eq!(answer, (status, body.to_owned()), "{version}");
        }
        let (status, body) = answer(endpoint(version), &manager(), "");
        assert!(status == 200 && body.ends_with(SEVEN), "{version}: {body}");
    }
}

#[test]
fn the_access_policy_overrides_that_of_the_version() {
    let caller = Caller::from(monitor());
    for version in VERSIONS {
        for (policy, status, body) in [
            (AccessPolicy::PermissionRequired, 403, UNAUTHORIZED),
            (AccessPolicy::OwnUnits, 200, MONITORED),
        ] {
            let before = Endpoint::default().with_access_policy(policy);
            let after = endpoint(version).with_access_policy(policy);
            assert_eq!(before.with_server_version(version), after);
            let answer = answer(after, &caller, "");
            assert_eq!(answer, (status, body.to_owned()), "{version}: {policy:?}");
        }
    }
}

#[test]
fn an_empty_sort_is_absent_or_invalid_by_version() {
    for version in VERSIONS {
        let refuses = matches!(version, ServerVersion::V8 | ServerVersion::V9);
        for query_string in ["sort=", "sort", "s%6frt=", "text=&sort=&count="] {
            let (status, body) = answer(endpoint(version), &manager(), query_string);
            if refuses {
                assert_eq!((status, body.as_str()), (400, EMPTY_SORT), "{query_string}");
            } else {
                assert!(status == 200 && body.ends_with(SEVEN), "{version}: {body}");
            }
        }
        // Other empty parameters are absent in every version. A missing sort is not empty.
        for query_string in ["", "text=&offset=&count=", "&sort[=&x=sort", "Sort="] {
            let (status, body) = answer(endpoint(version), &manager(), query_string);
            let expected = if query_string.contains('[') { 400 } else { 200 };
            assert_eq!(status, expected, "{version}: {query_string}: {body}");
            assert_ne!(body, EMPTY_SORT);
        }
        // An empty sort is reported in the order of the parameters.
        let (_, body) = answer(endpoint(version), &manager(), "sort=&count=-1&text=%00");
        assert!(body.contains("Invalid count parameter"), "{body}");
    }
    let params = Params::parse("sort=").unwrap();
    let error = params
        .with_server_version(ServerVersion::V8)
        .into_query(PagePolicy::default())
        .unwrap_err();
    assert_eq!(error.kind(), QueryErrorKind::InvalidSort);
    assert_eq!(error.parameter(), Some("sort"));
}

#[test]
fn the_licence_is_checked_after_access_and_before_parameters() {
    let unlicensed = |user: User| Caller::Unlicensed(user);
    let holder = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
    for version in VERSIONS {
        for query_string in ["", "count=-1", "sort=x"] {
            let answer = answer(endpoint(version), &unlicensed(holder.clone()), query_string);
            assert_eq!(answer, (400, UNLICENSED.to_owned()), "{version}");
        }
        let (status, body) = answer(endpoint(version), &unlicensed(monitor()), "");
        match version.access_policy() {
            AccessPolicy::OwnUnits => assert_eq!((status, body.as_str()), (400, UNLICENSED)),
            _ => assert_eq!((status, body.as_str()), (403, UNAUTHORIZED)),
        }
    }
}
