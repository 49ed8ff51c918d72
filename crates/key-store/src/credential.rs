//! Access keys of those who may call the endpoint.

use export_api::Timestamp;
use key_types::SecretKey;
use serde::{Deserialize, Serialize};

use crate::record::{Derived, Record};

/// An access key: its id, which is public, and its secret, with which requests are signed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The id that a signed request names.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretKey,
    /// What people call it.
    pub name: String,
    /// Whether requests signed with it are accepted.
    pub enabled: bool,
    /// When it was made.
    pub created: Timestamp,
}

impl Credential {
    /// An access key that is enabled.
    #[must_use]
    pub const fn new(
        access_key_id: String,
        secret: SecretKey,
        name: String,
        created: Timestamp,
    ) -> Self {
        Self { access_key_id, secret, name, enabled: true, created }
    }

    pub(crate) fn record(&self) -> CredentialRecord {
        CredentialRecord {
            access_key_id: self.access_key_id.clone(),
            version: 1,
            name: self.name.clone(),
            enabled: self.enabled,
            created: self.created,
        }
    }
}

/// All of a credential but its secret, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialRecord {
    access_key_id: String,
    version: u64,
    name: String,
    enabled: bool,
    created: Timestamp,
}

impl CredentialRecord {
    pub(crate) fn with_secret(self, secret: SecretKey) -> Credential {
        Credential {
            access_key_id: self.access_key_id,
            secret,
            name: self.name,
            enabled: self.enabled,
            created: self.created,
        }
    }
}

impl Record for CredentialRecord {
    const KIND: &'static str = "key-store credential 1";

    fn id(&self) -> &str {
        &self.access_key_id
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn derived(&self) -> Vec<Derived> {
        // No column repeats anything of a credential.
        Vec::new()
    }
}
