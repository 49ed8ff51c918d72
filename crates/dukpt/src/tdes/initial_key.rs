//! From base derivation key and device to initial key.

use core::fmt;

use cipher::{BlockCipherEncrypt, KeyInit};
use des::TdesEde2;
use key_types::{SecretKey, TdesKeySerialNumber};
use zeroize::Zeroizing;

use super::step::{Key, Register, key_of};
use super::{Counter, TransactionKey, Transactions};
use crate::Error;
use crate::secret::new_secret_key;

/// The length of base derivation keys, initial keys and all keys below them in bytes.
pub(super) const KEY_LENGTH: usize = 16;

/// The mask that sets the second of two related keys apart from the first.
pub(super) const VARIANT: [u8; KEY_LENGTH] =
    [0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0, 0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0];

/// A base derivation key (BDK) for TDES DUKPT, 16 bytes, prepared to derive initial keys.
///
/// Both key schedules are made once and held, wiped when dropped.
///
/// ```
/// use dukpt::tdes::Bdk;
/// use key_types::SecretKey;
///
/// let bdk = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
/// let initial_key = Bdk::new(&bdk)?.initial_key(&"FFFF9876543210E00001".parse()?);
/// assert_eq!(initial_key.secret_key().expose_secret()[..4], [0x6A, 0xC2, 0x92, 0xFA]);
/// assert_eq!(initial_key.initial_ksn().to_string(), "FFFF9876543210E00000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-1:2009, A.6; ANSI X9.24-3:2017, C.7.
pub struct Bdk {
    left: TdesEde2,
    right: TdesEde2,
}

impl Bdk {
    /// Prepares a base derivation key.
    ///
    /// # Errors
    ///
    /// [`Error::BdkLength`] if the key has not 16 bytes.
    pub fn new(key: &SecretKey) -> Result<Self, Error> {
        let refusal = Error::BdkLength { found: key.length() };
        let key: &[u8; KEY_LENGTH] = key.expose_secret().try_into().map_err(|_| refusal)?;
        let mut variant = Zeroizing::new(*key);
        for (byte, mask) in variant.iter_mut().zip(VARIANT) {
            *byte ^= mask;
        }
        Ok(Self { left: TdesEde2::new(key.into()), right: TdesEde2::new((&*variant).into()) })
    }

    /// Derives the initial key (IK, once called IPEK) of the device that `ksn` belongs to.
    ///
    /// The counter in `ksn` has no effect: any key serial number of a device gives its initial
    /// key.
    ///
    /// Standard: ANSI X9.24-1:2009, A.6; ANSI X9.24-3:2017, C.7.
    #[must_use]
    pub fn initial_key(&self, ksn: &TdesKeySerialNumber) -> InitialKey {
        let initial_ksn = ksn.initial();
        // The last two bytes hold nothing but counter, so the first eight name the device.
        let [block @ .., _, _] = initial_ksn.to_bytes();
        let key = new_secret_key(KEY_LENGTH, |key| {
            let (halves, _) = key.as_chunks_mut();
            for (half, cipher) in halves.iter_mut().zip([&self.left, &self.right]) {
                *half = block;
                cipher.encrypt_block(half.into());
            }
        });
        InitialKey { key, initial_ksn }
    }

    /// Derives the initial keys of many devices, one for each key serial number.
    ///
    /// ```
    /// use dukpt::tdes::Bdk;
    /// use key_types::{SecretKey, TdesKeySerialNumber};
    ///
    /// let bdk = Bdk::new(&SecretKey::filled_by(16, |bytes| bytes.fill(0x5B))?)?;
    /// let ksns = ["FFFF9876543210E00000", "FFFF9876543211000000"].map(str::parse);
    /// let [first, second]: [Result<TdesKeySerialNumber, _>; 2] = ksns;
    /// assert_eq!(bdk.initial_keys([first?, second?]).count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn initial_keys<I>(&self, ksns: I) -> impl Iterator<Item = InitialKey>
    where
        I: IntoIterator<Item = TdesKeySerialNumber>,
    {
        ksns.into_iter().map(|ksn| self.initial_key(&ksn))
    }

    /// Derives the key of the transaction that `ksn` belongs to, the host's part.
    ///
    /// # Errors
    ///
    /// As [`Counter::new`] for the counter in `ksn`.
    ///
    /// Standard: ANSI X9.24-1:2009, A.3; ANSI X9.24-3:2017, C.4.
    pub fn transaction_key(&self, ksn: &TdesKeySerialNumber) -> Result<TransactionKey, Error> {
        let counter = Counter::of(ksn)?;
        Ok(self.initial_key(ksn).transaction_key(counter))
    }
}

