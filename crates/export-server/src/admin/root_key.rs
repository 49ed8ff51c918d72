//! `root-key`: another root key for a store.

use std::io::Write;

use anyhow::Context;
use clap::{Args, Subcommand};
use key_store::Store;
use serde_json::json;

use super::store_arguments::{StoreArguments, begin, source};
use crate::audit::ChangeKind;
use crate::randomness::OsRandomness;

/// What is done about the root key.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum RootKeyCommand {
    /// Put the store under another root key, also while it is served
    Rotate(RotateArguments),
}

/// From one root key to another.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct RotateArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub store: StoreArguments,
    /// The new root key: file:PATH, passphrase, or pkcs11:...; made where it is not there
    #[arg(long, value_name = "WHERE")]
    pub to: String,
    /// The descriptor to read the new passphrase from [default: ask on the terminal]
    #[arg(long, value_name = "NUMBER")]
    pub to_passphrase_fd: Option<u32>,
}

/// Carries out the command.
///
/// # Errors
///
/// Whatever keeps the store under its old root key, in words for whoever wants it changed.
pub fn run(command: RootKeyCommand, out: &mut impl Write) -> anyhow::Result<()> {
    let RootKeyCommand::Rotate(arguments) = command;
    begin();
    let RotateArguments { store, to, to_passphrase_fd } = arguments;
    let old = store.source()?;
    let new = source(&store, Some(&to), to_passphrase_fd, "to")?;
    let location = store.existing()?;
    let recorder = store.recorder()?;
    Store::rotate_root_key(&location, &store.data_dir, &old, &new, OsRandomness)
        .context("the root key is not rotated")?;
    let what = json!({"from": kind(store.root_key.as_deref()), "to": kind(Some(&to))});
    recorder.record(ChangeKind::RotateRootKey, what)?;
    writeln!(out, "The store {} is under the new root key.", store.shown(&location))?;
    writeln!(
        out,
        "Servers go on; start each of them again with --root-key before the next `store-key rotate`.\n\
         The old root key still opens backups made before; keep it or destroy it with them."
    )?;
    Ok(())
}

/// What kind of root key a setting names.
fn kind(setting: Option<&str>) -> &str {
    setting.and_then(|setting| setting.split(':').next()).unwrap_or("file")
}
