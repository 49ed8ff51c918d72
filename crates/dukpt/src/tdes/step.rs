//! One step down the tree of keys, which nobody can go back.

use cipher::{BlockCipherEncrypt, KeyInit};
use des::Des;
use key_types::TdesKeySerialNumber;
use zeroize::Zeroizing;

use crate::counter::prefixes;
use crate::secret::Scratch;

/// The bytes of a key on its way down the tree, wiped when dropped.
pub(super) type Key = Scratch<16>;

/// The mask that sets one half of the next key apart from the other.
const VARIANT: u64 = 0xC0C0_C0C0_0000_0000;

/// The rightmost 8 bytes of the key serial number, which say which child of a key is meant.
///
/// The counter in it holds those one bits that have been stepped down.
#[derive(Clone, Copy)]
pub(super) struct Register {
    device: u64,
}

impl Register {
    pub(super) const fn of(ksn: TdesKeySerialNumber) -> Self {
        let [_, _, bytes @ ..] = ksn.initial().to_bytes();
        Self { device: u64::from_be_bytes(bytes) }
    }

    /// The register with a counter in it.
    pub(super) fn with_counter(self, counter: u32) -> u64 {
        self.device | u64::from(counter)
    }
}

/// A key from which others follow, with its schedules held.
///
/// Standard: ANSI X9.24-1:2009, A.2 (non-reversible key generation).
pub(super) struct Parent {
    left: Half,
    right: Half,
}

/// What gives one half of the next key.
struct Half {
    cipher: Des,
    /// The right half of the parent under the same mask as the cipher's key, wiped when dropped.
    mask: Zeroizing<u64>,
}

impl Half {
    fn new(key: &[u8; 16], variant: u64) -> Self {
        let [left, right] = halves(key);
        let key = Scratch::new((left ^ variant).to_be_bytes());
        Self { cipher: Des::new((&*key).into()), mask: Zeroizing::new(right ^ variant) }
    }

    /// Writes half of the next key where it will stay.
    fn next_into(&self, register: u64, half: &mut [u8; 8]) {
        *half = (*self.mask ^ register).to_be_bytes();
        self.cipher.encrypt_block(half.into());
        *half = (*self.mask ^ u64::from_be_bytes(*half)).to_be_bytes();
    }
}

/// The left and the right half of a key, as numbers.
fn halves(key: &[u8; 16]) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, right @ ..] = *key;
    [u64::from_be_bytes([a, b, c, d, e, f, g, h]), u64::from_be_bytes(right)]
}

impl Parent {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self { left: Half::new(key, VARIANT), right: Half::new(key, 0) }
    }

    /// The key of the counter in `register`, which has one more one bit than that of this key.
    pub(super) fn child(&self, register: u64) -> Key {
        let mut key = Key::default();
        let (halves, _) = key.as_chunks_mut();
        for (to, from) in halves.iter_mut().zip([&self.left, &self.right]) {
            from.next_into(register, to);
        }
        key
    }
}

/// From the initial key down to the key of `counter`, whether a device would use it or not.
pub(super) fn key_of(initial_key: &[u8; 16], register: Register, counter: u32) -> Key {
    let mut key = Key::new(*initial_key);
    for prefix in prefixes(counter) {
        key = Parent::new(&key).child(register.with_counter(prefix));
    }
    key
}
