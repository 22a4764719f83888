//! `livechat-units`: lists units from a file, and answers recorded requests.
//!
//! ```text
//! livechat-units
//! livechat-units --units export.json 'text=sales&sort={"name":-1}'
//! livechat-units replay --store memory < requests.jsonl
//! ```
//!
//! `livechat-units --help` lists the options. The exit code is 2 if there is no answer
//! because the command is wrong or its input cannot be read.

#![forbid(unsafe_code)]

mod list;
mod replay;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use livechat_units_cli::arguments::Arguments;

const HELP: &str = "\
livechat-units lists business units as Rocket.Chat's GET /api/v1/livechat/units does.

usage: livechat-units [list] [OPTION]... [QUERY_STRING]
       livechat-units replay [--store STORE] < REQUESTS

list, which is the default, answers one request. The body goes to standard output; the
status and the causes of an error go to standard error. The exit code is 0 for status
200, 1 for any other status, 2 for no answer.

  QUERY_STRING              as in a URL after `?`: text, sort, offset and count
  --units FILE              the units: a JSON array, JSON lines, or an export of
                            mongoexport; without it, the seven units of Rocket.Chat's
                            documentation. If an _id is repeated, the last document
                            counts
  --caller CALLER           manager (the default); user, who lacks the permission;
                            anonymous; refused; unlicensed, a manager in a workspace
                            without the licence; or monitor:ID,ID, who sees these units
  --server-version VERSION  answer as this release of Rocket.Chat: documented (the
                            default), 8, 9, or a number such as 8.6.1
  --access-policy POLICY    permission-required or own-units; the default is the policy
                            of the version, and own-units for a monitor

replay reads one JSON request a line from standard input and writes one JSON response a
line to standard output. The README of the package describes both.

  --store STORE             reference (the default), which scans the documents, or
                            memory, the indexed store; both give the same answers

  --help, -h                print this text
  --version, -V             print the version";

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: Vec<OsString>) -> Result<ExitCode, Box<dyn Error>> {
    let subcommand = arguments.first().and_then(|first| first.to_str());
    match subcommand {
        Some("replay") => {
            arguments.remove(0);
            replay::run(Arguments::new(arguments))
        }
        Some("list") => {
            arguments.remove(0);
            list::run(Arguments::new(arguments))
        }
        _ => list::run(Arguments::new(arguments)),
    }
}

/// Runs `--help` or `--version`, which every subcommand has. Returns `None` for any other
/// option.
fn run_common_option(option: &str) -> io::Result<Option<ExitCode>> {
    let mut output = io::stdout();
    match option {
        "--help" | "-h" => writeln!(output, "{HELP}")?,
        "--version" | "-V" => writeln!(output, "livechat-units {}", env!("CARGO_PKG_VERSION"))?,
        _ => return Ok(None),
    }
    Ok(Some(ExitCode::SUCCESS))
}
