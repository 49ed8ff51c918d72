//! Rows of a table of records, written and read.

use key_types::SecretKey;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::failure::Fault;
use crate::failure::Failure;
use crate::record::{
    self, Broken, Derived, ID, RECORD, Record, SEALED, STORE_KEY, SealedRecord, StoredRecord,
    VERSION,
};
use crate::seal::StoreKeys;

/// The parameters of an insertion or an update.
pub(super) struct Parameters {
    id: String,
    version: i64,
    record: String,
    store_key: i64,
    sealed: Vec<u8>,
    derived: Vec<Derived>,
}

impl Parameters {
    pub(super) fn new<R: Record>(record: &R, sealed: SealedRecord) -> Result<Self, Failure> {
        Ok(Self {
            id: record.id().to_owned(),
            version: number(record.version())?,
            record: sealed.record,
            store_key: sealed.store_key.into(),
            sealed: sealed.sealed,
            derived: record.derived(),
        })
    }

    pub(super) fn all(&self) -> Vec<&(dyn ToSql + Sync)> {
        let mut all: Vec<&(dyn ToSql + Sync)> =
            vec![&self.id, &self.version, &self.record, &self.store_key, &self.sealed];
        for derived in &self.derived {
            match derived {
                Derived::Text(text) => all.push(text),
                Derived::Number(number) => all.push(number),
            }
        }
        all
    }
}

/// A version as the database holds it.
pub(super) fn number(version: u64) -> Result<i64, Failure> {
    i64::try_from(version).map_err(|_| Failure::Conflict)
}

/// The record that begins at a column of a row, not yet authenticated.
pub(super) fn stored(row: &Row, first: usize) -> Result<StoredRecord<'_>, Broken> {
    let at = |column: usize| first.saturating_add(column);
    let text = |column| row.try_get::<_, &str>(at(column)).map_err(|_| Broken);
    let number = |column| row.try_get::<_, i64>(at(column)).map_err(|_| Broken);
    Ok(StoredRecord {
        id: text(ID)?,
        version: u64::try_from(number(VERSION)?).map_err(|_| Broken)?,
        record: text(RECORD)?,
        store_key: u32::try_from(number(STORE_KEY)?).map_err(|_| Broken)?,
        sealed: row.try_get(at(SEALED)).map_err(|_| Broken)?,
    })
}

/// Opens the record that begins at a column of a row, and holds the derived columns against it.
pub(super) fn open_row<R: Record>(
    row: &Row,
    first: usize,
    keys: &StoreKeys,
) -> Result<(R, Option<SecretKey>), Fault> {
    let stored = stored(row, first)?;
    if keys.numbered(stored.store_key).is_none() {
        return Err(Fault::StoreKeyUnknown(stored.store_key));
    }
    record::open_row(stored, keys, |column, expected| {
        let column = first.saturating_add(column);
        let derived = match expected {
            Derived::Text(_) => row.try_get(column).map(Derived::Text),
            Derived::Number(_) => row.try_get(column).map(Derived::Number),
        };
        derived.map_err(|_| Fault::from(Broken))
    })
}
