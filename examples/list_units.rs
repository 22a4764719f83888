//! Lists units: one request, answered on standard output.
//!
//! ```text
//! cargo run --release --example list_units
//! cargo run --release --example list_units 'text=unit&sort={"name":-1}&count=1'
//! cargo run --release --example list_units -- --units export.json 'count=0'
//! cargo run --release --example list_units -- --caller anonymous
//! ```
//!
//! Without `--units` the seven units of Rocket.Chat's documentation are listed. Of the
//! documents in a file with the same `_id` the last counts. The
//! body goes to standard output, the status and what was wrong to standard error;
//! the exit code is 0 for a 200, 1 for any other answer, 2 for a wrong command.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use livechat_units::{AccessPolicy, Caller, Endpoint, Permission, ServerVersion, User};

#[path = "shared/documents.rs"]
mod documents;
#[path = "shared/encoding.rs"]
mod encoding;

const USAGE: &str = "usage: list_units [OPTION]... [QUERY_STRING]

  --units FILE              the units: a JSON array, JSON lines, or what mongoexport writes
  --caller CALLER           manager (the default), user (without the permission),
                            anonymous, refused, unlicensed (a manager in a workspace
                            without the licence), or monitor:ID,ID (sees these units alone)
  --server-version VERSION  answer as this release of Rocket.Chat: documented (the
                            default), 8, 9, or a number such as 8.6.1
  --access-policy POLICY    permission-required or own-units; without it, that of the
                            version, and own-units for a monitor
  QUERY_STRING              as in the URL after `?`: text, sort, offset, count";

const DOCUMENTED: &str = include_str!("shared/documented.jsonl");

struct Command {
    units: Option<String>,
    caller: Caller,
    version: ServerVersion,
    access: Option<AccessPolicy>,
    query_string: String,
}

fn main() -> ExitCode {
    let command = match parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    let units = match &command.units {
        None => documents::read("the documentation", DOCUMENTED)?,
        Some(file) => {
            let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
            let text = encoding::decode(bytes).map_err(|e| format!("{file}: {e}"))?;
            documents::read(file, &text)?
        }
    };
    let mut endpoint = Endpoint::default().with_server_version(command.version);
    if let Some(policy) = command.access {
        endpoint = endpoint.with_access_policy(policy);
    }
    let response = endpoint.handle(&units, &command.caller, &command.query_string);
    let status = response.status();
    eprintln!("{status}");
    let mut cause: Option<&dyn Error> = response.error().map(|error| error as _);
    while let Some(error) = cause {
        eprintln!("{error}");
        cause = error.source();
    }
    let mut output = io::stdout().lock();
    for chunk in response.into_body().into_chunks() {
        output.write_all(&chunk)?;
    }
    writeln!(output)?;
    Ok(ExitCode::from(u8::from(status != 200)))
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let manager = || User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
    let mut command = Command {
        units: None,
        caller: manager().into(),
        version: ServerVersion::default(),
        access: None,
        query_string: String::new(),
    };
    let mut monitors = false;
    let mut query_strings = 0;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--units" => {
                let file = arguments.next().ok_or("--units takes a file")?;
                command.units = Some(file);
            }
            "--caller" => {
                let name = arguments.next().ok_or("--caller takes a caller")?;
                let ids = name.strip_prefix("monitor:");
                monitors = ids.is_some();
                command.caller = match (name.as_str(), ids) {
                    ("manager", _) => manager().into(),
                    ("user", _) => User::new().into(),
                    ("anonymous", _) => Caller::Anonymous,
                    ("refused", _) => Caller::Refused,
                    ("unlicensed", _) => Caller::Unlicensed(manager()),
                    (_, Some(ids)) => User::new().monitoring(ids.split(',')).into(),
                    _ => {
                        return Err(format!(
                            "--caller: expected one of those below, found {name:?}"
                        ));
                    }
                };
            }
            "--server-version" => {
                let version = arguments.next().ok_or("--server-version takes a version")?;
                let version = version.parse();
                command.version = version.map_err(|error| format!("--server-version: {error}"))?;
            }
            "--access-policy" => {
                let policy = arguments.next().ok_or("--access-policy takes a policy")?;
                command.access = Some(match policy.as_str() {
                    "permission-required" => AccessPolicy::PermissionRequired,
                    "own-units" => AccessPolicy::OwnUnits,
                    _ => {
                        return Err(format!(
                            "--access-policy: expected permission-required or own-units, found {policy:?}"
                        ));
                    }
                });
            }
            option if option.starts_with("--") => {
                return Err(format!("no such option: {option}"));
            }
            _ => {
                command.query_string = argument;
                query_strings += 1;
            }
        }
    }
    if query_strings > 1 {
        return Err("more than one query string".to_owned());
    }
    if monitors {
        command.access.get_or_insert(AccessPolicy::OwnUnits);
    }
    Ok(command)
}
