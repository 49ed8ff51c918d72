//! Seals: what is hidden and what it is bound to, under a numbered store key.

use std::collections::BTreeMap;
use std::sync::Arc;

use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce, Tag};
use export_api::ports::{Randomness, RandomnessUnavailable};
use key_types::{SecretKey, SecretKeyLengthError, wiping_stack};

use crate::locked_memory;
use crate::record::Broken;
use crate::root_key::{OpenError, RootKey, RootKeyError};

const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

/// What a seal is bound to: fields in a fixed order, each with its length before it, so that no
/// two lists of fields give the same bytes.
///
/// The first field says what kind of thing is sealed; each kind has its own number of fields.
pub(crate) struct Binding {
    bytes: Vec<u8>,
}

impl Binding {
    pub(crate) fn new(fields: &[&[u8]]) -> Self {
        let length = fields.iter().map(|field| field.len().saturating_add(8)).sum();
        let mut bytes = Vec::with_capacity(length);
        for field in fields {
            let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(field);
        }
        Self { bytes }
    }

    #[cfg(feature = "pkcs11")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A key that seals: AES-256-GCM-SIV, with a nonce of its own for each seal.
///
/// Standard: RFC 8452.
pub(crate) struct SealingKey {
    cipher: Box<Aes256GcmSiv>,
}

impl SealingKey {
    /// Takes a key of 32 bytes, into memory that is not written to swap.
    pub(crate) fn new(key: &[u8]) -> Result<Self, Broken> {
        let cipher = wiping_stack(|| Aes256GcmSiv::new_from_slice(key).map(Box::new));
        let cipher = cipher.map_err(|_| Broken)?;
        locked_memory::lock(&*cipher);
        Ok(Self { cipher })
    }

    /// Seals a secret, or nothing: nonce, ciphertext and tag in one.
    pub(crate) fn seal(
        &self,
        binding: &Binding,
        secret: Option<&SecretKey>,
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, RandomnessUnavailable> {
        let mut nonce = [0; NONCE_LENGTH];
        randomness.fill(&mut nonce)?;
        let secret = secret.map_or(&[][..], SecretKey::expose_secret);

        // The secret is encrypted where it will stay, so that no clear copy is left behind.
        let mut sealed = Vec::with_capacity(NONCE_LENGTH + secret.len() + TAG_LENGTH);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(secret);
        let (_, content) = sealed.split_at_mut(NONCE_LENGTH);
        let nonce = Nonce::from(nonce);
        let tag = wiping_stack(|| {
            self.cipher.encrypt_inout_detached(&nonce, &binding.bytes, content.into())
        });
        let tag = tag.expect("a secret and its binding are far shorter than 2^36 bytes");
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens a seal: the secret, or `None` if nothing was sealed.
    ///
    /// Every way in which it can fail is the same failure.
    pub(crate) fn open(
        &self,
        binding: &Binding,
        sealed: &[u8],
    ) -> Result<Option<SecretKey>, Broken> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(Broken)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LENGTH>().ok_or(Broken)?;
        let (nonce, tag) = (Nonce::from(*nonce), Tag::from(*tag));
        let open = |content: &mut [u8]| {
            let opened = wiping_stack(|| {
                self.cipher.decrypt_inout_detached(&nonce, &binding.bytes, content.into(), &tag)
            });
            opened.map_err(|_| Broken)
        };
        if ciphertext.is_empty() {
            return open(&mut []).map(|()| None);
        }
        let secret = SecretKey::try_filled_by(ciphertext.len(), |content| {
            content.copy_from_slice(ciphertext);
            open(content)
        })?;
        Ok(Some(secret))
    }

    /// A name for the key that tells nothing else about it.
    pub(crate) fn id(&self) -> [u8; TAG_LENGTH] {
        let binding = Binding::new(&[b"key-store root key id 1"]);
        // Nothing is hidden here and the nonce is the same each time on purpose: the tag is a
        // function of the key alone.
        let nonce = Nonce::from([0; NONCE_LENGTH]);
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce, &binding.bytes, (&mut [][..]).into())
            .expect("the binding is far shorter than 2^36 bytes");
        tag.into()
    }
}

impl From<SecretKeyLengthError> for Broken {
    fn from(_: SecretKeyLengthError) -> Self {
        Self
    }
}

/// The keys of a store by number; the one with the highest number seals, all of them open.
pub(crate) struct StoreKeys {
    keys: BTreeMap<u32, Arc<SealingKey>>,
}

/// A store key as it is stored: wrapped by the root key.
pub(crate) struct WrappedStoreKey {
    pub(crate) number: u32,
    pub(crate) root_key_id: Vec<u8>,
    pub(crate) wrapped: Vec<u8>,
}

/// Why store keys do not open.
#[derive(Debug)]
pub(crate) enum UnwrapError {
    WrongRootKey,
    Damaged,
    /// The place where the root key is does not answer.
    Unavailable(RootKeyError),
}

impl UnwrapError {
    /// Tells the log what happened while the store was open.
    pub(crate) fn log(&self) {
        match self {
            Self::WrongRootKey => tracing::error!(
                "the root key was rotated; start this process again with the new one, which a new \
                 store key was wrapped by"
            ),
            Self::Damaged => tracing::error!("the store keys are damaged"),
            Self::Unavailable(error) => {
                tracing::error!(%error, "a new store key cannot be unwrapped");
            }
        }
    }
}

impl WrappedStoreKey {
    /// Makes a store key.
    pub(crate) fn generate(
        number: u32,
        root_key: &RootKey,
        randomness: &dyn Randomness,
    ) -> Result<Self, RootKeyError> {
        let mut filled = Ok(());
        let fill = |bytes: &mut [u8]| filled = randomness.fill(bytes);
        let store_key = SecretKey::filled_by(RootKey::LENGTH, fill)
            .expect("32 bytes are a length a secret key can have");
        filled?;
        Self::wrap(number, &store_key, root_key, randomness)
    }

