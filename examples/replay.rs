//! Answers recorded requests: one JSON request a line on standard input, one JSON
//! response a line on standard output.
//!
//! A request has `documents`, `settings` (`API_Default_Count`,
//! `API_Upper_Count_Limit`, `API_Allow_Infinite_Count`, and of our own
//! `access_policy`: `permission-required` or `own-units`), `caller` (`kind`:
//! `anonymous`, `refused`, `user` or `monitor`; `permissions`; `units`) and
//! `query_string`, raw. A response has `status` and `body`.
//!
//! ```text
//! cargo run --release --example replay < requests.jsonl
//! ```

use std::error::Error;
use std::io::{self, BufRead, Write};

#[path = "shared/request.rs"]
mod request;

use request::Request;

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let request = Request::read(&line)?;
        let response = request.answer();
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
