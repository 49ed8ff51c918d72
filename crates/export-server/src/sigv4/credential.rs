//! Access keys: an id that travels, and a secret that does not.

use core::fmt;
use core::str::FromStr;
use std::sync::{Mutex, PoisonError};

use export_api::ports::{Randomness, RandomnessUnavailable};
use export_api::{Principal, Role, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::authorization::TERMINATOR;

/// A text that is no id or secret of an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The id has another form.
    #[error("an access key id has 16 to 128 characters of A-Z, a-z, 0-9 and _")]
    Id,
    /// The secret has another form; what it was is not repeated.
    #[error("a secret access key has 16 to 128 printable ASCII characters without spaces")]
    Secret,
}

/// The id of an access key, such as `AKIAIOSFODNN7EXAMPLE`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessKeyId {
    pub(super) text: String,
}

impl AccessKeyId {
    /// The id as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for AccessKeyId {
    type Err = CredentialError;

    fn from_str(text: &str) -> Result<Self, CredentialError> {
        let fits = (16..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if fits { Ok(Self { text: text.to_owned() }) } else { Err(CredentialError::Id) }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The secret of an access key: wiped when dropped, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretAccessKey {
    text: String,
}

impl SecretAccessKey {
    /// The secret as it is written.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.text
    }
}

impl FromStr for SecretAccessKey {
    type Err = CredentialError;

    fn from_str(text: &str) -> Result<Self, CredentialError> {
        let fits =
            (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self { text: text.to_owned() }) } else { Err(CredentialError::Secret) }
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretAccessKey([elided])")
    }
}

/// An access key with what is derived from it.
#[derive(Debug)]
pub struct Credential {
    id: AccessKeyId,
    secret: SecretAccessKey,
    owner: Principal,
    /// When it stops being accepted, if that is known.
    ends: Option<Timestamp>,
    /// The signing key of the last scope seen, because it serves a whole day.
    signing_key: Mutex<Option<ScopedKey>>,
}

impl Credential {
    /// Joins an id and its secret; the access key belongs to a member that has the id as its name.
    #[must_use]
    pub fn new(id: AccessKeyId, secret: SecretAccessKey) -> Self {
        let owner = Principal::new(id.text.clone(), Role::Member);
        Self { id, secret, owner, ends: None, signing_key: Mutex::new(None) }
    }

    /// The same access key as one of a credential's.
    #[must_use]
    pub fn owned_by(mut self, owner: Principal) -> Self {
        self.owner = owner;
        self
    }

    /// The same access key, which is accepted before `ends` only.
    #[must_use]
    pub const fn until(mut self, ends: Option<Timestamp>) -> Self {
        self.ends = ends;
        self
    }

    /// Makes a new access key in the form of AWS: an id of 20 characters that begins with
    /// `AKIA`, and a secret of 40.
    ///
    /// # Errors
    ///
    /// [`RandomnessUnavailable`] if the source failed.
    pub fn random(randomness: &impl Randomness) -> Result<Self, RandomnessUnavailable> {
        const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const BASE_64: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut bytes = Zeroizing::new([0; 16 + 40]);
        randomness.fill(bytes.as_mut_slice())?;
        let (of_id, of_secret) = bytes.split_at(16);
        // Both alphabets divide 256, so every character is equally likely.
        let id = of_id.iter().flat_map(|byte| BASE_32.iter().cycle().nth(usize::from(*byte)));
        let secret =
            of_secret.iter().flat_map(|byte| BASE_64.iter().cycle().nth(usize::from(*byte)));
        let mut text = String::with_capacity(40);
        text.extend(secret.map(|&letter| char::from(letter)));
        Ok(Self::new(
            AccessKeyId { text: "AKIA".chars().chain(id.map(|&b| char::from(b))).collect() },
            SecretAccessKey { text },
        ))
    }

