//! Puts `livechat-units-serve` under load, and compares its answers with the expected ones;
//! see README.md.

#![forbid(unsafe_code)]

mod bare;
mod check;
mod client;
mod model;
mod reliability;
mod server;
mod speed;
mod write;
mod wrk;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use crate::client::TOKEN;
use crate::model::Model;
use crate::server::Server;

const USAGE: &str = "\
usage: run [speed|reliability] [--seconds N]

  reliability   (the default) serve under load and changes; its answers are checked; 600 s
  speed         serve compared with a bare handler; N seconds each time (default: 10)";

const UNITS: usize = 100_000;

enum Run {
    Speed,
    Reliability,
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let ended = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--bare", body] => bare::serve(Path::new(body)).map(|()| true),
        [_, "--help"] => {
            println!("{USAGE}");
            Ok(true)
        }
        [serve, ref rest @ ..] => match parse(rest) {
            Ok((run, seconds)) => load(Path::new(serve), &run, seconds),
            Err(problem) => Err(problem.into()),
        },
        [] => Err("expected the path of livechat-units-serve, found nothing".into()),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// The measurement and its length in seconds.
fn parse(args: &[&str]) -> Result<(Run, u64), String> {
    let (run, default, rest) = match args {
        ["speed", rest @ ..] => (Run::Speed, 10, rest),
        ["reliability", rest @ ..] | rest => (Run::Reliability, 600, rest),
    };
    let seconds = match rest {
        [] => default,
        ["--seconds", seconds] => (seconds.parse().ok().filter(|&seconds| seconds > 1))
            .ok_or("--seconds: expected a whole number above 1")?,
        [unknown, ..] => return Err(format!("expected --seconds N, found {unknown:?}")),
    };
    Ok((run, seconds))
}

/// Returns whether nothing is wrong.
fn load(serve: &Path, run: &Run, seconds: u64) -> Result<bool, Box<dyn Error>> {
    let work = work(serve)?;
    let model = Model::new(UNITS);
    let file = work.join("units.jsonl");
    fs::write(&file, model.file())?;
    let mut command = Command::new(serve);
    command.args(["--listen", "127.0.0.1:0", "--token", TOKEN, "--units"]);
    let serve = Server::start(command.arg(file), work.join("serve.log"))?;
    let mut wrong = match run {
        Run::Speed => speed::measure(&model, &serve, &work, seconds)?,
        Run::Reliability => reliability::measure(&model, &serve, seconds)?,
    };
    wrong.extend(
        serve
            .stop()?
            .into_iter()
            .map(|line| format!("serve: {line}")),
    );
    for problem in &wrong {
        eprintln!("wrong: {problem}");
    }
    Ok(wrong.is_empty())
}

/// A folder beside the folders of the build.
fn work(serve: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let target = serve
        .ancestors()
        .nth(2)
        .ok_or("the path of serve has no target folder")?;
    let work = target.join("load");
    fs::create_dir_all(&work)?;
    Ok(work)
}

/// Microseconds as milliseconds, with two digits after the point.
fn millis(micros: u64) -> String {
    let hundredths = (micros + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
