//! What is in `openapi.json`.

use std::collections::{BTreeMap, BTreeSet};

use livechat_units_axum::OPENAPI;
use livechat_units_axum::PATH;
use serde_json::Value;
use serde_json::value::RawValue;

pub(crate) struct Document {
    pub(crate) value: Value,
}

/// A request and its answer.
pub(crate) struct Example {
    pub(crate) name: String,
    /// Method and target.
    pub(crate) request: String,
    pub(crate) user: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) status: String,
    /// As it is written, without the space between the tokens.
    pub(crate) body: String,
}

impl Document {
    pub(crate) fn read() -> Self {
        let value = serde_json::from_str(OPENAPI).unwrap();
        Self { value }
    }

    /// What a `$ref` is about.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value.get("$ref") else {
            return value;
        };
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        self.value.pointer(pointer).unwrap()
    }

    fn responses(&self, method: &str) -> &serde_json::Map<String, Value> {
        let responses = &self.value["paths"][PATH][method]["responses"];
        responses.as_object().unwrap()
    }

    pub(crate) fn statuses(&self, method: &str) -> BTreeSet<String> {
        self.responses(method).keys().cloned().collect()
    }

    /// The answer to a GET with this status.
    pub(crate) fn response(&self, status: &str) -> &Value {
        let response = self.responses("get").get(status);
        self.resolve(response.unwrap_or_else(|| panic!("no {status}")))
    }

    /// Of the body that has this status.
    pub(crate) fn schema(&self, status: &str) -> &Value {
        &self.response(status)["content"]["application/json"]["schema"]
    }

    /// All examples of answers to a GET.
    pub(crate) fn examples(&self) -> impl Iterator<Item = Example> {
        self.responses("get").iter().flat_map(|(status, response)| {
            let component = response["$ref"].as_str().unwrap();
            let examples = self
                .response(status)
                .pointer("/content/application~1json/examples");
            let examples = examples.and_then(Value::as_object);
            examples.into_iter().flatten().map(move |(name, example)| {
                let text = |key: &str| example[key].as_str().map(str::to_owned);
                let place = component.trim_start_matches("#/").split('/');
                let within = ["content", "application/json", "examples", name, "value"];
                Example {
                    name: name.clone(),
                    request: text("x-request").unwrap(),
                    user: text("x-user-id"),
                    version: text("x-server-version"),
                    status: status.clone(),
                    body: compact(raw(place.chain(within))),
                }
            })
        })
    }
}

/// What is written at a place. (A `Value` would not keep the order of the keys.)
fn raw<'a>(place: impl Iterator<Item = &'a str>) -> &'static str {
    place.fold(OPENAPI, |text, key| {
        let object: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap();
        object[key].get()
    })
}

fn compact(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let token = |&c: &char| {
        in_string ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        in_string || !c.is_ascii_whitespace()
    };
    json.chars().filter(token).collect()
}