impl fmt::Debug for Bdk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bdk([elided])")
    }
}

/// The initial key (IK, once called IPEK) of one device, 16 bytes, and the device it is for.
///
/// Its parity bits are as derived. Wiped when dropped.
///
/// ```
/// use dukpt::tdes::{Counter, InitialKey};
/// use key_types::SecretKey;
///
/// // As it came in a key block, with the number of its device.
/// let key = SecretKey::copied_from(b"\x6A\xC2\x92\xFA\xA1\x31\x5B\x4D\x85\x8A\xB3\xA3\xD7\xD5\x93\x3A")?;
/// let initial_key = InitialKey::new(key, &"FFFF9876543210E00000".parse()?)?;
/// let key = initial_key.transaction_key(Counter::FIRST);
/// assert_eq!(key.secret_key().expose_secret()[..4], [0x04, 0x26, 0x66, 0xB4]);
///
/// // What no device should have used is derived by another name.
/// assert_eq!(Counter::new(0x7FF).unwrap_err().code(), "CounterTooManyOnes");
/// assert_eq!(initial_key.transaction_key_of_any_counter(0x7FF).ksn().counter(), 0x7FF);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-1:2009, A.6; ANSI X9.24-3:2017, C.7.
#[derive(Debug)]
pub struct InitialKey {
    key: SecretKey,
    initial_ksn: TdesKeySerialNumber,
}

impl InitialKey {
    /// Takes an initial key that came from elsewhere, and any key serial number of its device.
    ///
    /// # Errors
    ///
    /// [`Error::InitialKeyLength`] if the key has not 16 bytes.
    pub fn new(key: SecretKey, ksn: &TdesKeySerialNumber) -> Result<Self, Error> {
        match key.length() {
            KEY_LENGTH => Ok(Self { key, initial_ksn: ksn.initial() }),
            found => Err(Error::InitialKeyLength { found }),
        }
    }

    /// Derives the key of the transaction with this counter.
    ///
    /// Standard: ANSI X9.24-1:2009, A.3; ANSI X9.24-3:2017, C.4.
    #[must_use]
    pub fn transaction_key(&self, counter: Counter) -> TransactionKey {
        self.transaction_key_of_any_counter(counter.value())
    }

    /// Derives the key of a counter that no device should have used, to look into what went wrong.
    ///
    /// Bits above the lowest 21 are dropped; counter 0 gives the initial key itself.
    #[must_use]
    pub fn transaction_key_of_any_counter(&self, counter: u32) -> TransactionKey {
        let ksn = self.initial_ksn.with_counter(counter);
        TransactionKey::new(&key_of(&self.key(), Register::of(ksn), ksn.counter()), ksn)
    }

    /// The keys of this and all later transactions, each at the cost of about one step.
    #[must_use]
    pub fn transactions_from(&self, first: Counter) -> Transactions<'_> {
        Transactions::new(self, first)
    }

    /// A copy of the key for the way down the tree.
    pub(super) fn key(&self) -> Key {
        let bytes = self.key.expose_secret().try_into();
        Key::new(bytes.expect("both constructors make keys of 16 bytes"))
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

    /// The key serial number the device begins with, counter 0: as text, the content of the
    /// optional block `KS` of a key block.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.8.
    #[must_use]
    pub const fn initial_ksn(&self) -> TdesKeySerialNumber {
        self.initial_ksn
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
    fn a_bdk_has_sixteen_bytes() {
        for length in [8, 15, 17, 24, 32] {
            assert_eq!(bdk(length).unwrap_err(), Error::BdkLength { found: length });
        }
        assert_eq!(format!("{:?}", bdk(16).unwrap()), "Bdk([elided])");
    }

    proptest! {
        #[test]
        fn the_counter_has_no_effect_and_the_device_has(bytes: [u8; 10], counter in 0u32..0x20_0000) {
            let bdk = bdk(16).unwrap();
            let ksn = TdesKeySerialNumber::from_bytes(bytes);
            let key = bdk.initial_key(&ksn);
            let same = bdk.initial_key(&ksn.with_counter(counter));
            prop_assert!(bool::from(key.secret_key().ct_eq(same.secret_key())));
            let mut bytes = bytes;
            bytes[7] ^= 0x20;
            let neighbour = bdk.initial_key(&TdesKeySerialNumber::from_bytes(bytes));
            prop_assert!(!bool::from(key.secret_key().ct_eq(neighbour.secret_key())));
        }
    }
}
