//! Signatures that were verified, remembered up to a bound.

use core::fmt;
use core::mem;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use payment_pki::{Error, PublicKey, SignatureAlgorithm};
use sha2::{Digest, Sha256};

/// What was verified: a hash over the key, the algorithm, the message and the signature.
type Name = [u8; 32];

/// Signatures that hold, by everything that they depend on.
///
/// What is not exactly the same is verified anew, and what does not hold is not remembered. What
/// was not asked for since as many others came is forgotten.
pub(super) struct VerifiedSignatures {
    /// The most that one generation holds.
    most: usize,
    generations: Mutex<Generations>,
}

/// When the younger is full, it becomes the older, and the older is forgotten.
#[derive(Default)]
struct Generations {
    younger: HashSet<Name>,
    older: HashSet<Name>,
}

impl VerifiedSignatures {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.div_ceil(2), generations: Mutex::default() }
    }

    /// Verifies a signature, unless it is remembered.
    pub(super) fn verify(
        &self,
        (key, algorithm): (&PublicKey, SignatureAlgorithm),
        message: &[u8],
        signature: &[u8],
        verify: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let name = name(key, algorithm, message, signature);
        if self.generations().holds(&name, self.most) {
            return Ok(());
        }
        // Nothing is locked meanwhile; two who verify the same remember it once.
        verify()?;
        self.generations().remember(name, self.most);
        Ok(())
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        // Names stand for themselves, so that whoever panicked left nothing half done.
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn holds(&mut self, name: &Name, most: usize) -> bool {
        if self.younger.contains(name) {
            return true;
        }
        let is_held = self.older.remove(name);
        if is_held {
            self.remember(*name, most);
        }
        is_held
    }

    fn remember(&mut self, name: Name, most: usize) {
        if self.younger.len() >= most {
            self.older = mem::take(&mut self.younger);
        }
        self.younger.insert(name);
    }
}

/// Each part goes in with its length, so that no two inputs are one to the hash.
fn name(key: &PublicKey, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Name {
    let algorithm = format!("{algorithm:?}");
    let mut hash = Sha256::new();
    for part in [key.subject_public_key_info(), algorithm.as_bytes(), message, signature] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl fmt::Debug for VerifiedSignatures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("VerifiedSignatures").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use getrandom::SysRng;
    use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
    use payment_pki::{Sign, SigningKey};

    use super::super::Key;
    use super::*;

    /// Two public keys, and a message signed by the first.
    fn signed() -> ([PublicKey; 2], Vec<u8>, Vec<u8>) {
        let made = [(); 2].map(|()| Key::generate(KeyAlgorithm::Rsa2048).unwrap());
        let key = SecretKey::copied_from(made[0].private_key.expose_secret()).unwrap();
        let key = SigningKey::from_pkcs8(&key, HashAlgorithm::Sha256).unwrap();
        let message = b"what was signed".to_vec();
        let signature = key.sign(&message, &mut SysRng).unwrap();
        let public =
            made.map(|pair| PublicKey::from_subject_public_key_info(&pair.public_key).unwrap());
        (public, message, signature)
    }

    #[test]
    fn what_holds_is_verified_once_and_a_changed_bit_of_anything_misses() {
        let ([key, other], message, signature) = signed();
        let remembered = VerifiedSignatures::new(8);
        let verified = Cell::new(0);
        let ask = |key: &PublicKey, algorithm, message: &[u8], signature: &[u8]| {
            remembered.verify((key, algorithm), message, signature, || {
                verified.set(verified.get() + 1);
                key.verify(algorithm, message, signature)
            })
        };
        let sha256 = SignatureAlgorithm::RsaSha256;
        for _ in 0..3 {
            ask(&key, sha256, &message, &signature).unwrap();
        }
        assert_eq!(verified.get(), 1);

        let refused = Err(Error::SignatureInvalid);
        for _ in 0..2 {
            assert_eq!(ask(&other, sha256, &message, &signature), refused);
            assert_eq!(ask(&key, SignatureAlgorithm::RsaSha384, &message, &signature), refused);
        }
        assert_eq!(verified.get(), 5, "what does not hold is not remembered");

        let changed = |bytes: &[u8], bit: usize| {
            let mut bytes = bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        for bit in 0..message.len() * 8 {
            assert_eq!(ask(&key, sha256, &changed(&message, bit), &signature), refused);
        }
        for bit in (0..signature.len() * 8).step_by(37) {
            assert_eq!(ask(&key, sha256, &message, &changed(&signature, bit)), refused);
        }
        // A byte that goes from one part over to the next is seen as well.
        let (longer, shorter) = ([&message[..], &signature[..1]].concat(), &signature[1..]);
        assert_eq!(ask(&key, sha256, &longer, shorter), refused);
        let before = verified.get();
        ask(&key, sha256, &message, &signature).unwrap();
        assert_eq!(verified.get(), before, "the first is still remembered");
    }

    #[test]
    fn what_is_remembered_is_bounded_and_what_is_asked_for_stays() {
        let ([key, _], _, signature) = signed();
        let remembered = VerifiedSignatures::new(8);
        let verified = Cell::new(0);
        // Whether a signature holds is said here: what is of interest is what is remembered.
        let ask = |message: &[u8]| {
            let what = (&key, SignatureAlgorithm::RsaSha256);
            let verify = || {
                verified.set(verified.get() + 1);
                Ok(())
            };
            remembered.verify(what, message, &signature, verify).unwrap();
            verified.get()
        };
        assert_eq!(ask(b"asked for again and again"), 1);
        for number in 0..100_u8 {
            ask(&[number]);
            let generations = remembered.generations();
            assert!(generations.younger.len() + generations.older.len() <= 8);
            drop(generations);
            assert_eq!(ask(b"asked for again and again"), u32::from(number) + 2);
        }
        assert_eq!(ask(&[0]), 102, "nobody asked for it meanwhile");
    }
}