    /// The same access key once more, on purpose.
    #[must_use]
    pub fn copied(&self) -> Self {
        let secret = SecretAccessKey { text: self.secret.text.clone() };
        Self::new(self.id.clone(), secret).owned_by(self.owner.clone()).until(self.ends)
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &AccessKeyId {
        &self.id
    }

    /// The secret.
    #[must_use]
    pub const fn secret(&self) -> &SecretAccessKey {
        &self.secret
    }

    /// The credential that it belongs to.
    #[must_use]
    pub const fn owner(&self) -> &Principal {
        &self.owner
    }

    /// Whether it is accepted at a time.
    #[must_use]
    pub fn is_accepted_at(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }

    /// Signs a text for a scope of `date`, `region` and `service`.
    pub(super) fn sign(&self, [date, region, service]: [&str; 3], text: &str) -> [u8; 32] {
        // A panic elsewhere cannot leave the key half written.
        let mut cached = self.signing_key.lock().unwrap_or_else(PoisonError::into_inner);
        let key = match cached.as_ref().filter(|key| key.is_of([date, region, service])) {
            Some(key) => &key.key,
            None => &cached.insert(self.derive([date, region, service])).key,
        };
        hmac_sha256(key.as_slice(), text)
    }

    fn derive(&self, scope: [&str; 3]) -> ScopedKey {
        let mut start = Zeroizing::new(String::with_capacity(4 + self.secret.text.len()));
        start.push_str("AWS4");
        start.push_str(&self.secret.text);
        let [date, region, service] = scope;
        let mut key = Zeroizing::new(hmac_sha256(start.as_bytes(), date));
        for part in [region, service, TERMINATOR] {
            *key = hmac_sha256(key.as_slice(), part);
        }
        ScopedKey { scope: scope.map(str::to_owned), key }
    }
}

/// A signing key and the date, region and service it is for.
struct ScopedKey {
    scope: [String; 3],
    key: Zeroizing<[u8; 32]>,
}

impl ScopedKey {
    fn is_of(&self, scope: [&str; 3]) -> bool {
        self.scope.iter().eq(scope)
    }
}

impl fmt::Debug for ScopedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ScopedKey([elided])")
    }
}

fn hmac_sha256(key: &[u8], text: &str) -> [u8; 32] {
    #[cfg(test)]
    super::same_work::count(text.len());
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::OsRandomness;

    /// The signing key example of the AWS General Reference.
    #[test]
    fn the_published_signing_key() {
        let credential = Credential::new(
            AccessKeyId { text: "AKIDEXAMPLE".into() },
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".parse().unwrap(),
        );
        let key = credential.derive(["20150830", "us-east-1", "iam"]).key;
        assert_eq!(
            base16ct::lower::encode_string(key.as_slice()),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
    }

    #[test]
    fn the_cached_key_follows_the_scope() {
        let credential = Credential::random(&OsRandomness).unwrap();
        let sign = |date| credential.sign([date, "us-east-1", "iam"], "text");
        let (first, second) = (sign("20150830"), sign("20150831"));
        assert_ne!(first, second);
        assert_eq!(sign("20150830"), first);
        assert_eq!(sign("20150831"), second);
    }

    #[test]
    fn new_access_keys_have_the_form_of_aws() {
        let credential = Credential::random(&OsRandomness).unwrap();
        let id = credential.id().as_str();
        assert_eq!((id.len(), &id[..4]), (20, "AKIA"));
        assert_eq!(credential.secret().expose_secret().len(), 40);
        assert_eq!(id.parse::<AccessKeyId>().as_ref(), Ok(credential.id()));
        assert!(credential.secret().expose_secret().parse::<SecretAccessKey>().is_ok());
        let other = Credential::random(&OsRandomness).unwrap();
        assert_ne!(other.id(), credential.id());
        assert_ne!(other.secret().expose_secret(), credential.secret().expose_secret());
    }

    #[test]
    fn nothing_prints_a_secret() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let id = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let credential = Credential::new(id, secret.parse().unwrap());
        credential.sign(["20150830", "us-east-1", "iam"], "text");
        let printed = format!("{credential:?}");
        assert!(printed.contains("AKIAIOSFODNN7EXAMPLE") && !printed.contains(secret), "{printed}");
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in ["", "short", "with spaces in it all", "slash/in/the/middle", &"A".repeat(129)] {
            assert_eq!(bad.parse::<AccessKeyId>(), Err(CredentialError::Id), "{bad}");
        }
        for bad in ["", "short", "with a space in it somewhere", &"s".repeat(129)] {
            assert!(bad.parse::<SecretAccessKey>().is_err(), "{bad}");
        }
    }
}
