//! From base derivation key and initial key id to initial key.

use core::fmt;

use key_types::{AesKeySerialNumber, InitialKeyId, SecretKey};

use super::derivation_data::DerivationData;
use super::derivation_key::{DerivationKey, Key};
use super::transaction_key::step;
use super::{Counter, TransactionKey, Transactions};
use crate::counter::{UPDATE_COUNTER, prefixes};
use crate::{Error, KeyEncryptionKey, WorkingKeyType};

/// A base derivation key (BDK) for AES DUKPT, 16, 24 or 32 bytes, prepared to derive initial keys.
///
/// The key schedule is made once and held, wiped when dropped.
///
/// ```
/// use dukpt::aes::Bdk;
/// use key_types::{AesKeySerialNumber, SecretKey};
///
/// let bdk = SecretKey::copied_from(b"\xFE\xDC\xBA\x98\x76\x54\x32\x10\xF1\xF1\xF1\xF1\xF1\xF1\xF1\xF1")?;
/// let ksn: AesKeySerialNumber = "123456789012345600000001".parse()?;
/// let initial_key = Bdk::new(&bdk)?.initial_key(&ksn.initial_key_id());
/// assert_eq!(initial_key.secret_key().expose_secret()[..4], [0x12, 0x73, 0x67, 0x1E]);
/// assert_eq!(initial_key.initial_key_id().to_string(), "1234567890123456");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.3.1, 6.3.3 and B.5.
pub struct Bdk {
    key: DerivationKey,
}

impl Bdk {
    /// Prepares a base derivation key.
    ///
    /// # Errors
    ///
    /// [`Error::BdkLength`] if the key has not 16, 24 or 32 bytes.
    pub fn new(key: &SecretKey) -> Result<Self, Error> {
        let refusal = Error::BdkLength { found: key.length() };
        DerivationKey::new(key.expose_secret()).map(|key| Self { key }).ok_or(refusal)
    }

    /// Derives the initial key of the device that `id` names; it is as long as the base derivation
    /// key.
    ///
    /// Standard: ANSI X9.24-3:2017, 6.3.1, 6.3.3 and B.5.
    #[must_use]
    pub fn initial_key(&self, id: &InitialKeyId) -> InitialKey {
        let data = DerivationData::initial_key(self.key.aes_type(), *id);
        InitialKey { key: self.key.derive(&data).to_secret_key(), id: *id }
    }

    /// Derives the initial keys of many devices, one for each id.
    ///
    /// ```
    /// use dukpt::aes::Bdk;
    /// use key_types::{InitialKeyId, SecretKey};
    ///
    /// let bdk = Bdk::new(&SecretKey::filled_by(32, |bytes| bytes.fill(0x5B))?)?;
    /// let ids = (0..1000_u64).map(|device| InitialKeyId::from_bytes(device.to_be_bytes()));
    /// assert_eq!(bdk.initial_keys(ids).count(), 1000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn initial_keys<I>(&self, ids: I) -> impl Iterator<Item = InitialKey>
    where
        I: IntoIterator<Item = InitialKeyId>,
    {
        ids.into_iter().map(|id| self.initial_key(&id))
    }

    /// Derives the key of the transaction that `ksn` belongs to, the host's part.
    ///
    /// # Errors
    ///
    /// As [`Counter::new`] for the counter in `ksn`.
    ///
    /// Standard: ANSI X9.24-3:2017, 6.3.1, 6.3.3 and B.5.
    pub fn transaction_key(&self, ksn: &AesKeySerialNumber) -> Result<TransactionKey, Error> {
        let counter = Counter::of(ksn)?;
        Ok(self.initial_key(&ksn.initial_key_id()).transaction_key(counter))
    }
}

impl fmt::Debug for Bdk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bdk([elided])")
    }
}

/// The initial key (IK) of one device, 16, 24 or 32 bytes, and the device it is for.
///
/// Wiped when dropped.
///
/// ```
/// use dukpt::WorkingKeyType;
/// use dukpt::aes::{Counter, InitialKey};
/// use key_types::SecretKey;
///
/// // As it came in a key block, with its id.
/// let key = SecretKey::copied_from(b"\x12\x73\x67\x1E\xA2\x6A\xC2\x9A\xFA\x4D\x10\x84\x12\x76\x52\xA1")?;
/// let initial_key = InitialKey::new(key, "1234567890123456".parse()?)?;
/// let key = initial_key.transaction_key(Counter::FIRST);
/// assert_eq!(key.secret_key().expose_secret()[..4], [0x4F, 0x21, 0xB5, 0x65]);
///
/// // What no device should have used is derived by another name, and so is the update key.
/// assert_eq!(Counter::new(0x1_FFFF).unwrap_err().code(), "CounterTooManyOnes");
/// assert_eq!(initial_key.transaction_key_of_any_counter(0x1_FFFF).ksn().counter(), 0x1_FFFF);
/// assert!(initial_key.update_key(WorkingKeyType::Aes128).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.3.1, 6.3.3 and B.5.
#[derive(Debug)]
pub struct InitialKey {
    key: SecretKey,
    id: InitialKeyId,
}

