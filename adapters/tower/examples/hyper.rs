//! Serves units from memory with hyper alone.
//!
//! ```text
//! cargo run --release -p livechat-units-tower --example hyper
//! curl -s http://127.0.0.1:3000/api/v1/livechat/units -H 'X-User-Id: admin' -H 'X-Auth-Token: s3cret'
//! ```

use http::request::Parts;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use livechat_units::{
    Caller, Credentials, Endpoint, MemoryStore, Permission, Unit, UnitStore, User,
};
use livechat_units_tower::{UnitsService, inline};
use tokio::net::TcpListener;

/// A host looks the pair up in its own tables. This one has one user.
async fn authenticate(request: Parts) -> Caller {
    let credentials = Credentials::from_header_map(&request.headers);
    match credentials.map(|found| (found.user_id(), found.auth_token())) {
        Some(("admin", "s3cret")) => User::new()
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into(),
        _ => Caller::Anonymous,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = ["Sales", "Support", "Training"]
        .iter()
        .map(|name| Unit::builder(name.to_lowercase()).name(*name).build())
        .collect::<Result<MemoryStore, _>>()?;
    let list = inline(move |query| store.list(query));
    let units = UnitsService::new(Endpoint::default(), authenticate, list);

    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(units.clone());
        tokio::spawn(async move {
            // The timer ends a connection whose head does not arrive in 30 seconds.
            let mut http = http1::Builder::new();
            let connection = http
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("connection: {error}");
            }
        });
    }
}
