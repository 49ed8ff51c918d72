//! The terminal: future keys in registers, and nothing that leads back.

use core::fmt;

use key_types::TdesKeySerialNumber;
use zeroize::{Zeroize, Zeroizing};

use super::step::{Key, Parent, Register};
use super::{Counter, InitialKey, TransactionKey};
use crate::Error;
use crate::counter::{TDES, live_registers};
use crate::registers;

/// How many registers a device has: one for each bit of the counter.
const REGISTERS: usize = 21;

/// A device (originating cryptographic device) of TDES DUKPT: its serial number, its counter and
/// 21 registers of future keys.
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
/// use dukpt::tdes::{Bdk, Device};
/// use key_types::SecretKey;
///
/// let bdk = SecretKey::filled_by(16, |bytes| bytes.fill(0x5B))?;
/// let bdk = Bdk::new(&bdk)?;
/// let mut device = Device::load(bdk.initial_key(&"FFFF9876543210E00000".parse()?));
///
/// let key = device.next_key()?;
/// assert_eq!(key.ksn().to_string(), "FFFF9876543210E00001");
/// let host = bdk.transaction_key(&key.ksn())?;
/// assert_eq!(host.secret_key().expose_secret(), key.secret_key().expose_secret());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-1:2009, A.2; ANSI X9.24-3:2017, annex C.
pub struct Device {
    initial_ksn: TdesKeySerialNumber,
    /// The counter to use next, and `None` after the last one.
    next: Option<Counter>,
    /// Which of them may hold a key follows from the counter; the others are zero, and so are
    /// those that were lost.
    registers: Zeroizing<[[u8; 16]; REGISTERS]>,
}

impl Device {
    /// The length of a saved state in bytes.
    pub const SAVED_LENGTH: usize = 1 + 10 + REGISTERS * (16 + 1);

    /// What a saved state begins with.
    const SAVED_FORMAT: u8 = 0x31;

    /// Loads an initial key, which is erased once all registers are filled from it.
    #[must_use]
    pub fn load(initial_key: InitialKey) -> Self {
        let mut device = Self {
            initial_ksn: initial_key.initial_ksn(),
            next: Some(Counter::FIRST),
            registers: Zeroizing::default(),
        };
        device.fill_registers_below(REGISTERS, &initial_key.key(), 0);
        device
    }

    /// The key serial number of the next transaction, or `None` if the device is exhausted.
    #[must_use]
    pub fn next_ksn(&self) -> Option<TdesKeySerialNumber> {
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
        let exhausted = Error::CounterExhausted { last: TDES.last };
        let counter = self.next.ok_or(exhausted)?;
        let lowest = usize::try_from(counter.value().trailing_zeros()).unwrap_or(REGISTERS);
        let register = self.registers.get_mut(lowest).ok_or(exhausted)?;
        let key = Key::new(*register);
        register.zeroize();
        // Below a counter with all the one bits there may be, no key is ever used.
        if counter.value().count_ones() < TDES.most_ones {
            self.fill_registers_below(lowest, &key, counter.value());
        }
        self.next = counter.next().ok();
        self.skip_lost_registers();
        Ok(TransactionKey::new(&key, self.initial_ksn.with_counter(counter.value())))
    }

    /// Erases all keys, as after tampering. The device is exhausted then.
    pub fn erase(&mut self) {
        self.registers.zeroize();
        self.next = None;
    }

    /// Writes the state into memory of the caller, who keeps it secret and wipes it.
    ///
    /// The bytes are 31, the key serial number with the counter to use next (0 if the device is
    /// exhausted), and registers 0 to 20, each with 16 bytes and the XOR of these, zero where there
    /// is no key. Whoever resumes an old state uses its keys again, so the newest state is to
    /// replace all others.
    ///
    /// ```
    /// use dukpt::tdes::{Bdk, Device};
    /// use key_types::SecretKey;
    /// use zeroize::Zeroizing;
    ///
    /// let bdk = Bdk::new(&SecretKey::filled_by(16, |bytes| bytes.fill(0x5B))?)?;
    /// let mut device = Device::load(bdk.initial_key(&"FFFF9876543210E00000".parse()?));
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
        let [format, rest @ ..] = state;
        *format = Self::SAVED_FORMAT;
        let (ksn, places) = rest.split_at_mut(10);
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
        let [Self::SAVED_FORMAT, rest @ ..] = state else {
            return Err(Error::SavedState { at: 0 });
        };
        let (ksn, saved) = rest.split_first_chunk().ok_or(Error::SavedState { at: 1 })?;
        let ksn = TdesKeySerialNumber::from_bytes(*ksn);
        let next = match ksn.counter() {
            0 => None,
            counter => Some(Counter::new(counter)?),
        };
        let mut registers = Zeroizing::<[[u8; 16]; REGISTERS]>::default();
        registers::read(saved, &mut *registers, 16, live_registers(ksn.counter()), 1 + 10)?;
        let mut device = Self { initial_ksn: ksn.initial(), next, registers };
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

    /// The keys one step below `parent`, whose counter is `prefix`, for the lowest `count` bits.
    fn fill_registers_below(&mut self, count: usize, parent: &Key, prefix: u32) {
        let parent = Parent::new(parent);
        let device = Register::of(self.initial_ksn);
        for (bit, register) in self.registers.iter_mut().enumerate().take(count) {
            *register = *parent.child(device.with_counter(prefix | 1 << bit));
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Device(next: {:?}, [elided])", self.next_ksn())
    }
}
