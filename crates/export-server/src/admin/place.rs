//! Where the data is that a sub-command works on.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use key_store::SqliteStore;

use crate::randomness::OsRandomness;

/// Where the data is that a sub-command works on.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct PlaceArguments {
    /// The data directory of the server
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", default_value = "./export-server-data")]
    pub data_dir: PathBuf,
}

impl PlaceArguments {
    /// Opens the store that is there; a server may run on it meanwhile.
    ///
    /// # Errors
    ///
    /// If there is none, or it does not open.
    pub fn store(&self) -> anyhow::Result<SqliteStore> {
        let directory = &self.data_dir;
        let root_key = directory.join(SqliteStore::ROOT_KEY_FILE);
        ensure!(
            root_key.exists(),
            "there is no store in {}; the first start of the server makes one",
            directory.display()
        );
        SqliteStore::open_with_key_file(directory, &root_key, OsRandomness)
            .with_context(|| format!("cannot open the store in {}", directory.display()))
    }
}
