//! Stored records: attributes in the clear, a secret beside them, one seal over both.

use core::fmt;

use export_api::ports::{Alias, Randomness};
use export_api::{Identity, Key, Named};
use key_types::SecretKey;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::seal::{Binding, StoreKeys};

/// A record does not open: edited, swapped, damaged, or sealed under a key that is not here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

impl fmt::Debug for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Broken")
    }
}

/// Something that is stored as one sealed record.
///
/// Its JSON form is what is stored and authenticated, byte for byte.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Says what kind of record a seal belongs to, and in which form.
    const KIND: &'static str;

    /// What it is found by.
    fn id(&self) -> &str;

    /// Counts its writes, from 1.
    fn version(&self) -> u64;

    /// Whether the columns that stand beside the record for queries say what the record says.
    ///
    /// They begin at the column [`DERIVED`].
    fn agrees(&self, row: &Row<'_>) -> rusqlite::Result<bool>;
}

/// The columns of every table of records, in this order; derived columns follow.
const ID: usize = 0;
const VERSION: usize = 1;
const RECORD: usize = 2;
const STORE_KEY: usize = 3;
const SEALED: usize = 4;
/// The first column that repeats something of the record.
pub(crate) const DERIVED: usize = 5;

/// A record as it lies in the store, not yet authenticated.
#[derive(Clone, Copy)]
pub(crate) struct StoredRecord<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: u64,
    /// The record in JSON.
    pub(crate) record: &'a str,
    /// The number of the store key that sealed it.
    pub(crate) store_key: u32,
    pub(crate) sealed: &'a [u8],
}

impl<'a> StoredRecord<'a> {
    /// Takes a record from a row whose columns begin with those of every record.
    pub(crate) fn of_row(row: &'a Row<'_>) -> Result<Self, Failure> {
        let text = |column| {
            let text = row.get_ref(column)?.as_str();
            text.map_err(|_| Failure::Damaged)
        };
        Ok(Self {
            id: text(ID)?,
            version: u64::try_from(row.get::<_, i64>(VERSION)?).map_err(|_| Broken)?,
            record: text(RECORD)?,
            store_key: row.get(STORE_KEY)?,
            sealed: row.get_ref(SEALED)?.as_blob().map_err(|_| Broken)?,
        })
    }

    /// Authenticates the record, then reads it: the record and its secret, if it has one.
    pub(crate) fn open<R: Record>(
        &self,
        keys: &StoreKeys,
    ) -> Result<(R, Option<SecretKey>), Broken> {
        let key = keys.numbered(self.store_key).ok_or(Broken)?;
        let binding = binding::<R>(self.id, self.version, self.record, self.store_key);
        let secret = key.open(&binding, self.sealed)?;

        let record: R = serde_json::from_str(self.record).map_err(|_| Broken)?;
        if record.id() != self.id || record.version() != self.version {
            return Err(Broken);
        }
        Ok((record, secret))
    }
}

/// Opens the record of a row and holds the derived columns against it.
pub(crate) fn open_row<R: Record>(
    row: &Row<'_>,
    keys: &StoreKeys,
) -> Result<(R, Option<SecretKey>), Failure> {
    let stored = StoredRecord::of_row(row)?;
    match stored.open::<R>(keys) {
        Ok((record, secret)) if record.agrees(row)? => Ok((record, secret)),
        _ => {
            tracing::error!(kind = R::KIND, id = ?stored.id, "a record is damaged");
            Err(Failure::Damaged)
        }
    }
}

/// A record sealed for the store.
pub(crate) struct SealedRecord {
    pub(crate) record: String,
    pub(crate) store_key: u32,
    pub(crate) sealed: Vec<u8>,
}

/// Seals a record and its secret under the current store key.
pub(crate) fn seal<R: Record>(
    record: &R,
    secret: Option<&SecretKey>,
    keys: &StoreKeys,
    randomness: &dyn Randomness,
) -> Result<SealedRecord, Failure> {
    let (store_key, key) = keys.current();
    let json = serde_json::to_string(record).map_err(|_| Broken)?;
    let binding = binding::<R>(record.id(), record.version(), &json, store_key);
    let sealed = key.seal(&binding, secret, randomness)?;
    Ok(SealedRecord { record: json, store_key, sealed })
}

/// Opens the seal of a record and seals it under the current store key; record and version stay.
pub(crate) fn reseal<R: Record>(
    stored: &StoredRecord<'_>,
    keys: &StoreKeys,
    randomness: &dyn Randomness,
) -> Result<SealedRecord, Failure> {
    let StoredRecord { id, version, record, store_key, sealed } = *stored;
    let old = keys.numbered(store_key).ok_or(Broken)?;
    let secret = old.open(&binding::<R>(id, version, record, store_key), sealed)?;
    let (store_key, key) = keys.current();
    let binding = binding::<R>(id, version, record, store_key);
    let sealed = key.seal(&binding, secret.as_ref(), randomness)?;
    Ok(SealedRecord { record: record.to_owned(), store_key, sealed })
}

pub(crate) fn binding<R: Record>(id: &str, version: u64, record: &str, store_key: u32) -> Binding {
    Binding::new(&[
        R::KIND.as_bytes(),
        id.as_bytes(),
        record.as_bytes(),
        &version.to_be_bytes(),
        &store_key.to_be_bytes(),
    ])
}

impl Record for Key {
    const KIND: &'static str = "key-store key 1";

    fn id(&self) -> &str {
        self.arn().as_str()
    }

    fn version(&self) -> u64 {
        self.version()
    }

    fn agrees(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let state: String = row.get(DERIVED)?;
        let delete_due: Option<i64> = row.get(DERIVED + 1)?;
        Ok(state == self.state().name() && delete_due == delete_due_column(self))
    }
}

/// When a key is due, as its column says it: milliseconds since the start of 1970.
pub(crate) fn delete_due_column(key: &Key) -> Option<i64> {
    key.delete_due().map(|due| i64::try_from(due.milliseconds()).unwrap_or(i64::MAX))
}

impl Record for Alias {
    const KIND: &'static str = "key-store alias 1";

    fn id(&self) -> &str {
        self.name().as_str()
    }

    fn version(&self) -> u64 {
        self.version()
    }

    fn agrees(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let target: Option<String> = row.get(DERIVED)?;
        Ok(target.as_deref() == self.target().map(|arn| arn.as_str()))
    }
}

impl Record for Identity {
    const KIND: &'static str = "key-store identity 1";

    fn id(&self) -> &str {
        self.name().as_str()
    }

    fn version(&self) -> u64 {
        self.version()
    }

    fn agrees(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let valid_until: i64 = row.get(DERIVED)?;
        let token_algorithm: Option<String> = row.get(DERIVED + 1)?;
        let kind = self.token_kind().map(|kind| kind.to_string());
        Ok(valid_until == valid_until_column(self) && token_algorithm == kind)
    }
}

/// When an identity ends, as its column says it: milliseconds since the start of 1970.
pub(crate) fn valid_until_column(identity: &Identity) -> i64 {
    i64::try_from(identity.valid_until().milliseconds()).unwrap_or(i64::MAX)
}
