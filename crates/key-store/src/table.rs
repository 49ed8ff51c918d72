//! The tables of records and the statements on them that are the same in every database.

use export_api::ports::Alias;
use export_api::{Identity, Key};

use crate::credential::CredentialRecord;
use crate::record::Record;

/// A kind of record with a table of its own, and the statements on it.
///
/// Parameters are numbered in the order in which they first appear, so that SQLite, to which they
/// are names, counts them alike.
pub(crate) trait Table: Record + Send + Sync + 'static {
    /// The record of a name; `$1` is the name. In the dialect of PostgreSQL, as what follows.
    const SELECT: &'static str;
    /// The same, and nobody else changes it before the transaction ends; others may point to it.
    const LOCK: &'static str;
    /// Locks the records of names, `$1`, as [`LOCK`](Self::LOCK) does, each in its turn.
    const LOCK_MANY: &'static str;
    /// The records after a name, in order; `$1` is the name, `$2` how many.
    const PAGE: &'static str;
    /// A new record: name, version, record, store key, seal, and the derived columns.
    const INSERT: &'static str;
    /// The same, if no store key is newer than the one that sealed it.
    const ADD: &'static str;
    /// The same as [`ADD`](Self::ADD) for a record that is there one version lower.
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
            const ADD: &'static str = concat!(
                "INSERT INTO ", $table, " (", $id, ", version, record, store_key, sealed",
                $(", ", $column,)* ") SELECT $1, $2, $3, CAST($4 AS BIGINT), $5",
                $(", ", $parameter,)*
                " WHERE CAST($4 AS BIGINT) = (SELECT max(number) FROM store_keys)"
            );
            const UPDATE: &'static str = concat!(
                "UPDATE ", $table, " SET version = CAST($2 AS BIGINT), record = $3, \
                store_key = CAST($4 AS BIGINT), sealed = $5",
                $(", ", $column, " = ", $parameter,)*
                " WHERE ", $id, " = $1 AND version = CAST($2 AS BIGINT) - 1 \
                AND CAST($4 AS BIGINT) = (SELECT max(number) FROM store_keys)"
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
