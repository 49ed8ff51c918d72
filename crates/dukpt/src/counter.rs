//! Transaction counters: which values a device uses, in which order, and the tree they stand for.
//!
//! Each one bit of a counter is one step from the initial key to the transaction key, the highest
//! bit first. The greatest number of one bits bounds the work of the host.

use core::fmt;

use key_types::{AesKeySerialNumber, TdesKeySerialNumber};

use crate::Error;

/// How far a scheme counts: the one place where the two schemes differ in this.
pub(crate) struct Rule {
    pub(crate) last: u32,
    pub(crate) most_ones: u32,
    /// The counter that stands for the update key.
    reserved: Option<u32>,
}

pub(crate) const TDES: Rule = Rule { last: 0x1F_F800, most_ones: 10, reserved: None };
pub(crate) const AES: Rule =
    Rule { last: 0xFFFF_0000, most_ones: 16, reserved: Some(UPDATE_COUNTER) };

/// The counter of the update key.
pub(crate) const UPDATE_COUNTER: u32 = 0xFFFF_FFFF;

impl Rule {
    fn check(&self, counter: u32) -> Result<u32, Error> {
        if counter == 0 {
            return Err(Error::CounterZero);
        }
        if self.reserved == Some(counter) {
            return Err(Error::UpdateCounterReserved);
        }
        if counter > self.last {
            return Err(Error::CounterExhausted { last: self.last });
        }
        let found = counter.count_ones();
        if found > self.most_ones {
            return Err(Error::CounterTooManyOnes { most: self.most_ones, found });
        }
        Ok(counter)
    }

    /// The first usable counter after any counter.
    fn after(&self, counter: u32) -> Result<u32, Error> {
        let mut next = counter.checked_add(1);
        // Adding the lowest one bit skips all values that share the too many bits above it.
        while let Some(value) = next.filter(|value| value.count_ones() > self.most_ones) {
            next = value.checked_add(value & value.wrapping_neg());
        }
        next.filter(|value| *value <= self.last).ok_or(Error::CounterExhausted { last: self.last })
    }
}

/// The counters on the way from the initial key to `counter`: its one bits from the highest on,
/// each with those above it. The last one is the counter itself.
pub(crate) fn prefixes(counter: u32) -> impl Iterator<Item = u32> {
    let mut rest = counter;
    core::iter::from_fn(move || {
        let below = rest.leading_zeros();
        let highest = 0x8000_0000_u32.checked_shr(below)?;
        rest &= !highest;
        Some(counter & !(highest - 1))
    })
}

/// Which registers of a device hold a key when `counter` is the one to use next: the one of its
/// lowest one bit, and those of the zero bits above, whose turn is yet to come.
pub(crate) const fn live_registers(counter: u32) -> u32 {
    if counter == 0 {
        return 0;
    }
    let lowest = counter & counter.wrapping_neg();
    !counter & !lower_bits(lowest.trailing_zeros()) | lowest
}

/// As many one bits from the right.
const fn lower_bits(count: u32) -> u32 {
    (1 << count) - 1
}

