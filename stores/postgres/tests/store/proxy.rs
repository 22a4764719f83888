//! A proxy to a server that can hang: connections stay open, and no byte is forwarded.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

pub(crate) struct Proxy {
    port: u16,
    silence: Arc<Silence>,
}

/// Whether the proxy hangs, and a signal for the time when it forwards again.
#[derive(Default)]
struct Silence {
    is_on: Mutex<bool>,
    ended: Condvar,
}

impl Silence {
    fn wait_for_end(&self) {
        let is_on = self.is_on.lock().unwrap();
        drop(self.ended.wait_while(is_on, |is_on| *is_on).unwrap());
    }

    fn set(&self, is_on: bool) {
        *self.is_on.lock().unwrap() = is_on;
        self.ended.notify_all();
    }
}

impl Proxy {
    /// Starts the proxy. Its threads end with the connections, or with the tests.
    pub(crate) fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let silence = Arc::new(Silence::default());
        let shared = Arc::clone(&silence);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("a client connects");
                let server = TcpStream::connect(server).expect("the server accepts connections");
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let from = from.try_clone().expect("a handle");
                    let to = to.try_clone().expect("a handle");
                    let silence = Arc::clone(&shared);
                    thread::spawn(move || forward(from, to, &silence));
                }
            }
        });
        Self { port, silence }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// From now on no byte is forwarded.
    pub(crate) fn fall_silent(&self) {
        self.silence.set(true);
    }

    /// Forwards bytes again, and first those that arrived meanwhile.
    pub(crate) fn speak(&self) {
        self.silence.set(false);
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, silence: &Silence) {
    let mut bytes = [0; 8_192];
    loop {
        let read = from.read(&mut bytes).unwrap_or(0);
        silence.wait_for_end();
        if read == 0 || to.write_all(&bytes[..read]).is_err() {
            // One side closed its connection, so the other is closed too.
            let _ = to.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}
