//! The credentials of the store: who may sign, and how a running server learns of changes.

use std::time::Duration;

use anyhow::Context;
use export_api::ports::Clock;
use export_api::{Principal, Role};
use key_store::Store;
use key_types::SecretKey;

use crate::clock::SystemClock;
use crate::sigv4::Credential;

/// How often the store is asked whether its credentials changed.
pub const REREAD: Duration = Duration::from_secs(5);

/// The credential that is made at the first start.
pub const FIRST: &str = "administrator";

/// The credential that the environment gives; the store has none of this name.
pub const ENVIRONMENT: &str = "environment";

/// The most characters in the name of a credential.
const LONGEST_NAME: usize = 64;

/// Whether a text can be the name of a new credential.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@');
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(fits) && text != ENVIRONMENT
}

/// Credentials as the store has them, with what tells one state from another.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Access keys that are enabled.
    pub(crate) enabled: Vec<Credential>,
    /// Every record and its version.
    pub(crate) versions: Vec<(String, u64)>,
}

impl Stored {
    /// Reads the table.
    pub(crate) async fn read(store: &Store) -> anyhow::Result<Self> {
        let mut stored = Self::default();
        for record in store.credentials().await.context("cannot read the access keys")? {
            stored.versions.push((record.access_key_id.clone(), record.version));
            if record.enabled {
                stored.enabled.push(to_sign_with(&record)?);
            }
        }
        Ok(stored)
    }
}

/// An access key of the store as signatures need it.
fn to_sign_with(record: &key_store::Credential) -> anyhow::Result<Credential> {
    let secret = str::from_utf8(record.secret.expose_secret())?;
    let owner = Principal::new(record.name.clone(), record.role);
    let credential = Credential::new(record.access_key_id.parse()?, secret.parse()?);
    Ok(credential.owned_by(owner).until(record.ends))
}

/// A new access key as the store keeps it.
pub(crate) fn to_store(
    credential: &Credential,
    owner: &Principal,
) -> anyhow::Result<key_store::Credential> {
    let secret = SecretKey::copied_from(credential.secret().expose_secret().as_bytes())?;
    let id = credential.id().to_string();
    let name = owner.name().to_owned();
    let mut stored = key_store::Credential::new(id, secret, name, SystemClock.now());
    stored.role = owner.role();
    Ok(stored)
}

/// The credential of whoever starts the server, with the access key of the environment.
pub(crate) fn of_environment(credential: Credential) -> Credential {
    credential.owned_by(Principal::new(ENVIRONMENT.to_owned(), Role::Administrator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for good in ["till", "till-7", "a.person@example.org", "administrator", &"x".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "two words", "quote\"", "environment", "ünicode", &"x".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
