//! Calls the endpoint in two steps, around an async store.
//!
//! The crate never awaits: `begin` checks the request and returns the query, the host awaits
//! its own store, and `finish` makes the response. The store here only acts as a remote one,
//! and the executor at the end is minimal, so that the example needs no runtime. With tokio,
//! `respond` is the same.
//!
//! ```text
//! cargo run --example async_store 'text=a'
//! ```

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use livechat_units::{
    Caller, Credentials, Endpoint, Permission, Response, StoreError, Unit, UnitError, UnitPage,
    UnitQuery, UnitStore, User,
};

/// A store whose answers come later. Its `list` has the parameters and the result of
/// `UnitStore::list`.
struct RemoteStore {
    units: Vec<Unit>,
}

impl RemoteStore {
    async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        RoundTrip::default().await;
        self.units.list(query)
    }
}

/// The host's handler, from headers and query string to the response.
async fn respond(
    endpoint: &Endpoint,
    store: &RemoteStore,
    headers: &[(&str, &str)],
    query_string: &str,
) -> Response {
    let caller = match Credentials::from_headers(headers.iter().copied()) {
        Some(credentials) => look_up(credentials).await,
        None => Caller::Anonymous,
    };
    match endpoint.begin(&caller, query_string) {
        Ok(pending) => {
            let result = store.list(pending.query()).await;
            pending.finish(result)
        }
        Err(response) => response,
    }
}

/// Finds the caller of these credentials. This host has one user.
async fn look_up(credentials: Credentials<'_>) -> Caller {
    RoundTrip::default().await;
    if (credentials.user_id(), credentials.auth_token()) == ("admin", "s3cret") {
        User::new()
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into()
    } else {
        Caller::Anonymous
    }
}

fn main() -> Result<(), UnitError> {
    let store = RemoteStore {
        units: vec![
            Unit::builder("uA").name("Sales").build()?,
            Unit::builder("uB").name("Support").build()?,
            Unit::builder("uC").name("Training").build()?,
        ],
    };
    let query_string = std::env::args().nth(1).unwrap_or_default();
    let endpoint = Endpoint::default();
    for headers in [
        [("X-User-Id", "admin"), ("X-Auth-Token", "s3cret")].as_slice(),
        &[],
    ] {
        let response = block_on(respond(&endpoint, &store, headers, &query_string));
        let status = response.status();
        let body = response.into_body().into_bytes();
        println!("{status} {}", String::from_utf8_lossy(&body));
    }
    Ok(())
}

/// A future that is pending at its first poll, as a read from a network is.
#[derive(Default)]
struct RoundTrip {
    polled: bool,
}

impl Future for RoundTrip {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.polled {
            return Poll::Ready(());
        }
        self.polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
