//! The terminal: intermediate keys in registers, and nothing that leads back.

use core::fmt;
use core::ops::Range;

use key_types::{AesKeySerialNumber, InitialKeyId};
use zeroize::{Zeroize, Zeroizing};

use super::derivation_key::Key;
use super::transaction_key::step;
use super::{Counter, InitialKey, TransactionKey};
use crate::counter::{AES, UPDATE_COUNTER, live_registers, prefixes};
use crate::{Error, KeyEncryptionKey, WorkingKeyType, registers};

/// How many registers a device has: one for each bit of the counter.
const REGISTERS: usize = 32;

/// The register that leads to the update key after the last transaction, as a bit: the one below
/// that of the last counter.
const UPDATE_REGISTER: u32 = 1 << (AES.last.trailing_zeros() - 1);

/// A device (originating cryptographic device) of AES DUKPT: its initial key id, its counter and
/// 32 registers of intermediate keys.
///
/// Register `n` holds the key of the counter that has bit `n` as its lowest one bit, for the bits
/// above as they stand now. A key that is handed out is erased here first, and the registers that
/// are left do not lead back to it. A register that is lost takes the keys with it that would have
/// come from it: the device skips these counters and goes on with the next register.
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
/// Standard: ANSI X9.24-3:2017, B.6.3.
pub struct Device {
    /// The key serial number with counter 0.
    initial_ksn: AesKeySerialNumber,
    key_length: usize,
    /// The counter to use next, and `None` after the last one.
    next: Option<Counter>,
    /// Which of them may hold a key follows from the counter; the others are zero, and so are
    /// those that were lost.
    registers: Zeroizing<[[u8; 32]; REGISTERS]>,
}

impl Device {
    /// The length of a saved state in bytes.
    pub const SAVED_LENGTH: usize = 2 + 12 + REGISTERS * (32 + 1);

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
        device.fill_registers(0..REGISTERS, &initial_key.key(), 0);
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

    /// How many of the registers that are to hold a key have lost it: 0 in a device in order.
    #[must_use]
    pub fn lost_registers(&self) -> usize {
        registers::count_lost(&*self.registers, self.next.map_or(0, Counter::value))
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
        if counter.value().count_ones() < AES.most_ones {
            self.fill_registers(0..lowest, &key, counter.value());
        } else if counter == Counter::LAST {
            // Below a counter with all the one bits there may be, no key is ever used, but for the
            // one that leads on to the update key.
            self.fill_registers(lowest - 1..lowest, &key, counter.value());
        }
        self.next = counter.next().ok();
        self.skip_lost_registers();
        Ok(TransactionKey::new(&key, self.initial_ksn.with_counter(counter.value())))
    }

