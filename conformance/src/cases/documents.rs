//! Documents are answered without loss. Every case compares the JSON of every unit; the documents
//! of these cases have values that a database could lose.

use crate::checks::check_ascending;
use crate::data::{document, named, numbered, numbers};
use crate::run::Run;

/// Loads documents, which must be ordered by `_id`, and expects them back. The second sort reads
/// a field that no document has, so all documents tie under it.
fn check_documents<const N: usize>(run: &Run<'_>, documents: [&str; N]) {
    let documents = documents.map(document);
    let ids: Vec<String> = documents.iter().map(|unit| unit.id().to_owned()).collect();
    let store = run.load_units(documents.into());
    store.sort(r#"{"_id":1}"#).lists(ids.clone());
    store.sort(r#"{"absent":-1,"_id":1}"#).lists(ids);
}

/// Loads documents with these values, in JSON, and expects them back, the second time in reverse:
/// no document has the field of that sort, and ties follow its direction.
fn check_values(run: &Run<'_>, values: &[&str]) {
    let store = run.load(numbered("v", values));
    let indexes = 0..values.len();
    store.sort(r#"{"_id":1}"#).lists(numbers(indexes.clone()));
    store.sort(r#"{"absent":-1}"#).lists(numbers(indexes.rev()));
}

/// Unknown keys are answered, and the order of the keys does not change.
pub(super) fn documents_keep_keys_and_their_order(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"_id":"1","name":"a","type":"u","parentId":"x","ancestors":["x","y"],"enabled":true}"#,
            r#"{"_id":"2","zz":1,"type":"u","b":2,"a":3,"name":"c","10":4,"9":5}"#,
            r#"{"_id":"3","type":"u","customFields":{"z":{"b":1,"a":2},"a":{"d":1,"c":2}}}"#,
            r#"{"_id":"4","type":"u","_updatedAt":"2022-09-15T11:44:32.103Z","numMonitors":0,"name":"x","visibility":"public"}"#,
        ],
    );
}

/// The `_id` is answered where it was written. (MongoDB itself moves it to the front.)
pub(super) fn documents_with_the_id_after_other_fields(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"type":"u","name":"a","_id":"1"}"#,
            r#"{"zz":1,"type":"u","_id":"2","a":3}"#,
        ],
    );
}

/// Fields of a wrong type are answered unchanged.
pub(super) fn documents_that_are_damaged(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"_id":"1","type":"u"}"#,
            r#"{"_id":"2","type":"u","name":null,"visibility":7,"numMonitors":"3"}"#,
            r#"{"_id":"3","type":"u","name":5,"numMonitors":-7,"_updatedAt":"yesterday"}"#,
            r#"{"_id":"4","type":"u","name":{"first":"a"},"visibility":["public"],"_updatedAt":17}"#,
            r#"{"_id":"5","type":"u","name":["a","b"],"numDepartments":2.5,"_updatedAt":null}"#,
            r#"{"_id":"6","type":"u","name":true,"numMonitors":{},"numDepartments":[]}"#,
        ],
    );
}

pub(super) fn documents_with_values_of_every_type(run: &Run<'_>) {
    check_values(
        run,
        &[
            "null",
            "true",
            "false",
            "0",
            "-17",
            "2.5",
            r#""""#,
            r#""text""#,
            "{}",
            "[]",
            "[null,false,0,\"\",{},[]]",
            r#"{"a":null,"b":[{"c":[[1,[2]]]}],"d":{"e":{}}}"#,
            "[[],[[]],[{}]]",
            "[1,1,1]",
        ],
    );
}

pub(super) fn documents_with_strings_of_every_kind(run: &Run<'_>) {
    check_values(
        run,
        &[
            r#""\"""#,
            r#""\\""#,
            r#""\\n""#,
            r#""\n\r\t\b\f""#,
            r#""\u0001\u001f""#,
            "\"\u{7F}\u{80}\u{9F}\"",
            r#""/""#,
            r#"" a  b ""#,
            r#""é e\u0301 ß İ""#,
            r#""東京 한국어 שלום""#,
            r#""🦀👩‍🚀""#,
            "\"\u{2028}\u{2029}\u{FEFF}\u{FFFD}\u{FFFF}\u{10FFFF}\"",
            r#""null""#,
            r#""1""#,
            r#""{\"a\":1}""#,
            r#""'; DROP TABLE units; --""#,
            r#""2022-09-15T11:44:32.103Z""#,
            r#""0123456789abcdef01234567""#,
        ],
    );
}

pub(super) fn documents_with_integers_of_64_bits(run: &Run<'_>) {
    check_values(
        run,
        &[
            "2147483647",
            "2147483648",
            "-2147483649",
            "9007199254740991",
            "9007199254740993",
            "-9007199254740993",
            "9223372036854775807",
            "-9223372036854775808",
            r#"{"$numberLong":"9223372036854775807"}"#,
            r#"{"$numberInt":"-1"}"#,
        ],
    );
}

pub(super) fn documents_with_doubles(run: &Run<'_>) {
    check_values(
        run,
        &[
            "0.1",
            "-2.5",
            "3.141592653589793",
            "0.30000000000000004",
            "123456.789",
            r#"{"$numberDouble":"1.0"}"#,
            r#"{"$numberDouble":"-0.5"}"#,
        ],
    );
}

