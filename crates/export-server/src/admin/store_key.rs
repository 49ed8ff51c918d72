//! `store-key`: a new key under which all records are sealed.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Subcommand;
use export_api::ports::CommitError;
use key_store::{Resealing, Store};
use serde_json::json;
use tokio::time::sleep;

use super::StoreArguments;
use crate::audit::ChangeKind;

/// How many records are sealed anew in one transaction: a server that writes waits no longer than
/// that takes.
const STEP: usize = 64;
/// The least pause between transactions; otherwise it is as long as the one before took.
const PAUSE: Duration = Duration::from_millis(1);

/// What is done about the store key.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum StoreKeyCommand {
    /// Make a new store key, seal all records under it while the store is served, and delete the
    /// old one; takes on a rotation that was interrupted
    Rotate(StoreArguments),
}

/// Carries out the command.
///
/// # Errors
///
/// Whatever keeps records under the old store key. What was done stays, and the command takes it
/// on from there.
pub async fn run(command: StoreKeyCommand, out: &mut impl Write) -> anyhow::Result<()> {
    let StoreKeyCommand::Rotate(arguments) = command;
    let store = arguments.open()?;
    let recorder = arguments.recorder()?;
    let outcome = rotate(&store, out).await;
    let keys = store.store_keys().await.context("the store keys cannot be read")?;
    let what = json!({"storeKey": keys.iter().max(), "allRecords": outcome.is_ok()});
    recorder.record(ChangeKind::RotateStoreKey, what)?;
    outcome
}

/// Makes a new store key unless there is one already, seals everything under it, and deletes the
/// old ones.
///
/// # Errors
///
/// As [`run`].
pub async fn rotate(store: &Store, out: &mut impl Write) -> anyhow::Result<()> {
    let before = store.store_keys().await.context("the store keys cannot be read")?;
    if before.len() == 1 {
        store.add_store_key().await.context("no store key is made")?;
    } else {
        writeln!(out, "A rotation was interrupted and is taken on.")?;
    }
    let keys = store.store_keys().await.context("the store keys cannot be read")?;
    let newest = keys.iter().max().context("there is no store key")?;
    writeln!(out, "Store key {newest} seals from now on.")?;

    let mut sealed = 0_u64;
    loop {
        let walk = walk(store).await?;
        sealed = sealed.saturating_add(walk.found().saturating_sub(walk.damaged()));
        ensure!(
            walk.damaged() == 0,
            "{} records are damaged; {sealed} were sealed anew, and the old store key stays",
            walk.damaged()
        );
        if walk.found() > 0 {
            // Some may have been left to others who wrote them.
            continue;
        }
        match store.delete_old_store_keys().await {
            Ok(()) => break,
            Err(CommitError::Conflict) => (),
            Err(error) => return Err(error).context("the old store key is not deleted"),
        }
    }
    let old = keys.iter().filter(|key| *key != newest).map(u32::to_string).collect::<Vec<_>>();
    writeln!(out, "{sealed} records sealed anew; store key {} is deleted.", old.join(", "))?;
    Ok(())
}

async fn walk(store: &Store) -> anyhow::Result<Resealing> {
    let mut walk = Resealing::default();
    loop {
        let start = Instant::now();
        let goes_on = store.reseal_next(&mut walk, STEP).await;
        if !goes_on.context("records cannot be sealed anew; run this again")? {
            return Ok(walk);
        }
        // Others get their turn.
        sleep(start.elapsed().max(PAUSE)).await;
    }
}
