//! The schema, its versions, and the store keys that lie in it.

use std::time::Duration;

use export_api::ports::Randomness;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, GenericClient, IsolationLevel, Row, Transaction};

use crate::record::Broken;
use crate::seal::{StoreKeys, WrappedStoreKey};
use crate::{Error, RootKey};

/// The migrations in order, numbered as those of the embedded store.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/postgres/0001.sql"),
    include_str!("../migrations/postgres/0002.sql"),
    include_str!("../migrations/postgres/0003.sql"),
];

/// Stores a wrapped store key.
pub(super) const INSERT_STORE_KEY: &str =
    "INSERT INTO store_keys (number, root_key_id, wrapped) VALUES ($1, $2, $3)";

/// The table with the number of the schema, which is 0 until there is one.
const SCHEMA_VERSION: &str = "CREATE TABLE IF NOT EXISTS schema_version \
    (one BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL); \
    INSERT INTO schema_version (one, version) VALUES (1, 0) ON CONFLICT (one) DO NOTHING";

const SET_VERSION: &str = "UPDATE schema_version SET version = $1 WHERE one = 1";

/// How often the schema is tried to be made, beside others who do so at the same time.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// The number of the newest schema this release knows.
fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The id of the root key that wrapped the newest store key; `None` where there is no store yet.
/// Changes nothing.
pub(super) async fn root_key_id(client: &Client) -> Result<Option<Vec<u8>>, Error> {
    let found = version(client).await?;
    if found > newest() {
        return Err(Error::Newer { found, known: newest() });
    }
    if found == 0 {
        return Ok(None);
    }
    let newest = "SELECT root_key_id FROM store_keys ORDER BY number DESC LIMIT 1";
    let row = client.query_opt(newest, &[]).await?.ok_or(Error::Damaged)?;
    Ok(Some(row.try_get(0)?))
}

/// Brings the schema up to date, makes the first store key in a new store, and opens the store
/// keys. A root key that is not the one of the store, and a newer schema, are told before anything
/// changes.
pub(super) async fn prepare(
    client: &mut Client,
    root_key: &RootKey,
    randomness: &dyn Randomness,
) -> Result<StoreKeys, Error> {
    let mut attempt = 1;
    loop {
        let outcome = prepare_once(client, root_key, randomness).await;
        match &outcome {
            Err(Error::Database { source }) if attempt < ATTEMPTS && is_about_others(&**source) => {
                tokio::time::sleep(PAUSE).await;
                attempt += 1;
            }
            _ => return outcome,
        }
    }
}

async fn prepare_once(
    client: &mut Client,
    root_key: &RootKey,
    randomness: &dyn Randomness,
) -> Result<StoreKeys, Error> {
    let found = version(client).await?;
    if found > newest() {
        return Err(Error::Newer { found, known: newest() });
    }
    if found > 0 {
        let keys = unwrap(client, root_key).await?;
        // A store that is up to date is not written to, not even to say so.
        if found == newest() {
            return Ok(keys);
        }
    } else {
        client.batch_execute(SCHEMA_VERSION).await?;
    }
    migrate(client, root_key, randomness).await
}

async fn migrate(
    client: &mut Client,
    root_key: &RootKey,
    randomness: &dyn Randomness,
) -> Result<StoreKeys, Error> {
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    // Whoever else starts now waits here, and finds the schema made.
    let found = lock(&transaction).await?;
    let done = usize::try_from(found).map_err(|_| Error::Damaged)?;
    let missing = MIGRATIONS.get(done..).ok_or(Error::Newer { found, known: newest() })?;
    for migration in missing {
        transaction.batch_execute(migration).await?;
    }
    if done == 0 {
        let key = WrappedStoreKey::generate(1, root_key, randomness)?;
        insert_store_key(&transaction, &key).await?;
    }
    transaction.execute(SET_VERSION, &[&newest()]).await?;
    let keys = unwrap(&transaction, root_key).await?;
    transaction.commit().await?;
    Ok(keys)
}

/// Makes the schema of a number, in a transaction of the caller, where there is none.
pub(super) async fn make(transaction: &Transaction<'_>, number: i64) -> Result<(), Error> {
    let migrations = usize::try_from(number).ok().and_then(|done| MIGRATIONS.get(..done));
    let migrations = migrations.ok_or(Error::Newer { found: number, known: newest() })?;
    transaction.batch_execute(SCHEMA_VERSION).await?;
    if lock(transaction).await? != 0 {
        return Err(Error::NotEmpty);
    }
    for migration in migrations {
        transaction.batch_execute(migration).await?;
    }
    transaction.execute(SET_VERSION, &[&number]).await?;
    Ok(())
}

/// The number of the schema; 0 if there is none.
pub(super) async fn version(client: &impl GenericClient) -> Result<i64, Error> {
    match client.query_opt("SELECT version FROM schema_version WHERE one = 1", &[]).await {
        Ok(Some(row)) => Ok(row.try_get(0)?),
        Ok(None) => Ok(0),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Opens the store keys, all of them or none.
pub(super) async fn unwrap(
    client: &impl GenericClient,
    root_key: &RootKey,
) -> Result<StoreKeys, Error> {
    let wrapped = wrapped_store_keys::<Error>(client).await?;
    Ok(StoreKeys::unwrap(&wrapped, root_key)?)
}

/// The store keys as they are stored.
pub(super) async fn wrapped_store_keys<E: From<tokio_postgres::Error> + From<Broken>>(
    client: &impl GenericClient,
) -> Result<Vec<WrappedStoreKey>, E> {
    let rows = client.query("SELECT number, root_key_id, wrapped FROM store_keys", &[]).await?;
    let wrapped = |row: &Row| {
        let number = row.try_get::<_, i64>(0)?;
        Ok(WrappedStoreKey {
            number: u32::try_from(number).map_err(|_| Broken)?,
            root_key_id: row.try_get(1)?,
            wrapped: row.try_get(2)?,
        })
    };
    rows.iter().map(wrapped).collect()
}

/// Stores a wrapped store key.
pub(super) async fn insert_store_key(
    client: &impl GenericClient,
    key: &WrappedStoreKey,
) -> Result<(), tokio_postgres::Error> {
    let number = i64::from(key.number);
    client.execute(INSERT_STORE_KEY, &[&number, &key.root_key_id, &key.wrapped]).await?;
    Ok(())
}

/// Lets nobody else change the schema or the store keys before the transaction ends; the number of
/// the schema.
pub(super) async fn lock(transaction: &impl GenericClient) -> Result<i64, tokio_postgres::Error> {
    let lock = "SELECT version FROM schema_version WHERE one = 1 FOR UPDATE";
    transaction.query_one(lock, &[]).await?.try_get(0)
}

/// Whether a failure comes of somebody else who makes the schema at the same time.
fn is_about_others(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let code = error.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::code);
    code.is_some_and(|code| {
        [
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_OBJECT,
            // "tuple concurrently updated", which has no code of its own.
            SqlState::INTERNAL_ERROR,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
        ]
        .contains(code)
    })
}
