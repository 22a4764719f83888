//! The speed of `serve`, compared with a handler that returns fixed bytes.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::client::Client;
use crate::millis;
use crate::model::{List, Model, PageRequest};
use crate::server::Server;
use crate::wrk::{self, Load};

const ROUNDS: usize = 3;
const WARM_UP: u64 = 2;

/// Measures each server three times in turn, `seconds` each. Returns the problems.
pub(crate) fn measure(
    model: &Model,
    serve: &Server,
    folder: &Path,
    seconds: u64,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut wrong = Vec::new();
    println!(
        "| | requests/s | of the three | p50 ms | p99 ms | max ms | bytes, with the head | errors |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (name, list) in [("W1", List::ByName), ("W4", List::Sales)] {
        let request = PageRequest::new(list, 0, 50);
        let body = model.answer(request, 0);
        let answer = Client::connect(serve.address)?.ask("GET", &request.target(), "")?;
        if answer.status != 200 || answer.body != body.as_bytes() {
            return Err(format!("the answer to {name} is wrong").into());
        }
        let file = folder.join(format!("{name}.json"));
        fs::write(&file, &body)?;
        let mut bare = Command::new(env::current_exe()?);
        let log = folder.join("bare.log");
        let bare = Server::start(bare.arg("--bare").arg(&file), log)?;
        let servers = [("serve", serve.address), ("bare", bare.address)];
        let mut rounds = servers.map(|_| Vec::new());
        for (_, address) in servers {
            wrk::run(address, &[request.target()], WARM_UP)?;
        }
        for _ in 0..ROUNDS {
            for ((_, address), loads) in servers.iter().zip(&mut rounds) {
                loads.push(wrk::run(*address, &[request.target()], seconds)?);
            }
        }
        for ((server, _), loads) in servers.iter().zip(rounds) {
            let name = format!("{name} {server}");
            let errors = print(&name, loads);
            if errors > 0 {
                wrong.push(format!("{name}: {errors} errors"));
            }
        }
    }
    Ok(wrong)
}

/// Prints the median by requests a second. Returns the number of errors.
fn print(name: &str, mut loads: Vec<Load>) -> u64 {
    loads.sort_by_key(Load::requests_a_second);
    let all: Vec<String> = loads
        .iter()
        .map(|load| load.requests_a_second().to_string())
        .collect();
    let errors: u64 = loads.iter().map(|load| load.refused + load.failed).sum();
    if let Some(load) = loads.get(ROUNDS / 2) {
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {errors} |",
            load.requests_a_second(),
            all.join(" "),
            millis(load.p50),
            millis(load.p99),
            millis(load.max),
            load.bytes / load.requests.max(1),
        );
    }
    errors
}