/// Numbers keep all digits that they were written with.
pub(super) fn documents_keep_digits(run: &Run<'_>) {
    check_values(
        run,
        &[
            "1.0",
            "1.50",
            "-0",
            "-0.0",
            "1e0",
            "1E5",
            "1e-7",
            "100000000000000000000000",
            "123456789012345678901234567890",
            "0.1000000000000000055511151231257827",
            "9223372036854775808",
            "1e400",
            "1e-400",
        ],
    );
}

/// Dates are answered as strings, whichever form they were read from.
pub(super) fn documents_with_dates(run: &Run<'_>) {
    check_values(
        run,
        &[
            r#"{"$date":"2022-09-15T11:44:32.103Z"}"#,
            r#"{"$date":"2022-09-15T11:44:32Z"}"#,
            r#"{"$date":"2022-09-15T11:44:32.1+02:00"}"#,
            r#"{"$date":{"$numberLong":"1663242272103"}}"#,
            r#"{"$date":{"$numberLong":"-1"}}"#,
            r#"[{"$date":"2022-09-15T11:44:32.103Z"},1]"#,
            r#"{"a":{"b":[{"c":{"$date":"1999-12-31T23:59:59.999Z"}}]}}"#,
        ],
    );
    check_documents(
        run,
        [
            r#"{"_id":"1","type":"u","_updatedAt":{"$date":"2022-09-15T11:44:32.103Z"}}"#,
            r#"{"_id":"2","type":"u","_updatedAt":{"$date":{"$numberLong":"0"}}}"#,
            r#"{"_id":"3","type":"u","_updatedAt":"2022-09-15T11:44:32.103Z"}"#,
        ],
    );
}

/// Object ids are answered as their hexadecimal digits, and sort as that string.
pub(super) fn documents_with_object_ids(run: &Run<'_>) {
    let values = [
        r#""0""#,
        r#"{"$oid":"0123456789abcdef01234567"}"#,
        r#""0123456789abcdef012345678""#,
        r#"{"$oid":"fedcba9876543210fedcba98"}"#,
        r#""g""#,
    ];
    check_values(run, &values);
    check_ascending(run, "v", &values);
    let store = run.load([
        r#"{"_id":{"$oid":"0123456789abcdef01234567"},"type":"u","name":"b"}"#,
        r#"{"_id":"x","type":"u","name":"a"}"#,
    ]);
    store.all().lists(["x", "0123456789abcdef01234567"]);
    store
        .only(["0123456789abcdef01234567"])
        .lists(["0123456789abcdef01234567"]);
}

/// An object that resembles a wrapper of extended JSON, but has an invalid value or a second key,
/// is answered as any other object.
pub(super) fn documents_with_broken_wrappers(run: &Run<'_>) {
    check_values(
        run,
        &[
            r#"{"$date":"yesterday"}"#,
            r#"{"$date":"2022-02-30T00:00:00Z"}"#,
            r#"{"$numberInt":"one"}"#,
            r#"{"$numberLong":"9223372036854775808"}"#,
            r#"{"$numberInt":{"$numberInt":"1"}}"#,
            r#"{"$oid":"short"}"#,
            r#"{"$oid":{"$date":"2022-09-15T11:44:32.103Z"}}"#,
            r#"{"$date":"2022-09-15T11:44:32.103Z","more":1}"#,
        ],
    );
}

pub(super) fn documents_with_odd_keys(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"_id":"1","type":"u"," ":1,"two words":2,"it's":3,"say \"hi\"":4,"back\\slash":5}"#,
            r#"{"_id":"2","type":"u","'; --":1,"a,b":2,"50%":3,"?":4,"a$1":5,"[0]":6,"*":7}"#,
            r#"{"_id":"3","type":"u","é":1,"e\u0301":2,"🦀":3,"\n":4,"\u0001":5,"__proto__":6}"#,
            r#"{"_id":"4","type":"u","Name":"a","NAME":"b","name":"c","_ID":"d","Type":"d"}"#,
            r#"{"_id":"5","type":"u","v":{"_id":"6","type":"d","name":"x"}}"#,
        ],
    );
}

pub(super) fn documents_with_an_empty_key(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"_id":"1","type":"u","":1,"a":{"":{"":2}}}"#,
            r#"{"_id":"2","type":"u","a":{"":[]}}"#,
        ],
    );
}

pub(super) fn documents_with_dollars_in_keys(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"_id":"1","type":"u","$a":1,"b":{"$set":{"c":1}}}"#,
            r#"{"_id":"2","type":"u","v":{"$ne":null},"w":[{"$gt":""}]}"#,
        ],
    );
}

pub(super) fn documents_with_dots_in_keys(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"_id":"1","type":"u","a.b":1,"a":{"b":2},"c":{"d.e":3}}"#,
            r#"{"_id":"2","type":"u",".":1,"..":2,"a.":3,".a":4}"#,
        ],
    );
}

pub(super) fn documents_with_nul(run: &Run<'_>) {
    check_values(
        run,
        &[r#""\u0000""#, r#""a\u0000b""#, r#"["\u0000\u0000"]"#],
    );
    let store = run.load([named("1", "b\0"), named("2", "a\0b"), named("3", "a")]);
    store.all().lists(["3", "2", "1"]);
}

pub(super) fn documents_with_nul_in_keys(run: &Run<'_>) {
    check_documents(
        run,
        [
            r#"{"_id":"1","type":"u","\u0000":1,"a\u0000b":2,"a":3}"#,
            r#"{"_id":"2","type":"u","v":{"\u0000":1}}"#,
        ],
    );
}
