//! A handler that returns fixed bytes: the cost of axum, tokio and the socket alone.

use std::error::Error;
use std::path::Path;
use std::{fs, io};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Answers every request for the units with the content of the file `body`. The runtime, the
/// socket options and the content type are the same as in `serve`.
pub(crate) fn serve(body: &Path) -> Result<(), Box<dyn Error>> {
    let body = Bytes::from(fs::read(body)?);
    let handler = move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, "application/json")], body) }
    };
    let app = Router::new().route("/api/v1/livechat/units", get(handler));
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        axum::serve(listener, app).await
    })?;
    Err(io::Error::other("the bare server ended").into())
}
