//! The schema, its versions, and the store keys that lie in it.

use export_api::ports::Randomness;
use rusqlite::{Connection, TransactionBehavior};

use crate::failure;
use crate::seal::{StoreKeys, WrappedStoreKey};
use crate::{Error, RootKey};

/// The migrations in order; a store whose `user_version` is N has had the first N.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001.sql"),
    include_str!("../migrations/0002.sql"),
    include_str!("../migrations/0003.sql"),
];

/// Stores a wrapped store key.
pub(super) const INSERT_STORE_KEY: &str =
    "INSERT INTO store_keys (number, root_key_id, wrapped) VALUES (?1, ?2, ?3)";

/// The number of the newest schema this release knows.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Tries the root key on the store keys, if there are any yet, without changing anything.
pub(super) fn inspect(connection: &Connection, root_key: &RootKey) -> Result<(), Error> {
    let found = version(connection)?;
    if found > newest() {
        return Err(Error::Newer { found, known: newest() });
    }
    if found > 0 {
        unwrap(connection, root_key)?;
    }
    Ok(())
}

/// Brings the schema up to date, makes the first store key in a new store, and opens the store
/// keys.
pub(super) fn prepare(
    connection: &mut Connection,
    root_key: &RootKey,
    randomness: &dyn Randomness,
) -> Result<StoreKeys, Error> {
    // A store that is up to date is not written to, not even to say so.
    if version(connection)? == newest() {
        return unwrap(connection, root_key);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    let done = usize::try_from(found).map_err(|_| Error::Damaged)?;
    let missing = MIGRATIONS.get(done..).ok_or(Error::Newer { found, known: newest() })?;
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    if done == 0 {
        let key = WrappedStoreKey::generate(1, root_key, randomness)?;
        transaction.execute(INSERT_STORE_KEY, (key.number, key.root_key_id, key.wrapped))?;
    }
    transaction.pragma_update(None, "user_version", newest())?;
    let keys = unwrap(&transaction, root_key)?;
    transaction.commit()?;
    Ok(keys)
}

/// The id of the root key that wrapped the newest store key; `None` in a store without any yet.
pub(super) fn root_key_id(connection: &Connection) -> Result<Option<Vec<u8>>, Error> {
    let found = version(connection)?;
    if found > newest() {
        return Err(Error::Newer { found, known: newest() });
    }
    if found == 0 {
        return Ok(None);
    }
    let wrapped = wrapped_store_keys(connection).map_err(read_failure)?;
    let newest = wrapped.into_iter().max_by_key(|key| key.number).ok_or(Error::Damaged)?;
    Ok(Some(newest.root_key_id))
}

/// The number of the schema; 0 if there is none.
pub(super) fn version(connection: &Connection) -> Result<i64, Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(read_failure)
}

/// Unwraps the store keys, all of them or none.
pub(super) fn unwrap(connection: &Connection, root_key: &RootKey) -> Result<StoreKeys, Error> {
    let wrapped = wrapped_store_keys(connection).map_err(read_failure)?;
    Ok(StoreKeys::unwrap(&wrapped, root_key)?)
}

/// Why the store keys cannot be read.
pub(super) fn read_failure(error: rusqlite::Error) -> Error {
    if failure::is_damage(&error) { Error::Damaged } else { error.into() }
}

/// The store keys as they are stored.
pub(super) fn wrapped_store_keys(
    connection: &Connection,
) -> rusqlite::Result<Vec<WrappedStoreKey>> {
    let mut statement =
        connection.prepare_cached("SELECT number, root_key_id, wrapped FROM store_keys")?;
    let rows = statement.query_map((), |row| {
        Ok(WrappedStoreKey { number: row.get(0)?, root_key_id: row.get(1)?, wrapped: row.get(2)? })
    })?;
    rows.collect()
}
