//! Which store a sub-command is about.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use key_store::{RootKeySource, SqliteStore, Store, StoreLocation};
use tracing::Level;

use super::recorder::Recorder;
use crate::config::{RootKeySetting, store_from};
use crate::lost_commits;
use crate::process;
use crate::randomness::OsRandomness;

/// Where a store and its root key are.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct StoreArguments {
    /// The data directory of the server
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    pub data_dir: PathBuf,
    /// The store, where it is not in the data directory; EXPORT_SERVER_STORE names it too
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// Its root key: file:PATH, passphrase, or pkcs11:... [default: root.key in the data directory]
    #[arg(long, env = "EXPORT_SERVER_ROOT_KEY", value_name = "WHERE")]
    pub root_key: Option<String>,
    /// The descriptor to read the passphrase from [default: ask on the terminal]
    #[arg(long, env = "EXPORT_SERVER_ROOT_KEY_PASSPHRASE_FD", value_name = "NUMBER")]
    pub root_key_passphrase_fd: Option<u32>,
}

impl StoreArguments {
    pub(crate) fn source(&self) -> anyhow::Result<RootKeySource> {
        source(self, self.root_key.as_deref(), self.root_key_passphrase_fd, "root-key")
    }

    /// Opens the store that is there, of either kind; a server may run on it meanwhile.
    pub(super) fn open(&self) -> anyhow::Result<Store> {
        begin();
        let location = self.existing()?;
        Store::open_existing(&location, &self.data_dir, self.source()?, OsRandomness)
            .with_context(|| format!("cannot open the store {}", self.shown(&location)))
    }

    /// Where the store is; in a directory there must be one, which lost nothing.
    pub(super) fn existing(&self) -> anyhow::Result<StoreLocation> {
        let location = self.location()?;
        lost_commits::expect_none(&self.data_dir, &location)?;
        if let Some(directory) = location.directory(&self.data_dir) {
            Self::expect_file(directory)?;
        }
        Ok(location)
    }

    /// Where a store is, for people.
    pub(super) fn shown(&self, location: &StoreLocation) -> String {
        shown(location, &self.data_dir)
    }

    /// What records in the audit trail of the data directory, wherever the store is.
    pub(super) fn recorder(&self) -> anyhow::Result<Recorder> {
        Recorder::open(&self.data_dir)
    }

    /// The directory of a store in a file, whatever it lost.
    pub(crate) fn file_directory(&self) -> anyhow::Result<PathBuf> {
        let location = self.location()?;
        let directory = location.directory(&self.data_dir);
        let directory = directory.context("a database does not count its commits")?;
        Self::expect_file(directory)?;
        Ok(directory.to_owned())
    }

    pub(super) fn location(&self) -> anyhow::Result<StoreLocation> {
        Ok(store_from(self.store.as_deref(), None, |name| env::var(name))?)
    }

    fn expect_file(directory: &Path) -> anyhow::Result<()> {
        ensure!(
            SqliteStore::is_in(directory),
            "there is no store in {}; the first start of the server makes one",
            directory.display()
        );
        Ok(())
    }
}

/// Where a store is, for people.
pub(super) fn shown(location: &StoreLocation, data_directory: &Path) -> String {
    match location {
        StoreLocation::Postgres(url) => url.to_string(),
        StoreLocation::Directory(directory) => format!("in {}", directory.display()),
        _ => format!("in {}", data_directory.display()),
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
