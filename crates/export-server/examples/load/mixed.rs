//! Many kinds of requests at half of what the server can do, then more than it can bear.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::certified;
use crate::client::{CONNECTIONS, Client, Connection};

/// How many connections ask at once for more than the server can bear: three times the operations
/// that it carries out at a time.
const TOO_MANY: usize = 3 * 512;

/// What came back over a while.
#[derive(Default)]
struct Answers {
    /// How long those took that were carried out.
    times: Vec<Duration>,
    throttled: u64,
    /// Neither carried out nor ThrottlingException.
    errors: u64,
}

impl Answers {
    fn note(&mut self, answer: &[u8], time: Duration) {
        if answer.starts_with(b"HTTP/1.1 200") {
            self.times.push(time);
        } else if answer.windows(19).any(|part| part == b"ThrottlingException") {
            self.throttled = self.throttled.saturating_add(1);
        } else {
            self.errors = self.errors.saturating_add(1);
        }
    }

    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.throttled = self.throttled.saturating_add(other.throttled);
        self.errors = self.errors.saturating_add(other.errors);
    }

    fn print(&mut self, out: &mut impl Write, what: &str, span: Duration) -> anyhow::Result<()> {
        self.times.sort_unstable();
        let at = |percent: usize| {
            let place = self.times.len().saturating_mul(percent) / 100;
            self.times.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
        };
        let (rate, throttled, errors) = (self.per_second(span), self.throttled, self.errors);
        let (p50, p99) = (at(50), at(99));
        Ok(writeln!(
            out,
            "  {what:<40}{rate:>8.0}/s  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms  \
             {throttled} throttled, {errors} errors"
        )?)
    }

    #[expect(clippy::as_conversions, reason = "counts of this size are exact in f64")]
    fn per_second(&self, span: Duration) -> f64 {
        self.times.len() as f64 / span.as_secs_f64()
    }
}

/// Asks so many connections to send the requests in turn, each with a pause between two beginnings.
async fn ask(
    client: &Client,
    requests: &[Vec<u8>],
    connections: usize,
    pause: Option<Duration>,
    span: Duration,
) -> anyhow::Result<Answers> {
    let mut running = JoinSet::new();
    let start = Instant::now();
    for place in 0..connections {
        let (address, requests) = (client.address.clone(), requests.to_vec());
        running.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut answers = Answers::default();
            let mut next = tokio::time::Instant::now();
            for turn in place.. {
                if start.elapsed() >= span {
                    break;
                }
                if let Some(pause) = pause {
                    sleep_until(next).await;
                    next += pause;
                }
                // Numbers without a common divisor, so that connections do not march in step.
                let request = turn.wrapping_mul(37) % requests.len().max(1);
                let request = requests.get(request).context("there are no requests")?;
                let sent = Instant::now();
                let answer = connection.whole_answer(request).await?;
                answers.note(answer, sent.elapsed());
            }
            anyhow::Ok(answers)
        });
    }
    let mut all = Answers::default();
    for outcome in running.join_all().await {
        all.add(outcome?);
    }
    Ok(all)
}

/// Measures the mixture: as much as goes, half of it for `span`, more than goes, and what is after.
pub(super) async fn measure(
    client: &Client,
    span: Duration,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let requests = certified::mixture(client).await?;
    writeln!(out, "mixture: 80 TR-31, 5 TR-34, 5 RSA cryptograms, 10 GetKey of 100")?;
    let short = Duration::from_secs(5);
    let mut most = ask(client, &requests, CONNECTIONS, None, short).await?;
    most.print(out, "as much as goes, 16 connections", short)?;

    let each = most.per_second(short) / 2.0 / f64::from(u32::try_from(CONNECTIONS)?);
    let before = resident_kilobytes()?;
    let pause = Some(Duration::from_secs_f64(1.0 / each));
    let mut half = ask(client, &requests, CONNECTIONS, pause, span).await?;
    half.print(out, &format!("half of that, for {span:?}"), span)?;
    let after = resident_kilobytes()?;
    writeln!(out, "  {:<40}{:>8} kB", "memory before", before)?;
    writeln!(out, "  {:<40}{:>8} kB", "memory after", after)?;

    let ten = Duration::from_secs(10);
    let mut over = ask(client, &requests, TOO_MANY, None, ten).await?;
    over.print(out, "1,536 connections, 512 at a time", ten)?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut again = ask(client, &requests, CONNECTIONS, pause, short).await?;
    again.print(out, "half again, two seconds later", short)?;
    let errors = [&most, &half, &over, &again].map(|answers| answers.errors);
    ensure!(errors == [0; 4], "errors: {errors:?}");
    Ok(())
}

fn resident_kilobytes() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.context("no VmRSS")?.trim().trim_end_matches(" kB").trim().parse()?)
}