impl InitialKey {
    /// Takes an initial key that came from elsewhere, and its id.
    ///
    /// # Errors
    ///
    /// [`Error::InitialKeyLength`] if the key has not 16, 24 or 32 bytes.
    pub fn new(key: SecretKey, id: InitialKeyId) -> Result<Self, Error> {
        match key.length() {
            16 | 24 | 32 => Ok(Self { key, id }),
            found => Err(Error::InitialKeyLength { found }),
        }
    }

    /// Derives the key of the transaction with this counter.
    ///
    /// Standard: ANSI X9.24-3:2017, 6.3.1, 6.3.3 and B.5.
    #[must_use]
    pub fn transaction_key(&self, counter: Counter) -> TransactionKey {
        self.transaction_key_of_any_counter(counter.value())
    }

    /// Derives the key of a counter that no device should have used, to look into what went wrong.
    ///
    /// Counter 0 gives the initial key itself.
    #[must_use]
    pub fn transaction_key_of_any_counter(&self, counter: u32) -> TransactionKey {
        let mut key = self.key();
        for prefix in prefixes(counter) {
            key.become_child(&step(key.aes_type(), self.ksn(prefix)));
        }
        TransactionKey::new(&key, self.ksn(counter))
    }

    /// Derives the update key: it encrypts the next initial key on its way to the device. Its
    /// counter is FFFFFFFF, which no transaction has.
    ///
    /// # Errors
    ///
    /// [`Error::WorkingKeyTooStrong`] if the update key would be stronger than the initial key.
    ///
    /// Standard: ANSI X9.24-3:2017, 6.5.2.
    pub fn update_key(&self, key_type: WorkingKeyType) -> Result<KeyEncryptionKey, Error> {
        self.transaction_key_of_any_counter(UPDATE_COUNTER).key_encryption_key(key_type)
    }

    /// The keys of this and all later transactions, each at the cost of about one step.
    #[must_use]
    pub fn transactions_from(&self, first: Counter) -> Transactions<'_> {
        Transactions::new(self, first)
    }

    /// The key serial number with this counter.
    pub(super) fn ksn(&self, counter: u32) -> AesKeySerialNumber {
        let [a, b, c, d, e, f, g, h] = self.id.to_bytes();
        AesKeySerialNumber::from_bytes([a, b, c, d, e, f, g, h, 0, 0, 0, 0]).with_counter(counter)
    }

    /// A copy of the key for the way down the tree.
    pub(super) fn key(&self) -> Key {
        Key::copied_from(self.key.expose_secret(), self.key.length())
    }

    /// The key.
    #[must_use]
    pub const fn secret_key(&self) -> &SecretKey {
        &self.key
    }

    /// The key alone, for whoever wraps it.
    #[must_use]
    pub fn into_secret_key(self) -> SecretKey {
        self.key
    }

    /// The id of the key: as text, the content of the optional block `IK` of a key block.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.6.
    #[must_use]
    pub const fn initial_key_id(&self) -> InitialKeyId {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;
    use subtle::ConstantTimeEq;

    use super::*;

    fn bdk(length: usize) -> Result<Bdk, Error> {
        Bdk::new(&SecretKey::filled_by(length, |bytes| bytes.fill(0x5B)).unwrap())
    }

    #[test]
    fn a_bdk_has_the_length_of_an_aes_key() {
        for length in 1..=40 {
            match bdk(length) {
                Ok(_) => assert!([16, 24, 32].contains(&length)),
                Err(error) => assert_eq!(error, Error::BdkLength { found: length }),
            }
        }
        assert_eq!(format!("{:?}", bdk(16).unwrap()), "Bdk([elided])");
    }

    proptest! {
        #[test]
        fn keys_are_as_long_as_the_bdk_and_differ_by_device(bytes: [u8; 8], bit in 0usize..64) {
            let mut neighbour = bytes;
            neighbour[bit / 8] ^= 1 << (bit % 8);
            for length in [16, 24, 32] {
                let bdk = bdk(length).unwrap();
                let key = bdk.initial_key(&InitialKeyId::from_bytes(bytes));
                let other = bdk.initial_key(&InitialKeyId::from_bytes(neighbour));
                prop_assert_eq!(key.secret_key().length(), length);
                prop_assert!(!bool::from(key.secret_key().ct_eq(other.secret_key())));
            }
        }
    }
}
