//! Many kinds of requests at half of what the server can do, then more than it can bear.

use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::certified;
use crate::client::{CONNECTIONS, Client, Connection};

/// How many connections ask at once for more than the server can bear: three times the operations
/// that it carries out at a time.
const TOO_MANY: usize = 3 * 512;

/// The steps in which times are counted, and how many there are of them: up to a second.
const STEP: Duration = Duration::from_micros(10);
const STEPS: usize = 100_000;

/// What came back over a while, in room that does not grow with it: what this program holds is
/// measured meanwhile.
struct Answers {
    /// How many took so many steps of those that were carried out.
    times: Vec<u32>,
    carried_out: u64,
    throttled: u64,
    /// Neither carried out nor ThrottlingException.
    errors: u64,
}

impl Answers {
    fn new() -> Self {
        Self { times: vec![0; STEPS], carried_out: 0, throttled: 0, errors: 0 }
    }

    fn note(&mut self, answer: &[u8], time: Duration) {
        if answer.starts_with(b"HTTP/1.1 200") {
            self.carried_out = self.carried_out.saturating_add(1);
            let steps = usize::try_from(time.as_nanos() / STEP.as_nanos()).unwrap_or(STEPS);
            if let Some(count) = self.times.get_mut(steps.min(STEPS - 1)) {
                *count = count.saturating_add(1);
            }
        } else if answer.windows(19).any(|part| part == b"ThrottlingException") {
            self.throttled = self.throttled.saturating_add(1);
        } else {
            self.errors = self.errors.saturating_add(1);
        }
    }

    /// The time, in milliseconds, that so many of a hundred took at most.
    fn percentile(&self, percent: u64) -> f64 {
        let wanted = self.carried_out.saturating_mul(percent) / 100;
        let mut counted = 0_u64;
        let place = self.times.iter().position(|&count| {
            counted = counted.saturating_add(count.into());
            counted > wanted
        });
        let steps = place.map_or(0, |place| place.saturating_add(1));
        STEP.as_secs_f64() * 1e3 * f64::from(u32::try_from(steps).unwrap_or(u32::MAX))
    }

    fn print(&self, out: &mut impl Write, what: &str, span: Duration) -> anyhow::Result<()> {
        let Self { throttled, errors, .. } = self;
        let (rate, p50, p99) = (self.per_second(span), self.percentile(50), self.percentile(99));
        Ok(writeln!(
            out,
            "  {what:<40}{rate:>8.0}/s  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms  \
             {throttled} throttled, {errors} errors"
        )?)
    }

    #[expect(clippy::as_conversions, reason = "counts of this size are exact in f64")]
    fn per_second(&self, span: Duration) -> f64 {
        self.carried_out as f64 / span.as_secs_f64()
    }
}

/// Asks so many connections to send the requests in turn, each with a pause between two beginnings.
async fn ask(
    client: &Client,
    requests: &Arc<[Vec<u8>]>,
    connections: usize,
    pause: Option<Duration>,
    span: Duration,
) -> anyhow::Result<Answers> {
    let answers = Arc::new(Mutex::new(Answers::new()));
    let mut running = JoinSet::new();
    let start = Instant::now();
    for place in 0..connections {
        let (address, requests) = (client.address.clone(), Arc::clone(requests));
        let answers = Arc::clone(&answers);
        running.spawn(async move {
            let mut connection = Connection::open(&address).await?;
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
                let time = sent.elapsed();
                answers.lock().unwrap_or_else(PoisonError::into_inner).note(answer, time);
            }
            anyhow::Ok(())
        });
    }
    running.join_all().await.into_iter().collect::<anyhow::Result<()>>()?;
    let answers = Arc::into_inner(answers).context("a connection is left")?;
    Ok(answers.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Measures the mixture: as much as goes, half of it for `span`, more than goes, and what is after.
pub(super) async fn measure(
    client: &Client,
    span: Duration,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let requests = certified::mixture(client).await?.into();
    writeln!(out, "mixture: 80 TR-31, 5 TR-34, 5 RSA cryptograms, 10 GetKey of 100")?;
    let short = Duration::from_secs(5);
    let most = ask(client, &requests, CONNECTIONS, None, short).await?;
    most.print(out, "as much as goes, 16 connections", short)?;

    let each = most.per_second(short) / 2.0 / f64::from(u32::try_from(CONNECTIONS)?);
    let before = resident_kilobytes()?;
    let pause = Some(Duration::from_secs_f64(1.0 / each));
    let half = ask(client, &requests, CONNECTIONS, pause, span).await?;
    half.print(out, &format!("half of that, for {span:?}"), span)?;
    let after = resident_kilobytes()?;
    writeln!(out, "  {:<40}{:>8} kB", "memory before", before)?;
    writeln!(out, "  {:<40}{:>8} kB", "memory after", after)?;

    let ten = Duration::from_secs(10);
    let over = ask(client, &requests, TOO_MANY, None, ten).await?;
    over.print(out, "1,536 connections, 512 at a time", ten)?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let again = ask(client, &requests, CONNECTIONS, pause, short).await?;
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
