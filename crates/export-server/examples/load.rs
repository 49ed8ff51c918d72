//! Measures ExportKey over HTTP with Signature Version 4 against a constant answer of the same
//! server in the same run: 16 connections that are kept, one client thread.
//!
//! Usage: `cargo run --release --example load [SECONDS]`. Each connection sends one request that
//! was signed beforehand over and over, so the cost of signing is not counted; the server
//! verifies every one of them.

use std::env;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use export_server::audit::Durability;
use export_server::config::ServeArguments;
use export_server::serve::Server;
use export_server::sigv4::Credential;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 16;
const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn main() -> anyhow::Result<()> {
    let seconds = env::args().nth(1).map_or(Ok(5), |text| text.parse())?;
    for audit in [Durability::Durable, Durability::Buffered] {
        measure(audit, Duration::from_secs(seconds))?;
    }
    Ok(())
}

/// Starts a server and measures the constant answer, then exports of both versions.
fn measure(audit: Durability, span: Duration) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let mut arguments = ServeArguments::default();
    arguments.given.listen = Some("127.0.0.1:0".parse()?);
    arguments.given.data_dir = Some(directory.path().join("data"));
    arguments.given.audit = Some(audit);
    let settings = arguments.resolve()?;
    let access_key = Credential::new(ACCESS_KEY_ID.parse()?, SECRET_ACCESS_KEY.parse()?);

    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let server = runtime.block_on(Server::open(&settings, Some(access_key)))?;
    let address = server.address().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = runtime.spawn(server.run(async {
        let _ = stopped.await;
    }));

    let client = Client { address };
    let mut out = std::io::stdout().lock();
    let clients = Builder::new_current_thread().enable_all().build()?;
    clients.block_on(async {
        writeln!(out, "audit {audit:?}, {CONNECTIONS} connections, {span:?} each")?;
        let health = format!("GET /health HTTP/1.1\r\nhost: {}\r\n\r\n", client.address);
        let constant = client.load(health.into_bytes(), span).await?;
        constant.print(&mut out, "constant answer", None)?;
        for (title, kek, key) in [
            ("ExportKey D, TDES_2KEY under AES_256", "AES_256", "TDES_2KEY"),
            ("ExportKey B, TDES_2KEY under TDES_3KEY", "TDES_3KEY", "TDES_2KEY"),
        ] {
            let kek =
                client.create("TR31_K0_KEY_ENCRYPTION_KEY", kek, &["Encrypt", "Wrap"]).await?;
            let key = client.create("TR31_B0_BASE_DERIVATION_KEY", key, &["DeriveKey"]).await?;
            let body = json!({
                "ExportKeyIdentifier": key,
                "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
            });
            let exports = client.load(client.signed("ExportKey", &body)?, span).await?;
            exports.print(&mut out, title, Some(&constant))?;
        }
        writeln!(out)?;
        anyhow::Ok(())
    })?;
    drop(stop);
    runtime.block_on(running)?
}

struct Client {
    address: String,
}

impl Client {
    /// A signed request as it goes over the wire.
    fn signed(&self, operation: &str, body: &Value) -> anyhow::Result<Vec<u8>> {
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
    async fn create(&self, usage: &str, algorithm: &str, modes: &[&str]) -> anyhow::Result<String> {
        let modes: Value = modes.iter().map(|&mode| (mode.to_owned(), json!(true))).collect();
        let attributes = json!({
            "KeyUsage": usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": modes,
        });
        let request = json!({"KeyAttributes": attributes, "Exportable": true});
        let mut connection = Connection::open(&self.address).await?;
        let answer = connection.ask(&self.signed("CreateKey", &request)?).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let arn = answer.pointer("/Key/KeyArn").and_then(Value::as_str);
        Ok(arn.context("no key was made")?.to_owned())
    }

    /// Sends a request over all connections, again and again, for `span`.
    async fn load(&self, request: Vec<u8>, span: Duration) -> anyhow::Result<Measured> {
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
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and answers the body of the response, whose status must be 200.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hung up");
            if let Some(body) = whole_body(&self.buffer) {
                ensure!(self.buffer.starts_with(b"HTTP/1.1 200"), "the server refused");
                return Ok(body.to_vec());
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
struct Measured {
    times: Vec<Duration>,
    span: Duration,
}

impl Measured {
    #[expect(clippy::as_conversions, reason = "counts of this size are exact in f64")]
    fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.span.as_secs_f64()
    }

    /// The time that so many of a hundred requests took at most.
    fn percentile(&self, percent: usize) -> Duration {
        let index = self.times.len().saturating_mul(percent) / 100;
        self.times.get(index).copied().unwrap_or_default()
    }

    fn print(&self, out: &mut impl Write, title: &str, base: Option<&Self>) -> anyhow::Result<()> {
        let milliseconds = |percent| self.percentile(percent).as_secs_f64() * 1000.0;
        let (rate, p50, p99) = (self.per_second(), milliseconds(50), milliseconds(99));
        write!(out, "  {title:<40}{rate:>8.0}/s  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms")?;
        if let Some(base) = base {
            write!(out, "  ratio {:.2}", rate / base.per_second())?;
        }
        Ok(writeln!(out)?)
    }
}
