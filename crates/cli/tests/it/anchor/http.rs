//! A server of one test: it hands each request to a function and answers what that gives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// A request as it came.
pub struct Request {
    /// Header lines, with names in small letters.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// An answer: the status line behind the version, more header lines, and the body.
pub struct Answer(pub &'static str, pub Vec<String>, pub Vec<u8>);

/// Answers until the test is over. Gives the address.
pub fn serve(mut answer: impl FnMut(Request) -> Answer + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
    let address = listener.local_addr().expect("has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever goes away in between was refused what it wanted; the next one is answered.
            one(stream, &mut answer).ok();
        }
    });
    format!("http://{address}")
}

fn one(mut stream: TcpStream, answer: &mut impl FnMut(Request) -> Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        headers.push(format!("{}: {value}", name.to_ascii_lowercase()));
    }
    let mut request = Request { headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    let Answer(status, more, body) = answer(request);
    let more: String = more.iter().map(|line| format!("{line}\r\n")).collect();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n", body.len())?;
    stream.write_all(&body)
}
