//! The connection that writes: batches, each under a savepoint of one transaction.

mod commit;
mod identities;

use std::path::PathBuf;
use std::sync::Arc;

use export_api::ports::{Alias, Randomness, Write};
use export_api::{Key, Named};
use key_types::SecretKey;
use rusqlite::{Connection, Params, params};

use super::commits::{self, Commits};
use super::copying;
use super::rotation::{self, Resealed};
use super::snapshot::Snapshot;
use crate::Credential;
use crate::failure::{Failure, Reach};
use crate::group_commit::Engine;
use crate::key_ring::KeyRing;
use crate::record::{Record, SealedRecord, delete_due_column, seal};
use crate::seal::StoreKeys;
use crate::table::Table;

/// What is written all or nothing.
pub(super) enum Batch {
    Records(Vec<Write>),
    Credentials(Vec<Credential>),
    /// Records as they are, of a table that only the function knows.
    Copied(Insertion),
    NewStoreKey,
    Resealed(Vec<Resealed>),
    DeleteOldStoreKeys,
    /// Nothing but a greater number of the commits before this one.
    CommitsBefore(u64),
}

/// Adds records to the transaction of a writer.
pub(super) type Insertion = Box<dyn FnOnce(&Writer) -> Result<(), Failure> + Send>;

pub(super) struct Writer {
    path: PathBuf,
    /// `None` after a fault, until it is opened again.
    connection: Option<Connection>,
    ring: Arc<KeyRing>,
    /// The store keys at the beginning of the transaction.
    keys: Arc<StoreKeys>,
    randomness: Arc<dyn Randomness>,
    /// Whether the open transaction holds anything.
    has_written: bool,
    /// Whether the open transaction destroys keys.
    destroys: bool,
    /// The last commit that is durable.
    commits: Commits,
    /// Whether the log may end with a commit that was refused because the disk failed it.
    is_unsettled: bool,
}

/// What a writer shares with its store.
type Shared = (Arc<KeyRing>, Arc<dyn Randomness>, Commits);

impl Writer {
    pub(super) fn new(
        path: PathBuf,
        connection: Connection,
        (ring, randomness, commits): Shared,
    ) -> Self {
        let keys = ring.current();
        let connection = Some(connection);
        let (has_written, destroys, is_unsettled) = (false, false, false);
        Self {
            path,
            connection,
            ring,
            keys,
            randomness,
            has_written,
            destroys,
            commits,
            is_unsettled,
        }
    }

    pub(super) fn ring(&self) -> &KeyRing {
        &self.ring
    }

    pub(super) fn sealing_keys(&self) -> &StoreKeys {
        &self.keys
    }

    pub(super) fn randomness(&self) -> &dyn Randomness {
        &*self.randomness
    }

    pub(super) fn connection(&self) -> Result<&Connection, Failure> {
        // Whoever began a transaction has a connection.
        self.connection.as_ref().ok_or(Failure::TransactionLost)
    }

    pub(super) fn execute(&self, sql: &str, parameters: impl Params) -> Result<usize, Failure> {
        Ok(self.connection()?.prepare_cached(sql)?.execute(parameters)?)
    }
}

impl Engine for Writer {
    type Batch = Batch;

    fn begin(&mut self) -> Result<(), Failure> {
        self.settle()?;
        self.connect()?;
        (self.has_written, self.destroys) = (false, false);
        self.execute("BEGIN IMMEDIATE", ())?;
        // Nothing is sealed under a store key once a newer one is in the store.
        self.keys = rotation::refresh(self.connection()?, &self.ring)?;
        Ok(())
    }

