//! Private keys, which are read as every key is, in PEM or DER.

use key_types::{HashAlgorithm, SecretKey};
use payment_pki::SigningKey;
use rsa_wrap::PrivateKey;

use crate::failure::{Failure, Refusal};
use crate::key_source::KeySource;
use crate::session::Session;

/// Reads a private key for decryption: PKCS#8 or PKCS#1.
pub(crate) fn for_decryption(
    source: &KeySource,
    session: &Session,
    what: &str,
) -> Result<PrivateKey, Failure> {
    let der = der(source, session, what)?;
    PrivateKey::from_pkcs8(&der)
        .or_else(|_| PrivateKey::from_pkcs1(&der))
        .map_err(|error| Refusal::new(error.code(), format!("{what}: {error}")).into())
}

/// Reads a private key for signatures with SHA-256: PKCS#8 or PKCS#1.
pub(crate) fn for_signatures(
    source: &KeySource,
    session: &Session,
    what: &str,
) -> Result<SigningKey, Failure> {
    let der = der(source, session, what)?;
    SigningKey::from_pkcs8(&der, HashAlgorithm::Sha256)
        .or_else(|_| SigningKey::from_pkcs1(&der, HashAlgorithm::Sha256))
        .map_err(|_| malformed(what))
}

fn der(source: &KeySource, session: &Session, what: &str) -> Result<SecretKey, Failure> {
    let bytes = source.read(session, what)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.trim_start().starts_with("-----BEGIN") => {
            SigningKey::der_from_pem(text).map_err(|_| malformed(what))
        }
        _ => SecretKey::copied_from(&bytes).map_err(|_| malformed(what)),
    }
}

fn malformed(what: &str) -> Failure {
    let message = format!("{what}: this is no private key in PKCS#8 or PKCS#1, in PEM or DER");
    Failure::refused("PrivateKeyMalformed", message)
}
