//! A look at everything that must be in order before the server starts, without changing any of it.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use clap::Args;
use export_api::Timestamp;
use export_api::ports::Clock;
use key_store::{PostgresServer, PostgresStore, Store, StoreLocation};
use serde::Deserialize;

use super::check::check_records;
use super::store_arguments::StoreArguments;
use crate::audit::verify;
use crate::clock::{CalendarTime, SystemClock};
use crate::randomness::OsRandomness;
use crate::serve::AUDIT_FILE;

/// What `doctor` is told.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct DoctorArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub store: StoreArguments,
}

/// 2026-01-01: this release is younger than that.
const RELEASED: Timestamp = Timestamp::from_milliseconds(1_767_225_600_000);

/// How many milliseconds the clocks of server and database may be apart: those that follow NTP are
/// much nearer.
const CLOCKS_APART: u64 = 5_000;

/// Looks at permissions, the database if the store is in one, root key, schema, records, audit trail and clock; says whether all of it
/// is in order.
///
/// # Errors
///
/// If the report cannot be written.
pub async fn examine(arguments: &DoctorArguments, out: &mut impl Write) -> io::Result<bool> {
    let data = &arguments.store.data_dir;
    let trail = data.join(AUDIT_FILE);
    let mut report = Report { out, is_well: true };
    report.tell("permissions", permissions(data))?;
    let location = arguments.store.location();
    if let Ok(StoreLocation::Postgres(url)) = &location {
        let (before, server) = (SystemClock.now(), PostgresStore::server(url));
        let after = SystemClock.now();
        match server {
            Ok(server) => {
                report.tell("connection", connection(&server))?;
                report.tell("durability", Ok(durability(&server)))?;
                report.tell("clock of the database", same_time(before, server.clock, after))?;
            }
            Err(error) => report.tell("connection", Err(error.into()))?,
        }
    }
    report.tell("root key, schema, records", store(&arguments.store, location).await)?;
    report.tell("audit trail", chain(&trail))?;
    report.tell("clock", clock(&trail, SystemClock.now()))?;
    Ok(report.is_well)
}

struct Report<'a, W> {
    out: &'a mut W,
    is_well: bool,
}

impl<W: Write> Report<'_, W> {
    fn tell(&mut self, what: &str, outcome: anyhow::Result<String>) -> io::Result<()> {
        match outcome {
            Ok(found) => writeln!(self.out, "ok    {what}: {found}"),
            Err(problem) => {
                self.is_well = false;
                writeln!(self.out, "FAIL  {what}: {problem:#}")
            }
        }
    }
}

/// Nobody but the owner may look into the directory or any file in it.
fn permissions(data: &Path) -> anyhow::Result<String> {
    let look = |path: &Path| -> anyhow::Result<()> {
        let mode = fs::metadata(path)
            .with_context(|| format!("cannot look at {}", path.display()))?
            .mode();
        ensure!(
            mode & 0o077 == 0,
            "{0} is open to other users; run: chmod go-rwx {0}",
            path.display()
        );
        Ok(())
    };
    look(data)?;
    let mut files = 0_usize;
    for entry in fs::read_dir(data)? {
        look(&entry?.path())?;
        files = files.saturating_add(1);
    }
    Ok(format!("{} and {files} files are for their owner only", data.display()))
}

/// What is sent to another machine must be hidden from those in between.
fn connection(server: &PostgresServer) -> anyhow::Result<String> {
    let PostgresServer { version, tls, is_here, .. } = server;
    match tls {
        Some(tls) => Ok(format!("PostgreSQL {version}, by {tls}")),
        None if *is_here => Ok(format!("PostgreSQL {version} on this machine, without TLS")),
        None => bail!("PostgreSQL {version} on another machine without TLS; take sslmode away"),
    }
}

/// The settings, which a store does not open without.
fn durability(server: &PostgresServer) -> String {
    let shown: Vec<_> =
        server.settings.iter().map(|(setting, value)| format!("{setting} = {value}")).collect();
    shown.join(", ")
}

/// The clock of the database was read between two moments of ours.
fn same_time(before: Timestamp, found: Timestamp, after: Timestamp) -> anyhow::Result<String> {
    let [before, found, after] = [before, found, after].map(Timestamp::milliseconds);
    let (apart, how) = match found > after {
        true => (found - after, "ahead of"),
        false => (before.saturating_sub(found), "behind"),
    };
    ensure!(apart <= CLOCKS_APART, "it is {apart} ms {how} ours; set both by NTP");
    Ok(format!("within {} ms of ours", apart.saturating_add(after.saturating_sub(before))))
}

async fn store(
    arguments: &StoreArguments,
    location: anyhow::Result<StoreLocation>,
) -> anyhow::Result<String> {
    let (data, location) = (&arguments.data_dir, location?);
    if let StoreLocation::DataDirectory | StoreLocation::Directory(_) = &location {
        arguments.existing()?;
    }
    let store = Store::open_existing(&location, data, arguments.source()?, OsRandomness)?;
    let counts = check_records(&store).await.context("a record does not open")?;
    let commits = store.commits().map(|commits| commits.last());
    let whole = commits.map(|last| format!("; no commit is lost up to the last, {last}"));
    Ok(format!("{counts}, and each of them opens{}", whole.unwrap_or_default()))
}

fn chain(trail: &Path) -> anyhow::Result<String> {
    let file = File::open(trail).with_context(|| format!("cannot read {}", trail.display()))?;
    let head = verify(BufReader::new(file), None)?;
    Ok(format!("the chain of {} lines holds, head {}", head.sequence_number, head.digits()))
}

/// A clock that was set back would let ended tokens live, and refuse every signature.
fn clock(trail: &Path, now: Timestamp) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Line {
        event_time: String,
    }
    let shown = CalendarTime::from(now).extended();
    ensure!(now >= RELEASED, "it says {shown}, which is before this release");
    let Ok(text) = fs::read_to_string(trail) else { return Ok(shown) };
    let Some(last) = text.lines().next_back() else { return Ok(shown) };
    let Ok(Line { event_time }) = serde_json::from_str(last) else { return Ok(shown) };
    if event_time > shown {
        bail!("it says {shown}, but the last line of the audit trail is from {event_time}");
    }
    Ok(format!("{shown}, after the last line of the audit trail"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_apart_are_told() {
        let at = Timestamp::from_milliseconds;
        for near in [95_000, 100_000, 100_010, 105_020] {
            same_time(at(100_000), at(near), at(100_020)).unwrap();
        }
        for (far, how) in [(94_999, "5001 ms behind"), (105_021, "5001 ms ahead")] {
            let told = same_time(at(100_000), at(far), at(100_020)).unwrap_err().to_string();
            assert!(told.contains(how), "{told}");
        }
    }
}
