//! The subcommand `serve`: the endpoint, a page to browse the units, and routes that change
//! them while the program runs.
//!
//! | route | who | what |
//! |---|---|---|
//! | `GET /api/v1/livechat/units` | `manager` (all units), `agent` (403, or no units) | the endpoint |
//! | `GET /` | anyone | a page that shows the units |
//! | `GET /openapi.json` | anyone | the `OpenAPI` document of the endpoint |
//! | `GET /explain?…` | `manager` | how the store answers this query |
//! | `GET /ready` | anyone | 200 if listings are answered, otherwise 503 |
//! | `GET /status` | anyone | the condition of the mirror |
//! | `GET /folding` | anyone | the case folding by which the page highlights matches |
//! | `POST /admin/units` | `manager`, from this machine | adds or replaces units: JSON lines or an array |
//! | `DELETE /admin/units/{id}` | `manager`, from this machine | removes a unit |
//!
//! Both users have the same token, which the program prints when it starts. This is a demo:
//! there is no TLS, and no limit on the time that a client takes to send a request.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::exit;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::{Extension, Router};
use livechat_units::{Endpoint, UnitQuery};
use livechat_units_axum::{OPENAPI, OwnedCredentials, PATH, router};
use tokio::net::TcpListener;

use crate::app::{App, json_response};
use crate::args::ServeArgs;
use crate::feed::{Problem, with_causes};
use crate::store::Store;
use crate::users::Users;
use crate::{admin, load, page, status};

/// The time that running requests have to finish after a signal to stop.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// Serves requests until the process gets SIGINT or SIGTERM.
pub(crate) async fn serve(args: ServeArgs) -> Result<(), Problem> {
    let store = Store::open(&args.store)
        .await
        .map_err(|error| format!("cannot open the store: {}", with_causes(&*error)))?;
    let store = if args.is_mirrored {
        store.mirrored().await?
    } else {
        store
    };
    if let Some(file) = &args.units {
        let watch = load::start(file, &store).await?;
        tokio::spawn(load::follow(file.clone(), watch, store.clone()));
    }
    let mut endpoint = Endpoint::default()
        .with_server_version(args.version)
        .with_page_policy(args.page);
    if let Some(policy) = args.access {
        endpoint = endpoint.with_access_policy(policy);
    }
    let app = App {
        endpoint,
        store,
        users: Arc::new(Users::new(args.token)?),
    };
    // Install the signal handlers before the address is printed: a program that reads the
    // address may send a signal at once.
    let stop = stop_signal()?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;
    announce(listener.local_addr()?, &app)?;
    let listener = listener.tap_io(|connection| {
        // A response is one write. Without this option, the system may delay the last packet.
        let _ = connection.set_nodelay(true);
    });
    let service = routes(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async {
            stop.await;
            eprintln!("stopping after the running requests");
            tokio::spawn(async {
                tokio::time::sleep(GRACE_PERIOD).await;
                eprintln!("error: a request is still running after {GRACE_PERIOD:?}");
                exit(1);
            });
        })
        .await?;
    Ok(())
}

fn routes(app: App) -> Router {
    let users = Arc::clone(&app.users);
    let authenticate = move |credentials: OwnedCredentials| {
        let caller = users.caller(&credentials);
        async { caller }
    };
    let store = app.store.clone();
    let list = move |query: UnitQuery| {
        let store = store.clone();
        async move { store.list(query).await }
    };
    Router::new()
        .route("/", get(page::page))
        .route("/openapi.json", get(openapi))
        .route("/explain", get(page::explain))
        .route("/folding", get(page::folding))
        .route("/ready", get(status::ready))
        .route("/status", get(status::status))
        .merge(admin::routes())
        // With this extension, `OwnedCredentials` answers a request without credentials with the
        // 401 of this endpoint's version.
        .layer(Extension(app.endpoint))
        .merge(router(app.endpoint, authenticate, list))
        .with_state(app)
}

async fn openapi() -> Response {
    json_response(&OPENAPI)
}

fn announce(address: SocketAddr, app: &App) -> io::Result<()> {
    let token = app.users.token();
    let curl = |user: &str, more: &str| {
        format!(
            "curl -si -H 'X-User-Id: {user}' -H 'X-Auth-Token: {token}' http://{address}{PATH}{more}"
        )
    };
    writeln!(
        io::stdout(),
        "listening on http://{address}\n\
         {}\n\
         the page:       http://{address}/#token={token}\n\
         all units:      {}\n\
         some of them:   {}\n\
         no permission:  {}\n\
         to add one:     curl -s -H 'X-User-Id: manager' -H 'X-Auth-Token: {token}' \
         --data '{{\"_id\":\"new\",\"type\":\"u\",\"name\":\"New unit\"}}' http://{address}/admin/units",
        app.store.described(),
        curl("manager", ""),
        curl(
            "manager",
            " -G --data-urlencode 'text=unit' --data-urlencode 'sort={\"name\":-1}'"
        ),
        curl("agent", ""),
    )
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
