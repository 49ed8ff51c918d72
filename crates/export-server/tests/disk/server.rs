//! A server on a disk that fails on order, and a client of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::disk::Disk;

/// What came back: whether it was carried out, and the body.
pub(crate) type Answer = Result<Value, Value>;

/// A server that answers whoever asks.
pub(crate) struct Server {
    child: Child,
    client: TcpStream,
}

impl Server {
    pub(crate) fn start(disk: &Disk) -> Self {
        Self::try_start(disk).expect("the server starts")
    }

    /// `None` if it ends instead, and says so.
    pub(crate) fn try_start(disk: &Disk) -> Option<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_export-server"));
        command.env_clear();
        disk.under(&mut command);
        let mut child = command
            .args(["serve", "--no-auth", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(disk.data())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
        while !greeting.contains("list-keys") {
            if lines.read_line(&mut greeting).unwrap() == 0 {
                let status = child.wait().unwrap();
                assert_eq!(status.code(), Some(1), "it refuses, and is not killed");
                return None;
            }
        }
        let address = greeting.split("://").nth(1).unwrap().split_whitespace().next().unwrap();
        let client = TcpStream::connect(address).unwrap();
        client.set_nodelay(true).unwrap();
        Some(Self { child, client })
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn call(&mut self, operation: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-amz-json-1.0\r\n\
             x-amz-target: PaymentCryptographyControlPlane.{operation}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.client.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        loop {
            let mut part = [0; 1 << 16];
            let read = self.client.read(&mut part).unwrap();
            assert!(read > 0, "{operation}: the server is gone");
            answer.extend(&part[..read]);
            let text = std::str::from_utf8(&answer).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.unwrap().parse() == Ok(body.len()) {
                let body = serde_json::from_str(body).unwrap();
                return if head.starts_with("HTTP/1.1 200") { Ok(body) } else { Err(body) };
            }
        }
    }

    /// Calls an operation that must be carried out.
    pub(crate) fn done(&mut self, operation: &str, body: &Value) -> Value {
        self.call(operation, body).unwrap_or_else(|error| panic!("{operation} {body}: {error}"))
    }

    /// Everything that a listing has.
    pub(crate) fn listed(&mut self, operation: &str, member: &str) -> Vec<Value> {
        let (mut found, mut request) = (Vec::new(), json!({"MaxResults": 100}));
        loop {
            let answer = self.done(operation, &request);
            found.extend(answer[member].as_array().unwrap().iter().cloned());
            match answer.get("NextToken") {
                Some(Value::String(next)) => request["NextToken"] = json!(next),
                _ => return found,
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only matters when a test fails before it kills its server.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
