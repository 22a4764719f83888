//! Recorded requests, the input of `livechat-units replay`. Each is one JSON object.
//!
//! | member | value |
//! |---|---|
//! | `documents` | an array of documents; if an `_id` is repeated, the last document counts |
//! | `settings` | `API_Default_Count`, `API_Upper_Count_Limit`, `API_Allow_Infinite_Count`, and `access_policy`: `permission-required` or `own-units` (the default is the policy of the version) |
//! | `caller` | `kind`: `anonymous`, `refused`, `unlicensed`, `user` or `monitor`; `permissions`; `units`, the ids of the units that the user monitors. `unlicensed` is a user with `manage-livechat-units` in a workspace without the licence for units |
//! | `query_string` | the query string as in a URL |
//! | `server_version` | `documented` (the default), `8`, `9`, or a release such as `8.6.1` |

use std::error::Error;

use livechat_units::{
    AccessPolicy, AccessPolicyError, Caller, Endpoint, PagePolicy, Permission, Response,
    ServerVersion, Unit, UnitStore, User,
};
use serde_json::Value;

use crate::documents;
use crate::members::members;

/// One request, with the documents and the settings for its answer.
pub struct Request {
    documents: Vec<Unit>,
    endpoint: Endpoint,
    caller: Caller,
    query_string: String,
}

impl Request {
    /// Reads a request from one JSON object. The numbers in `documents` keep all their digits,
    /// and the bare `NaN` and `Infinity` of old versions of `mongoexport` are read too.
    pub fn read(json: &str) -> Result<Self, Box<dyn Error>> {
        let members = members(json)?;
        let member = |key: &str| members.get(key).copied().unwrap_or("null");
        let settings: Value = serde_json::from_str(member("settings"))?;
        let version: Option<String> = serde_json::from_str(member("server_version"))?;
        let version = version.map_or(Ok(ServerVersion::default()), |text| text.parse())?;
        let mut endpoint = Endpoint::default()
            .with_server_version(version)
            .with_page_policy(page_policy(&settings));
        if let Some(policy) = access_policy(&settings)? {
            endpoint = endpoint.with_access_policy(policy);
        }
        Ok(Self {
            documents: documents::read("documents", member("documents"))?,
            endpoint,
            caller: caller(&serde_json::from_str(member("caller"))?)?,
            query_string: serde_json::from_str(member("query_string"))?,
        })
    }

    /// All documents, including those that are not units.
    pub fn documents(&self) -> &[Unit] {
        &self.documents
    }

    /// The endpoint's answer from a store that holds the documents.
    pub fn answer_from(&self, store: &dyn UnitStore) -> Response {
        self.endpoint
            .handle(store, &self.caller, &self.query_string)
    }
}

fn page_policy(settings: &Value) -> PagePolicy {
    let mut policy = PagePolicy::default();
    if let Some(count) = settings["API_Default_Count"].as_i64() {
        policy = policy.with_default_count(count);
    }
    if let Some(count) = settings["API_Upper_Count_Limit"].as_i64() {
        policy = policy.with_max_count(count);
    }
    if settings["API_Allow_Infinite_Count"] == Value::Bool(false) {
        policy = policy.refuse_unlimited();
    }
    policy
}

/// The policy, if the request sets one.
fn access_policy(settings: &Value) -> Result<Option<AccessPolicy>, String> {
    let policy = settings["access_policy"].as_str().map(str::parse);
    let policy: Result<Option<AccessPolicy>, AccessPolicyError> = policy.transpose();
    policy.map_err(|error| format!("access_policy: {error}"))
}

fn caller(caller: &Value) -> Result<Caller, String> {
    match caller["kind"].as_str() {
        Some("anonymous") => Ok(Caller::Anonymous),
        Some("refused") => Ok(Caller::Refused),
        Some("unlicensed") => {
            let user = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
            Ok(Caller::Unlicensed(user))
        }
        Some("user" | "monitor") => {
            let permissions = strings(&caller["permissions"]);
            let user = permissions.fold(User::new(), User::with_permission);
            Ok(user.monitoring(strings(&caller["units"])).into())
        }
        _ => Err(format!(
            "caller: expected the kind anonymous, refused, unlicensed, user or monitor, found {caller}"
        )),
    }
}

fn strings(array: &Value) -> impl Iterator<Item = String> + '_ {
    let elements = array.as_array().into_iter().flatten();
    elements.filter_map(|element| element.as_str().map(str::to_owned))
}
