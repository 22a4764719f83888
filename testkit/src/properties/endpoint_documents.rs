//! The collection that answers the requests: units in old and damaged shapes, arrays on
//! some sort paths, and departments, which no answer may contain.

use std::sync::OnceLock;

use livechat_units::Unit;

const TEXTS: [&str; 18] = [
    r#"{"_id":"uA","type":"u","name":"Sales Unit","visibility":"public","numMonitors":1,"numDepartments":2,"_updatedAt":"2022-09-15T11:44:32.103Z"}"#,
    r#"{"_id":"uB","type":"u","name":"business unit test","visibility":"private","numMonitors":10,"_updatedAt":{"$date":"2021-01-01T00:00:00Z"}}"#,
    r#"{"_id":"uC","type":"u","name":"12345","numMonitors":{"$numberInt":"-3"}}"#,
    r#"{"_id":"uD","type":"u","name":"Mtest 100%","customFields":{"region":"EU"},"numMonitors":1.0}"#,
    r#"{"_id":"uE","type":"u","name":"abc","customFields":{"region":"US"},"numMonitors":1e400}"#,
    r#"{"_id":"uF","type":"u","name":"\u212Aiosk \"(a+b)*\"","ancestors":["uA","uB"]}"#,
    r#"{"_id":"uG","type":"u","name":"Straße \u0130","ancestors":[]}"#,
    r#"{"_id":"uH","type":"u","name":"","ancestors":null}"#,
    r#"{"_id":"uI","type":"u","name":7,"monitors":[{"rank":3,"name":"b"},{"rank":1,"name":"c"},5]}"#,
    r#"{"_id":"uJ","type":"u","name":["Sales","unit"],"monitors":[[1,2],[0]]}"#,
    r#"{"_id":"uK","type":"u","numMonitors":"many","_updatedAt":"yesterday"}"#,
    r#"{"_id":"uL","type":"u","name":"Sales Unit","ancestors":["uA"],"monitors":[{"rank":2}]}"#,
    r#"{"_id":"","type":"u","name":"no id to speak of","visibility":"shared"}"#,
    r#"{"_id":"dA","type":"d","name":"Sales department"}"#,
    r#"{"_id":"dB","name":"unit without a type"}"#,
    r#"{"_id":"dC","type":"U","name":"Sales Unit"}"#,
    r#"{"_id":"dD","type":["u"],"name":"unit"}"#,
    r#"{"_id":"dE","type":null,"name":"unit"}"#,
];

/// The ids that a monitor may see. `dA` is a department, and `gone` does not exist.
pub(super) const MONITORED: [&str; 6] = ["uA", "uF", "uI", "dA", "", "gone"];

pub(super) fn documents() -> &'static [Unit] {
    static DOCUMENTS: OnceLock<Vec<Unit>> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let read = |text: &&str| Unit::from_json(text).expect("a document");
        TEXTS.iter().map(read).collect()
    })
}
