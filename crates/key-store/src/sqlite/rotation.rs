//! Rotation: another root key over the store keys, another store key under the records.

use std::path::Path;
use std::sync::Arc;

use export_api::ports::{CommitError, Randomness, StoreError};
use rusqlite::{Connection, TransactionBehavior, params};

use super::row::stored;
use super::schema;
use super::writer::{Batch, Writer};
use super::{Inner, SqliteStore, connection, inspect, is_new};
use crate::failure::Failure;
use crate::key_ring::KeyRing;
use crate::record::SealedRecord;
use crate::resealing::SealedTable;
use crate::seal::StoreKeys;
use crate::{Error, Resealing, RootKey, RootKeySource};

impl SqliteStore {
    /// Wraps the store keys by another root key, all at once: until this returns the old one opens
    /// the store, and from then on the new one only.
    ///
    /// Processes that have the store open go on. They need the new root key when they next meet a
    /// store key that is new to them: from their own source, if the new root key is in its place
    /// by then, or after another start.
    ///
    /// # Errors
    ///
    /// Those of [`open_from`](Self::open_from) for the old root key, [`Error::RootKey`] if there is
    /// no new one, and [`Error::NoStore`]. Whatever it is, the old root key stays.
    pub fn rotate_root_key(
        directory: &Path,
        old: &RootKeySource,
        new: &RootKeySource,
        randomness: impl Randomness,
    ) -> Result<(), Error> {
        let path = directory.join(Self::DATABASE_FILE);
        let id =
            if is_new(&path) { None } else { schema::root_key_id(&connection::reader(&path)?)? };
        let id = id.ok_or(Error::NoStore)?;
        let old = old.for_store(&id)?;
        inspect(&path, &old)?;
        let new = new.for_new_store(&randomness)?;
        rewrap(&mut connection::writer(&path)?, &old, &new, &randomness)
    }

    /// The numbers of the store keys; more than one while records are being sealed anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    pub fn store_keys(&self) -> Result<Vec<u32>, StoreError> {
        let read = |connection: &Connection| Ok(schema::wrapped_store_keys(connection)?);
        let keys = self.inner.readers.read_plain(read).map_err(Failure::report_read)?;
        Ok(keys.into_iter().map(|key| key.number).collect())
    }

    /// Makes a new store key; from now on every process seals under it.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] while there is an older one beside the newest.
    pub async fn add_store_key(&self) -> Result<(), CommitError> {
        self.inner.writer.commit(Batch::NewStoreKey).await
    }

    /// Seals some records under the newest store key that are under older ones, at most `limit`;
    /// says whether the walk goes on.
    ///
    /// A record that somebody writes at the same time is left to them.
    ///
    /// # Errors
    ///
    /// [`CommitError::Store`] if the store cannot be read or written.
    pub async fn reseal_next(
        &self,
        walk: &mut Resealing,
        limit: usize,
    ) -> Result<bool, CommitError> {
        let Inner { readers, writer, ring, randomness, .. } = &*self.inner;
        let next = |connection: &Connection| next(connection, ring, &**randomness, walk, limit);
        let records = readers.read_plain(next).map_err(Failure::report_read)?;
        match records {
            Some(records) if records.is_empty() => Ok(true),
            Some(records) => writer.commit(Batch::Resealed(records)).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Deletes all store keys but the newest.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] while records are sealed under one of them.
    pub async fn delete_old_store_keys(&self) -> Result<(), CommitError> {
        self.inner.writer.commit(Batch::DeleteOldStoreKeys).await
    }
}

/// A record sealed anew, and what it must still be for that to count.
pub(super) struct Resealed {
    table: &'static SealedTable,
    id: String,
    version: i64,
    old_store_key: u32,
    old_sealed: Vec<u8>,
    store_key: u32,
    sealed: Vec<u8>,
}

/// The store keys, after a look whether they are still those that stand in the store.
pub(super) fn refresh(connection: &Connection, ring: &KeyRing) -> Result<Arc<StoreKeys>, Failure> {
    let known = ring.current();
    let sql = "SELECT count(*), coalesce(max(number), 0) FROM store_keys";
    let stored: (u32, u32) =
        connection.prepare_cached(sql)?.query_row((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if stored == (known.count(), known.current().0) {
        return Ok(known);
    }
    learn(connection, ring)
}

/// Reads the store keys anew.
pub(super) fn learn(connection: &Connection, ring: &KeyRing) -> Result<Arc<StoreKeys>, Failure> {
    Ok(ring.replace(&schema::wrapped_store_keys(connection)?)?)
}

/// Seals some records under older store keys anew and takes the walk on; `None` at its end.
pub(super) fn next(
    connection: &Connection,
    ring: &KeyRing,
    randomness: &dyn Randomness,
    walk: &mut Resealing,
    limit: usize,
) -> Result<Option<Vec<Resealed>>, Failure> {
    let Some(table) = walk.table() else { return Ok(None) };
    let keys = refresh(connection, ring)?;
    let SealedTable { name, id, .. } = table;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {id}, version, record, store_key, sealed FROM {name} \
            WHERE {id} > ?1 AND store_key <> ?2 ORDER BY {id} LIMIT ?3"
    ))?;
    let limit = i64::try_from(limit.max(1)).unwrap_or(i64::MAX);
    let mut next = walk.clone();
    let mut rows = statement.query(params![walk.after(), keys.current().0, limit])?;
    let mut resealed = Vec::new();
    let mut is_at_end = true;
    while let Some(row) = rows.next()? {
        is_at_end = false;
        let stored = stored(row)?;
        let sealed = next.reseal(&stored, &keys, randomness)?;
        if let Some(SealedRecord { store_key, sealed, .. }) = sealed {
            resealed.push(Resealed {
                table,
                id: stored.id.to_owned(),
                version: row.get(1)?,
                old_store_key: stored.store_key,
                old_sealed: stored.sealed.to_owned(),
                store_key,
                sealed,
            });
        }
    }
    if is_at_end {
        next.end_table();
    }
    *walk = next;
    Ok(Some(resealed))
}

