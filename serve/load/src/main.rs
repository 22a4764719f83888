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

/// The usage of the script `run`. It passes the path of `livechat-units-serve` to this program,
/// followed by its own arguments.
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

/// Returns the measurement and its length in seconds.
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

/// Runs a measurement. Returns whether it found no problem.
fn load(serve: &Path, run: &Run, seconds: u64) -> Result<bool, Box<dyn Error>> {
    let folder = working_folder(serve)?;
    let model = Model::new(UNITS);
    let file = folder.join("units.jsonl");
    fs::write(&file, model.file())?;
    let mut command = Command::new(serve);
    command.args(["--listen", "127.0.0.1:0", "--token", TOKEN, "--units"]);
    let serve = Server::start(command.arg(file), folder.join("serve.log"))?;
    let mut problems = match run {
        Run::Speed => speed::measure(&model, &serve, &folder, seconds)?,
        Run::Reliability => reliability::measure(&model, &serve, seconds)?,
    };
    problems.extend(
        serve
            .stop()?
            .into_iter()
            .map(|line| format!("serve: {line}")),
    );
    for problem in &problems {
        eprintln!("wrong: {problem}");
    }
    Ok(problems.is_empty())
}

/// Makes the folder `load` in the target folder of `serve`, for the files of a measurement.
fn working_folder(serve: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let target = serve
        .ancestors()
        .nth(2)
        .ok_or("expected a path of serve such as target/release/livechat-units-serve")?;
    let folder = target.join("load");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Microseconds as milliseconds, with two digits after the point.
fn millis(micros: u64) -> String {
    let hundredths = (micros + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
