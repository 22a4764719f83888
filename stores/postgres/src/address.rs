//! Where a server is, in words for errors.

use tokio_postgres::config::{Config, Host};

/// PostgreSQL's own port, where a configuration names none.
const USUAL_PORT: u16 = 5432;

/// The hosts and ports of a configuration, such as `10.0.0.1:5432`, one after the other.
/// Nothing else of the configuration is in the text.
pub(crate) fn of(config: &Config) -> String {
    let ports = config.get_ports();
    let port = |at: usize| {
        let port = ports.get(at).or_else(|| ports.first());
        port.copied().unwrap_or(USUAL_PORT)
    };
    let mut servers: Vec<String> = Vec::new();
    for (at, host) in config.get_hosts().iter().enumerate() {
        servers.push(match host {
            Host::Tcp(name) => match without_password(name) {
                name if name.contains(':') => format!("[{name}]:{}", port(at)),
                name => format!("{name}:{}", port(at)),
            },
            #[cfg(unix)]
            Host::Unix(path) => {
                let path = path.to_string_lossy();
                format!("{}/.s.PGSQL.{}", without_password(&path), port(at))
            }
        });
    }
    if servers.is_empty() {
        let addresses = config.get_hostaddrs().iter().enumerate();
        servers.extend(
            addresses
                .map(|(at, ip)| (*ip, port(at)).into())
                .map(|address: std::net::SocketAddr| address.to_string()),
        );
    }
    if servers.is_empty() {
        return "a configuration without a host".to_owned();
    }
    servers.join(", ")
}

/// What follows the last `@` of a host. A password in a URL should have `%40` for each `@`;
/// where it has not, the driver takes its part after the first `@` for a part of the host.
fn without_password(host: &str) -> &str {
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_named_and_passwords_are_not() {
        for (config, text) in [
            ("host=db.example user=u password=secret", "db.example:5432"),
            ("host=a,b port=1,2 dbname=d", "a:1, b:2"),
            ("host=a,b port=7", "a:7, b:7"),
            ("host=::1 port=7", "[::1]:7"),
            ("hostaddr=127.0.0.1 port=7", "127.0.0.1:7"),
            ("postgresql://app:p@ss@db/x", "db:5432"),
            ("postgresql://app:p@s@s@db:7,p@other:8/x", "db:7, other:8"),
            ("postgresql://app:p%40ss@db/x", "db:5432"),
            ("host=p@/run", "/run:5432"),
            ("user=u", "a configuration without a host"),
            #[cfg(unix)]
            ("host=/p@/run", "/run/.s.PGSQL.5432"),
            #[cfg(unix)]
            ("host=/run/postgresql", "/run/postgresql/.s.PGSQL.5432"),
        ] {
            assert_eq!(of(&config.parse().unwrap()), text);
        }
    }
}