    /// The update key, which decrypts the next initial key for this device. The registers lead to
    /// it also after the last transaction, and it changes none of them.
    ///
    /// With the new initial key, [`load`](Self::load) begins anew.
    ///
    /// ```
    /// use dukpt::WorkingKeyType;
    /// use dukpt::aes::{Bdk, Device};
    /// use key_types::SecretKey;
    ///
    /// let bdk = Bdk::new(&SecretKey::filled_by(32, |bytes| bytes.fill(0x5B))?)?;
    /// let id = "1234567890123456".parse()?;
    /// let device = Device::load(bdk.initial_key(&id));
    ///
    /// let in_device = device.update_key(WorkingKeyType::Aes256)?;
    /// let in_host = bdk.initial_key(&id).update_key(WorkingKeyType::Aes256)?;
    /// let (ours, theirs) = (in_device.secret_key(), in_host.secret_key());
    /// assert_eq!(ours.expose_secret(), theirs.expose_secret());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::WorkingKeyTooStrong`] if the update key would be stronger than the initial key,
    /// [`Error::UpdateKeyLost`] if the register that leads to it was lost, or all were by
    /// [`erase`](Self::erase).
    ///
    /// Standard: ANSI X9.24-3:2017, 6.5.2 and B.6.3.
    pub fn update_key(&self, key_type: WorkingKeyType) -> Result<KeyEncryptionKey, Error> {
        // Of the counters on the way, those of past transactions are behind us; the first of the
        // others has its register.
        let is_past = |counter: &u32| match self.next {
            Some(next) => *counter < next.value(),
            None => *counter <= AES.last,
        };
        let mut way = prefixes(UPDATE_COUNTER).skip_while(is_past);
        let first = way.next().ok_or(Error::UpdateKeyLost)?;
        let bit = usize::try_from(first.trailing_zeros()).unwrap_or(REGISTERS);
        let register = self.registers.get(bit).filter(|register| !registers::is_empty(*register));
        let mut key = Key::copied_from(register.ok_or(Error::UpdateKeyLost)?, self.key_length);
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
    /// the device is exhausted), and registers 0 to 31, each with 32 bytes and the XOR of these,
    /// zero after the key and where there is none. Whoever resumes an old state uses its keys
    /// again, so the newest state is to replace all others.
    ///
    /// ```
    /// use dukpt::aes::{Bdk, Device};
    /// use key_types::SecretKey;
    /// use zeroize::Zeroizing;
    ///
    /// let bdk = Bdk::new(&SecretKey::filled_by(32, |bytes| bytes.fill(0x5B))?)?;
    /// let mut device = Device::load(bdk.initial_key(&"1234567890123456".parse()?));
    /// device.next_key()?;
    ///
    /// let mut state = Zeroizing::new([0; Device::SAVED_LENGTH]);
    /// device.save(&mut state);
    /// let mut resumed = Device::resume(&state)?;
    /// assert_eq!(resumed.next_ksn(), device.next_ksn());
    /// assert_eq!(resumed.lost_registers(), 0);
    ///
    /// resumed.erase();
    /// assert_eq!(resumed.next_ksn(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save(&self, state: &mut [u8; Self::SAVED_LENGTH]) {
        let [format, key_length, rest @ ..] = state;
        *format = Self::SAVED_FORMAT;
        *key_length = u8::try_from(self.key_length).unwrap_or_default();
        let (ksn, places) = rest.split_at_mut(12);
        ksn.copy_from_slice(&self.next_ksn().unwrap_or(self.initial_ksn).to_bytes());
        registers::write(&*self.registers, places);
    }

    /// Takes up a saved state. A register that is damaged, or was lost before, is left empty, and
    /// its counters are skipped.
    ///
    /// # Errors
    ///
    /// [`Error::SavedState`] if the bytes are not such a state, or a register holds something that
    /// must be empty; and as [`Counter::new`] for the counter.
    pub fn resume(state: &[u8; Self::SAVED_LENGTH]) -> Result<Self, Error> {
        let [Self::SAVED_FORMAT, key_length, rest @ ..] = state else {
            return Err(Error::SavedState { at: 0 });
        };
        if !matches!(key_length, 16 | 24 | 32) {
            return Err(Error::SavedState { at: 1 });
        }
        let (ksn, saved) = rest.split_first_chunk().ok_or(Error::SavedState { at: 2 })?;
        let ksn = AesKeySerialNumber::from_bytes(*ksn);
        let next = match ksn.counter() {
            0 => None,
            counter => Some(Counter::new(counter)?),
        };
        let key_length = usize::from(*key_length);
        let mut registers = Zeroizing::<[[u8; 32]; REGISTERS]>::default();
        let live = match next {
            Some(counter) => live_registers(counter.value()),
            None => UPDATE_REGISTER,
        };
        registers::read(saved, &mut *registers, key_length, live, 2 + 12)?;
        let mut device = Self { initial_ksn: ksn.initial(), key_length, next, registers };
        device.skip_lost_registers();
        Ok(device)
    }

    /// Goes on to a counter whose register holds a key.
    fn skip_lost_registers(&mut self) {
        let is_lost = |counter: &Counter| registers::is_lost(&*self.registers, counter.value());
        while let Some(counter) = self.next.filter(is_lost) {
            self.next = counter.after_descendants();
        }
    }

    /// The keys one step below `parent`, whose counter is `prefix`, for these bits.
    fn fill_registers(&mut self, bits: Range<usize>, parent: &Key, prefix: u32) {
        let aes_type = parent.aes_type();
        let parent = parent.expanded();
        let registers = self.registers.iter_mut().enumerate();
        for (bit, register) in registers.skip(bits.start).take(bits.len()) {
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
