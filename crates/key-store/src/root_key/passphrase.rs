//! A root key derived from a passphrase by Argon2id, with parameters that stand in the store.
//!
//! Standard: RFC 9106.

use core::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use export_api::ports::Randomness;
use key_types::SecretKey;

use super::{RootKey, RootKeyError};
use crate::seal::SealingKey;

const SALT_LENGTH: usize = 16;
/// The least length in bytes of a passphrase that is set.
const LEAST_LENGTH: usize = 12;
/// The most memory in KiB, passes and lanes that are taken from a store: more would be an attack
/// on the machine.
const MOST_MEMORY: u32 = 1 << 20;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;

/// What a passphrase is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Occasion {
    /// To open what is there.
    Open,
    /// To set it.
    Set,
}

/// How a passphrase becomes a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Derivation {
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; SALT_LENGTH],
}

impl Derivation {
    /// The second choice of RFC 9106, 4, with a salt of its own.
    pub(super) fn new(randomness: &dyn Randomness) -> Result<Self, RootKeyError> {
        let mut salt = [0; SALT_LENGTH];
        randomness.fill(&mut salt)?;
        Ok(Self { memory: 1 << 16, passes: 3, lanes: 4, salt })
    }

    /// Reads the parameters from the id of a root key; `None` if it is no passphrase, or one that
    /// would take more than this machine should give.
    pub(crate) fn of_id(id: &[u8]) -> Option<Self> {
        let text = str::from_utf8(id).ok()?;
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (numbers, salt) = (parts.next()?, parts.next()?);
        let mut numbers = numbers.split(',');
        let mut number = |name| numbers.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let (memory, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
        let mut buffer = [0; SALT_LENGTH];
        let salt = Base64Unpadded::decode(salt, &mut buffer).ok()?.try_into().ok()?;
        let this = Self { memory, passes, lanes, salt };
        let is_bearable = memory <= MOST_MEMORY && passes <= MOST_PASSES && lanes <= MOST_LANES;
        // One way to write it only; the last part is the name of the key.
        let is_whole = numbers.next().is_none() && parts.next().is_some() && parts.next().is_none();
        let begins_alike = text.starts_with(&this.to_string());
        (is_bearable && is_whole && begins_alike && this.params().is_some()).then_some(this)
    }

    fn params(&self) -> Option<Params> {
        Params::new(self.memory, self.passes, self.lanes, Some(RootKey::LENGTH)).ok()
    }

    /// Derives the key; takes a moment and the memory it says.
    pub(super) fn derive(&self, passphrase: &SecretKey) -> Result<RootKey, RootKeyError> {
        let params = self.params().ok_or(RootKeyError::Derivation)?;
        let mut memory = Vec::new();
        // Refused and not ended with the process, where there is not as much.
        memory.try_reserve_exact(params.block_count()).map_err(|_| RootKeyError::Derivation)?;
        memory.resize(params.block_count(), Block::new());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let key = SecretKey::try_filled_by(RootKey::LENGTH, |key| {
            let passphrase = passphrase.expose_secret();
            argon2
                .hash_password_into_with_memory(passphrase, &self.salt, key, &mut memory)
                .map_err(|_| RootKeyError::Derivation)
        });
        zeroize::Zeroize::zeroize(&mut memory);
        let key = SealingKey::new(key?.expose_secret()).map_err(|_| RootKeyError::Derivation)?;
        let id = format!("{self}${}", Base64Unpadded::encode_string(&key.id()));
        Ok(RootKey::in_memory(id.into_bytes(), key))
    }
}

/// Refuses to set a passphrase that is too short.
pub(super) fn long_enough(passphrase: SecretKey) -> Result<SecretKey, RootKeyError> {
    let found = passphrase.length();
    if found < LEAST_LENGTH {
        return Err(RootKeyError::ShortPassphrase { least: LEAST_LENGTH, found });
    }
    Ok(passphrase)
}

/// As the PHC string format writes it, without the hash.
impl fmt::Display for Derivation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, passes, lanes, salt } = self;
        let salt = Base64Unpadded::encode_string(salt);
        write!(formatter, "$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Derivation = Derivation { memory: 64, passes: 1, lanes: 2, salt: [7; 16] };

    fn passphrase(text: &str) -> SecretKey {
        SecretKey::copied_from(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_same_passphrase_and_salt_give_the_same_key() {
        let key = SMALL.derive(&passphrase("correct horse battery")).unwrap();
        let found = Derivation::of_id(key.id()).unwrap();
        assert!(found == SMALL);
        assert_eq!(found.derive(&passphrase("correct horse battery")).unwrap().id(), key.id());
        assert_ne!(found.derive(&passphrase("correct horse batterz")).unwrap().id(), key.id());
        let salted = Derivation { salt: [8; 16], ..SMALL };
        assert_ne!(salted.derive(&passphrase("correct horse battery")).unwrap().id(), key.id());
    }

    #[test]
    fn other_ids_are_no_passphrases() {
        let good = "$argon2id$v=19$m=64,t=1,p=2$BwcHBwcHBwcHBwcHBwcHBw$AAAA";
        assert!(Derivation::of_id(good.as_bytes()) == Some(SMALL));
        for (from, to) in [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("m=64", "m=064"),
            ("m=64", "m=+64"),
            ("m=64", "m=1048577"),
            ("m=64", "m=4"),
            ("t=1", "t=17"),
            ("t=1", "t=0"),
            ("p=2", "p=17"),
            ("p=2", "p=2,x=1"),
            ("BwcH", ""),
            ("$AAAA", ""),
            ("$AAAA", "$AAAA$"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert!(Derivation::of_id(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Derivation::of_id(&[0xFF; 16]).is_none());
        assert!(Derivation::of_id(b"").is_none());
    }

    #[test]
    fn short_passphrases_are_not_set() {
        assert!(long_enough(passphrase("twelve bytes")).is_ok());
        let refused = long_enough(passphrase("eleven byte")).unwrap_err();
        assert!(matches!(refused, RootKeyError::ShortPassphrase { found: 11, .. }));
    }
}
