//! Batches, each one transaction: the rows of several writes are locked from the look at their
//! versions on until it is committed; a single write is one statement that says the version.
//!
//! Whoever writes at the same time shares syncs of the log all the same: the server sees to that.

use deadpool_postgres::{GenericClient, Object, Transaction};
use export_api::ports::{Alias, Randomness, Write};
use export_api::{Identity, Key};
use key_types::SecretKey;
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::ToSql;

use super::failure::Fault;
use super::row::{Parameters, number, open_row};
use crate::Credential;
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
        // A single write ends in one statement, which says the version it rests on and is a
        // transaction by itself.
        match batch {
            [] => return Ok(()),
            [write] => return self.write(Session { client, is_alone: true }, write).await,
            _ => (),
        }
        let transaction = begin(client).await?;
        lock(&transaction, batch).await?;
        for write in batch {
            self.write(Session { client: &transaction, is_alone: false }, write).await?;
        }
        transaction.commit().await.map_err(|error| Fault::from(error).of_commit())
    }

    /// Writes access keys, new (version 0) or changed, all or none.
    pub(super) async fn put_credentials(
        &self,
        client: &mut Object,
        credentials: &[Credential],
    ) -> Result<(), Fault> {
        let transaction = begin(client).await?;
        let session = Session { client: &transaction, is_alone: false };
        for credential in credentials {
            let (record, secret) = (credential.next_record(), Some(&credential.secret));
            match credential.version {
                0 => self.insert(session, &record, secret).await?,
                _ => self.update(session, &record, secret).await?,
            }
        }
        transaction.commit().await.map_err(|error| Fault::from(error).of_commit())
    }

    /// Adds records as they are, with their versions, all or none.
    pub(super) async fn insert_all<R: Table>(
        &self,
        client: &mut Object,
        records: &[(R, Option<SecretKey>)],
    ) -> Result<(), Fault> {
        let transaction = begin(client).await?;
        for (record, secret) in records {
            let session = Session { client: &transaction, is_alone: false };
            self.insert(session, record, secret.as_ref()).await?;
        }
        transaction.commit().await.map_err(|error| Fault::from(error).of_commit())
    }

    async fn write<C: GenericClient>(
        &self,
        session: Session<'_, C>,
        write: &Write,
    ) -> Result<(), Fault> {
        match write {
            Write::CreateKey { key, material } => {
                expect_version(key, 0)?;
                self.insert(session, &key.clone().next_version(), Some(material)).await
            }
            Write::UpdateKey { key } => {
                let secret = self.current(session, key).await?;
                self.update(session, &key.clone().next_version(), secret.as_ref()).await
            }
            Write::DestroyKey { key } => {
                self.current(session, key).await?;
                self.update(session, &key.clone().next_version(), None).await
            }
            Write::PutAlias { alias } if alias.version() == 0 => {
                self.insert(session, &alias.clone().next_version(), None).await
            }
            Write::PutAlias { alias } => {
                self.current(session, alias).await?;
                self.update(session, &alias.clone().next_version(), None).await
            }
            Write::DeleteAlias { alias } => self.delete(session, alias).await,
            Write::PutIdentity { identity, private_key } => {
                let next = identity.clone().next_version();
                if identity.version() == 0 {
                    return self.insert(session, &next, private_key.as_ref()).await;
                }
                self.current(session, identity).await?;
                self.update(session, &next, private_key.as_ref()).await
            }
            Write::DeleteIdentity { identity } => self.delete(session, identity).await,
            // A kind of write this release does not know.
            _ => Err(Failure::Conflict.into()),
        }
    }

    /// The secret of the record that a change rests on, if it is at the version the change says.
    ///
    /// In a transaction of several writes its row is locked from here on; a single write says the
    /// version again.
    async fn current<R: Table, C: GenericClient>(
        &self,
        session: Session<'_, C>,
        rests_on: &R,
    ) -> Result<Option<SecretKey>, Fault> {
        let sql = if session.is_alone { R::SELECT } else { R::LOCK };
        let statement = session.client.prepare_cached(sql).await?;
        let row = session.client.query_opt(&statement, &[&rests_on.id()]).await?;
        let (current, secret) = open_row::<R>(&row.ok_or(Failure::Conflict)?, 0, self.keys)?;
        if current.id() != rests_on.id() {
            return Err(Failure::Damaged.into());
        }
        expect_version(&current, rests_on.version())?;
        Ok(secret)
    }

    /// Puts a record where there is none.
    async fn insert<R: Table, C: GenericClient>(
        &self,
        session: Session<'_, C>,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<(), Fault> {
        self.put(R::ADD, session, record, secret).await
    }

    /// Puts a record in the place of the version before.
    async fn update<R: Table, C: GenericClient>(
        &self,
        session: Session<'_, C>,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<(), Fault> {
        self.put(R::UPDATE, session, record, secret).await
    }

    /// Puts a record by a statement that also says the store key.
    async fn put<R: Record, C: GenericClient>(
        &self,
        sql: &str,
        session: Session<'_, C>,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<(), Fault> {
        let sealed = seal(record, secret, self.keys, self.randomness)?;
        let parameters = Parameters::new(record, sealed)?;
        match session.change_one(sql, &parameters.all()).await {
            Err(Fault::Store(Failure::Conflict)) => {
                // It may have been the store key that was not the newest.
                expect_newest(session.client, self.keys).await?;
                Err(Failure::Conflict.into())
            }
            outcome => outcome,
        }
    }

    async fn delete<R: Table, C: GenericClient>(
        &self,
        session: Session<'_, C>,
        record: &R,
    ) -> Result<(), Fault> {
        self.current(session, record).await?;
        let version = number(record.version())?;
        session.change_one(R::DELETE, &[&record.id(), &version]).await
    }
}

/// What statements are sent to.
struct Session<'a, C> {
    client: &'a C,
    /// Whether each statement is a transaction by itself.
    is_alone: bool,
}

impl<C: GenericClient> Session<'_, C> {
    /// Changes one row; none is there at the version that the statement rests on otherwise.
    async fn change_one(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<(), Fault> {
        let statement = self.client.prepare_cached(sql).await?;
        match self.client.execute(&statement, parameters).await {
            Ok(1) => Ok(()),
            Ok(_) => Err(Failure::Conflict.into()),
            Err(error) if self.is_alone => Err(Fault::from(error).of_commit()),
            Err(error) => Err(error.into()),
        }
    }
}

impl<C> Clone for Session<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Session<'_, C> {}

/// Makes sure that no store key is newer than those that are known.
pub(super) async fn expect_newest(
    client: &impl GenericClient,
    keys: &StoreKeys,
) -> Result<(), Fault> {
    let statement = client.prepare_cached("SELECT max(number) FROM store_keys").await?;
    let newest: Option<i64> = client.query_one(&statement, &[]).await?.try_get(0)?;
    let (known, _) = keys.current();
    if newest == Some(known.into()) { Ok(()) } else { Err(Fault::StoreKeysMoved) }
}

/// Begins a transaction that sees what others have committed, statement by statement; what it
/// rests on is locked, so that it stays.
pub(super) async fn begin(client: &mut Object) -> Result<Transaction<'_>, Fault> {
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
