//! What a mirror of MongoDB costs the server: the commands and the bytes of its connections. The
//! test is ignored, because it measures for two minutes:
//!
//! ```text
//! cargo test -p livechat-units-mirror --features mongodb --test mirror -- --ignored --nocapture cost
//! ```
//!
//! `LIVECHAT_UNITS_COST_SECONDS` is the duration of each half, by default 60.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

use ::mongodb::Client;
use livechat_units_mirror::MirrorOptions;
use livechat_units_testkit::mongodb::RUNTIME;
use livechat_units_testkit::mongodb::server::Server;

use crate::mongodb::{Mirrored, PATIENCE, mirror_of, unit, upsert};

const WRITES_PER_SECOND: u32 = 100;

/// Passes on what clients and the server send, and counts it.
#[derive(Default)]
struct Proxy {
    /// The messages of clients: commands, and the checks of the driver's monitors.
    commands: AtomicU64,
    /// In both directions.
    bytes: AtomicU64,
}

impl Proxy {
    /// A proxy to the server on this port, and its own port. Its threads end with the process.
    fn start(server: u16) -> (Arc<Self>, u16) {
        let proxy = Arc::new(Self::default());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::clone(&proxy);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client?;
                let server = TcpStream::connect(("127.0.0.1", server))?;
                for stream in [&client, &server] {
                    stream.set_nodelay(true)?;
                }
                let (client_copy, server_copy) = (client.try_clone()?, server.try_clone()?);
                let counted = Arc::clone(&counts);
                thread::spawn(move || {
                    pass(
                        client_copy,
                        server_copy,
                        &counted.bytes,
                        Some(&counted.commands),
                    )
                });
                let counted = Arc::clone(&counts);
                thread::spawn(move || pass(server, client, &counted.bytes, None));
            }
            io::Result::Ok(())
        });
        (proxy, port)
    }

    /// The numbers of commands and of bytes a second, from now on.
    fn measure(&self, duration: Duration) -> (f64, f64) {
        let counts = || [&self.commands, &self.bytes].map(|count| count.load(Ordering::Relaxed));
        let before = counts();
        thread::sleep(duration);
        let after = counts();
        let rate = |at: usize| {
            let counted = u32::try_from(after[at] - before[at]).unwrap();
            f64::from(counted) / duration.as_secs_f64()
        };
        (rate(0), rate(1))
    }
}

/// Passes on message by message. Each begins with its length.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    bytes: &AtomicU64,
    messages: Option<&AtomicU64>,
) -> io::Result<()> {
    loop {
        let mut message = vec![0; 4];
        from.read_exact(&mut message)?;
        let length = i32::from_le_bytes(message[..4].try_into().unwrap());
        message.resize(usize::try_from(length).unwrap(), 0);
        from.read_exact(&mut message[4..])?;
        bytes.fetch_add(u64::from(length.unsigned_abs()), Ordering::Relaxed);
        if let Some(messages) = messages {
            messages.fetch_add(1, Ordering::Relaxed);
        }
        to.write_all(&message)?;
    }
}

#[test]
#[ignore = "it measures: two minutes"]
fn cost_of_a_mirror() {
    let Some(server) = Server::own().filter(Server::is_stand_in) else {
        return;
    };
    let seconds = env::var("LIVECHAT_UNITS_COST_SECONDS").map_or(60, |text| text.parse().unwrap());
    let duration = Duration::from_secs(seconds);
    let units: Vec<_> = (0..1_000).map(|n| unit(&format!("u{n}"), "name")).collect();
    let written = Mirrored::new(&server, &units);
    let (proxy, port) = Proxy::start(server.port());
    let url = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
    let client = RUNTIME.block_on(async { Client::with_uri_str(url).await.unwrap() });
    let namespace = written.collection.namespace();
    let collection = client.database(&namespace.db).collection(&namespace.coll);
    let mirror = mirror_of(&collection, MirrorOptions::new());
    mirror.ready_within(PATIENCE).unwrap();

    let (commands, bytes) = proxy.measure(duration);
    println!("idle: {commands:.1} commands/s, {bytes:.0} bytes/s");
    let (commands, bytes) = thread::scope(|scope| {
        scope.spawn(|| {
            let began = Instant::now();
            let mut number = 0;
            while began.elapsed() < duration {
                let due = began + Duration::from_secs(1) / WRITES_PER_SECOND * number;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                upsert(
                    &written.collection,
                    &unit(&format!("u{}", number % 1_000), "another"),
                );
                number += 1;
            }
        });
        proxy.measure(duration)
    });
    println!("{WRITES_PER_SECOND} writes/s: {commands:.1} commands/s, {bytes:.0} bytes/s");
    mirror.caught_up_within(PATIENCE).unwrap();
    assert!(mirror.status().changes > 0);
}
