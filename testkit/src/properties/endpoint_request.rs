//! Every request gets exactly the bytes that SPEC §3 and §4 define.
//!
//! The first byte of the data chooses the caller, the second the policies. The rest is
//! the query string.

use std::collections::BTreeSet;

use livechat_units::{
    AccessPolicy, Caller, Endpoint, Limit, OrderError, PagePolicy, Params, Permission, QueryError,
    QueryErrorKind, RequestError, Response, SortKey, Unit, UnitQuery, User,
};

use super::endpoint_documents::{MONITORED, documents};
use super::json::{self, Json, Kind};
use super::json_agreement;
use super::percent;

const NOT_LOGGED_IN: &str = r#"{"status":"error","message":"You must be logged in to do this."}"#;
const NO_PERMISSION: &str = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
const REFUSED: &str = r#"{"success":false,"error":"unauthorized"}"#;
const TOO_LONG: &str = r#"{"success":false,"error":"Request-URI Too Long"}"#;
const PARALLEL: &str = r#"{"success":false,"error":"cannot sort with keys that are parallel arrays [error-invalid-sort]","errorType":"error-invalid-sort"}"#;

/// Asserts that a request gets its answer; see the module.
pub fn endpoint_request(data: &[u8]) {
    let [who, how, query_string @ ..] = data else {
        return;
    };
    let (caller, visible) = caller(*who);
    let access = Access::new(*how, visible);
    let policy = page_policy(*how);
    let endpoint = Endpoint::default()
        .with_access_policy(access.policy)
        .with_page_policy(policy);

    let (status, expected) = access.answer(policy, query_string);
    let response = endpoint.handle(documents(), &caller, query_string);
    assert_eq!(response.status(), status, "{response:?}");
    match (status, response.error()) {
        (200, None) => pages_make_the_whole(&endpoint, &caller, query_string, *how),
        // These bodies do not depend on the query string.
        (401 | 403, Some(RequestError::Refused(_)))
        | (400, Some(RequestError::Query(_) | RequestError::Store(_)))
        | (414, Some(RequestError::Query(_))) => {}
        (_, error) => panic!("{status} for {error:?}"),
    }
    assert_eq!(whole(response), expected);
}

/// The caller that a byte chooses, and the units that the caller may see: all, some by
/// id, or none, with the answer of the refusal.
fn caller(who: u8) -> (Caller, Visible) {
    let by_name = Permission::from("manage-livechat-units".to_owned());
    assert_eq!(by_name.as_str(), Permission::MANAGE_LIVECHAT_UNITS.as_str());
    assert_eq!(by_name, Permission::MANAGE_LIVECHAT_UNITS);
    let user = User::new();
    let monitor = || User::new().monitoring(MONITORED);
    match who % 8 {
        0 => (
            user.with_permission(Permission::MANAGE_LIVECHAT_UNITS)
                .into(),
            Visible::All,
        ),
        1 => (Caller::Anonymous, Visible::Nothing(401, NOT_LOGGED_IN)),
        2 => (Caller::Refused, Visible::Nothing(403, REFUSED)),
        3 => (user.into(), Visible::IfPolicy(BTreeSet::new())),
        4 => (monitor().into(), Visible::IfPolicy(MONITORED.into())),
        5 => (
            monitor().with_permission("Manage-Livechat-Units").into(),
            Visible::IfPolicy(MONITORED.into()),
        ),
        6 => (
            monitor()
                .with_permission("manage-livechat-units ".to_owned())
                .into(),
            Visible::IfPolicy(MONITORED.into()),
        ),
        _ => (
            monitor().with_permission("manage-livechat-units").into(),
            Visible::All,
        ),
    }
}

