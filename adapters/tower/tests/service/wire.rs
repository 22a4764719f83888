//! Over a socket, with hyper: a clone for each connection, long requests, and clients that close
//! the connection.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::mpsc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use livechat_units::{Endpoint, Permission, UnitQuery, UnitStore, User};
use livechat_units_testkit::client::{PATIENCE, Reply, connect, exchange, head};
use livechat_units_tower::UnitsService;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::host::{Units, authenticate, in_memory, many, over, units};

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn start(service: impl Units<Incoming>) -> Self {
        let mut runtime = Builder::new_multi_thread();
        Self::on(runtime.worker_threads(2), service)
    }

    pub(crate) fn on(runtime: &mut Builder, service: impl Units<Incoming>) -> Self {
        let runtime = runtime.enable_all().build().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(listener).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = TowerToHyperService::new(service.clone());
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self {
            address,
            _runtime: runtime,
        }
    }

    pub(crate) fn ask(&self, method: &str, query_string: &str) -> Reply {
        let request = head(method, query_string, "s3cret");
        Reply::parse(&exchange(self.address, request.as_bytes()))
    }
}

/// Sends "dropped" when it is dropped.
pub(crate) struct DropSignal(pub(crate) mpsc::Sender<&'static str>);

impl Drop for DropSignal {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
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
fn a_connection_stays_open_after_every_kind_of_answer() {
    let server = Server::start(in_memory(units()));
    let mut stream = connect(server.address);
    let open = |method, query| head(method, query, "s3cret").replace("Connection: close\r\n", "");
    let body = r#"{"count":1}"#;
    let headers = format!("\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let with_body = open("GET", "text=sale").trim_end().to_owned() + &headers;
    let requests = [
        open("HEAD", ""),
        with_body,
        open("GET", "sort=up"),
        open("POST", ""),
        open("GET", "").replace("/units", "/departments"),
        head("GET", "", "s3cret"),
    ];
    stream.write_all(requests.concat().as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let statuses = answers.split("HTTP/1.1 ").skip(1).map(|text| &text[..3]);
    assert_eq!(
        statuses.collect::<Vec<_>>(),
        ["200", "200", "400", "405", "404", "200"]
    );
    assert!(answers.ends_with(r#""total":2,"success":true}"#));
}

#[test]
fn a_query_string_of_any_length_is_answered_or_refused() {
    let server = Server::start(in_memory(units()));
    for (length, status) in [(32_764, 200), (32_765, 400), (65_480, 400), (65_536, 414)] {
        let reply = server.ask("GET", &format!("text={}", "a".repeat(length)));
        assert_eq!(reply.status, status, "{length}");
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
    let server = Server::start(UnitsService::new(Endpoint::default(), authenticate, list));
    let mut client = connect(server.address);
    let request = head("GET", "text=a", "s3cret");
    client.write_all(request.as_bytes()).unwrap();
    assert_eq!(events.recv_timeout(PATIENCE), Ok("begun"));
    assert_eq!(server.ask("GET", "").status, 200);
    assert_eq!(
        events.recv_timeout(PATIENCE),
        Ok("dropped"),
        "expected the drop of the answered listing"
    );
    drop(client);
    assert_eq!(events.recv_timeout(PATIENCE), Ok("dropped"));
    assert_eq!(server.ask("GET", "").status, 200);
}

#[test]
fn a_panic_ends_its_connection_alone() {
    let server = Server::start(over(|query| {
        assert!(query.text().is_none(), "a panic that this test expects");
        units().list(query)
    }));
    let request = head("GET", "text=a", "s3cret");
    assert_eq!(exchange(server.address, request.as_bytes()), b"");
    assert_eq!(server.ask("GET", "").status, 200);
}