    fn apply(&mut self, batch: Batch) -> Result<(), Failure> {
        // These act on the transaction, so that if one fails, no batch in it is sound any more.
        let act = |writer: &Self, sql| writer.execute(sql, ()).map_err(Failure::of_transaction);

        act(self, "SAVEPOINT batch")?;
        let outcome = match batch {
            Batch::Records(writes) => writes.into_iter().try_for_each(|write| self.write(write)),
            Batch::Credentials(credentials) => {
                credentials.iter().try_for_each(|credential| self.put_credential(credential))
            }
            Batch::Copied(insert) => insert(self),
            Batch::NewStoreKey => self.add_store_key(),
            Batch::Resealed(records) => self.put_resealed(&records),
            Batch::DeleteOldStoreKeys => {
                self.destroys = true;
                self.delete_old_store_keys()
            }
            Batch::CommitsBefore(number) => commits::raise(self.connection()?, number),
        };
        match &outcome {
            Err(failure) if failure.reach() != Reach::Batch => return outcome,
            Err(_) => act(self, "ROLLBACK TO batch")?,
            Ok(()) => {
                self.has_written = true;
                0
            }
        };
        act(self, "RELEASE batch")?;
        outcome
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.commit_counted()?;
        if self.destroys {
            self.fold_log();
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Failure> {
        self.settle_log()
    }

    fn roll_back(&mut self) {
        if let Some(connection) = &self.connection
            && !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction cannot be rolled back; the connection is closed");
            self.disconnect();
        }
    }

    fn disconnect(&mut self) {
        self.connection = None;
    }
}

impl Writer {
    fn write(&mut self, write: Write) -> Result<(), Failure> {
        match write {
            Write::CreateKey { key, material } => self.create_key(key, &material),
            Write::UpdateKey { key } => {
                let secret = self.current_key(&key)?;
                self.update_key(key, secret.as_ref())
            }
            Write::DestroyKey { key } => {
                self.current_key(&key)?;
                self.destroys = true;
                self.update_key(key, None)
            }
            Write::PutAlias { alias } if alias.version() == 0 => self.create_alias(alias),
            Write::PutAlias { alias } => self.update_alias(alias),
            Write::DeleteAlias { alias } => self.delete_alias(&alias),
            Write::PutIdentity { identity, private_key } if identity.version() == 0 => {
                self.create_identity(identity, private_key.as_ref())
            }
            Write::PutIdentity { identity, private_key } => {
                self.update_identity(identity, private_key.as_ref())
            }
            Write::DeleteIdentity { identity } => self.delete_identity(&identity),
            // A kind of write this release does not know.
            _ => Err(Failure::Conflict),
        }
    }

    fn create_key(&self, key: Key, material: &SecretKey) -> Result<(), Failure> {
        expect_version(&key, 0)?;
        let key = key.next_version();
        let SealedRecord { record, store_key, sealed } = self.seal(&key, Some(material))?;
        self.execute(
            "INSERT INTO keys (arn, version, record, store_key, sealed, state, delete_due) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                key.arn().as_str(),
                number(key.version())?,
                record,
                store_key,
                sealed,
                key.state().name(),
                delete_due_column(&key),
            ],
        )?;
        Ok(())
    }

    fn update_key(&self, key: Key, secret: Option<&SecretKey>) -> Result<(), Failure> {
        let rests_on = number(key.version())?;
        let key = key.next_version();
        let SealedRecord { record, store_key, sealed } = self.seal(&key, secret)?;
        let changed = self.execute(
            "UPDATE keys SET version = ?2, record = ?3, store_key = ?4, sealed = ?5, \
                state = ?6, delete_due = ?7 WHERE arn = ?1 AND version = ?8",
            params![
                key.arn().as_str(),
                number(key.version())?,
                record,
                store_key,
                sealed,
                key.state().name(),
                delete_due_column(&key),
                rests_on,
            ],
        )?;
        expect_one(changed)
    }