/// Both kinds of counter have the same functions, by another rule.
macro_rules! counters {
    ($($(#[$meta:meta])* $name:ident: $ksn:ident, $rule:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            value: u32,
        }

        impl $name {
            /// The counter of the first transaction of a device.
            pub const FIRST: Self = Self { value: 1 };
            /// The counter of the last transaction of a device.
            pub const LAST: Self = Self { value: $rule.last };

            /// Takes a counter that a device uses.
            ///
            /// # Errors
            ///
            /// [`Error::CounterZero`], [`Error::UpdateCounterReserved`] (AES only),
            /// [`Error::CounterExhausted`] or [`Error::CounterTooManyOnes`].
            pub fn new(value: u32) -> Result<Self, Error> {
                $rule.check(value).map(|value| Self { value })
            }

            /// The counter in a key serial number.
            ///
            /// # Errors
            ///
            /// As [`new`](Self::new).
            pub fn of(ksn: &$ksn) -> Result<Self, Error> {
                Self::new(ksn.counter())
            }

            /// The number.
            #[must_use]
            pub const fn value(self) -> u32 {
                self.value
            }

            /// The counter of the next transaction; it skips the values with too many one bits.
            ///
            /// # Errors
            ///
            /// [`Error::CounterExhausted`] after the last one.
            pub fn next(self) -> Result<Self, Error> {
                Self::after_any(self.value)
            }

            /// The first counter a device uses after `value`, which need not be one itself.
            ///
            /// # Errors
            ///
            /// [`Error::CounterExhausted`] if there is none.
            pub fn after_any(value: u32) -> Result<Self, Error> {
                $rule.after(value).map(|value| Self { value })
            }

            /// The first counter after this one whose key does not descend from that of this one.
            pub(crate) fn after_descendants(self) -> Option<Self> {
                let lowest = self.value & self.value.wrapping_neg();
                self.value.checked_add(lowest).and_then(|value| Self::new(value).ok())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{:X}", self.value)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }
    )+};
}

counters! {
    /// The counter of a TDES DUKPT transaction: 1 to 1FF800, at most 10 one bits, 1,048,575 values.
    ///
    /// ```
    /// use dukpt::tdes::Counter;
    ///
    /// let counter = Counter::new(0x0007FE)?;
    /// assert_eq!(counter.next()?.value(), 0x000800);
    /// assert!(Counter::new(0x0007FF).is_err(), "eleven one bits");
    /// # Ok::<(), dukpt::Error>(())
    /// ```
    ///
    /// Standard: ANSI X9.24-1:2009, A.3.
    TdesCounter: TdesKeySerialNumber, TDES;

    /// The counter of an AES DUKPT transaction: 1 to FFFF0000, at most 16 one bits.
    ///
    /// ```
    /// use dukpt::aes::Counter;
    ///
    /// let counter = Counter::new(0x0001_FFFE)?;
    /// assert_eq!(counter.next()?.value(), 0x0002_0000);
    /// assert!(Counter::LAST.next().is_err(), "the device is exhausted");
    /// # Ok::<(), dukpt::Error>(())
    /// ```
    ///
    /// Standard: ANSI X9.24-3:2017, 6.5.2.
    AesCounter: AesKeySerialNumber, AES;
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefixes_go_from_the_highest_bit_down() {
        assert_eq!(prefixes(0b1011).collect::<Vec<_>>(), [0b1000, 0b1010, 0b1011]);
        assert_eq!(prefixes(0).count(), 0);
        assert_eq!(prefixes(u32::MAX).count(), 32);
    }

    #[test]
    fn all_registers_are_live_at_first_and_none_at_the_end() {
        assert_eq!(live_registers(1), u32::MAX);
        assert_eq!(live_registers(2), !1);
        assert_eq!(live_registers(3), !2);
        assert_eq!(live_registers(0), 0);
    }

    #[test]
    fn every_counter_that_is_not_used_has_its_own_reason() {
        let tdes = |value| TdesCounter::new(value).map_err(|error| error.code());
        assert_eq!(tdes(0), Err("CounterZero"));
        assert_eq!(tdes(0x7FF), Err("CounterTooManyOnes"));
        assert_eq!(tdes(0x1F_F801), Err("CounterExhausted"));
        let aes = |value| AesCounter::new(value).map_err(|error| error.code());
        assert_eq!(aes(0x1_FFFF), Err("CounterTooManyOnes"));
        assert_eq!(aes(0xFFFF_0001), Err("CounterExhausted"));
        assert_eq!(aes(u32::MAX), Err("UpdateCounterReserved"));
        assert_eq!(AesCounter::after_any(u32::MAX).unwrap_err().code(), "CounterExhausted");
    }

    #[test]
    fn a_device_has_as_many_counters_as_the_standard_says() {
        let mut counter = TdesCounter::FIRST;
        let mut used = 1;
        while let Ok(next) = counter.next() {
            assert!(next > counter && TdesCounter::new(next.value()).is_ok());
            counter = next;
            used += 1;
        }
        assert_eq!((counter, used), (TdesCounter::LAST, 1_048_575));
    }

    proptest! {
        #[test]
        fn nothing_usable_is_skipped(value: u32) {
            if let Ok(next) = AesCounter::after_any(value) {
                prop_assert!(AesCounter::new(next.value()).is_ok());
                for skipped in value.saturating_add(1)..next.value().min(value.saturating_add(300)) {
                    prop_assert!(AesCounter::new(skipped).is_err());
                }
            }
        }
    }
}