impl Writer {
    /// Makes the store key with the next number, which seals from the next transaction on.
    pub(super) fn add_store_key(&self) -> Result<(), Failure> {
        let stored = schema::wrapped_store_keys(self.connection()?)?;
        // With two of them, a rotation is under way that is to end first.
        let [only] = stored.as_slice() else { return Err(Failure::Conflict) };
        let number = only.number.checked_add(1).ok_or(Failure::Conflict)?;
        let key = self.ring().generate(number, &stored, self.randomness())?;
        self.execute(schema::INSERT_STORE_KEY, (key.number, key.root_key_id, key.wrapped))?;
        Ok(())
    }

    /// Puts new seals in the place of old ones, where these are still there.
    ///
    /// The version alone does not tell: a name that was deleted and given again begins at 1.
    pub(super) fn put_resealed(&self, records: &[Resealed]) -> Result<(), Failure> {
        let (current, _) = self.sealing_keys().current();
        for record in records.iter().filter(|record| record.store_key == current) {
            let SealedTable { name, id, .. } = record.table;
            let sql = format!(
                "UPDATE {name} SET store_key = ?5, sealed = ?6 \
                    WHERE {id} = ?1 AND version = ?2 AND store_key = ?3 AND sealed = ?4"
            );
            self.execute(
                &sql,
                params![
                    record.id,
                    record.version,
                    record.old_store_key,
                    record.old_sealed,
                    record.store_key,
                    record.sealed,
                ],
            )?;
        }
        Ok(())
    }

    /// Deletes all store keys but the newest; a conflict while records are sealed under one.
    pub(super) fn delete_old_store_keys(&self) -> Result<(), Failure> {
        let sql = "DELETE FROM store_keys WHERE number < (SELECT max(number) FROM store_keys)";
        self.execute(sql, ())?;
        Ok(())
    }
}

/// Wraps all store keys by another root key, in one transaction.
pub(super) fn rewrap(
    connection: &mut Connection,
    old: &RootKey,
    new: &RootKey,
    randomness: &dyn Randomness,
) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let stored = schema::wrapped_store_keys(&transaction).map_err(schema::read_failure)?;
    for key in stored {
        let key = key.rewrapped(old, new, randomness).map_err(Error::from)?;
        transaction.execute(
            "UPDATE store_keys SET root_key_id = ?2, wrapped = ?3 WHERE number = ?1",
            (key.number, key.root_key_id, key.wrapped),
        )?;
    }
    // Nothing takes effect that the new root key does not open.
    schema::unwrap(&transaction, new)?;
    transaction.execute("UPDATE commits SET number = number + 1", ())?;
    transaction.commit()?;
    // What the old root key wrapped is to be gone from the log too; it is folded in later, if
    // somebody reads it now.
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resealing::TABLES;

    #[test]
    fn every_table_with_seals_is_walked_through() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in schema::MIGRATIONS {
            connection.execute_batch(migration).unwrap();
        }
        let sql = "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
            WHERE m.type = 'table' AND c.name = 'sealed' ORDER BY m.name";
        let mut statement = connection.prepare(sql).unwrap();
        let names = statement.query_map((), |row| row.get::<_, String>(0)).unwrap();
        let names: Vec<String> = names.map(Result::unwrap).collect();
        let mut known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        known.sort_unstable();
        assert_eq!(names, known);
    }

    #[test]
    fn a_walk_goes_along_the_primary_key() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in schema::MIGRATIONS {
            connection.execute_batch(migration).unwrap();
        }
        for SealedTable { name, id, .. } in &TABLES {
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT {id} FROM {name} \
                    WHERE {id} > '' AND store_key <> 2 ORDER BY {id} LIMIT 1"
            );
            let plan: String = connection.query_row(&sql, (), |row| row.get(3)).unwrap();
            assert!(plan.contains(&format!("PRIMARY KEY ({id}>?)")), "{plan}");
        }
    }
}
