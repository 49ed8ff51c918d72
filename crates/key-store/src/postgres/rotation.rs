//! Rotation while others write: another root key over the store keys, another store key under the
//! records.
//!
//! Nobody seals under a store key once a newer one is there, because each statement that writes a
//! seal says the number of its store key and takes effect only if that is the newest. What began
//! before may still come under the older one; a foreign key keeps that until nothing is sealed under
//! it, and waits for transactions that are not yet ended.

use deadpool_postgres::GenericClient as _;
use export_api::ports::{CommitError, Randomness, StoreError};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, IsolationLevel};

use super::failure::Fault;
use super::writes::{begin, expect_newest};
use super::{Opening, PostgresStore, PostgresUrl, Turn, reads, row, schema};
use crate::failure::Failure;
use crate::record::SealedRecord;
use crate::resealing::SealedTable;
use crate::{Error, Resealing, RootKey, RootKeySource};

impl PostgresStore {
    /// Wraps the store keys by another root key, all at once: until this returns the old one opens
    /// the store, and from then on the new one only.
    ///
    /// Servers that have the store open go on. They need the new root key when they next meet a
    /// store key that is new to them: from their own source, if the new root key is in its place
    /// by then, or after another start.
    ///
    /// # Errors
    ///
    /// Those of [`open_from`](Self::open_from) for the old root key, [`Error::RootKey`] if there is
    /// no new one, and [`Error::NoStore`]. Whatever it is, the old root key stays; but if the
    /// connection breaks when everything is done, either of the two may open the store.
    pub fn rotate_root_key(
        url: &PostgresUrl,
        old: &RootKeySource,
        new: &RootKeySource,
        randomness: impl Randomness,
    ) -> Result<(), Error> {
        let Opening { mut client, root_key_id, worker } = Opening::begin(url)?;
        let old = old.for_store(&root_key_id.ok_or(Error::NoStore)?)?;
        // Before another root key is made.
        worker.run_here(schema::unwrap(&client, &old))?;
        let new = new.for_new_store(&randomness)?;
        worker.run_here(rewrap(&mut client, &old, &new, &randomness))
    }

    /// The numbers of the store keys; more than one while records are being sealed anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    pub async fn store_keys(&self) -> Result<Vec<u32>, StoreError> {
        self.read((), |reader, ()| {
            Box::pin(async move {
                let client: &Client = reader.client;
                let keys = schema::wrapped_store_keys::<Fault>(client).await?;
                let mut numbers: Vec<u32> = keys.into_iter().map(|key| key.number).collect();
                numbers.sort_unstable();
                Ok(numbers)
            })
        })
        .await
    }

    /// Makes a new store key; from now on every server seals under it.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] while there is an older one beside the newest.
    pub async fn add_store_key(&self) -> Result<(), CommitError> {
        let adding = self.carry_out((), |turn, ()| Box::pin(add(turn)));
        adding.await.map_err(Fault::report)
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
        let resealing = self.carry_out((walk.clone(), limit), |turn, (walk, limit)| {
            Box::pin(reseal_next(turn, walk.clone(), *limit))
        });
        let next = resealing.await.map_err(Fault::report)?;
        let goes_on = next.is_some();
        if let Some(next) = next {
            *walk = next;
        }
        Ok(goes_on)
    }

    /// Deletes all store keys but the newest.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] while records are sealed under one of them, also by a transaction
    /// that is not yet ended.
    pub async fn delete_old_store_keys(&self) -> Result<(), CommitError> {
        let deleting = self.carry_out((), |turn, ()| Box::pin(delete_old(turn)));
        deleting.await.map_err(Fault::report)
    }
}

/// Makes the store key with the next number.
async fn add(turn: Turn<'_>) -> Result<(), Fault> {
    let transaction = begin(turn.client).await?;
    schema::lock(&*transaction).await?;
    let stored = schema::wrapped_store_keys::<Fault>(&*transaction).await?;
    // With two of them, a rotation is under way that is to end first.
    let [only] = stored.as_slice() else { return Err(Failure::Conflict.into()) };
    let number = only.number.checked_add(1).ok_or(Failure::Conflict)?;
    let key = turn.shared.ring.generate(number, &stored, &*turn.shared.randomness)?;
    schema::insert_store_key(&*transaction, &key).await?;
    transaction.commit().await.map_err(|error| Fault::from(error).of_commit())
}

/// Seals some records under older store keys anew and takes the walk on; `None` at its end.
async fn reseal_next(
    Turn { client, keys, shared }: Turn<'_>,
    mut walk: Resealing,
    limit: usize,
) -> Result<Option<Resealing>, Fault> {
    let Some(SealedTable { name, id, .. }) = walk.table() else { return Ok(None) };
    let transaction = begin(client).await?;
    expect_newest(&transaction, keys).await?;
    // Whoever writes a record has it locked, and need not be waited for.
    let select = format!(
        "SELECT {id}, version, record, store_key, sealed FROM {name} \
            WHERE {id} > $1 AND store_key <> $2 ORDER BY {id} LIMIT $3 \
            FOR NO KEY UPDATE SKIP LOCKED"
    );
    let select = transaction.prepare_cached(&select).await?;
    let update = format!("UPDATE {name} SET store_key = $2, sealed = $3 WHERE {id} = $1");
    let update = transaction.prepare_cached(&update).await?;
    let (newest, limit) = (i64::from(keys.current().0), reads::limit(limit.max(1)));
    let rows = transaction.query(&select, &[&walk.after(), &newest, &limit]).await?;
    for row in &rows {
        let stored = row::stored(row, 0)?;
        if let Some(SealedRecord { sealed, .. }) =
            walk.reseal(&stored, keys, &*shared.randomness)?
        {
            transaction.execute(&update, &[&stored.id, &newest, &sealed]).await?;
        }
    }
    if rows.is_empty() {
        walk.end_table();
    }
    transaction.commit().await.map_err(|error| Fault::from(error).of_commit())?;
    Ok(Some(walk))
}

/// Deletes all store keys but the newest; a conflict while records are sealed under one.
async fn delete_old(turn: Turn<'_>) -> Result<(), Fault> {
    let transaction = begin(turn.client).await?;
    schema::lock(&*transaction).await?;
    let delete = "DELETE FROM store_keys WHERE number < (SELECT max(number) FROM store_keys)";
    if let Err(error) = transaction.execute(delete, &[]).await {
        // It waits for transactions that have sealed under one of them, but not for ever.
        let in_use = [SqlState::FOREIGN_KEY_VIOLATION, SqlState::LOCK_NOT_AVAILABLE];
        return Err(match error.code().is_some_and(|code| in_use.contains(code)) {
            true => Failure::Conflict.into(),
            false => error.into(),
        });
    }
    transaction.commit().await.map_err(|error| Fault::from(error).of_commit())
}

/// Wraps all store keys by another root key, in one transaction.
async fn rewrap(
    client: &mut Client,
    old: &RootKey,
    new: &RootKey,
    randomness: &dyn Randomness,
) -> Result<(), Error> {
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    schema::lock(&transaction).await?;
    for key in schema::wrapped_store_keys::<Error>(&transaction).await? {
        let key = key.rewrapped(old, new, randomness)?;
        let update = "UPDATE store_keys SET root_key_id = $2, wrapped = $3 WHERE number = $1";
        let number = i64::from(key.number);
        transaction.execute(update, &[&number, &key.root_key_id, &key.wrapped]).await?;
    }
    // Nothing takes effect that the new root key does not open.
    schema::unwrap(&transaction, new).await?;
    transaction.commit().await?;
    Ok(())
}
