//! A client that is no burden: requests signed beforehand, on connections that are kept.

use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(super) const CONNECTIONS: usize = 16;
pub(super) const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(super) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[derive(Clone)]
pub(super) struct Client {
    pub(super) address: String,
}

impl Client {
    /// A signed request as it goes over the wire.
    pub(super) fn signed(&self, operation: &str, body: &Value) -> anyhow::Result<Vec<u8>> {
        let body = body.to_string();
        let identity =
            Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "load").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("payment-cryptography")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let target = format!("PaymentCryptographyControlPlane.{operation}");
        let headers = [
            ("host", self.address.as_str()),
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target.as_str()),
        ];
        let uri = format!("http://{}/", self.address);
        let body_bytes = SignableBody::Bytes(body.as_bytes());
        let request = SignableRequest::new("POST", uri, headers.into_iter(), body_bytes)?;
        let (instructions, _) = sign(request, &parameters)?.into_parts();
        let mut text = "POST / HTTP/1.1\r\n".to_owned();
        for (name, value) in headers.into_iter().chain(instructions.headers()) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        Ok(text.into_bytes())
    }

    /// Makes an exportable key and answers its ARN.
    pub(super) async fn create(
        &self,
        usage: &str,
        algorithm: &str,
        modes: &[&str],
    ) -> anyhow::Result<String> {
        let modes: Value = modes.iter().map(|&mode| (mode.to_owned(), json!(true))).collect();
        let attributes = json!({
            "KeyUsage": usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": modes,
        });
        let request = json!({"KeyAttributes": attributes, "Exportable": true});
        let answer = self.call("CreateKey", &request).await?;
        let arn = answer.pointer("/Key/KeyArn").and_then(Value::as_str);
        Ok(arn.context("no key was made")?.to_owned())
    }

    /// Carries out one operation and answers what came.
    pub(super) async fn call(&self, operation: &str, body: &Value) -> anyhow::Result<Value> {
        let mut connection = Connection::open(&self.address).await?;
        let answer = connection.ask(&self.signed(operation, body)?).await?;
        Ok(serde_json::from_slice(answer)?)
    }

    /// Sends nine requests of one kind and then one of another over all connections, again and
    /// again, for `span`.
    pub(super) async fn load_nine_to_one(
        &self,
        nine: Vec<u8>,
        one: Vec<u8>,
        span: Duration,
    ) -> anyhow::Result<[Measured; 2]> {
        let mut connections = JoinSet::new();
        let start = Instant::now();
        for place in 0..CONNECTIONS {
            let (address, nine, one) = (self.address.clone(), nine.clone(), one.clone());
            connections.spawn(async move {
                let mut connection = Connection::open(&address).await?;
                let mut times = [Vec::new(), Vec::new()];
                let [of_nine, of_one] = &mut times;
                // Not all connections send the rare kind at once.
                for turn in place.. {
                    if start.elapsed() >= span {
                        break;
                    }
                    let is_one = turn % 10 == 9;
                    let sent = Instant::now();
                    connection.ask(if is_one { &one } else { &nine }).await?;
                    let times = if is_one { &mut *of_one } else { &mut *of_nine };
                    times.push(sent.elapsed());
                }
                anyhow::Ok(times)
            });
        }
        let mut all = [Vec::new(), Vec::new()];
        for outcome in connections.join_all().await {
            all.iter_mut().zip(outcome?).for_each(|(all, times)| all.extend(times));
        }
        let span = start.elapsed();
        Ok(all.map(|mut times| {
            times.sort_unstable();
            Measured { times, span }
        }))
    }

    /// Sends a request over all connections, again and again, for `span`.
    pub(super) async fn load(&self, request: Vec<u8>, span: Duration) -> anyhow::Result<Measured> {
        let mut connections = JoinSet::new();
        let start = Instant::now();
        for _ in 0..CONNECTIONS {
            let (address, request) = (self.address.clone(), request.clone());
            connections.spawn(async move {
                let mut connection = Connection::open(&address).await?;
                let mut times = Vec::new();
                while start.elapsed() < span {
                    let sent = Instant::now();
                    connection.ask(&request).await?;
                    times.push(sent.elapsed());
                }
                anyhow::Ok(times)
            });
        }
        let mut times = Vec::new();
        for outcome in connections.join_all().await {
            times.extend(outcome?);
        }
        times.sort_unstable();
        Ok(Measured { times, span: start.elapsed() })
    }
}

/// A connection that is kept.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // Room for every answer here, so that one is mostly read in one piece.
        Ok(Self { stream, buffer: Vec::with_capacity(16_384) })
    }

    /// Sends a request and answers the body of the response, whose status must be 200.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        let answer = self.whole_answer(request).await?;
        ensure!(answer.starts_with(b"HTTP/1.1 200"), "the server refused");
        Ok(whole_body(answer).unwrap_or_default())
    }

    /// Sends a request and answers the whole response, whatever its status is.
    pub(super) async fn whole_answer(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hung up");
            if whole_body(&self.buffer).is_some() {
                return Ok(&self.buffer);
            }
        }
    }
}

/// The body of a response, once all of it is there.
fn whole_body(response: &[u8]) -> Option<&[u8]> {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = response.split_at_checked(end.checked_add(4)?)?;
    let head = str::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    (length.parse() == Ok(body.len())).then_some(body)
}

/// How long each request took, shortest first, and all of them together.
pub(super) struct Measured {
    times: Vec<Duration>,
    span: Duration,
}

impl Measured {
    /// Requests a second.
    #[expect(clippy::as_conversions, reason = "counts of this size are exact in f64")]
    pub(super) fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.span.as_secs_f64()
    }

    /// The time that so many of a hundred requests took at most.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let index = self.times.len().saturating_mul(percent) / 100;
        self.times.get(index).copied().unwrap_or_default()
    }

    pub(super) fn print(
        &self,
        out: &mut impl Write,
        title: &str,
        base: Option<&Self>,
    ) -> anyhow::Result<()> {
        let milliseconds = |percent| self.percentile(percent).as_secs_f64() * 1000.0;
        let (rate, p50, p99) = (self.per_second(), milliseconds(50), milliseconds(99));
        write!(out, "  {title:<40}{rate:>8.0}/s  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms")?;
        if let Some(base) = base {
            write!(out, "  ratio {:.2}", rate / base.per_second())?;
        }
        Ok(writeln!(out)?)
    }
}
