//! The command line.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use livechat_units::{AccessPolicy, PagePolicy, ServerVersion};
use tracing_subscriber::filter::LevelFilter;

pub(crate) const USAGE: &str = "\
usage: serve [--units FILE] [--store STORE] [--listen ADDRESS] [--token TOKEN] …

  --units FILE          the units: a JSON array, JSON lines, or what mongoexport writes;
                        without it, the seven of Rocket.Chat's documentation. When the
                        file changes, all units are replaced by what it has then
  --store STORE         memory (the default), sqlite:FILE, postgres:URL or mongodb:URL;
                        what it has is served, or replaced by --units
  --listen ADDRESS      127.0.0.1:3000 unless told otherwise; port 0 takes a free one
  --token TOKEN         of both demo users; without it, a random one
  --server-version VERSION
                        answers as this release of Rocket.Chat: documented (the
                        default), 8, 9, or a number such as 8.6.1
  --access-policy POLICY
                        permission-required or own-units; without it, that of the version
  --default-count N     units on a page that asks for no count (API_Default_Count)
  --max-count N         units on a page, at most (API_Upper_Count_Limit)
  --refuse-unlimited    count=0 is no page of everything (API_Allow_Infinite_Count off)
  --log LEVEL           error, warn (the default), info, debug or trace
  --help                this text";

pub(crate) enum Parsed {
    Serve(Args),
    Help,
}

pub(crate) struct Args {
    /// `None` is the policy of the version.
    pub(crate) access: Option<AccessPolicy>,
    pub(crate) listen: SocketAddr,
    pub(crate) log: LevelFilter,
    pub(crate) page: PagePolicy,
    pub(crate) store: Target,
    pub(crate) token: Option<String>,
    pub(crate) units: Option<PathBuf>,
    pub(crate) version: ServerVersion,
}

/// Where the units are kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Memory,
    Sqlite(String),
    Postgres(String),
    MongoDb(String),
}

pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Parsed, lexopt::Error> {
    let mut parsed = Args {
        access: None,
        listen: (Ipv4Addr::LOCALHOST, 3000).into(),
        log: LevelFilter::WARN,
        page: PagePolicy::default(),
        store: Target::Memory,
        token: None,
        units: None,
        version: ServerVersion::default(),
    };
    let mut parser = Parser::from_iter(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("units") => parsed.units = Some(parser.value()?.into()),
            Arg::Long("store") => parsed.store = parser.value()?.parse_with(target)?,
            Arg::Long("listen") => parsed.listen = parser.value()?.parse()?,
            Arg::Long("token") => parsed.token = Some(parser.value()?.parse_with(token)?),
            Arg::Long("server-version") => parsed.version = parser.value()?.parse()?,
            Arg::Long("access-policy") => {
                parsed.access = Some(parser.value()?.parse_with(access_policy)?);
            }
            Arg::Long("default-count") => {
                parsed.page = parsed.page.with_default_count(parser.value()?.parse()?);
            }
            Arg::Long("max-count") => {
                parsed.page = parsed.page.with_max_count(parser.value()?.parse()?);
            }
            Arg::Long("refuse-unlimited") => parsed.page = parsed.page.refuse_unlimited(),
            Arg::Long("log") => parsed.log = parser.value()?.parse()?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Parsed::Help),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Parsed::Serve(parsed))
}

/// `postgres:URL` where the URL may itself begin with `postgres:`.
fn target(text: &str) -> Result<Target, &'static str> {
    let url = |rest: &str| {
        let whole = if rest.starts_with("//") { text } else { rest };
        whole.to_owned()
    };
    match text.split_once(':') {
        None if text == "memory" => Ok(Target::Memory),
        Some(("sqlite", file)) if !file.is_empty() => Ok(Target::Sqlite(file.to_owned())),
        Some(("postgres" | "postgresql", rest)) => Ok(Target::Postgres(url(rest))),
        Some(("mongodb" | "mongodb+srv", rest)) => Ok(Target::MongoDb(url(rest))),
        _ => Err("expected memory, sqlite:FILE, postgres:URL or mongodb:URL"),
    }
}

fn access_policy(text: &str) -> Result<AccessPolicy, &'static str> {
    match text {
        "permission-required" => Ok(AccessPolicy::PermissionRequired),
        "own-units" => Ok(AccessPolicy::OwnUnits),
        _ => Err("expected permission-required or own-units"),
    }
}

/// It has to fit into a header, a URL and a line for the shell.
fn token(text: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("expected ASCII letters, digits and -_.~")
    }
}
