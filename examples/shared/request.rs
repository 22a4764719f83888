//! A recorded request: documents, settings, caller and query string in one JSON
//! object. `replay` reads them from its input, the tests from the case files.

use std::error::Error;

use livechat_units::{
    AccessPolicy, Caller, Endpoint, PagePolicy, Permission, Response, ServerVersion, Unit,
    UnitStore, User,
};
use serde_json::Value;

#[path = "documents.rs"]
pub(crate) mod documents;

/// One request and the world it is made in.
pub(crate) struct Request {
    documents: Vec<Unit>,
    endpoint: Endpoint,
    caller: Caller,
    query_string: String,
}

impl Request {
    /// Reads a request from one JSON object. Its `documents` keep every digit, and may have
    /// the words `NaN` and `Infinity`; of those with the same `_id` the last counts.
    pub(crate) fn read(json: &str) -> Result<Self, Box<dyn Error>> {
        let members = documents::members(json)?;
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

    /// The documents that there are, departments among them.
    pub(crate) fn documents(&self) -> &[Unit] {
        &self.documents
    }

    /// What the endpoint answers from a store that holds the documents.
    pub(crate) fn answer_from(&self, store: &dyn UnitStore) -> Response {
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

/// The policy, where it is set apart from the version.
fn access_policy(settings: &Value) -> Result<Option<AccessPolicy>, String> {
    match settings["access_policy"].as_str() {
        None => Ok(None),
        Some("permission-required") => Ok(Some(AccessPolicy::PermissionRequired)),
        Some("own-units") => Ok(Some(AccessPolicy::OwnUnits)),
        Some(other) => Err(format!("expected a known access_policy, found {other:?}")),
    }
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
        _ => Err(format!("expected a known kind of caller, found {caller}")),
    }
}

fn strings(array: &Value) -> impl Iterator<Item = String> + '_ {
    let elements = array.as_array().into_iter().flatten();
    elements.filter_map(|element| element.as_str().map(str::to_owned))
}
