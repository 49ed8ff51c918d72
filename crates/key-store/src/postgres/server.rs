//! What a server says of itself, for those who look whether all is well.

use export_api::Timestamp;

use super::session::{self, PROMISES};
use super::worker::Worker;
use super::{PostgresStore, PostgresUrl};
use crate::Error;

/// A PostgreSQL server as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresServer {
    /// Its release.
    pub version: String,
    /// The version of TLS that is spoken with it; `None` if none is.
    pub tls: Option<String>,
    /// Whether it is on this machine.
    pub is_here: bool,
    /// The settings that durability rests on, all as they must be, and whether pages have checksums.
    pub settings: Vec<(&'static str, String)>,
    /// What its clock said.
    pub clock: Timestamp,
}

impl PostgresStore {
    /// Looks at the server of a database, without asking for a store. The calling thread waits.
    ///
    /// # Errors
    ///
    /// [`Error::ServerSetting`] if the server does not keep what it acknowledges, [`Error::Tls`],
    /// [`Error::Database`] or [`Error::Thread`].
    pub fn server(url: &PostgresUrl) -> Result<PostgresServer, Error> {
        const LOOK: &str = "SELECT current_setting('server_version'), \
            (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl), \
            CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
        let worker = Worker::start().map_err(|source| Error::Thread { source })?;
        worker.run_here(async {
            let client = session::connect(url).await?;
            let mut settings = Vec::new();
            for setting in
                PROMISES.map(|(setting, _)| setting).into_iter().chain(["data_checksums"])
            {
                let row = client.query_one("SELECT current_setting($1, true)", &[&setting]).await?;
                if let Some(value) = row.try_get(0)? {
                    settings.push((setting, value));
                }
            }
            let look = client.prepare(LOOK).await?;
            let row = client.query_one(&look, &[]).await?;
            let milliseconds = u64::try_from(row.try_get::<_, i64>(2)?).unwrap_or(0);
            Ok(PostgresServer {
                version: row.try_get(0)?,
                tls: row.try_get(1)?,
                is_here: url.is_here(),
                settings,
                clock: Timestamp::from_milliseconds(milliseconds),
            })
        })
    }
}
