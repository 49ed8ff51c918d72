//! Writes of access keys.

use rusqlite::params;

use super::writer::{Writer, expect_one, number};
use crate::Credential;
use crate::failure::Failure;
use crate::record::{Record, SealedRecord};

impl Writer {
    /// Adds an access key, or puts it in place of the version it rests on.
    pub(super) fn put_credential(&self, credential: &Credential) -> Result<(), Failure> {
        let row = credential.next_record();
        let SealedRecord { record, store_key, sealed } =
            self.seal(&row, Some(&credential.secret))?;
        let (id, version) = (row.id(), number(row.version())?);
        if credential.version == 0 {
            self.execute(
                "INSERT INTO credentials (access_key_id, version, record, store_key, sealed) \
                    VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id, version, record, store_key, sealed],
            )?;
            return Ok(());
        }
        let rests_on = number(credential.version)?;
        let changed = self.execute(
            "UPDATE credentials SET version = ?2, record = ?3, store_key = ?4, sealed = ?5 \
                WHERE access_key_id = ?1 AND version = ?6",
            params![id, version, record, store_key, sealed, rests_on],
        )?;
        expect_one(changed)
    }
}
