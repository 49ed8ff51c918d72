//! Which store a sub-command is about.

use std::io;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use key_store::{RootKeySource, SqliteStore};
use tracing::Level;

use crate::config::RootKeySetting;
use crate::process;
use crate::randomness::OsRandomness;

/// Where a store and its root key are.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct StoreArguments {
    /// The data directory of the server
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    pub data_dir: PathBuf,
    /// Its root key: file:PATH, passphrase, or pkcs11:... [default: root.key in the data directory]
    #[arg(long, env = "EXPORT_SERVER_ROOT_KEY", value_name = "WHERE")]
    pub root_key: Option<String>,
    /// The descriptor to read the passphrase from [default: ask on the terminal]
    #[arg(long, env = "EXPORT_SERVER_ROOT_KEY_PASSPHRASE_FD", value_name = "NUMBER")]
    pub root_key_passphrase_fd: Option<u32>,
}

impl StoreArguments {
    pub(super) fn source(&self) -> anyhow::Result<RootKeySource> {
        source(self, self.root_key.as_deref(), self.root_key_passphrase_fd, "root-key")
    }

    pub(super) fn open(&self) -> anyhow::Result<SqliteStore> {
        begin();
        let directory = &self.data_dir;
        ensure!(
            SqliteStore::is_in(directory),
            "there is no store in {}; the first start of the server makes one",
            directory.display()
        );
        SqliteStore::open_from(directory, self.source()?, OsRandomness)
            .with_context(|| format!("cannot open the store in {}", directory.display()))
    }
}

/// The source that a flag of this name gives.
pub(super) fn source(
    arguments: &StoreArguments,
    given: Option<&str>,
    descriptor: Option<u32>,
    name: &str,
) -> anyhow::Result<RootKeySource> {
    let setting = RootKeySetting::parse(given, descriptor);
    setting
        .and_then(|setting| setting.source(&arguments.data_dir))
        .with_context(|| format!("the setting {name}"))
}

/// What every sub-command does before it touches a key.
pub(super) fn begin() {
    let log = tracing_subscriber::fmt().with_max_level(Level::WARN).with_writer(io::stderr);
    // There is a log already where several commands run in one process.
    let _ = log.try_init();
    process::harden();
}
