//! Writes of the certificates that the endpoint issued.

use export_api::Identity;
use key_types::SecretKey;
use rusqlite::params;

use super::{Writer, expect_one, expect_version, number};
use crate::failure::Failure;
use crate::record::{SealedRecord, valid_until_column};
use crate::sqlite::snapshot::Snapshot;

impl Writer {
    pub(super) fn create_identity(
        &self,
        identity: Identity,
        private_key: Option<&SecretKey>,
    ) -> Result<(), Failure> {
        let identity = identity.next_version();
        let SealedRecord { record, store_key, sealed } = self.seal(&identity, private_key)?;
        self.execute(
            "INSERT INTO identities (name, version, record, store_key, sealed, valid_until, \
                token_algorithm) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                identity.name().as_str(),
                number(identity.version())?,
                record,
                store_key,
                sealed,
                valid_until_column(&identity),
                identity.token_kind().map(|kind| kind.to_string()),
            ],
        )?;
        Ok(())
    }

    pub(super) fn update_identity(
        &self,
        identity: Identity,
        private_key: Option<&SecretKey>,
    ) -> Result<(), Failure> {
        self.current_identity(&identity)?;
        let rests_on = number(identity.version())?;
        let identity = identity.next_version();
        let SealedRecord { record, store_key, sealed } = self.seal(&identity, private_key)?;
        let changed = self.execute(
            "UPDATE identities SET version = ?2, record = ?3, store_key = ?4, sealed = ?5, \
                valid_until = ?6, token_algorithm = ?7 WHERE name = ?1 AND version = ?8",
            params![
                identity.name().as_str(),
                number(identity.version())?,
                record,
                store_key,
                sealed,
                valid_until_column(&identity),
                identity.token_kind().map(|kind| kind.to_string()),
                rests_on,
            ],
        )?;
        expect_one(changed)
    }

    pub(super) fn delete_identity(&mut self, identity: &Identity) -> Result<(), Failure> {
        self.current_identity(identity)?;
        self.destroys = true;
        let changed = self.execute(
            "DELETE FROM identities WHERE name = ?1 AND version = ?2",
            params![identity.name().as_str(), number(identity.version())?],
        )?;
        expect_one(changed)
    }

    /// Refuses a change that rests on another version than the one that is there.
    fn current_identity(&self, identity: &Identity) -> Result<(), Failure> {
        let snapshot = Snapshot::of(self.connection()?, &self.ring);
        let current = snapshot.identity(identity.name())?.ok_or(Failure::Conflict)?;
        expect_version(&current.identity, identity.version())
    }
}
