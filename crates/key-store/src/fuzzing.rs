//! What the fuzz targets reach into; no part of the interface.

use std::sync::LazyLock;

use export_api::ports::{Alias, Randomness, RandomnessUnavailable};
use export_api::{Identity, Key};
use key_types::SecretKey;

use crate::PostgresUrl;
use crate::credential::CredentialRecord;
use crate::postgres::password_in_text;
use crate::record::{Record, StoredRecord, binding};
use crate::root_key::{Derivation, RootKey};
use crate::seal::{StoreKeys, WrappedStoreKey};

struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        bytes.fill(0);
        Ok(())
    }
}

/// One store key with the number 1, the same in each run.
static KEYS: LazyLock<StoreKeys> = LazyLock::new(|| {
    let root_key = SecretKey::filled_by(RootKey::LENGTH, |bytes| bytes.fill(0)).map(RootKey::new);
    let root_key = root_key.expect("a key can have 32 bytes").expect("a root key has 32 bytes");
    let wrapped = WrappedStoreKey::generate(1, &root_key, &Zeros).expect("zeros do not run out");
    StoreKeys::unwrap(&[wrapped], &root_key).unwrap_or_else(|_| unreachable!("it was just wrapped"))
});

/// Opens a record as each kind there is, sealed by whoever made it up; says whether any opened.
#[must_use]
pub fn opens(id: &str, version: u64, record: &str, store_key: u32, sealed: &[u8]) -> bool {
    let stored = StoredRecord { id, version, record, store_key, sealed };
    stored.open::<Key>(&KEYS).is_ok()
        || stored.open::<Alias>(&KEYS).is_ok()
        || stored.open::<Identity>(&KEYS).is_ok()
        || stored.open::<CredentialRecord>(&KEYS).is_ok()
}

/// Seals a record whatever it says, as a store of another release might have, and opens it.
pub fn open_sealed(id: &str, version: u64, record: &str, secret: &[u8]) {
    open_sealed_as::<Key>(id, version, record, secret);
    open_sealed_as::<Alias>(id, version, record, secret);
    open_sealed_as::<Identity>(id, version, record, secret);
    open_sealed_as::<CredentialRecord>(id, version, record, secret);
}

fn open_sealed_as<R: Record>(id: &str, version: u64, record: &str, secret: &[u8]) {
    let (store_key, key) = KEYS.current();
    let secret = SecretKey::copied_from(secret).ok();
    let binding = binding::<R>(id, version, record, store_key);
    let sealed = key.seal(&binding, secret.as_ref(), &Zeros).expect("zeros do not run out");
    let stored = StoredRecord { id, version, record, store_key, sealed: &sealed };
    if let Ok((opened, found)) = stored.open::<R>(&KEYS) {
        assert_eq!((opened.id(), opened.version()), (id, version));
        assert_eq!(
            found.as_ref().map(SecretKey::expose_secret),
            secret.as_ref().map(SecretKey::expose_secret),
        );
    }
}

/// Reads ids of root keys as somebody may have put them into a store; says whether it is that of
/// a passphrase.
#[must_use]
pub fn is_passphrase(root_key_id: &[u8]) -> bool {
    Derivation::of_id(root_key_id).is_some_and(|derivation| {
        let written = derivation.to_string();
        assert!(root_key_id.starts_with(written.as_bytes()));
        true
    })
}

/// Whether nothing is sent to another machine that those in between can read.
#[must_use]
pub fn hides_what_it_sends(url: &PostgresUrl) -> bool {
    url.uses_tls() || url.is_here()
}

/// The password that a password file has for a host, a port, a database and a user.
#[must_use]
pub fn password_of(text: &str, wanted: [&str; 4]) -> Option<String> {
    password_in_text(text, &wanted.map(str::to_owned)).map(|password| password.to_string())
}

/// A line of a password file, if there can be one: what stands in it is on one line, and begins no
/// comment.
#[must_use]
pub fn password_line(wanted: [&str; 4], password: &str) -> Option<String> {
    let [host, port, database, user] = wanted;
    let fields = [host, port, database, user, password];
    let is_writable = |field: &&str| !field.contains(['\n', '\r']);
    if !fields.iter().all(is_writable) || host.starts_with('#') {
        return None;
    }
    let escaped = fields.map(|field| field.replace('\\', "\\\\").replace(':', "\\:"));
    Some(escaped.join(":"))
}
