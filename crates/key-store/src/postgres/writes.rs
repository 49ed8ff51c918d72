//! Batches, each one transaction: its rows are locked from the look at their versions on until it
//! is committed.
//!
//! Whoever writes at the same time shares syncs of the log all the same: the server sees to that.

use deadpool_postgres::{Object, Transaction};
use export_api::ports::{Alias, Randomness, Write};
use export_api::{Identity, Key};
use key_types::SecretKey;
use tokio_postgres::IsolationLevel;

use super::failure::Fault;
use super::row::{Parameters, number, open_row};
use crate::failure::Failure;
use crate::record::{Record, seal};
use crate::seal::StoreKeys;
use crate::table::Table;

/// What writes are made with.
pub(super) struct Writer<'a> {
    pub(super) keys: &'a StoreKeys,
    pub(super) randomness: &'a dyn Randomness,
}

impl Writer<'_> {
    /// Writes a batch; it is durable when this returns.
    pub(super) async fn commit(&self, client: &mut Object, batch: &[Write]) -> Result<(), Fault> {
        // What is only one statement is a transaction by itself, and needs one round trip.
        match batch {
            [] => return Ok(()),
            [Write::CreateKey { key, material }] => {
                expect_version(key, 0)?;
                return self
                    .insert_alone(client, &key.clone().next_version(), Some(material))
                    .await;
            }
            [Write::PutAlias { alias }] if alias.version() == 0 => {
                return self.insert_alone(client, &alias.clone().next_version(), None).await;
            }
            _ => (),
        }
        let transaction = begin(client).await?;
        if batch.len() > 1 {
            lock(&transaction, batch).await?;
        }
        for write in batch {
            self.write(&transaction, write).await?;
        }
        transaction.commit().await.map_err(|error| Fault::from(error).of_commit())
    }

    /// Adds a record in a transaction of its own.
    pub(super) async fn insert_alone<R: Table>(
        &self,
        client: &Object,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<(), Fault> {
        let parameters = self.sealed(record, secret)?;
        let statement = client.prepare_cached(R::INSERT).await?;
        let inserted = client.execute(&statement, &parameters.all()).await;
        inserted.map_err(|error| Fault::from(error).of_commit())?;
        Ok(())
    }

    /// Adds records as they are, with their versions, all or none.
    pub(super) async fn insert_all<R: Table>(
        &self,
        client: &mut Object,
        records: &[(R, Option<SecretKey>)],
    ) -> Result<(), Fault> {
        let transaction = begin(client).await?;
        for (record, secret) in records {
            self.insert(&transaction, record, secret.as_ref()).await?;
        }
        transaction.commit().await.map_err(|error| Fault::from(error).of_commit())
    }

    async fn write(&self, transaction: &Transaction<'_>, write: &Write) -> Result<(), Fault> {
        match write {
            Write::CreateKey { key, material } => {
                expect_version(key, 0)?;
                self.insert(transaction, &key.clone().next_version(), Some(material)).await
            }
            Write::UpdateKey { key } => {
                let secret = self.current(transaction, key).await?;
                self.update(transaction, &key.clone().next_version(), secret.as_ref()).await
            }
            Write::DestroyKey { key } => {
                self.current(transaction, key).await?;
                self.update(transaction, &key.clone().next_version(), None).await
            }
            Write::PutAlias { alias } if alias.version() == 0 => {
                self.insert(transaction, &alias.clone().next_version(), None).await
            }
            Write::PutAlias { alias } => {
                self.current(transaction, alias).await?;
                self.update(transaction, &alias.clone().next_version(), None).await
            }
            Write::DeleteAlias { alias } => self.delete(transaction, alias).await,
            Write::PutIdentity { identity, private_key } => {
                let next = identity.clone().next_version();
                if identity.version() == 0 {
                    return self.insert(transaction, &next, private_key.as_ref()).await;
                }
                self.current(transaction, identity).await?;
                self.update(transaction, &next, private_key.as_ref()).await
            }
            Write::DeleteIdentity { identity } => self.delete(transaction, identity).await,
            // A kind of write this release does not know.
            _ => Err(Failure::Conflict.into()),
        }
    }

    /// The secret of the record that a change rests on, if it is at the version the change says;
    /// its row is locked from here on.
    async fn current<R: Table>(
        &self,
        transaction: &Transaction<'_>,
        rests_on: &R,
    ) -> Result<Option<SecretKey>, Fault> {
        let statement = transaction.prepare_cached(R::LOCK).await?;
        let row = transaction.query_opt(&statement, &[&rests_on.id()]).await?;
        let (current, secret) = open_row::<R>(&row.ok_or(Failure::Conflict)?, 0, self.keys)?;
        if current.id() != rests_on.id() {
            return Err(Failure::Damaged.into());
        }
        expect_version(&current, rests_on.version())?;
        Ok(secret)
    }

    async fn insert<R: Table>(
        &self,
        transaction: &Transaction<'_>,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<(), Fault> {
        let parameters = self.sealed(record, secret)?;
        let statement = transaction.prepare_cached(R::INSERT).await?;
        transaction.execute(&statement, &parameters.all()).await?;
        Ok(())
    }

    async fn update<R: Table>(
        &self,
        transaction: &Transaction<'_>,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<(), Fault> {
        let parameters = self.sealed(record, secret)?;
        let statement = transaction.prepare_cached(R::UPDATE).await?;
        expect_one(transaction.execute(&statement, &parameters.all()).await?)
    }

    async fn delete<R: Table>(
        &self,
        transaction: &Transaction<'_>,
        record: &R,
    ) -> Result<(), Fault> {
        self.current(transaction, record).await?;
        let statement = transaction.prepare_cached(R::DELETE).await?;
        let version = number(record.version())?;
        expect_one(transaction.execute(&statement, &[&record.id(), &version]).await?)
    }

    fn sealed<R: Record>(
        &self,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<Parameters, Failure> {
        Parameters::new(record, seal(record, secret, self.keys, self.randomness)?)
    }
}

/// Begins a transaction that sees what others have committed, statement by statement; what it
/// rests on is locked, so that it stays.
async fn begin(client: &mut Object) -> Result<Transaction<'_>, Fault> {
    let builder = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
    Ok(builder.start().await?)
}

