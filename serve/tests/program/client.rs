//! A client that writes bytes and reads bytes.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use livechat_units_axum::PATH;

/// So long a test waits for what must happen, before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The lines after the first.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads the bytes of one answer and of nothing else.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let (head, body) = (str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 4..]);
        let (line, head) = head.split_once("\r\n").unwrap();
        Self {
            status: line.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_vec(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The head of a request for units by the manager, on a connection that closes.
pub(crate) fn head(method: &str, query_string: &str, token: &str) -> String {
    format!(
        "{method} {PATH}?{query_string} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         X-User-Id: manager\r\nX-Auth-Token: {token}\r\n\r\n"
    )
}

/// Sends bytes and reads all that comes, until the server closes. That it closes before
/// it has read everything is its right.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    let _may_close = stream.write_all(bytes);
    let mut read = Vec::new();
    match stream.read_to_end(&mut read) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error} after {} bytes", read.len()),
    }
    read
}
