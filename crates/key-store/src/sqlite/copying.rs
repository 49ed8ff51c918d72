//! Whole tables, read and written record by record as they are.

use rusqlite::{Connection, ToSql};

use super::snapshot::Snapshot;
use crate::failure::Failure;
use crate::record::{Derived, Opened, SealedRecord};
use crate::table::Table;

impl Snapshot<'_> {
    /// The records after a name, with their secrets.
    pub(super) fn page<R: Table>(
        &self,
        after: &str,
        most: usize,
    ) -> Result<Vec<Opened<R>>, Failure> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.rows(R::PAGE, (after, most), |row| self.open(row))
    }
}

/// Adds a record as it was sealed, with its version.
pub(super) fn insert<R: Table>(
    connection: &Connection,
    record: &R,
    sealed: &SealedRecord,
) -> Result<(), Failure> {
    let version = i64::try_from(record.version()).map_err(|_| Failure::Conflict)?;
    let derived = record.derived();
    let id = record.id();
    let mut parameters: Vec<&dyn ToSql> =
        vec![&id, &version, &sealed.record, &sealed.store_key, &sealed.sealed];
    for derived in &derived {
        match derived {
            Derived::Text(text) => parameters.push(text),
            Derived::Number(number) => parameters.push(number),
        }
    }
    connection.prepare_cached(R::INSERT)?.execute(&*parameters)?;
    Ok(())
}
