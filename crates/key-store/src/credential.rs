//! Access keys of those who may call the endpoint.

use export_api::{Role, Timestamp};
use key_types::SecretKey;
use serde::{Deserialize, Serialize};

use crate::record::{Derived, Record};

/// An access key: its id, which is public, and its secret, with which requests are signed.
///
/// Access keys with the same name belong to one credential, which has two of them while its secret
/// is being exchanged.
#[derive(Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The id that a signed request names.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretKey,
    /// What the credential is called.
    pub name: String,
    /// What the credential is to the endpoint.
    pub role: Role,
    /// Whether requests signed with it are accepted.
    pub enabled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops being accepted, if that is known.
    pub ends: Option<Timestamp>,
    /// Counts the writes of this record; 0 before the first.
    pub version: u64,
}

impl Credential {
    /// An access key of a member, new and enabled.
    #[must_use]
    pub const fn new(
        access_key_id: String,
        secret: SecretKey,
        name: String,
        created: Timestamp,
    ) -> Self {
        let role = Role::Member;
        Self { access_key_id, secret, name, role, enabled: true, created, ends: None, version: 0 }
    }

    /// The record one version on, as it is written.
    pub(crate) fn next_record(&self) -> CredentialRecord {
        CredentialRecord {
            access_key_id: self.access_key_id.clone(),
            version: self.version.saturating_add(1),
            name: self.name.clone(),
            enabled: self.enabled,
            created: self.created,
            role: self.role,
            ends: self.ends,
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
    #[serde(default = "role_of_older_records")]
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<Timestamp>,
}

/// Before there were roles, every access key might do everything.
const fn role_of_older_records() -> Role {
    Role::Administrator
}

impl CredentialRecord {
    pub(crate) fn with_secret(self, secret: SecretKey) -> Credential {
        Credential {
            access_key_id: self.access_key_id,
            secret,
            name: self.name,
            role: self.role,
            enabled: self.enabled,
            created: self.created,
            ends: self.ends,
            version: self.version,
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
