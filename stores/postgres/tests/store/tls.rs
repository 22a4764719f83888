//! The modes of TLS that the coordinator uses for its shards.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use livechat_units::{StoreErrorKind, UnitQuery};
use livechat_units_postgres::{Config, Layout, PostgresStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use crate::server::available;
use crate::stores::Servers;
use crate::{block_on, sql};

/// An implementation of TLS that encrypts nothing, because the servers have no TLS.
#[derive(Clone)]
struct Pretended;

struct Plain(Socket);

impl MakeTlsConnect<Socket> for Pretended {
    type Stream = Plain;
    type TlsConnect = Self;
    type Error = io::Error;

    fn make_tls_connect(&mut self, _: &str) -> io::Result<Self> {
        Ok(self.clone())
    }
}

impl TlsConnect<Socket> for Pretended {
    type Stream = Plain;
    type Error = io::Error;
    type Future = Ready<io::Result<Plain>>;

    fn connect(self, socket: Socket) -> Self::Future {
        ready(Ok(Plain(socket)))
    }
}

impl TlsStream for Plain {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Plain {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Plain {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// Migrates to shards with these modes.
fn migrate(store: &PostgresStore, modes: [SslMode; 2]) {
    let shards = Servers::shared().shards.iter().zip(modes);
    let shards = shards.map(|(shard, mode)| {
        // If TLS is required, skips the negotiation: the servers would refuse it.
        let text = match mode {
            SslMode::Require => "sslnegotiation=direct sslmode=require",
            SslMode::Disable => "sslmode=disable",
            _ => "",
        };
        let mut config: Config = text.parse().unwrap();
        let address = shard.address();
        config.host(address.ip().to_string()).port(address.port());
        config.user("postgres").dbname("postgres");
        config
    });
    block_on(store.migrate(&Layout::shards(shards))).unwrap();
}

/// The mode that is set for each foreign server of the schema `tls`.
fn modes() -> String {
    let set = "SELECT string_agg(coalesce((SELECT option_value \
               FROM pg_options_to_table(srvoptions) WHERE option_name = 'sslmode'), '-'), ' ' \
               ORDER BY srvname) FROM pg_foreign_server WHERE srvname LIKE 'tls\\_shard\\__'";
    sql::text(&Servers::shared().first.config(), set)
}

#[test]
fn the_coordinator_uses_the_modes_of_the_layout() {
    use SslMode::{Disable, Prefer, Require};
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let options = servers.options().with_schema("tls");
    let store = options.build_with_tls(Pretended).unwrap();
    let administrator = |does: &str| sql::run(&servers.first.config(), does);
    let total = || block_on(store.list(&UnitQuery::default())).map(|page| page.total());

    migrate(&store, [Prefer, Disable]);
    assert_eq!(modes(), "- disable");
    assert_eq!(total().unwrap(), 0);
    // The coordinator requires TLS, and the shard refuses it.
    migrate(&store, [Prefer, Require]);
    assert_eq!(modes(), "- require");
    assert_eq!(total().unwrap_err().kind(), StoreErrorKind::Unavailable);
    migrate(&store, [Require, Disable]);
    assert_eq!(modes(), "require require");
    migrate(&store, [Prefer, Prefer]);
    assert_eq!(modes(), "require require");

    administrator("ALTER SERVER tls_shard_0 OPTIONS (SET sslmode 'verify-full')");
    for mode in [Prefer, Disable, Require] {
        migrate(&store, [mode, mode]);
        assert_eq!(modes(), "verify-full require");
    }
    administrator("ALTER SERVER tls_shard_0 OPTIONS (DROP sslmode)");
    administrator("ALTER SERVER tls_shard_1 OPTIONS (DROP sslmode)");
    migrate(&store, [Prefer, Prefer]);
    assert_eq!(modes(), "- -");
    assert_eq!(total().unwrap(), 0);
}

/// Also if the foreign servers are created with this mode.
#[test]
fn new_shards_have_the_modes_of_the_layout() {
    if !available() {
        return;
    }
    let options = Servers::shared().options().with_schema("tls_new");
    let store = options.build_with_tls(Pretended).unwrap();
    migrate(&store, [SslMode::Require, SslMode::Require]);
    let error = block_on(store.list(&UnitQuery::default())).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
}