enum Visible {
    All,
    /// These alone, if the policy admits a caller without the permission.
    IfPolicy(BTreeSet<&'static str>),
    Nothing(u16, &'static str),
}

struct Access {
    policy: AccessPolicy,
    visible: Visible,
}

fn page_policy(how: u8) -> PagePolicy {
    let policy = PagePolicy::default();
    match how >> 1 & 3 {
        0 => policy,
        1 => policy.with_default_count(3).with_max_count(5),
        2 => policy
            .with_default_count(4)
            .with_max_count(2)
            .refuse_unlimited(),
        _ => policy
            .with_default_count(-1)
            .with_max_count(0)
            .allow_unlimited(),
    }
}

impl Access {
    fn new(how: u8, visible: Visible) -> Self {
        let policy = if how & 1 == 0 {
            AccessPolicy::PermissionRequired
        } else {
            AccessPolicy::OwnUnits
        };
        Self { policy, visible }
    }

    /// Status and body. The caller is checked first, then the permission, then the
    /// parameters.
    fn answer(&self, policy: PagePolicy, query_string: &[u8]) -> (u16, String) {
        match &self.visible {
            Visible::Nothing(status, body) => return (*status, (*body).to_owned()),
            Visible::IfPolicy(_) if self.policy == AccessPolicy::PermissionRequired => {
                return (403, NO_PERMISSION.to_owned());
            }
            _ => {}
        }
        let query = Params::parse(query_string).and_then(|params| params.into_query(policy));
        match query {
            Ok(query) => self.listing(&query),
            Err(error) => {
                assert_eq!(
                    error.kind() == QueryErrorKind::TooLong,
                    query_string.len() > 65_536
                );
                wrong_query(&error)
            }
        }
    }

    fn listing(&self, query: &UnitQuery) -> (u16, String) {
        let sees = |unit: &Unit| match &self.visible {
            Visible::IfPolicy(ids) => ids.contains(unit.id()),
            _ => true,
        };
        let has_text = |unit: &Unit| match (query.text(), unit.name()) {
            (None, _) => true,
            (Some(text), name) => name.is_some_and(|name| text.is_match(name)),
        };
        let matches = documents()
            .iter()
            .filter(|unit| unit.is_unit() && sees(unit) && has_text(unit));
        let keyed = matches.map(|unit| Ok((SortKey::new(query.sort(), unit)?, unit.as_json())));
        let Ok(mut keyed) = keyed.collect::<Result<Vec<_>, OrderError>>() else {
            return (400, PARALLEL.to_owned());
        };
        keyed.sort();
        let total = keyed.len();
        let offset = query.page().offset();
        let count = match query.page().limit() {
            Limit::AtMost(count) => usize::try_from(count.get()).unwrap_or(usize::MAX),
            Limit::Unlimited => usize::MAX,
        };
        let page = keyed
            .iter()
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(count);
        let units: Vec<&str> = page.map(|(_, json)| *json).collect();
        let (count, units) = (units.len(), units.join(","));
        let body = format!(
            r#"{{"units":[{units}],"count":{count},"offset":{offset},"total":{total},"success":true}}"#
        );
        (200, body)
    }
}

fn wrong_query(error: &QueryError) -> (u16, String) {
    let (code, details) = match error.kind() {
        QueryErrorKind::TooLong => return (414, TOO_LONG.to_owned()),
        QueryErrorKind::InvalidParams => ("error-invalid-params", ""),
        QueryErrorKind::InvalidSort => (
            "error-invalid-sort",
            r#","details":{"helperMethod":"parseJsonQuery"}"#,
        ),
        kind => panic!("{kind:?} is new"),
    };
    let reason = serde_json::Value::from(format!("{error} [{code}]"));
    let body = format!(r#"{{"success":false,"error":{reason},"errorType":"{code}"{details}}}"#);
    (400, body)
}

/// The body, from its pieces.
fn whole(response: Response) -> String {
    let shown = response.body().clone();
    let body = response.into_body();
    assert_eq!(shown.into_bytes(), body.clone().into_bytes());
    let length = body.len();
    let pieces: Vec<Vec<u8>> = body.clone().into_chunks().collect();
    assert!(pieces.iter().all(|piece| !piece.is_empty()));
    let whole = body.into_bytes();
    assert_eq!(whole.len(), length);
    assert_eq!(pieces.concat(), whole);
    let whole = String::from_utf8(whole).expect("UTF-8");
    assert!(
        json_agreement::read_as_serde_does(&whole).is_some(),
        "{whole}"
    );
    whole
}

/// All pages together are the unlimited page of the same text and sort.
fn pages_make_the_whole(endpoint: &Endpoint, caller: &Caller, query_string: &[u8], how: u8) {
    let params = Params::parse(query_string).expect("was answered");
    let query = params.into_query(PagePolicy::default()).expect("again");
    let text = query.text().map_or("", |text| text.as_str());
    let sort = percent::encode(&query.sort().to_string());
    let same = format!("text={}&sort={sort}", percent::encode(text));
    if same.len() > 60_000 {
        return;
    }
    let endpoint = endpoint.with_page_policy(PagePolicy::default());
    let listed = |page: &str| {
        let response = endpoint.handle(documents(), caller, &format!("{page}&{same}"));
        assert_eq!(response.status(), 200, "{response:?}");
        units_and_total(response)
    };
    let (all, total) = listed("count=0");
    assert_eq!(all.len().to_string(), total);
    let size = 2 + usize::from(how) % 5;
    let mut laid = Vec::new();
    loop {
        let (units, same_total) = listed(&format!("count={size}&offset={}", laid.len()));
        assert_eq!(same_total, total);
        let is_last = units.len() < size;
        laid.extend(units);
        if is_last {
            break;
        }
    }
    assert_eq!(laid, all);
}

fn units_and_total(response: Response) -> (Vec<String>, String) {
    let body = String::from_utf8(response.into_body().into_bytes()).expect("UTF-8");
    let tree = json::read(&body).expect("JSON");
    let literal = |value: &Json| value.literal(&body).to_owned();
    let field = |key| tree.root.field(key).expect("a field of every listing");
    let Kind::Array(units) = &field("units").kind else {
        panic!("units are an array: {body}");
    };
    (units.iter().map(literal).collect(), literal(field("total")))
}
