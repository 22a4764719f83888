//! Sorting by each documented field, in both directions.

use crate::data::named;
use crate::loaded::Loaded;
use crate::run::Run;

/// Seven units that have a different order under each field.
const OFFICE: [&str; 7] = [
    r#"{"_id":"k","type":"u","name":"business unit test","visibility":"public","numMonitors":2,"numDepartments":0,"_updatedAt":"2022-09-15T11:44:32.103Z"}"#,
    r#"{"_id":"B","type":"u","name":"abc","visibility":"private","numMonitors":10,"numDepartments":3,"_updatedAt":"2022-09-15T11:44:32.104Z"}"#,
    r#"{"_id":"a","type":"u","name":"TestDept1","visibility":"Public","numMonitors":9,"numDepartments":-1,"_updatedAt":"2021-12-31T23:59:59.999Z"}"#,
    r#"{"_id":"Z","type":"u","name":"Sales Unit","visibility":"hidden","numMonitors":100,"numDepartments":20,"_updatedAt":"2023-01-01T00:00:00.000Z"}"#,
    r#"{"_id":"1","type":"u","name":"Mtest","visibility":"público","numMonitors":-5,"numDepartments":1,"_updatedAt":"1969-12-31T23:59:59.999Z"}"#,
    r#"{"_id":"é","type":"u","name":"C","visibility":"","numMonitors":0,"numDepartments":100,"_updatedAt":"1970-01-01T00:00:00.000Z"}"#,
    r#"{"_id":"_","type":"u","name":"12345","visibility":"z","numMonitors":1,"numDepartments":-20,"_updatedAt":"2022-09-15T11:44:32.000Z"}"#,
];

const BY_ID: [&str; 7] = ["1", "B", "Z", "_", "a", "k", "é"];
const BY_NAME: [&str; 7] = ["_", "é", "1", "Z", "a", "B", "k"];
const BY_VISIBILITY: [&str; 7] = ["é", "a", "Z", "B", "k", "1", "_"];
const BY_NUM_MONITORS: [&str; 7] = ["1", "é", "_", "k", "a", "B", "Z"];
const BY_NUM_DEPARTMENTS: [&str; 7] = ["_", "a", "k", "1", "B", "Z", "é"];
const BY_UPDATED_AT: [&str; 7] = ["1", "é", "a", "_", "k", "B", "Z"];

/// The ids of these units in ascending order of each documented field.
pub(super) const ORDERS: [(&str, [&str; 7]); 6] = [
    ("_id", BY_ID),
    ("name", BY_NAME),
    ("visibility", BY_VISIBILITY),
    ("numMonitors", BY_NUM_MONITORS),
    ("numDepartments", BY_NUM_DEPARTMENTS),
    ("_updatedAt", BY_UPDATED_AT),
];

pub(super) fn office(run: &Run<'_>) -> Loaded {
    run.load(OFFICE)
}

fn reversed(ids: [&'static str; 7]) -> impl Iterator<Item = &'static str> {
    ids.into_iter().rev()
}

/// The example of the default sort in the API documentation.
pub(super) fn sort_default_is_by_name(run: &Run<'_>) {
    office(run).all().lists(BY_NAME);
    let store = run.load([
        named("2", "Zebra"),
        named("1", "apple"),
        named("3", "Apple"),
    ]);
    store.all().lists(["3", "2", "1"]);
}

pub(super) fn sort_id_ascending(run: &Run<'_>) {
    office(run).ascending("_id").lists(BY_ID);
}

pub(super) fn sort_id_descending(run: &Run<'_>) {
    office(run).descending("_id").lists(reversed(BY_ID));
}

pub(super) fn sort_name_ascending(run: &Run<'_>) {
    office(run).ascending("name").lists(BY_NAME);
}

pub(super) fn sort_name_descending(run: &Run<'_>) {
    office(run).descending("name").lists(reversed(BY_NAME));
}

pub(super) fn sort_visibility_ascending(run: &Run<'_>) {
    office(run).ascending("visibility").lists(BY_VISIBILITY);
}

pub(super) fn sort_visibility_descending(run: &Run<'_>) {
    office(run)
        .descending("visibility")
        .lists(reversed(BY_VISIBILITY));
}

pub(super) fn sort_num_monitors_ascending(run: &Run<'_>) {
    office(run).ascending("numMonitors").lists(BY_NUM_MONITORS);
}

pub(super) fn sort_num_monitors_descending(run: &Run<'_>) {
    office(run)
        .descending("numMonitors")
        .lists(reversed(BY_NUM_MONITORS));
}

pub(super) fn sort_num_departments_ascending(run: &Run<'_>) {
    office(run)
        .ascending("numDepartments")
        .lists(BY_NUM_DEPARTMENTS);
}

pub(super) fn sort_num_departments_descending(run: &Run<'_>) {
    office(run)
        .descending("numDepartments")
        .lists(reversed(BY_NUM_DEPARTMENTS));
}

pub(super) fn sort_updated_at_ascending(run: &Run<'_>) {
    office(run).ascending("_updatedAt").lists(BY_UPDATED_AT);
}

pub(super) fn sort_updated_at_descending(run: &Run<'_>) {
    office(run)
        .descending("_updatedAt")
        .lists(reversed(BY_UPDATED_AT));
}
