//! A collector for one test: takes batches over HTTP, and reads of their protobuf what a test asks.
//!
//! The numbers of fields are those of `opentelemetry/proto/trace/v1/trace.proto`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// A span as it was sent; ids in hex digits.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) start: u64,
    pub(super) end: u64,
    attributes: HashMap<String, String>,
}

impl Span {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// A collector that takes whatever comes.
pub(super) struct Collector {
    address: SocketAddr,
    taking: JoinHandle<Vec<u8>>,
    stop: std::sync::mpsc::Sender<()>,
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = std::sync::mpsc::channel();
        let taking = thread::spawn(move || {
            let mut bytes = Vec::new();
            for stream in listener.incoming() {
                if stopped.try_recv().is_ok() {
                    break;
                }
                bytes.extend(take(stream.unwrap()));
            }
            bytes
        });
        Self { address, taking, stop }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that was sent, and the spans in it.
    pub(super) fn stop(self) -> (Vec<u8>, Vec<Span>) {
        self.stop.send(()).unwrap();
        drop(TcpStream::connect(self.address).unwrap());
        let bytes = self.taking.join().unwrap();
        // Messages behind one another are one message with all their lists.
        let mut spans = Vec::new();
        for resource in fields(&bytes, 1) {
            for scope in fields(resource.bytes, 2) {
                spans.extend(fields(scope.bytes, 2).map(|field| span(field.bytes)));
            }
        }
        spans.sort_by_key(|span| span.start);
        (bytes, spans)
    }
}

/// Takes one batch, and answers its bytes.
fn take(mut stream: TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "POST /v1/traces HTTP/1.1\r\n");
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "content-type" => assert_eq!(value.trim(), "application/x-protobuf"),
            _ => (),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    body
}

/// A field of a protobuf message: a number, or bytes.
struct Field<'a> {
    tag: u64,
    number: u64,
    bytes: &'a [u8],
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

fn all_fields(mut bytes: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let (mut number, mut length) = (0, 0);
        match key & 7 {
            0 => number = varint(&mut bytes),
            1 => length = 8,
            2 => length = varint(&mut bytes).try_into().unwrap(),
            5 => length = 4,
            other => panic!("no wire type of protobuf: {other}"),
        }
        let (content, rest) = bytes.split_at(length);
        if key & 7 == 1 {
            number = u64::from_le_bytes(content.try_into().unwrap());
        }
        fields.push(Field { tag: key >> 3, number, bytes: content });
        bytes = rest;
    }
    fields
}

fn fields(bytes: &[u8], tag: u64) -> impl Iterator<Item = Field<'_>> {
    all_fields(bytes).into_iter().filter(move |field| field.tag == tag)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn span(bytes: &[u8]) -> Span {
    let one = |tag| fields(bytes, tag).next();
    let hex = |tag| one(tag).map(|field| base16ct::lower::encode_string(field.bytes));
    let time = |tag| one(tag).unwrap().number;
    let attributes = fields(bytes, 9).map(|field| {
        let of = |tag| fields(field.bytes, tag).next().unwrap().bytes;
        let value = all_fields(of(2)).pop().unwrap();
        let is_text = value.tag == 1;
        (text(of(1)), if is_text { text(value.bytes) } else { value.number.to_string() })
    });
    Span {
        trace: hex(1).unwrap(),
        id: hex(2).unwrap(),
        parent: hex(4).unwrap_or_default(),
        name: text(one(5).unwrap().bytes),
        start: time(7),
        end: time(8),
        attributes: attributes.collect(),
    }
}