    fn create_alias(&self, alias: Alias) -> Result<(), Failure> {
        let alias = alias.next_version();
        let SealedRecord { record, store_key, sealed } = self.seal(&alias, None)?;
        self.execute(
            "INSERT INTO aliases (name, version, record, store_key, sealed, target) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                alias.name().as_str(),
                number(alias.version())?,
                record,
                store_key,
                sealed,
                alias.target().map(|arn| arn.as_str()),
            ],
        )?;
        Ok(())
    }

    fn update_alias(&self, alias: Alias) -> Result<(), Failure> {
        self.current_alias(&alias)?;
        let rests_on = number(alias.version())?;
        let alias = alias.next_version();
        let SealedRecord { record, store_key, sealed } = self.seal(&alias, None)?;
        let changed = self.execute(
            "UPDATE aliases SET version = ?2, record = ?3, store_key = ?4, sealed = ?5, \
                target = ?6 WHERE name = ?1 AND version = ?7",
            params![
                alias.name().as_str(),
                number(alias.version())?,
                record,
                store_key,
                sealed,
                alias.target().map(|arn| arn.as_str()),
                rests_on,
            ],
        )?;
        expect_one(changed)
    }

    fn delete_alias(&self, alias: &Alias) -> Result<(), Failure> {
        self.current_alias(alias)?;
        let changed = self.execute(
            "DELETE FROM aliases WHERE name = ?1 AND version = ?2",
            params![alias.name().as_str(), number(alias.version())?],
        )?;
        expect_one(changed)
    }

    /// Adds a record as it is, with its version.
    pub(super) fn insert<R: Table>(
        &self,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<(), Failure> {
        copying::insert(self.connection()?, record, &self.seal(record, secret)?)
    }

    /// The secret of a key whose record is at the version that a change rests on.
    fn current_key(&self, key: &Key) -> Result<Option<SecretKey>, Failure> {
        let snapshot = Snapshot::of(self.connection()?, &self.ring);
        let (current, secret) = snapshot.key_by_arn(key.arn())?.ok_or(Failure::Conflict)?;
        expect_version(&current, key.version())?;
        Ok(secret)
    }

    /// Refuses a change that rests on another version than the one that is there.
    fn current_alias(&self, alias: &Alias) -> Result<(), Failure> {
        let snapshot = Snapshot::of(self.connection()?, &self.ring);
        let current = snapshot.alias(alias.name())?.ok_or(Failure::Conflict)?;
        expect_version(&current, alias.version())
    }

    pub(super) fn seal<R: Record>(
        &self,
        record: &R,
        secret: Option<&SecretKey>,
    ) -> Result<SealedRecord, Failure> {
        seal(record, secret, &self.keys, &*self.randomness)
    }
}

fn expect_version<R: Record>(record: &R, expected: u64) -> Result<(), Failure> {
    if record.version() == expected { Ok(()) } else { Err(Failure::Conflict) }
}

pub(super) fn expect_one(changed: usize) -> Result<(), Failure> {
    if changed == 1 { Ok(()) } else { Err(Failure::Conflict) }
}

/// A version as the database holds it.
pub(super) fn number(version: u64) -> Result<i64, Failure> {
    i64::try_from(version).map_err(|_| Failure::Conflict)
}

#[cfg(test)]
mod tests {
    use export_api::Timestamp;
    use export_api::ports::RandomnessUnavailable;

    use super::*;
    use crate::RootKey;
    use crate::sqlite::{connection, schema};

    struct Sevens;

    impl Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
            bytes.fill(7);
            Ok(())
        }
    }

    fn credential(number: usize) -> Batch {
        let secret = SecretKey::filled_by(4000, |bytes| bytes.fill(1)).unwrap();
        let created = Timestamp::from_milliseconds(1);
        let id = number.to_string();
        Batch::Credentials(vec![Credential::new(id, secret, String::new(), created)])
    }

    #[test]
    fn a_full_disk_refuses_a_transaction_whole_and_the_connection_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.sqlite3");
        crate::private_file::create_if_missing(&path).unwrap();
        let mut connection = connection::writer(&path).unwrap();
        let root_key = SecretKey::filled_by(32, |bytes| bytes.fill(2)).unwrap();
        let root_key = RootKey::new(root_key).unwrap();
        let keys = schema::prepare(&mut connection, &root_key, &Sevens).unwrap();
        let ring = Arc::new(KeyRing::new(keys, root_key, None));
        let commits = Commits::from_stored(0);
        let mut writer = Writer::new(path, connection, (ring, Arc::new(Sevens), commits));
        let count = |writer: &Writer| {
            let count = "SELECT count(*) FROM credentials";
            writer.connection().unwrap().query_row(count, (), |row| row.get::<_, i64>(0)).unwrap()
        };

        let pages: i64 = writer
            .connection()
            .unwrap()
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        let limit_to = |writer: &Writer, pages: i64| {
            let connection = writer.connection().unwrap();
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        };
        limit_to(&writer, pages + 4);
        writer.begin().unwrap();
        let failure = (0..20).find_map(|number| writer.apply(credential(number)).err()).unwrap();
        assert_eq!(failure.reach(), Reach::Transaction, "{failure:?}");
        writer.roll_back();
        assert_eq!(count(&writer), 0);

        limit_to(&writer, 1 << 20);
        writer.begin().unwrap();
        (0..20).for_each(|number| writer.apply(credential(number)).unwrap());
        writer.commit().unwrap();
        assert_eq!(count(&writer), 20);
    }
}
