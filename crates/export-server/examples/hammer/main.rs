//! Thousands of bad bodies to each operation over HTTP: no answer is a 5xx, no connection is
//! dropped, and what is refused changes neither store nor audit trail.
//!
//! `cargo run --release -p export-server --example hammer [NUMBER [SEED]]` sends NUMBER random
//! bodies and as many changed good ones to each operation, 10,000 unless told otherwise; both
//! follow from SEED. It fails at the first answer that is not as it must be and prints the request.
//!
//! Nobody has to sign here, the audit trail is not synchronised, and key pairs are made once for
//! each length; all else is the server as it runs.

mod bodies;
mod mutation;
mod setting;

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use tokio::runtime::Builder;

use bodies::Bodies;
use mutation::Seeded;
use setting::{Answer, Setting};

/// Operations that take nothing away from others come first.
const OPERATIONS: [&str; 21] = [
    "ExportKey",
    "ImportKey",
    "CreateKey",
    "GetParametersForExport",
    "GetParametersForImport",
    "GetCertificateSigningRequest",
    "GetPublicKeyCertificate",
    "GetKey",
    "GetAlias",
    "ListKeys",
    "ListAliases",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "CreateAlias",
    "UpdateAlias",
    "DeleteAlias",
    "StartKeyUsage",
    "StopKeyUsage",
    "RestoreKey",
    "DeleteKey",
];

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let number = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;
    // Each lane has a server of its own, so that what changes there is its own doing.
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    let workers: Vec<_> = (0..lanes)
        .map(|lane| {
            let operations: Vec<_> = OPERATIONS.into_iter().skip(lane).step_by(lanes).collect();
            thread::spawn(move || {
                let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
                runtime.block_on(hammer(&operations, number, seed))
            })
        })
        .collect();
    for worker in workers {
        worker.join().map_err(|_| anyhow!("a lane panicked"))??;
    }
    Ok(())
}

/// Sends everything to some of the operations, one after the other, on one connection.
async fn hammer(operations: &[&'static str], number: u32, seed: u64) -> anyhow::Result<()> {
    let mut setting = Setting::new().await?;
    let bodies = Bodies::of(&mut setting).await?;
    for &operation in operations {
        let mut random = Seeded(seed);
        let mut seen = Seen::default();
        for body in bodies.good(operation) {
            let answer = send(&mut setting, operation, body.to_string().as_bytes()).await?;
            ensure!(answer.carried_out(), "{operation} refuses a good body: {}", answer.body);
        }
        for _ in 0..number {
            let body = bodies.random(&mut random);
            seen.note(&send(&mut setting, operation, &body).await?);
            let body = bodies.changed(operation, &mut random);
            seen.note(&send(&mut setting, operation, &body).await?);
        }
        seen.print(operation)?;
    }
    Ok(())
}

/// Sends a body and judges the answer.
async fn send(
    setting: &mut Setting,
    operation: &'static str,
    body: &[u8],
) -> anyhow::Result<Answer> {
    let told = || {
        let text: String = String::from_utf8_lossy(body).chars().take(4_000).collect();
        format!("{operation} with {text:?}, {} bytes", body.len())
    };
    let answer = setting.ask(operation, body).await.with_context(told)?;
    ensure!(matches!(answer.status, 200 | 400), "{} to {}", answer.status, told());
    let changed = setting.has_changed()?;
    ensure!(answer.carried_out() || !changed, "changed by what was refused: {}", told());
    Ok(answer)
}

/// What came of the bodies for one operation.
#[derive(Default)]
struct Seen {
    codes: BTreeMap<String, u32>,
    slowest: Duration,
}

impl Seen {
    fn note(&mut self, answer: &Answer) {
        let count = self.codes.entry(answer.code.clone()).or_default();
        *count = count.saturating_add(1);
        self.slowest = self.slowest.max(answer.time);
    }

    fn print(&self, operation: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        write!(out, "{operation}: slowest {:?}", self.slowest)?;
        for (code, count) in &self.codes {
            write!(out, ", {count} {code}")?;
        }
        Ok(writeln!(out)?)
    }
}

impl Answer {
    const fn carried_out(&self) -> bool {
        self.status == 200
    }
}

/// When a request was sent, for its time.
fn now() -> Instant {
    Instant::now()
}