/// Locks the records that the writes of a batch rest on, in the same order whatever the order of the
/// writes is, so that nobody waits in a circle.
async fn lock(transaction: &Transaction<'_>, batch: &[Write]) -> Result<(), Fault> {
    let (mut keys, mut aliases, mut identities) = (Vec::new(), Vec::new(), Vec::new());
    for write in batch {
        match write {
            Write::UpdateKey { key } | Write::DestroyKey { key } => keys.push(key.arn().as_str()),
            Write::PutAlias { alias } | Write::DeleteAlias { alias } if alias.version() > 0 => {
                aliases.push(alias.name().as_str());
            }
            Write::PutIdentity { identity, .. } | Write::DeleteIdentity { identity }
                if identity.version() > 0 =>
            {
                identities.push(identity.name().as_str());
            }
            _ => (),
        }
    }
    let tables =
        [(Key::LOCK_MANY, keys), (Alias::LOCK_MANY, aliases), (Identity::LOCK_MANY, identities)];
    for (sql, ids) in tables.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let statement = transaction.prepare_cached(sql).await?;
        transaction.query(&statement, &[&ids]).await?;
    }
    Ok(())
}

fn expect_version<R: Record>(record: &R, expected: u64) -> Result<(), Failure> {
    if record.version() == expected { Ok(()) } else { Err(Failure::Conflict) }
}

fn expect_one(changed: u64) -> Result<(), Fault> {
    if changed == 1 { Ok(()) } else { Err(Failure::Conflict.into()) }
}
