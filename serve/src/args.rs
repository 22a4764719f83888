//! The command line.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use livechat_units::{AccessPolicy, PagePolicy, ServerVersion};
use livechat_units_cli::arguments::{Argument, ArgumentError, Arguments};
use tracing_subscriber::filter::LevelFilter;

pub(crate) const HELP: &str = "\
livechat-units-serve serves business units as Rocket.Chat's GET /api/v1/livechat/units
does, with a page to browse them, and checks a store against the reference.

usage: livechat-units-serve [serve] [OPTION]...
       livechat-units-serve check STORE [OPTION]...

STORE is memory, sqlite:FILE, postgres:URL or mongodb:URL. The last three need the feature
of that name when the program is built.

serve, which is the default, runs until it gets SIGINT or SIGTERM. The exit code is 0
after such a signal, 1 if it cannot serve.

  --units FILE          the units: a JSON array, JSON lines, or an export of mongoexport;
                        without it, the seven units of Rocket.Chat's documentation. When
                        the file changes, its units replace all others
  --store STORE         where the units are (default: memory). Its units are served, or
                        replaced by those of --units
  --mirror              list from a mirror of the store: its units in memory, kept current
  --listen ADDRESS      default: 127.0.0.1:3000; port 0 takes a free port
  --token TOKEN         the token of both demo users; without it, a random one
  --server-version VERSION
                        answer as this release of Rocket.Chat: documented (the default),
                        8, 9, or a number such as 8.6.1
  --access-policy POLICY
                        permission-required or own-units; the default is the policy of
                        the version
  --default-count N     units on a page if the request has no count (API_Default_Count)
  --max-count N         the most units on a page (API_Upper_Count_Limit)
  --refuse-unlimited    count=0 lists a page of the default size, not all units
                        (API_Allow_Infinite_Count off)
  --log LEVEL           error, warn (the default), info, debug or trace

check reads all units from STORE, runs random queries over STORE and over these units as a
slice, which is the reference, and prints each difference. It changes nothing. STORE may
also be the path of an SQLite file. The exit code is 0 for no difference, 1 for
differences, 2 for a wrong command or a store that cannot be read.

  --queries N           the number of queries (default: 1000)
  --seed N              the start of the random numbers (default: 1). The same seed over
                        the same units makes the same queries

  --help, -h            print this text
  --version, -V         print the version";

const STORE: &str = "memory, sqlite:FILE, postgres:URL or mongodb:URL";

pub(crate) enum Command {
    Serve(ServeArgs),
    Check(CheckArgs),
    Help,
    Version,
}

pub(crate) struct ServeArgs {
    /// `None` is the policy of the version.
    pub(crate) access: Option<AccessPolicy>,
    pub(crate) is_mirrored: bool,
    pub(crate) listen: SocketAddr,
    pub(crate) log: LevelFilter,
    pub(crate) page: PagePolicy,
    pub(crate) store: Target,
    pub(crate) token: Option<String>,
    pub(crate) units: Option<PathBuf>,
    pub(crate) version: ServerVersion,
}

pub(crate) struct CheckArgs {
    pub(crate) store: Target,
    pub(crate) queries: u64,
    pub(crate) seed: u64,
}

/// Where the units are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Memory,
    Sqlite(String),
    Postgres(String),
    MongoDb(String),
}

pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, ArgumentError> {
    let mut arguments = arguments.into_iter().peekable();
    let subcommand = arguments.next_if(|first| first == "serve" || first == "check");
    match subcommand {
        Some(name) if name == "check" => parse_check(Arguments::new(arguments)),
        _ => parse_serve(Arguments::new(arguments)),
    }
}

