//! The hosts and the ports of a configuration as text, for errors.

use std::net::SocketAddr;

use tokio_postgres::config::{Config, Host};

/// PostgreSQL's default port.
const DEFAULT_PORT: u16 = 5432;

/// The hosts and the ports of a configuration, such as `10.0.0.1:5432`, separated by commas.
///
/// The text contains nothing else of the configuration, and no part of a password. An `@` in
/// a password of a URL should be written `%40`. If it is not, the driver splits the password
/// at the first `@` and reads the rest as hosts, and after a `/` as the database. Therefore
/// everything up to the last `@` is left out.
pub(crate) fn address(config: &Config) -> String {
    if config.get_dbname().is_some_and(|name| name.contains('@')) {
        return "a server whose host follows an unescaped @".to_owned();
    }
    let ports = config.get_ports();
    let port = |index: usize| {
        let port = ports.get(index).or_else(|| ports.first());
        port.copied().unwrap_or(DEFAULT_PORT)
    };
    let mut servers: Vec<String> = Vec::new();
    for (index, host) in config.get_hosts().iter().enumerate() {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.to_string_lossy().into_owned(),
        };
        let host = match host.rsplit_once('@') {
            Some((_, host)) => {
                servers.clear();
                host
            }
            None => &host,
        };
        servers.push(match host {
            path if path.starts_with('/') => format!("{path}/.s.PGSQL.{}", port(index)),
            ip if ip.contains(':') => format!("[{ip}]:{}", port(index)),
            name => format!("{name}:{}", port(index)),
        });
    }
    if servers.is_empty() {
        let addresses = config.get_hostaddrs().iter().enumerate();
        let addresses = addresses.map(|(index, ip)| SocketAddr::new(*ip, port(index)).to_string());
        servers.extend(addresses);
    }
    if servers.is_empty() {
        return "a configuration without a host".to_owned();
    }
    servers.join(", ")
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
            ("postgresql://app:p@s@s@db:7,other:8/x", "db:7, other:8"),
            ("postgresql://app:p@s,p@s@db:7,other:8/x", "db:7, other:8"),
            (
                "postgresql://app:p@s/p@db:7/x",
                "a server whose host follows an unescaped @",
            ),
            ("postgresql://app:p%40ss@db/x", "db:5432"),
            ("host=p@/run", "/run/.s.PGSQL.5432"),
            ("user=u", "a configuration without a host"),
            #[cfg(unix)]
            ("host=/p@/run", "/run/.s.PGSQL.5432"),
            #[cfg(unix)]
            ("host=/run/postgresql", "/run/postgresql/.s.PGSQL.5432"),
        ] {
            assert_eq!(address(&config.parse().unwrap()), text);
        }
    }
}
