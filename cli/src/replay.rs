//! `replay`: one JSON request a line on standard input, one JSON response a line on
//! standard output. [`livechat_units_cli::request`] describes a request; a response has
//! `status` and `body`.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use livechat_units::MemoryStore;
use livechat_units_cli::arguments::{Argument, Arguments};
use livechat_units_cli::request::Request;

use crate::run_common_option;

/// The store that holds the documents of a request.
#[derive(Clone, Copy)]
enum Store {
    /// The documents as a slice.
    Reference,
    Memory,
}

pub(crate) fn run(mut arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let mut store = Store::Reference;
    while let Some(argument) = arguments.next()? {
        match &argument {
            Argument::Option(name) if name == "--store" => {
                store = arguments.parsed("reference or memory", |name| match name {
                    "reference" => Some(Store::Reference),
                    "memory" => Some(Store::Memory),
                    _ => None,
                })?;
            }
            Argument::Option(name) => {
                return match run_common_option(name)? {
                    Some(code) => Ok(code),
                    None => Err(Arguments::unexpected(Some(&argument)).into()),
                };
            }
            Argument::Plain(_) => return Err(Arguments::unexpected(Some(&argument)).into()),
        }
    }
    answer_all(store)?;
    Ok(ExitCode::SUCCESS)
}

fn answer_all(store: Store) -> Result<(), Box<dyn Error>> {
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
