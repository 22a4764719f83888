//! Answers recorded requests: one JSON request a line on standard input, one JSON
//! response a line on standard output.
//!
//! A request has `documents`, `settings` (`API_Default_Count`,
//! `API_Upper_Count_Limit`, `API_Allow_Infinite_Count`, and of our own
//! `access_policy`: `permission-required` or `own-units`), `caller` (`kind`:
//! `anonymous`, `refused`, `unlicensed`, `user` or `monitor`; `permissions`; `units`),
//! `query_string`, raw, and `server_version` (`documented`, `8`, `9`, or a release such as
//! `8.6.1`; without it the version is `documented`). A response has `status` and `body`.
//!
//! Without `access_policy` the policy is that of the version. An `unlicensed` caller has
//! `manage-livechat-units`, in a workspace without the licence for units.
//!
//! ```text
//! cargo run --release --example replay < requests.jsonl
//! cargo run --release --example replay -- --store memory < requests.jsonl
//! ```
//!
//! The documents are answered from as a slice, which is the `reference`, or from a
//! `memory` store that they are loaded into. Both answer the same. Of documents with the
//! same `_id` the last counts.

use std::error::Error;
use std::io::{self, BufRead, Write};

use livechat_units::MemoryStore;

#[path = "shared/request.rs"]
mod request;

use request::Request;

const USAGE: &str = "usage: replay [--store reference|memory] < REQUESTS";

/// What the documents of a request are answered from.
enum Store {
    Reference,
    Memory,
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = store(std::env::args().skip(1)).ok_or(USAGE)?;
    let mut output = io::stdout().lock();
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let request =
            Request::read(&line?).map_err(|error| format!("request {number}: {error}"))?;
        let documents = request.documents();
        let response = match store {
            Store::Reference => request.answer_from(&documents),
            Store::Memory => {
                let loaded: MemoryStore = documents.iter().cloned().collect();
                request.answer_from(&loaded)
            }
        };
        let status = response.status();
        write!(output, r#"{{"status":{status},"body":"#)?;
        for chunk in response.into_body().into_chunks() {
            output.write_all(&chunk)?;
        }
        writeln!(output, "}}")?;
        output.flush()?;
    }
    Ok(())
}

/// The store that the command asks for; `None` for a wrong command.
fn store(arguments: impl Iterator<Item = String>) -> Option<Store> {
    let arguments: Vec<String> = arguments.collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] | ["--store", "reference"] => Some(Store::Reference),
        ["--store", "memory"] => Some(Store::Memory),
        _ => None,
    }
}
