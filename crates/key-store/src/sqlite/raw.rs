//! Rows as they are, sealed and unread, in a file for backups.

use std::fs::File;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{connection, schema};
use crate::resealing::SealedTable;
use crate::{Error, private_file};

/// The rows of one kind of record, or of store keys.
pub(crate) type Rows = Vec<Vec<Value>>;

pub(crate) const STORE_KEYS: &str =
    "SELECT number, root_key_id, wrapped FROM store_keys ORDER BY number";

/// A database file that no store has open.
pub(crate) struct RawFile {
    connection: Connection,
}

impl RawFile {
    /// Makes a file, which must not be there, with the schema of a number; rows may be added until
    /// [`finish`](Self::finish).
    pub(crate) fn create(path: &Path, schema: i64) -> Result<Self, Error> {
        let migrations =
            usize::try_from(schema).ok().and_then(|done| schema::MIGRATIONS.get(..done));
        let known = schema::newest();
        let migrations = migrations.ok_or(Error::Newer { found: schema, known })?;
        private_file::create(path)
            .map_err(|source| Error::Directory { path: path.to_owned(), source })?;
        // Without a log beside it: nobody reads it before it is whole.
        let connection = Connection::open(path)?;
        connection.execute_batch("BEGIN")?;
        for migration in migrations {
            connection.execute_batch(migration)?;
        }
        connection.pragma_update(None, "user_version", schema)?;
        Ok(Self { connection })
    }

    /// Opens a file to read it.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let connection = connection::reader(path)?;
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection })
    }

    /// The number of its schema.
    pub(crate) fn schema(&self) -> Result<i64, Error> {
        schema::version(&self.connection)
    }

    /// Whether its schema has a table.
    pub(crate) fn has(&self, table: &SealedTable) -> Result<bool, Error> {
        Ok(self.connection.table_exists(None, table.name)?)
    }

    /// Adds rows by a statement.
    pub(crate) fn add(&self, insert: &str, rows: &Rows) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(insert)?;
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    /// Adds a store key as it is wrapped.
    pub(crate) fn add_store_keys(&self, rows: &Rows) -> Result<(), Error> {
        self.add(schema::INSERT_STORE_KEY, rows)
    }

    /// The rows that a statement finds.
    pub(crate) fn rows(&self, select: &str, parameters: &[Value]) -> Result<Rows, Error> {
        let mut statement = self.connection.prepare_cached(select)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(parameters), |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })?;
        rows.collect::<Result<_, _>>().map_err(schema::read_failure)
    }

    /// Sees to it that what was added is on the disk.
    pub(crate) fn finish(self, path: &Path) -> Result<(), Error> {
        self.connection.execute_batch("COMMIT")?;
        self.connection.close().map_err(|(_, error)| error)?;
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(|source| Error::Directory { path: path.to_owned(), source })
    }
}
