//! An HTTP client for tests: it sends any bytes, and returns the bytes of the answer.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The path of the endpoint, written out: a client knows no constant of the server.
const PATH: &str = "/api/v1/livechat/units";

/// The time after which a test fails if the server has not answered.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An answer, split into its parts.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The lines after the first, in lower case.
    pub head: String,
    /// The bytes after the head.
    pub body: Vec<u8>,
}

impl Reply {
    /// Splits the bytes of exactly one answer.
    pub fn parse(bytes: &[u8]) -> Self {
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

    /// The body as text.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

/// A connection whose reads fail after [`PATIENCE`].
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The head of a request for units by the manager, on a connection that closes.
pub fn head(method: &str, query_string: &str, token: &str) -> String {
    format!(
        "{method} {PATH}?{query_string} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         X-User-Id: manager\r\nX-Auth-Token: {token}\r\n\r\n"
    )
}

/// Sends bytes, and reads until the server closes the connection. The server may close it
/// before it has read all bytes.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
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
