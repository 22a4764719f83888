//! A client with one connection, which must stay open.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const TOKEN: &str = "load";

pub(crate) struct Client {
    connection: BufReader<TcpStream>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            connection: BufReader::new(stream),
        })
    }

    /// Sends a request as the manager and reads the whole answer. A connection that the server
    /// closes is an error.
    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &str) -> io::Result<Answer> {
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: load\r\nX-User-Id: manager\r\n\
             X-Auth-Token: {TOKEN}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.connection.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let status = (status.split(' ').nth(1))
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| wrong(format!("expected a status, found {status:?}")))?;
        let mut length = None;
        loop {
            let header = self.line()?;
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok();
            }
        }
        let length = length.ok_or_else(|| wrong("expected a content-length".to_owned()))?;
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }

    /// A line of the head, without its line break.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.connection.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn wrong(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}