    fn wrap(
        number: u32,
        store_key: &SecretKey,
        root_key: &RootKey,
        randomness: &dyn Randomness,
    ) -> Result<Self, RootKeyError> {
        let root_key_id = root_key.id().to_vec();
        let binding = Self::binding(number, &root_key_id);
        let wrapped = root_key.wrap(&binding, store_key, randomness)?;
        Ok(Self { number, root_key_id, wrapped })
    }

    fn open(&self, root_key: &RootKey) -> Result<SecretKey, UnwrapError> {
        // Another root key is not asked, because a token may count what it refuses.
        if self.root_key_id != root_key.id() {
            return Err(UnwrapError::WrongRootKey);
        }
        let binding = Self::binding(self.number, &self.root_key_id);
        root_key.open(&binding, &self.wrapped).map_err(|error| match error {
            OpenError::Broken => UnwrapError::Damaged,
            #[cfg(feature = "pkcs11")]
            OpenError::Unavailable(error) => UnwrapError::Unavailable(error),
        })
    }

    /// The same store key wrapped by another root key.
    pub(crate) fn rewrapped(
        &self,
        old: &RootKey,
        new: &RootKey,
        randomness: &dyn Randomness,
    ) -> Result<Self, UnwrapError> {
        let store_key = self.open(old)?;
        Self::wrap(self.number, &store_key, new, randomness).map_err(UnwrapError::Unavailable)
    }

    pub(crate) fn unwrap(&self, root_key: &RootKey) -> Result<Arc<SealingKey>, UnwrapError> {
        let key = SealingKey::new(self.open(root_key)?.expose_secret());
        Ok(Arc::new(key.map_err(|Broken| UnwrapError::Damaged)?))
    }

    /// The ids say which root key and with which parameters, so they are bound too.
    fn binding(number: u32, root_key_id: &[u8]) -> Binding {
        Binding::new(&[b"key-store store key 2", &number.to_be_bytes(), root_key_id])
    }
}

impl StoreKeys {
    /// Unwraps the keys of a store, all of them or none.
    pub(crate) fn unwrap(
        wrapped: &[WrappedStoreKey],
        root_key: &RootKey,
    ) -> Result<Self, UnwrapError> {
        let unwrap = |key: &WrappedStoreKey| Ok((key.number, key.unwrap(root_key)?));
        Self::new(wrapped.iter().map(unwrap).collect::<Result<_, _>>()?)
    }

