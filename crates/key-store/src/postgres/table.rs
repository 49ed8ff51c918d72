//! The tables of records and the statements on them.

use export_api::ports::Alias;
use export_api::{Identity, Key};
use key_types::SecretKey;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::failure::Fault;
use crate::credential::CredentialRecord;
use crate::failure::Failure;
use crate::record::{
    self, Broken, Derived, ID, RECORD, Record, SEALED, STORE_KEY, SealedRecord, StoredRecord,
    VERSION,
};
use crate::seal::StoreKeys;

/// A kind of record with a table of its own.
pub(super) trait Table: Record + Send + 'static {
    /// The record of a name; `$1` is the name.
    const SELECT: &'static str;
    /// The same, and nobody else changes it before the transaction ends; others may point to it.
    const LOCK: &'static str;
    /// Locks the records of names, `$1`, as [`LOCK`](Self::LOCK) does, each in its turn.
    const LOCK_MANY: &'static str;
    /// The records after a name, in order; `$1` is the name, `$2` how many.
    const PAGE: &'static str;
    /// A new record: name, version, record, store key, seal, and the derived columns.
    const INSERT: &'static str;
    /// The same for a record that is there one version lower.
    const UPDATE: &'static str;
    /// Removes the record of a name, `$1`, at a version, `$2`.
    const DELETE: &'static str;
}

macro_rules! table {
    ($record:ty, $table:literal, $id:literal, [$($column:literal = $parameter:literal),*]) => {
        impl Table for $record {
            const SELECT: &'static str = concat!(
                "SELECT ", $id, ", version, record, store_key, sealed", $(", ", $column,)*
                " FROM ", $table, " WHERE ", $id, " = $1"
            );
            const LOCK: &'static str = concat!(
                "SELECT ", $id, ", version, record, store_key, sealed", $(", ", $column,)*
                " FROM ", $table, " WHERE ", $id, " = $1 FOR NO KEY UPDATE"
            );
            const LOCK_MANY: &'static str = concat!(
                "SELECT ", $id, " FROM ", $table, " WHERE ", $id, " = ANY($1) ORDER BY ", $id,
                " FOR NO KEY UPDATE"
            );
            const PAGE: &'static str = concat!(
                "SELECT ", $id, ", version, record, store_key, sealed", $(", ", $column,)*
                " FROM ", $table, " WHERE ", $id, " > $1 ORDER BY ", $id, " LIMIT $2"
            );
            const INSERT: &'static str = concat!(
                "INSERT INTO ", $table, " (", $id, ", version, record, store_key, sealed",
                $(", ", $column,)* ") VALUES ($1, $2, $3, $4, $5", $(", ", $parameter,)* ")"
            );
            const UPDATE: &'static str = concat!(
                "UPDATE ", $table, " SET version = CAST($2 AS BIGINT), record = $3, \
                store_key = $4, sealed = $5", $(", ", $column, " = ", $parameter,)*
                " WHERE ", $id, " = $1 AND version = CAST($2 AS BIGINT) - 1"
            );
            const DELETE: &'static str =
                concat!("DELETE FROM ", $table, " WHERE ", $id, " = $1 AND version = $2");
        }
    };
}

table!(Key, "keys", "arn", ["state" = "$6", "delete_due" = "$7"]);
table!(Alias, "aliases", "name", ["target" = "$6"]);
table!(Identity, "identities", "name", ["valid_until" = "$6", "token_algorithm" = "$7"]);
table!(CredentialRecord, "credentials", "access_key_id", []);

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

/// Opens the record that begins at a column of a row, and holds the derived columns against it.
pub(super) fn open_row<R: Record>(
    row: &Row,
    first: usize,
    keys: &StoreKeys,
) -> Result<(R, Option<SecretKey>), Fault> {
    let at = |column: usize| first.saturating_add(column);
    let text = |column| row.try_get::<_, &str>(at(column)).map_err(|_| Broken);
    let number = |column| row.try_get::<_, i64>(at(column)).map_err(|_| Broken);
    let stored = StoredRecord {
        id: text(ID)?,
        version: u64::try_from(number(VERSION)?).map_err(|_| Broken)?,
        record: text(RECORD)?,
        store_key: u32::try_from(number(STORE_KEY)?).map_err(|_| Broken)?,
        sealed: row.try_get(at(SEALED)).map_err(|_| Broken)?,
    };
    record::open_row(stored, keys, |column, expected| {
        let derived = match expected {
            Derived::Text(_) => row.try_get(at(column)).map(Derived::Text),
            Derived::Number(_) => row.try_get(at(column)).map(Derived::Number),
        };
        derived.map_err(|_| Fault::from(Broken))
    })
}
