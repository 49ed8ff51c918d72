//! One transaction key after the other, each from the nearest key above it.

use core::fmt;

use super::derivation_key::Key;
use super::transaction_key::step;
use super::{Counter, InitialKey, TransactionKey};
use crate::path::Path;

/// The transaction keys of one device for consecutive counters, as an iterator.
///
/// It keeps the keys on the way to the last counter, at most 16 of them, so that most transaction
/// keys cost one step. They live inside the value and are wiped when it is dropped. Moving it may
/// leave a copy behind, so it is best kept in one place.
///
/// ```
/// use dukpt::aes::{Bdk, Counter};
/// use key_types::SecretKey;
///
/// let bdk = SecretKey::filled_by(32, |bytes| bytes.fill(0x5B))?;
/// let initial_key = Bdk::new(&bdk)?.initial_key(&"1234567890123456".parse()?);
/// let mut keys = initial_key.transactions_from(Counter::new(0x1_FFFE)?);
/// assert_eq!(keys.next().expect("this counter").ksn().counter(), 0x1_FFFE);
/// assert_eq!(keys.next().expect("the next one").ksn().counter(), 0x2_0000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Transactions<'a> {
    device: &'a InitialKey,
    top: Key,
    next: Option<Counter>,
    path: Path<Key, 16>,
}

impl<'a> Transactions<'a> {
    pub(super) fn new(device: &'a InitialKey, first: Counter) -> Self {
        Self { device, top: device.key(), next: Some(first), path: Path::new() }
    }
}

impl Iterator for Transactions<'_> {
    type Item = TransactionKey;

    fn next(&mut self) -> Option<TransactionKey> {
        let counter = self.next?;
        self.next = counter.next().ok();
        let aes_type = self.top.aes_type();
        let key = self.path.descend(&self.top, counter.value(), |parent, prefix| {
            parent.derive(&step(aes_type, self.device.ksn(prefix)))
        });
        Some(TransactionKey::new(key, self.device.ksn(counter.value())))
    }
}

impl core::iter::FusedIterator for Transactions<'_> {}

impl fmt::Debug for Transactions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Transactions(next: {:?}, [elided])", self.next)
    }
}