    /// Takes keys that were unwrapped; there must be one.
    pub(crate) fn new(keys: BTreeMap<u32, Arc<SealingKey>>) -> Result<Self, UnwrapError> {
        if keys.is_empty() { Err(UnwrapError::Damaged) } else { Ok(Self { keys }) }
    }

    /// The key that seals now, with its number.
    pub(crate) fn current(&self) -> (u32, &SealingKey) {
        let (&number, key) = self.keys.last_key_value().expect("a store has at least one key");
        (number, key)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.keys.len()).unwrap_or(u32::MAX)
    }

    /// The key of a number.
    pub(crate) fn numbered(&self, number: u32) -> Option<&Arc<SealingKey>> {
        self.keys.get(&number)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    struct Counted(AtomicU8);

    impl Randomness for Counted {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
            Ok(())
        }
    }

    fn secret(length: usize) -> SecretKey {
        SecretKey::filled_by(length, |bytes| bytes.fill(0xA5)).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_and_any_flipped_bit_does_not() {
        let randomness = Counted(0.into());
        let key = SealingKey::new(&[1; 32]).unwrap();
        let binding = Binding::new(&[b"test", b"binding"]);
        for secret in [None, Some(secret(1)), Some(secret(24)), Some(secret(100))] {
            let mut sealed = key.seal(&binding, secret.as_ref(), &randomness).unwrap();
            let opened = key.open(&binding, &sealed).unwrap();
            let [opened, expected] =
                [&opened, &secret].map(|secret| secret.as_ref().map(SecretKey::expose_secret));
            assert_eq!(opened, expected);

            for bit in 0..sealed.len() * 8 {
                sealed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(key.open(&binding, &sealed).unwrap_err(), Broken, "bit {bit}");
                sealed[bit / 8] ^= 1 << (bit % 8);
            }
            for length in 0..sealed.len() {
                assert_eq!(key.open(&binding, &sealed[..length]).unwrap_err(), Broken);
            }
            let other = Binding::new(&[b"test", b"bindinh"]);
            assert_eq!(key.open(&other, &sealed).unwrap_err(), Broken);
            let other = SealingKey::new(&[2; 32]).unwrap();
            assert_eq!(other.open(&binding, &sealed).unwrap_err(), Broken);
        }
    }

    #[test]
    fn each_seal_has_a_nonce_of_its_own() {
        let randomness = Counted(0.into());
        let key = SealingKey::new(&[1; 32]).unwrap();
        let binding = Binding::new(&[b"test"]);
        let seal = || key.seal(&binding, Some(&secret(16)), &randomness).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn no_two_lists_of_fields_bind_alike() {
        let lists: [&[&[u8]]; 7] =
            [&[], &[b""], &[b"", b""], &[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"], &[b"abc", b""]];
        for (first, one) in lists.iter().enumerate() {
            for other in &lists[..first] {
                assert_ne!(Binding::new(one).bytes, Binding::new(other).bytes);
            }
        }
    }

    #[test]
    fn the_newest_store_key_seals_and_older_ones_still_open() {
        let randomness = Counted(0.into());
        let root_key = RootKey::new(secret(32)).unwrap();
        let wrapped =
            [1, 2].map(|number| WrappedStoreKey::generate(number, &root_key, &randomness).unwrap());
        let Ok(keys) = StoreKeys::unwrap(&wrapped, &root_key) else { panic!("they do not open") };
        assert_eq!(keys.current().0, 2);
        assert!(keys.numbered(1).is_some() && keys.numbered(3).is_none());

        let [first, second] = wrapped;
        let renumbered =
            [WrappedStoreKey { number: 2, ..first }, WrappedStoreKey { number: 1, ..second }];
        let refused = StoreKeys::unwrap(&renumbered, &root_key).err();
        assert!(matches!(refused, Some(UnwrapError::Damaged)));
    }
}
