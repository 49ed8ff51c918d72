//! A store with very many keys: how large it is, how long it takes to open, also after its process
//! was killed, and how long reads take.
//!
//! `cargo run --release -p export-server --example scale [KEYS]`, 1,000,000 unless told otherwise.
//! Keys are made by CreateKey, 512 at a time, with a buffered audit trail. Times are of this run.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use export_api::ports::{Caller, KeyPage, KeyReference, KeyStore};
use export_api::{Key, KeyArn, Operation, Realm, Service};
use export_server::audit::{AuditTrail, Durability};
use export_server::clock::SystemClock;
use export_server::randomness::OsRandomness;
use export_server::rsa_keys::LocalRsaKeys;
use key_store::SqliteStore;
use tokio::task::JoinSet;

const AT_ONCE: usize = 512;
const READS: usize = 20_000;
const PAGE: usize = 100;

const CREATE: &[u8] = br#"{"Exportable": true, "KeyAttributes": {
    "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY", "KeyClass": "SYMMETRIC_KEY",
    "KeyAlgorithm": "AES_128", "KeyModesOfUse": {"Encrypt": true, "Wrap": true}}}"#;

type LocalService =
    Service<SqliteStore, AuditTrail<OsRandomness>, SystemClock, OsRandomness, LocalRsaKeys>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("write") {
        return write_until_killed(Path::new(&arguments.next().context("a directory")?)).await;
    }
    let count: usize = first.map_or(Ok(1_000_000), |text| text.parse())?;
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let mut out = std::io::stdout().lock();

    let start = Instant::now();
    make(&data, count).await?;
    let rate = per_second(count, start.elapsed());
    writeln!(out, "{count} keys made, {rate:.0} a second")?;
    let size = fs::metadata(data.join(SqliteStore::DATABASE_FILE))?.len();
    let each = size / u64::try_from(count)?;
    writeln!(out, "{:<44}{each:>10} bytes", "the database, for each key")?;

    tell_of_opening(&mut out, "open, and one key, after a clean end", &data).await?;
    kill_a_writer(&data)?;
    tell_of_opening(&mut out, "open, and one key, after kill -9", &data).await?;

    let store = open(&data)?;
    let arns = some_arns(&store, count).await?;
    let mut times = Vec::new();
    for arn in arns.iter().cycle().take(READS) {
        let start = Instant::now();
        let found = store.key(&KeyReference::Arn(arn.clone())).await?;
        times.push(start.elapsed());
        ensure!(found.is_some(), "a key is lost");
    }
    tell(&mut out, "read a key", times)?;
    let mut times = Vec::new();
    for arn in arns.iter().take(1_000) {
        let mut page = KeyPage::default();
        (page.limit, page.after) = (PAGE, Some(arn.clone()));
        let start = Instant::now();
        store.keys(&page).await?;
        times.push(start.elapsed());
    }
    tell(&mut out, "a page of 100", times)?;
    let resident = resident_megabytes()?;
    Ok(writeln!(out, "{:<44}{resident:>10} MB", "memory of the process after that")?)
}

fn open(data: &Path) -> anyhow::Result<SqliteStore> {
    let root_key = data.join(SqliteStore::ROOT_KEY_FILE);
    Ok(SqliteStore::open_with_key_file(data, &root_key, OsRandomness)?)
}

fn service(data: &Path) -> anyhow::Result<LocalService> {
    let realm = Realm::new("us-east-1", "111122223333")?;
    let store = open(data)?;
    let path = data.join("audit.jsonl");
    let audit = AuditTrail::open(&path, realm.clone(), Durability::Buffered, OsRandomness)?;
    Ok(Service::new(realm, store, audit, SystemClock, OsRandomness, LocalRsaKeys::new()))
}

async fn make(data: &Path, count: usize) -> anyhow::Result<()> {
    let service = Arc::new(service(data)?);
    let mut running = JoinSet::new();
    for made in 0..count {
        if running.len() >= AT_ONCE {
            running.join_next().await.context("nothing runs")???;
        }
        let service = Arc::clone(&service);
        running.spawn(async move {
            let caller = Caller::new("scale".to_owned(), made.to_string());
            service.call(Operation::CreateKey, CREATE, &caller).await.map(drop)
        });
    }
    running.join_all().await.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(service.audit().close().await?)
}

/// Makes keys without end and says when the first is there.
async fn write_until_killed(data: &Path) -> anyhow::Result<()> {
    let service = service(data)?;
    let caller = Caller::new("scale".to_owned(), "write".to_owned());
    for made in 0_u64.. {
        service.call(Operation::CreateKey, CREATE, &caller).await?;
        if made == 0 {
            std::io::stdout().write_all(b"!")?;
            std::io::stdout().flush()?;
        }
    }
    Ok(())
}

/// Lets another process write to the store, and kills it at that.
fn kill_a_writer(data: &Path) -> anyhow::Result<()> {
    let mut child =
        Command::new(env::current_exe()?).arg("write").arg(data).stdout(Stdio::piped()).spawn()?;
    child.stdout.as_mut().context("no output")?.read_exact(&mut [0])?;
    std::thread::sleep(Duration::from_millis(200));
    child.kill()?;
    child.wait()?;
    Ok(())
}

async fn tell_of_opening(out: &mut impl Write, what: &str, data: &Path) -> anyhow::Result<()> {
    let start = Instant::now();
    let store = open(data)?;
    let mut page = KeyPage::default();
    page.limit = 1;
    ensure!(store.keys(&page).await?.len() == 1, "there is no key");
    Ok(writeln!(out, "{what:<44}{:>10.2} ms", start.elapsed().as_secs_f64() * 1e3)?)
}

/// ARNs from all over the store, in no order.
async fn some_arns(store: &SqliteStore, count: usize) -> anyhow::Result<Vec<KeyArn>> {
    let (mut found, mut page) = (Vec::new(), KeyPage::default());
    page.limit = 1_000;
    let stride = (count / 2_000).max(1);
    loop {
        let keys = store.keys(&page).await?;
        found.extend(keys.iter().step_by(stride).map(|key| key.arn().clone()));
        page.after = keys.last().map(|key: &Key| key.arn().clone());
        if keys.len() < page.limit || page.after.is_none() {
            break;
        }
    }
    // Far from each other, one after the other.
    found.sort_by_key(|arn| arn.to_string().bytes().rev().collect::<Vec<_>>());
    Ok(found)
}

fn tell(out: &mut impl Write, what: &str, mut times: Vec<Duration>) -> anyhow::Result<()> {
    times.sort_unstable();
    let at = |percent: usize| {
        let place = times.len().saturating_mul(percent) / 100;
        times.get(place).copied().unwrap_or_default().as_secs_f64() * 1e6
    };
    Ok(writeln!(out, "{what:<44}{:>10.1} µs, p99 {:.1} µs", at(50), at(99))?)
}

fn resident_megabytes() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kilobytes / 1024)
}

#[expect(clippy::as_conversions, reason = "counts of this size are exact in f64")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
