//! The terminal: intermediate keys in registers, and nothing that leads back.

use core::fmt;

use key_types::{AesKeySerialNumber, InitialKeyId};
use zeroize::{Zeroize, Zeroizing};

use super::derivation_key::Key;
use super::transaction_key::step;
use super::{Counter, InitialKey, TransactionKey};
use crate::counter::{AES, UPDATE_COUNTER, live_registers, prefixes};
use crate::{Error, KeyEncryptionKey, WorkingKeyType, saved_state};

/// How many registers a device has: one for each bit of the counter.
const REGISTERS: usize = 32;

/// A device (originating cryptographic device) of AES DUKPT: its initial key id, its counter and
/// 32 registers of intermediate keys.
///
/// Register `n` holds the key of the counter that has bit `n` as its lowest one bit, for the bits
/// above as they stand now. A key that is handed out is erased here first, and the registers that
/// are left do not lead back to it.
///
/// The registers live inside the value and are wiped when it is dropped. Moving it may leave a
/// copy behind, so a device is best kept in one place.
///
/// ```
/// use dukpt::aes::{Bdk, Device};
/// use key_types::SecretKey;
///
/// let bdk = SecretKey::filled_by(32, |bytes| bytes.fill(0x5B))?;
/// let bdk = Bdk::new(&bdk)?;
/// let mut device = Device::load(bdk.initial_key(&"1234567890123456".parse()?));
///
/// let key = device.next_key()?;
/// assert_eq!(key.ksn().to_string(), "123456789012345600000001");
/// let host = bdk.transaction_key(&key.ksn())?;
/// assert_eq!(host.secret_key().expose_secret(), key.secret_key().expose_secret());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.3.
pub struct Device {
    /// The key serial number with counter 0.
    initial_ksn: AesKeySerialNumber,
    key_length: usize,
    /// The counter to use next, and `None` after the last one.
    next: Option<Counter>,
    /// Which of them hold a key follows from the counter; the others are zero.
    registers: Zeroizing<[[u8; 32]; REGISTERS]>,
}

impl Device {
    /// The length of a saved state in bytes.
    pub const SAVED_LENGTH: usize = 2 + 12 + REGISTERS * 32;

    /// What a saved state begins with.
    const SAVED_FORMAT: u8 = 0x41;

    /// Loads an initial key, which is erased once all registers are filled from it.
    #[must_use]
    pub fn load(initial_key: InitialKey) -> Self {
        let mut device = Self {
            initial_ksn: initial_key.ksn(0),
            key_length: initial_key.secret_key().length(),
            next: Some(Counter::FIRST),
            registers: Zeroizing::default(),
        };
        device.fill_registers_below(REGISTERS, &initial_key.key(), 0);
        device
    }

    /// The id of the initial key that the device was loaded with.
    #[must_use]
    pub fn initial_key_id(&self) -> InitialKeyId {
        self.initial_ksn.initial_key_id()
    }

    /// The key serial number of the next transaction, or `None` if the device is exhausted.
    #[must_use]
    pub fn next_ksn(&self) -> Option<AesKeySerialNumber> {
        self.next.map(|counter| self.initial_ksn.with_counter(counter.value()))
    }

    /// The key of the next transaction. It is erased here, and the counter goes on.
    ///
    /// # Errors
    ///
    /// [`Error::CounterExhausted`] after the last counter, or after [`erase`](Self::erase).
    pub fn next_key(&mut self) -> Result<TransactionKey, Error> {
        let exhausted = Error::CounterExhausted { last: AES.last };
        let counter = self.next.ok_or(exhausted)?;
        let lowest = usize::try_from(counter.value().trailing_zeros()).unwrap_or(REGISTERS);
        let register = self.registers.get_mut(lowest).ok_or(exhausted)?;
        let key = Key::copied_from(register, self.key_length);
        register.zeroize();
        // Below a counter with all the one bits there may be, no key is ever used.
        if counter.value().count_ones() < AES.most_ones {
            self.fill_registers_below(lowest, &key, counter.value());
        }
        self.next = counter.next().ok();
        Ok(TransactionKey::new(&key, self.initial_ksn.with_counter(counter.value())))
    }

