//! A key as the endpoint knows it, without its secret.

use key_types::{Kcv, KcvMethod, KeyAlgorithm, KeyUsage, ModeOfUse};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::names::named_enum;
use crate::{KeyArn, Timestamp};

named_enum! {
    /// Whether a key is symmetric, or which half of a pair it is.
    pub enum KeyClass {
        /// A symmetric key.
        SymmetricKey = "SYMMETRIC_KEY",
        /// A key pair with its private key.
        AsymmetricKeyPair = "ASYMMETRIC_KEY_PAIR",
        /// A private key.
        PrivateKey = "PRIVATE_KEY",
        /// A public key.
        PublicKey = "PUBLIC_KEY",
    }
}

named_enum! {
    /// Where a key stands in its life.
    pub enum KeyState {
        /// Being made; nothing may use it yet.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Made and present.
        CreateComplete = "CREATE_COMPLETE",
        /// Present, but to be destroyed at a set time unless it is restored before.
        DeletePending = "DELETE_PENDING",
        /// Destroyed; only this record is left.
        DeleteComplete = "DELETE_COMPLETE",
    }
}

named_enum! {
    /// Where a key came from.
    pub enum KeyOrigin {
        /// Imported.
        External = "EXTERNAL",
        /// Made by this endpoint.
        Generated = "AWS_PAYMENT_CRYPTOGRAPHY",
    }
}

named_enum! {
    /// The method of a key check value, under the API's name.
    pub enum KeyCheckValueAlgorithm {
        /// CMAC of one block of zeros.
        Cmac = "CMAC",
        /// Encryption of one block of zeros.
        AnsiX924 = "ANSI_X9_24",
        /// HMAC of the empty message.
        Hmac = "HMAC",
        /// SHA-1, for asymmetric keys.
        Sha1 = "SHA_1",
    }
}

impl KeyCheckValueAlgorithm {
    /// The method to compute with for keys of `algorithm`, or `None` if the API's name has no
    /// meaning for symmetric keys of that algorithm.
    #[must_use]
    pub const fn method_for(self, algorithm: KeyAlgorithm) -> Option<KcvMethod> {
        match (self, algorithm.hash()) {
            (Self::Cmac, _) => Some(KcvMethod::Cmac),
            (Self::AnsiX924, _) => Some(KcvMethod::AnsiX924),
            (Self::Hmac, Some(hash)) => Some(KcvMethod::Hmac(hash)),
            (Self::Hmac, None) | (Self::Sha1, _) => None,
        }
    }

    const fn of(method: KcvMethod) -> Self {
        match method {
            KcvMethod::Cmac => Self::Cmac,
            KcvMethod::Hmac(_) => Self::Hmac,
            KcvMethod::Sha1OfKey => Self::Sha1,
            _ => Self::AnsiX924,
        }
    }
}

/// A key check value in the API's form: upper-case hex digits and the method's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckValue {
    #[serde(with = "crate::names")]
    algorithm: KeyCheckValueAlgorithm,
    digits: String,
}

impl CheckValue {
    /// The method's name.
    #[must_use]
    pub const fn algorithm(&self) -> KeyCheckValueAlgorithm {
        self.algorithm
    }

    /// The value, in upper-case hex digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }
}

impl CheckValue {
    /// The check value of a public key: the first 4 bytes of SHA-1 over its SubjectPublicKeyInfo
    /// in DER.
    pub(crate) fn of_public_key(subject_public_key_info: &[u8]) -> Self {
        let hash = Sha1::digest(subject_public_key_info);
        let mut digits = base16ct::upper::encode_string(&hash);
        digits.truncate(8);
        Self { algorithm: KeyCheckValueAlgorithm::Sha1, digits }
    }
}

impl From<Kcv> for CheckValue {
    fn from(kcv: Kcv) -> Self {
        Self { algorithm: KeyCheckValueAlgorithm::of(kcv.method()), digits: kcv.to_string() }
    }
}

/// What a key is for: usage, class, algorithm and mode of use, which go together.
///
/// Values are made by the attribute table only, so an impossible combination does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttributes {
    #[serde(with = "crate::names")]
    pub(crate) usage: KeyUsage,
    #[serde(with = "crate::names")]
    pub(crate) class: KeyClass,
    #[serde(with = "crate::names")]
    pub(crate) algorithm: KeyAlgorithm,
    #[serde(with = "crate::names")]
    pub(crate) mode: ModeOfUse,
}

impl KeyAttributes {
    /// What the key is for.
    #[must_use]
    pub const fn usage(&self) -> KeyUsage {
        self.usage
    }

    /// Symmetric, or which half of a pair.
    #[must_use]
    pub const fn class(&self) -> KeyClass {
        self.class
    }

    /// The algorithm with its size.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The operations the key may perform.
    #[must_use]
    pub const fn mode(&self) -> ModeOfUse {
        self.mode
    }
}

/// A label of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl Tag {
    /// The label's name, 1 to 128 characters.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The label's value, at most 256 characters.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// A key without its secret: everything the store authenticates beside the sealed material.
///
/// The fields are public within the crate only; outside it a key is read, never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub(crate) arn: KeyArn,
    /// Counts the writes of this record, from 1.
    pub(crate) version: u64,
    pub(crate) attributes: KeyAttributes,
    pub(crate) check_value: CheckValue,
    pub(crate) exportable: bool,
    pub(crate) enabled: bool,
    #[serde(with = "crate::names")]
    pub(crate) state: KeyState,
    #[serde(with = "crate::names")]
    pub(crate) origin: KeyOrigin,
    pub(crate) created: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) usage_started: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) usage_stopped: Option<Timestamp>,
    /// When a key in [`KeyState::DeletePending`] is due to be destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delete_due: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deleted: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    /// The key that verifies the certificate of this public key; `None` if it is its own root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<KeyArn>,
    /// The version of the key that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_version: Option<String>,
    /// Optional blocks that came with the key, by id, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) optional_blocks: Vec<(String, String)>,
}

impl Key {
    /// The name of the key.
    #[must_use]
    pub const fn arn(&self) -> &KeyArn {
        &self.arn
    }

    /// The number of this version of the record, from 1.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// What the key is for.
    #[must_use]
    pub const fn attributes(&self) -> &KeyAttributes {
        &self.attributes
    }

    /// The check value of the key.
    #[must_use]
    pub const fn check_value(&self) -> &CheckValue {
        &self.check_value
    }

    /// Where the key stands in its life.
    #[must_use]
    pub const fn state(&self) -> KeyState {
        self.state
    }

    /// When the key is due to be destroyed, if that is scheduled.
    #[must_use]
    pub const fn delete_due(&self) -> Option<Timestamp> {
        self.delete_due
    }

    /// Whether the key may leave.
    #[must_use]
    pub const fn exportable(&self) -> bool {
        self.exportable
    }

    /// Whether the key may be used.
    #[must_use]
    pub const fn enabled(&self) -> bool {
        self.enabled
    }

    /// Where the key came from.
    #[must_use]
    pub const fn origin(&self) -> KeyOrigin {
        self.origin
    }

    /// The labels of the key.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The same record one version on, for the store to write.
    #[must_use]
    pub fn next_version(mut self) -> Self {
        self.version = self.version.saturating_add(1);
        self
    }
}