fn parse_serve(mut arguments: Arguments) -> Result<Command, ArgumentError> {
    let mut args = ServeArgs {
        access: None,
        is_mirrored: false,
        listen: (Ipv4Addr::LOCALHOST, 3000).into(),
        log: LevelFilter::WARN,
        page: PagePolicy::default(),
        store: Target::Memory,
        token: None,
        units: None,
        version: ServerVersion::default(),
    };
    while let Some(argument) = arguments.next()? {
        let Argument::Option(name) = &argument else {
            return Err(Arguments::unexpected(Some(&argument)));
        };
        match name.as_str() {
            "--units" => args.units = Some(arguments.value("a file")?.into()),
            "--store" => args.store = arguments.parsed(STORE, target)?,
            "--mirror" => args.is_mirrored = true,
            "--listen" => {
                let expected = "an address and a port such as 127.0.0.1:3000";
                args.listen = arguments.parsed(expected, |text| text.parse().ok())?;
            }
            "--token" => {
                args.token = Some(arguments.parsed("ASCII letters, digits and -_.~", token)?);
            }
            "--server-version" => args.version = arguments.parse_value("a release")?,
            "--access-policy" => args.access = Some(arguments.parse_value("a policy")?),
            "--default-count" => {
                let count = arguments.parsed("a whole number", |text| text.parse().ok())?;
                args.page = args.page.with_default_count(count);
            }
            "--max-count" => {
                let count = arguments.parsed("a whole number", |text| text.parse().ok())?;
                args.page = args.page.with_max_count(count);
            }
            "--refuse-unlimited" => args.page = args.page.refuse_unlimited(),
            "--log" => {
                let expected = "error, warn, info, debug or trace";
                args.log = arguments.parsed(expected, |text| text.parse().ok())?;
            }
            _ => return common(name).ok_or_else(|| Arguments::unexpected(Some(&argument))),
        }
    }
    Ok(Command::Serve(args))
}

fn parse_check(mut arguments: Arguments) -> Result<Command, ArgumentError> {
    let (mut store, mut queries, mut seed) = (None, 1_000, 1);
    while let Some(argument) = arguments.next()? {
        match &argument {
            Argument::Plain(text) if store.is_none() => {
                let read = text.to_str().and_then(checked_target);
                let wrong = || ArgumentError::new("STORE", STORE, Some(text));
                store = Some(read.ok_or_else(wrong)?);
            }
            Argument::Plain(_) => return Err(Arguments::unexpected(Some(&argument))),
            Argument::Option(name) => {
                let expected = "a number from 0 to 18446744073709551615";
                match name.as_str() {
                    "--queries" => {
                        queries = arguments.parsed(expected, |text| text.parse().ok())?;
                    }
                    "--seed" => seed = arguments.parsed(expected, |text| text.parse().ok())?,
                    _ => return common(name).ok_or_else(|| Arguments::unexpected(Some(&argument))),
                }
            }
        }
    }
    let store = store.ok_or_else(|| ArgumentError::new("STORE", STORE, None))?;
    Ok(Command::Check(CheckArgs {
        store,
        queries,
        seed,
    }))
}

/// The options that every subcommand has.
fn common(option: &str) -> Option<Command> {
    match option {
        "--help" | "-h" => Some(Command::Help),
        "--version" | "-V" => Some(Command::Version),
        _ => None,
    }
}

/// `postgres:URL`, in which the URL may itself begin with `postgres:`.
fn target(text: &str) -> Option<Target> {
    let url = |rest: &str| {
        let whole = if rest.starts_with("//") { text } else { rest };
        whole.to_owned()
    };
    match text.split_once(':') {
        None if text == "memory" => Some(Target::Memory),
        Some(("sqlite", file)) if !file.is_empty() => Some(Target::Sqlite(file.to_owned())),
        Some(("postgres" | "postgresql", rest)) => Some(Target::Postgres(url(rest))),
        Some(("mongodb" | "mongodb+srv", rest)) => Some(Target::MongoDb(url(rest))),
        _ => None,
    }
}

/// A store to check: what [`target`] reads, or the path of an SQLite file.
fn checked_target(text: &str) -> Option<Target> {
    let is_path = !text.is_empty() && !text.contains(':');
    target(text).or_else(|| is_path.then(|| Target::Sqlite(text.to_owned())))
}

/// It has to fit into a header, a URL and a line for the shell.
fn token(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let fits = !text.is_empty() && text.bytes().all(plain);
    fits.then(|| text.to_owned())
}
