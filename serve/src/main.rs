//! `livechat-units-serve`: serves units on a port of this machine, and checks a store
//! against the reference.
//!
//! ```text
//! livechat-units-serve --units export.json
//! livechat-units-serve check postgres://user@host/database --queries 10000
//! ```
//!
//! `livechat-units-serve --help` lists the options. [`server`] describes the routes,
//! [`check`] the comparison.

#![forbid(unsafe_code)]

mod admin;
mod app;
mod args;
mod check;
mod feed;
mod load;
mod page;
mod server;
mod status;
mod store;
mod users;
mod watch;
mod writers;

#[cfg(test)]
#[allow(dead_code, reason = "the unit tests need no path as text")]
mod test_file;

use std::io::{self, Write};
use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::args::Command;
use crate::check::Verdict;
use crate::feed::{Problem, with_causes};

fn main() -> ExitCode {
    let command = match args::parse(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match command {
        Command::Help => print(args::HELP),
        Command::Version => print(concat!("livechat-units-serve ", env!("CARGO_PKG_VERSION"))),
        Command::Serve(args) => {
            tracing_subscriber::fmt()
                .with_max_level(args.log)
                .with_writer(io::stderr)
                .init();
            match block_on(server::serve(args)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failed(&error, 1),
            }
        }
        Command::Check(args) => match block_on(check::check(&args)) {
            Ok(Verdict::Same) => ExitCode::SUCCESS,
            Ok(Verdict::Different) => ExitCode::from(1),
            Err(error) => failed(&error, 2),
        },
    }
}

fn block_on<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let runtime = Runtime::new()?;
    let result = runtime.block_on(work);
    // The program ends without waiting for a thread that reads a file.
    runtime.shutdown_background();
    result
}

fn print(text: &str) -> ExitCode {
    match writeln!(io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.into(), 2),
    }
}

fn failed(error: &Problem, code: u8) -> ExitCode {
    eprintln!("error: {}", with_causes(&**error));
    ExitCode::from(code)
}
