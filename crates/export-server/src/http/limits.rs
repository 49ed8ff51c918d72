//! How much of everything a client gets.

use std::time::Duration;

/// What one client, and all of them together, may take up.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tests set every limit")]
pub struct Limits {
    /// Bytes of a body. The longest request of the API is far shorter.
    pub body: usize,
    /// Bytes of the request line and all headers.
    pub headers: usize,
    /// How long the headers of a request may take to arrive, and how long a connection may rest
    /// between two requests.
    pub headers_time: Duration,
    /// How long the body of a request may take to arrive.
    pub body_time: Duration,
    /// How long a client may leave an answer lying without taking any of it; kept on Linux only.
    pub answer_time: Duration,
    /// How long an operation may take. It is carried out to its end even if that is later.
    pub operation_time: Duration,
    /// How long connections may take to end when the server stops.
    pub drain_time: Duration,
    /// How many connections are served at a time; further ones wait to be accepted.
    pub connections: usize,
    /// How many operations are carried out at a time; further requests are refused.
    pub operations: usize,
}

impl Limits {
    /// The limits that the server runs with.
    pub const USUAL: Self = Self {
        body: 256 * 1024,
        headers: 16 * 1024,
        headers_time: Duration::from_secs(10),
        body_time: Duration::from_secs(10),
        answer_time: Duration::from_secs(10),
        operation_time: Duration::from_secs(30),
        drain_time: Duration::from_secs(10),
        connections: 4096,
        operations: 512,
    };
}