    /// The update key, which decrypts the next initial key for this device. The registers lead to
    /// it until the last transaction is done, and it changes none of them.
    ///
    /// With the new initial key, [`load`](Self::load) begins anew.
    ///
    /// # Errors
    ///
    /// [`Error::WorkingKeyTooStrong`] if the update key would be stronger than the initial key,
    /// [`Error::CounterExhausted`] after the last counter, or after [`erase`](Self::erase).
    ///
    /// Standard: ANSI X9.24-3:2017, 6.3.
    pub fn update_key(&self, key_type: WorkingKeyType) -> Result<KeyEncryptionKey, Error> {
        let exhausted = Error::CounterExhausted { last: AES.last };
        let counter = self.next.ok_or(exhausted)?.value();
        // The one bits the counter begins with are behind us; the next one has its register.
        let ones = counter.leading_ones();
        let mut way = prefixes(UPDATE_COUNTER).skip_while(|prefix| prefix.count_ones() <= ones);
        let first = way.next().ok_or(exhausted)?;
        let bit = usize::try_from(first.trailing_zeros()).unwrap_or(REGISTERS);
        let register = self.registers.get(bit).ok_or(exhausted)?;
        let mut key = Key::copied_from(register, self.key_length);
        for prefix in way {
            key.become_child(&step(key.aes_type(), self.initial_ksn.with_counter(prefix)));
        }
        TransactionKey::new(&key, self.initial_ksn.with_counter(UPDATE_COUNTER))
            .key_encryption_key(key_type)
    }

    /// Erases all keys, as after tampering. The device is exhausted then.
    pub fn erase(&mut self) {
        self.registers.zeroize();
        self.next = None;
    }

    /// Writes the state into memory of the caller, who keeps it secret and wipes it.
    ///
    /// The bytes are 41, the key length, the key serial number with the counter to use next (0 if
    /// the device is exhausted), and registers 0 to 31 with 32 bytes each, zero after the key and
    /// where there is none. Whoever resumes an old state uses its keys again, so the newest state
    /// is to replace all others.
    pub fn save(&self, state: &mut [u8; Self::SAVED_LENGTH]) {
        let [format, key_length, rest @ ..] = state;
        *format = Self::SAVED_FORMAT;
        *key_length = u8::try_from(self.key_length).unwrap_or_default();
        let (ksn, registers) = rest.split_at_mut(12);
        ksn.copy_from_slice(&self.next_ksn().unwrap_or(self.initial_ksn).to_bytes());
        registers.copy_from_slice(self.registers.as_flattened());
    }

    /// Takes up a saved state.
    ///
    /// # Errors
    ///
    /// [`Error::SavedState`] if the bytes are not such a state, a register that must hold a key is
    /// zero or one that must not is not; and as [`Counter::new`] for the counter.
    pub fn resume(state: &[u8; Self::SAVED_LENGTH]) -> Result<Self, Error> {
        let [Self::SAVED_FORMAT, key_length @ (16 | 24 | 32), rest @ ..] = state else {
            return Err(Error::SavedState { at: 0 });
        };
        let (ksn, saved) = rest.split_first_chunk().ok_or(Error::SavedState { at: 2 })?;
        let ksn = AesKeySerialNumber::from_bytes(*ksn);
        let next = match ksn.counter() {
            0 => None,
            counter => Some(Counter::new(counter)?),
        };
        let key_length = usize::from(*key_length);
        let mut registers = Zeroizing::<[[u8; 32]; REGISTERS]>::default();
        registers.as_flattened_mut().copy_from_slice(saved);
        saved_state::check(&*registers, key_length, live_registers(ksn.counter()), 2 + 12)?;
        Ok(Self { initial_ksn: ksn.initial(), key_length, next, registers })
    }

    /// The keys one step below `parent`, whose counter is `prefix`, for the lowest `count` bits.
    fn fill_registers_below(&mut self, count: usize, parent: &Key, prefix: u32) {
        let aes_type = parent.aes_type();
        let parent = parent.expanded();
        for (bit, register) in self.registers.iter_mut().enumerate().take(count) {
            let data = step(aes_type, self.initial_ksn.with_counter(prefix | 1 << bit));
            for (to, from) in register.iter_mut().zip(parent.derive(&data).as_bytes()) {
                *to = *from;
            }
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Device(next: {:?}, [elided])", self.next_ksn())
    }
}
