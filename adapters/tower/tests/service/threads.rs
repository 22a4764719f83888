//! Stores that block, on tokio's threads.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use livechat_units::{Endpoint, UnitStore};
use livechat_units_testkit::client::{PATIENCE, Reply, connect, exchange, head};
use livechat_units_tower::{UnitsService, blocking};
use tokio::runtime::Builder;

use crate::host::{authenticate, get, units};
use crate::wire::{DropSignal, Server};

#[tokio::test]
async fn a_store_that_blocks_runs_on_another_thread() {
    let request_thread = std::thread::current().id();
    let list = blocking(move |query| {
        assert_ne!(std::thread::current().id(), request_thread);
        units().list(query)
    });
    let service = UnitsService::new(Endpoint::default(), authenticate, list);
    let answer = get(&service, "text=s", Some("manager")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(r#""total":2,"#), "{}", answer.body);
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
        UnitsService::new(Endpoint::default(), authenticate, list),
    );
    let ask = |query_string| {
        let mut stream = connect(server.address);
        let request = head("GET", query_string, "s3cret");
        stream.write_all(request.as_bytes()).unwrap();
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
    assert_eq!(server.ask("GET", "").status, 200);
    assert_eq!(begun.load(Ordering::SeqCst), 2, "the first and the last");
}

#[test]
fn a_panic_on_a_thread_ends_its_connection_alone() {
    let list = blocking(|query| {
        assert!(query.text().is_none(), "a panic that this test expects");
        units().list(query)
    });
    let server = Server::start(UnitsService::new(Endpoint::default(), authenticate, list));
    let request = head("GET", "text=a", "s3cret");
    assert_eq!(exchange(server.address, request.as_bytes()), b"");
    assert_eq!(server.ask("GET", "").status, 200);
}
