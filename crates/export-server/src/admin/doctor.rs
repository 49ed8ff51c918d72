//! A look at everything that must be in order before the server starts, without changing any of it.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use clap::Args;
use export_api::Timestamp;
use export_api::ports::Clock;
use key_store::{SqliteStore, StoreLocation};
use serde::Deserialize;

use super::check::check_records;
use super::store_arguments::StoreArguments;
use crate::audit::verify;
use crate::clock::{CalendarTime, SystemClock};
use crate::lost_commits;
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

/// Looks at permissions, root key, schema, records, audit trail and clock; says whether all of it
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
    report.tell("root key, schema, records", store(&arguments.store).await)?;
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

async fn store(arguments: &StoreArguments) -> anyhow::Result<String> {
    let data = &arguments.data_dir;
    let database = data.join(SqliteStore::DATABASE_FILE);
    ensure!(database.is_file(), "there is no store: {} is missing", database.display());
    lost_commits::expect_none(data, &StoreLocation::DataDirectory)?;
    let store = SqliteStore::open_from(data, arguments.source()?, OsRandomness)?;
    let counts = check_records(&store).await.context("a record does not open")?;
    let last = store.commits().last();
    Ok(format!("{counts}, and each of them opens; no commit is lost up to the last, {last}"))
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
