//! A store that lost commits which the audit trail knows of.
//!
//! SQLite takes a damaged end of its log for one that a crash cut off, and drops it in silence. But
//! whatever was acknowledged was written into the audit trail after its commit, with the number of
//! that commit; so a store that ends before it has lost something.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use export_api::ports::Clock;
use key_store::{SqliteStore, StoreLocation};

use crate::admin::StoreArguments;
use crate::audit::{accepted_loss, append_line, last_store_commit};
use crate::clock::SystemClock;
use crate::randomness::{OsRandomness, random_uuid};
use crate::serve::AUDIT_FILE;

/// What is missing from a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the store in {} has lost changes that were acknowledged: it ends with commit {held}, and a line \
     of the audit trail was written after commit {recorded}. Its files are left as they are. Restore \
     a backup, or go on without these changes by `export-server store accept-loss`",
    directory.display()
)]
#[non_exhaustive]
pub struct LostCommits {
    /// Where the store is.
    pub directory: PathBuf,
    /// The last commit that it holds.
    pub held: u64,
    /// The last commit that the audit trail knows to have been durable.
    pub recorded: u64,
}

/// Looks whether a store in a file lost commits that the audit trail in a data directory knows of;
/// neither is changed, and a server may run on both.
///
/// A database that several servers share does not count its commits, and loses none by itself.
///
/// # Errors
///
/// [`LostCommits`] if it did, and whatever cannot be read.
pub fn expect_none(data_directory: &Path, store: &StoreLocation) -> anyhow::Result<()> {
    let Some(directory) = store.directory(data_directory) else { return Ok(()) };
    match find(data_directory, directory)? {
        Some(lost) => Err(lost.into()),
        None => Ok(()),
    }
}

fn find(data_directory: &Path, directory: &Path) -> anyhow::Result<Option<LostCommits>> {
    // The trail first: the store may only be further by the time that it is looked at.
    let recorded = last_store_commit(&data_directory.join(AUDIT_FILE))?;
    let held = SqliteStore::commits_in(directory)
        .with_context(|| format!("cannot read the store in {}", directory.display()))?;
    let lost = recorded.filter(|&recorded| recorded > held);
    let directory = directory.to_owned();
    Ok(lost.map(|recorded| LostCommits { directory, held, recorded }))
}

/// What `store accept-loss` is told.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct AcceptLossArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub store: StoreArguments,
}

/// Goes on with a store that lost commits, and says so in the audit trail.
///
/// # Errors
///
/// If nothing is lost, a server runs, or one of the two cannot be written.
pub async fn accept(arguments: &AcceptLossArguments) -> anyhow::Result<LostCommits> {
    let AcceptLossArguments { store: arguments } = arguments;
    let directory = arguments.file_directory()?;
    let lost = find(&arguments.data_dir, &directory)?;
    let lost = lost.context("nothing is lost: the store has all that the audit trail knows of")?;
    let store = SqliteStore::open_existing(&directory, arguments.source()?, OsRandomness)?;
    // The line first: it is there before the loss is accepted, also if this ends in between.
    let (held, recorded) = (lost.held, lost.recorded);
    let ids = [random_uuid(&OsRandomness)?, random_uuid(&OsRandomness)?];
    let line = accepted_loss(SystemClock.now(), (held, recorded), &ids)?;
    append_line(&arguments.data_dir.join(AUDIT_FILE), &line, Some(recorded))?;
    store.raise_commits(recorded).await.context("the store cannot be written")?;
    Ok(lost)
}
