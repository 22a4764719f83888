//! Over a socket: heads of any size, pieces, clients that go away, stores that panic.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use axum::Router;
use livechat_units::{Endpoint, Permission, UnitQuery, UnitStore, User};
use livechat_units_axum::{blocking, router};
use tokio::runtime::{Builder, Runtime};

use crate::host::{authenticate, in_memory, many, over, units};
use livechat_units_testkit::client::{PATIENCE, Reply, connect, exchange, head};

pub(crate) struct Server {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn start(app: Router) -> Self {
        Self::on(Builder::new_multi_thread().worker_threads(2), app)
    }

    fn on(runtime: &mut Builder, app: Router) -> Self {
        let runtime = runtime.enable_all().build().unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(axum::serve(listener, app).into_future());
        Self {
            address,
            _runtime: runtime,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn ask(&self, method: &str, query_string: &str) -> Reply {
        let request = head(method, query_string, "s3cret");
        Reply::parse(&exchange(self.address, request.as_bytes()))
    }

    fn assert_alive(&self) {
        assert_eq!(self.ask("GET", "").status, 200);
    }
}

#[test]
fn a_page_of_everything_is_sent_whole_with_its_length() {
    let server = Server::start(in_memory(many(20_000)));
    let manager = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
    let expected = Endpoint::default()
        .handle(&many(20_000), &manager.into(), "count=0")
        .into_body()
        .into_bytes();
    let length = format!("content-length: {}", expected.len());

    let got = server.ask("GET", "count=0");
    assert!(got.body == expected, "{} bytes", got.body.len());
    assert!(got.head.contains(&length), "{}", got.head);

    let head = server.ask("HEAD", "count=0");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(head.head.contains(&length), "{}", head.head);
}

#[test]
fn a_connection_stays_open_after_head_and_after_a_refusal() {
    let server = Server::start(in_memory(units()));
    let mut stream = connect(server.address);
    let closing = |method, query| head(method, query, "s3cret");
    let open = |method, query| closing(method, query).replace("Connection: close\r\n", "");
    let requests = [
        open("HEAD", ""),
        open("GET", "sort=up"),
        open("POST", ""),
        closing("GET", ""),
    ];
    stream.write_all(requests.concat().as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let statuses: Vec<&str> = answers
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| &answer[..3])
        .collect();
    assert_eq!(statuses, ["200", "400", "405", "200"]);
    assert!(answers.ends_with(r#""total":2,"success":true}"#));
}

#[test]
fn a_request_line_of_any_length_is_answered_or_refused() {
    let server = Server::start(in_memory(units()));
    for (length, status) in [(60_000, 200), (65_536, 414), (300_000, 414)] {
        let reply = server.ask("GET", &format!("ignored={}", "a".repeat(length)));
        assert_eq!(reply.status, status, "{length}");
    }
    let request = head("GET", &"a".repeat(1 << 20), "s3cret");
    assert_refused(&server, request.as_bytes(), [414, 431]);
}

#[test]
fn a_text_of_any_length_is_answered_or_refused() {
    let server = Server::start(in_memory(units()));
    for (length, status) in [(32_764, 200), (32_765, 400), (65_480, 400), (65_536, 414)] {
        let reply = server.ask("GET", &format!("text={}", "a".repeat(length)));
        assert_eq!(reply.status, status, "{length}");
    }
}

#[test]
fn headers_of_any_size_and_number_are_answered_or_refused() {
    let server = Server::start(in_memory(units()));
    let with = |headers: &str| {
        head("GET", "", "s3cret").replace("Host: x\r\n", &format!("Host: x\r\n{headers}"))
    };
    for (count, status) in [(90, 200), (200, 431), (10_000, 431)] {
        let bytes = exchange(server.address, with(&"a: b\r\n".repeat(count)).as_bytes());
        assert_eq!(Reply::parse(&bytes).status, status, "{count}");
    }
    for (length, status) in [(65_536, 200), (300_000, 200)] {
        let header = format!("x-long: {}\r\n", "a".repeat(length));
        let bytes = exchange(server.address, with(&header).as_bytes());
        assert_eq!(Reply::parse(&bytes).status, status, "{length}");
    }
    let header = format!("x-long: {}\r\n", "a".repeat(1 << 20));
    assert_refused(&server, with(&header).as_bytes(), [431, 431]);
    let token = head("GET", "", &"a".repeat(300_000));
    let bytes = exchange(server.address, token.as_bytes());
    assert_eq!(Reply::parse(&bytes).status, 401);
}

/// Asserts that the request is refused with one of the statuses. The answer can be lost if the
/// client still writes when the server closes the connection.
fn assert_refused(server: &Server, request: &[u8], statuses: [u16; 2]) {
    let bytes = exchange(server.address, request);
    if !bytes.is_empty() {
        assert!(statuses.contains(&Reply::parse(&bytes).status));
    }
    server.assert_alive();
}

#[test]
fn bytes_that_are_not_http_are_refused_and_the_server_goes_on() {
    let server = Server::start(in_memory(units()));
    let good = head("GET", "", "s3cret").replace("Connection: close\r\n", "");
    let mut noise = 0x9E37_79B9_7F4A_7C15_u64;
    let garbage: Vec<u8> = std::iter::repeat_with(|| {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        noise.to_le_bytes()
    })
    .take(10_000)
    .flatten()
    .collect();
    for bytes in [
        b"\r\n\r\n\r\n".as_slice(),
        b"\0\0\0\0",
        b"GET\r\n\r\n",
        b"GET /api/v1/livechat/units?text=a b HTTP/1.1\r\n\r\n",
        b"GET /api/v1/livechat/units?sort={\"name\":1} HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/livechat/units?text=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/livechat/units HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &garbage,
    ] {
        // The bytes follow a valid request on its connection, or are alone on one.
        let after = exchange_and_end(&server, &[good.as_bytes(), bytes].concat());
        assert!(
            after.starts_with(b"HTTP/1.1 200 OK\r\n"),
            "{:?}",
            bytes.get(..40)
        );
        let alone = exchange_and_end(&server, bytes);
        assert!(
            alone.is_empty() || alone.starts_with(b"HTTP/1.1 4"),
            "{:?}",
            bytes.get(..40)
        );
        server.assert_alive();
    }
}

/// Closes the sending side after the bytes; otherwise hyper waits for the rest of a head.
fn exchange_and_end(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(server.address);
    let _may_close = stream.write_all(bytes);
    let _may_have_closed = stream.shutdown(Shutdown::Write);
    let mut read = Vec::new();
    let _may_reset = stream.read_to_end(&mut read);
    read
}

/// Sends "dropped" when it is dropped.
struct DropSignal(mpsc::Sender<&'static str>);

impl Drop for DropSignal {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[test]
fn a_closed_connection_cancels_its_listing_and_no_other() {
    let (sender, events) = mpsc::channel();
    let sender = Mutex::new(sender);
    let list = move |query: UnitQuery| {
        let signal = DropSignal(sender.lock().unwrap().clone());
        async move {
            if query.text().is_some() {
                signal.0.send("begun").unwrap();
                std::future::pending::<()>().await;
            }
            units().list(&query)
        }
    };
    let server = Server::start(router(Endpoint::default(), authenticate, list));
    let mut client = connect(server.address);
    client
        .write_all(head("GET", "text=a", "s3cret").as_bytes())
        .unwrap();
    assert_eq!(events.recv_timeout(PATIENCE), Ok("begun"));
    server.assert_alive();
    assert_eq!(
        events.recv_timeout(PATIENCE),
        Ok("dropped"),
        "expected the drop of the answered listing"
    );
    drop(client);
    assert_eq!(events.recv_timeout(PATIENCE), Ok("dropped"));
    server.assert_alive();
}

#[test]
fn a_listing_that_waits_for_a_thread_is_dropped_with_its_client() {
    let begun = Arc::new(AtomicUsize::new(0));
    let (sender, events) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let list = {
        let begun = Arc::clone(&begun);
        let released = Mutex::new(released);
        let list = blocking(move |query| {
            begun.fetch_add(1, Ordering::SeqCst);
            if query.text().is_some() {
                released.lock().unwrap().recv().unwrap();
            }
            units().list(query)
        });
        let sender = Mutex::new(sender);
        move |query| {
            let listing = list(query);
            let signal = DropSignal(sender.lock().unwrap().clone());
            signal.0.send("waits").unwrap();
            async move {
                // It is dropped after the listing.
                let _signal = signal;
                listing.await
            }
        }
    };
    let server = Server::on(
        Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1),
        router(Endpoint::default(), authenticate, list),
    );
    let ask = |query_string| {
        let mut stream = connect(server.address);
        stream
            .write_all(head("GET", query_string, "s3cret").as_bytes())
            .unwrap();
        assert_eq!(events.recv_timeout(PATIENCE), Ok("waits"));
        stream
    };
    let mut first = ask("text=s");
    // The first listing occupies the only thread.
    drop(ask(""));
    assert_eq!(events.recv_timeout(PATIENCE), Ok("dropped"));

    release.send(()).unwrap();
    let mut answer = Vec::new();
    first.read_to_end(&mut answer).unwrap();
    assert_eq!(Reply::parse(&answer).status, 200);
    server.assert_alive();
    assert_eq!(begun.load(Ordering::SeqCst), 2, "the first and the last");
}

#[test]
fn a_panic_ends_its_connection_alone() {
    fn list(query: &UnitQuery) -> Result<livechat_units::UnitPage, livechat_units::StoreError> {
        assert!(query.text().is_none(), "a panic that this test expects");
        units().list(query)
    }
    let on_a_thread = router(Endpoint::default(), authenticate, blocking(list));
    for app in [over(list), on_a_thread] {
        let server = Server::start(app);
        let request = head("GET", "text=a", "s3cret");
        assert_eq!(exchange(server.address, request.as_bytes()), b"");
        server.assert_alive();
    }
}
