//! `list`: one request, answered on standard output.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use livechat_units::{AccessPolicy, Caller, Endpoint, Permission, ServerVersion, Unit, User};
use livechat_units_cli::arguments::{Argument, Arguments};
use livechat_units_cli::{DOCUMENTED, documents, encoding};

use crate::run_common_option;

const CALLERS: &str = "manager, user, anonymous, refused, unlicensed or monitor:ID,ID";

struct Command {
    /// `None`: the units of the documentation, [`DOCUMENTED`].
    units_file: Option<PathBuf>,
    caller: Caller,
    version: ServerVersion,
    access: Option<AccessPolicy>,
    query_string: String,
}

enum Parsed {
    Command(Command),
    /// An option such as `--help` has been answered.
    Done(ExitCode),
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let command = match parse(arguments)? {
        Parsed::Command(command) => command,
        Parsed::Done(code) => return Ok(code),
    };
    let units = read_units(command.units_file.as_deref())?;
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

fn read_units(file: Option<&Path>) -> Result<Vec<Unit>, String> {
    let Some(file) = file else {
        return documents::read("the documentation", DOCUMENTED);
    };
    let name = file.display().to_string();
    let bytes = fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    let text = encoding::decode(bytes).map_err(|error| format!("{name}: {error}"))?;
    documents::read(&name, &text)
}

fn parse(mut arguments: Arguments) -> Result<Parsed, Box<dyn Error>> {
    let mut command = Command {
        units_file: None,
        caller: manager().into(),
        version: ServerVersion::default(),
        access: None,
        query_string: String::new(),
    };
    let mut is_monitor = false;
    let mut has_query_string = false;
    while let Some(argument) = arguments.next()? {
        match &argument {
            Argument::Plain(text) if !has_query_string => {
                has_query_string = true;
                let text = text.to_str().ok_or("QUERY_STRING: expected UTF-8")?;
                text.clone_into(&mut command.query_string);
            }
            Argument::Plain(_) => return Err(Arguments::unexpected(Some(&argument)).into()),
            Argument::Option(name) => match name.as_str() {
                "--units" => command.units_file = Some(arguments.value("a file")?.into()),
                "--caller" => {
                    let read = |name: &str| Some((caller(name)?, name.starts_with("monitor:")));
                    (command.caller, is_monitor) = arguments.parsed(CALLERS, read)?;
                }
                "--server-version" => command.version = arguments.parse_value("a release")?,
                "--access-policy" => command.access = Some(arguments.parse_value("a policy")?),
                option => {
                    return match run_common_option(option)? {
                        Some(code) => Ok(Parsed::Done(code)),
                        None => Err(Arguments::unexpected(Some(&argument)).into()),
                    };
                }
            },
        }
    }
    if is_monitor {
        command.access.get_or_insert(AccessPolicy::OwnUnits);
    }
    Ok(Parsed::Command(command))
}

fn manager() -> User {
    User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS)
}

fn caller(name: &str) -> Option<Caller> {
    if let Some(ids) = name.strip_prefix("monitor:") {
        return Some(User::new().monitoring(ids.split(',')).into());
    }
    match name {
        "manager" => Some(manager().into()),
        "user" => Some(User::new().into()),
        "anonymous" => Some(Caller::Anonymous),
        "refused" => Some(Caller::Refused),
        "unlicensed" => Some(Caller::Unlicensed(manager())),
        _ => None,
    }
}
