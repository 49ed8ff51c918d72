//! Stored records: attributes in the clear, a secret beside them, one seal over both.

use core::{fmt, iter};

use export_api::ports::{Alias, Randomness};
use export_api::{Identity, Key, Named};
use key_types::SecretKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::abbreviation::{abbreviate, expand};
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
/// Its JSON, abbreviated, is what is stored and authenticated, byte for byte.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Says what kind of record a seal belongs to, and in which form.
    const KIND: &'static str;

    /// What it is found by.
    fn id(&self) -> &str;

    /// Counts its writes, from 1.
    fn version(&self) -> u64;

    /// What the columns say that stand beside the record for queries, in their order.
    fn derived(&self) -> Vec<Derived>;
}

/// A record with its secret, if it has one.
pub(crate) type Opened<R> = (R, Option<SecretKey>);

/// What a column repeats of a record, so that the database can find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Derived {
    Text(Option<String>),
    Number(Option<i64>),
}

/// The columns of every table of records, in this order; derived columns follow.
pub(crate) const ID: usize = 0;
pub(crate) const VERSION: usize = 1;
pub(crate) const RECORD: usize = 2;
pub(crate) const STORE_KEY: usize = 3;
pub(crate) const SEALED: usize = 4;
/// The first column that repeats something of the record.
pub(crate) const DERIVED: usize = 5;

/// A record as it lies in the store, not yet authenticated.
#[derive(Clone, Copy)]
pub(crate) struct StoredRecord<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: u64,
    /// The record in JSON, abbreviated.
    pub(crate) record: &'a str,
    /// The number of the store key that sealed it.
    pub(crate) store_key: u32,
    pub(crate) sealed: &'a [u8],
}

impl<'a> StoredRecord<'a> {
    /// Authenticates the record, then reads it: the record and its secret, if it has one.
    pub(crate) fn open<R: Record>(
        &self,
        keys: &StoreKeys,
    ) -> Result<(R, Option<SecretKey>), Broken> {
        let key = keys.numbered(self.store_key).ok_or(Broken)?;
        let binding = binding::<R>(self.id, self.version, self.record, self.store_key);
        let secret = key.open(&binding, self.sealed)?;

        let json = expand(self.record, self.id)?;
        let record: R = serde_json::from_str(&json).map_err(|_| Broken)?;
        if record.id() != self.id || record.version() != self.version {
            return Err(Broken);
        }
        Ok((record, secret))
    }
}

/// Opens a record of a row and holds the derived columns, which `column` reads, against it.
///
/// # Errors
///
/// [`Failure::Damaged`] if the record does not open or the columns say something else, and
/// whatever `column` fails with.
pub(crate) fn open_row<R: Record, E: From<Failure>>(
    stored: StoredRecord<'_>,
    keys: &StoreKeys,
    column: impl Fn(usize, &Derived) -> Result<Derived, E>,
) -> Result<(R, Option<SecretKey>), E> {
    let damaged = || {
        tracing::error!(kind = R::KIND, id = ?stored.id, "a record is damaged");
        E::from(Failure::Damaged)
    };
    let (record, secret) = stored.open::<R>(keys).map_err(|Broken| damaged())?;
    for (number, expected) in record.derived().iter().enumerate() {
        if column(DERIVED.saturating_add(number), expected)? != *expected {
            return Err(damaged());
        }
    }
    Ok((record, secret))
}

/// Refuses records that do not follow each other, as those of a damaged tree may.
pub(crate) fn in_order<R: Record>(after: &str, records: Vec<R>) -> Result<Vec<R>, Failure> {
    if is_in_order(after, records.iter().map(R::id)) { Ok(records) } else { Err(Failure::Damaged) }
}

/// Whether ids follow each other, all after one.
pub(crate) fn is_in_order<'a>(after: &'a str, ids: impl Iterator<Item = &'a str>) -> bool {
    iter::once(after).chain(ids).is_sorted_by(|one, next| one < next)
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
    let text = abbreviate(&json, record.id());
    let binding = binding::<R>(record.id(), record.version(), &text, store_key);
    let sealed = key.seal(&binding, secret, randomness)?;
    Ok(SealedRecord { record: text, store_key, sealed })
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

    fn derived(&self) -> Vec<Derived> {
        let state = self.state().name().to_owned();
        vec![Derived::Text(Some(state)), Derived::Number(delete_due_column(self))]
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

    fn derived(&self) -> Vec<Derived> {
        vec![Derived::Text(self.target().map(|arn| arn.as_str().to_owned()))]
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

    fn derived(&self) -> Vec<Derived> {
        let kind = self.token_kind().map(|kind| kind.to_string());
        vec![Derived::Number(Some(valid_until_column(self))), Derived::Text(kind)]
    }
}

/// When an identity ends, as its column says it: milliseconds since the start of 1970.
pub(crate) fn valid_until_column(identity: &Identity) -> i64 {
    i64::try_from(identity.valid_until().milliseconds()).unwrap_or(i64::MAX)
}
