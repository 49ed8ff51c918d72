//! Where the data is that a sub-command works on.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use key_store::{SqliteStore, Store};

use crate::config::store_from;
use crate::randomness::OsRandomness;

/// Where the data is that a sub-command works on.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct PlaceArguments {
    /// The data directory of the server
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    pub data_dir: PathBuf,
    /// The store, where it is not in the data directory; EXPORT_SERVER_STORE names it too
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
}

impl PlaceArguments {
    /// Opens the store that is there; a server may run on it meanwhile.
    ///
    /// # Errors
    ///
    /// If there is none, or it does not open.
    pub fn open(&self) -> anyhow::Result<Store> {
        let directory = &self.data_dir;
        let location = store_from(self.store.as_deref(), None, |name| env::var(name))?;
        let root_key = directory.join(SqliteStore::ROOT_KEY_FILE);
        ensure!(
            root_key.exists(),
            "there is no store in {}; the first start of the server makes one",
            directory.display()
        );
        Store::open_existing(&location, directory, &root_key, OsRandomness)
            .with_context(|| format!("cannot open the store of {}", directory.display()))
    }
}
