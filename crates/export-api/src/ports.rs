//! What the operations need from the world: a store, an audit trail, time, randomness,
//! private RSA keys, and somebody who says who may do what.
//!
//! The ports are traits used through generics; only `Authorize`, which answers from memory, is asked
//! through a reference. They name no runtime; whoever implements them chooses threads, a database, a
//! device.

mod audit;
mod authorize;
mod clock;
mod key_store;
mod randomness;
mod rsa_keys;

pub use audit::{Audit, AuditEvent, AuditUnavailable, Caller, Refused};
pub use authorize::{Authorize, Circumstances, Decision, Question, Related, Resource};
pub use clock::Clock;
pub use key_store::{
    Alias, AliasPage, CommitError, KeyPage, KeyReference, KeyStore, StoreError, StoredIdentity,
    StoredKey, Write,
};
pub(crate) use randomness::AsCryptoRng;
pub use randomness::{Randomness, RandomnessUnavailable};
pub use rsa_keys::{NewKeyPair, PrivateKey, RsaKeys, RsaKeysError};
