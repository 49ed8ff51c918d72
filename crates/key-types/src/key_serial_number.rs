//! Key serial numbers (KSN): which device, and which of its transactions.

use core::fmt;
use core::str::FromStr;

use crate::hex::{digit, write_hex};

/// A text that is not a key serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySerialNumberError {
    /// A character is not a hex digit, or the digits do not make whole bytes.
    #[error("the key serial number is not whole bytes in hex (at character {at})")]
    NotHex {
        /// Offset in bytes of the first character that does not fit.
        at: usize,
    },
    /// The number of hex digits is wrong for the scheme.
    #[error("the key serial number has {found} hex digits instead of {expected}")]
    Length {
        /// The number of digits the scheme asks for: 20 for TDES, 24 for AES.
        expected: usize,
        /// The number of digits given.
        found: usize,
    },
}

/// Reads exactly `N` bytes of hex, of either case.
fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], KeySerialNumberError> {
    let digits = text.as_bytes();
    if let Some(at) = digits.iter().position(|&character| digit(character).is_none()) {
        return Err(KeySerialNumberError::NotHex { at });
    }
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(KeySerialNumberError::NotHex { at: digits.len() });
    }
    let mut bytes = [0; N];
    if pairs.len() != N {
        return Err(KeySerialNumberError::Length { expected: 2 * N, found: digits.len() });
    }
    for (at, (byte, [high, low])) in bytes.iter_mut().zip(pairs).enumerate() {
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
            return Err(KeySerialNumberError::NotHex { at });
        };
        *byte = high << 4 | low;
    }
    Ok(bytes)
}

/// The key serial number of TDES DUKPT: 10 bytes, 80 bits.
///
/// From the left: 40 bits of key set id, 19 bits of device id, 21 bits of transaction counter.
/// The counter begins inside byte 7, so `...E00000` and `...F00000` are the same device.
///
/// ```
/// use key_types::TdesKeySerialNumber;
///
/// let ksn: TdesKeySerialNumber = "FFFF9876543210E00001".parse()?;
/// assert_eq!(ksn.counter(), 1);
/// assert_eq!(ksn.initial().to_string(), "FFFF9876543210E00000");
/// # Ok::<(), key_types::KeySerialNumberError>(())
/// ```
///
/// Standard: ANSI X9.24-1:2009, A.2; ANSI X9.24-3:2017, annex C.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TdesKeySerialNumber {
    bytes: [u8; 10],
}

impl TdesKeySerialNumber {
    const COUNTER_MASK: u32 = 0x1F_FFFF;

    /// Takes the 10 bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 10]) -> Self {
        Self { bytes }
    }

    /// The 10 bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 10] {
        self.bytes
    }

    /// The key set id, 40 bits, which names the BDK.
    #[must_use]
    pub const fn key_set_id(self) -> [u8; 5] {
        let [a, b, c, d, e, ..] = self.bytes;
        [a, b, c, d, e]
    }

    /// The device id, 19 bits.
    #[must_use]
    pub const fn device_id(self) -> u32 {
        let [.., five, six, seven, _, _] = self.bytes;
        u32::from_be_bytes([0, five, six, seven]) >> 5
    }

    /// The transaction counter, 21 bits.
    #[must_use]
    pub const fn counter(self) -> u32 {
        let [.., seven, eight, nine] = self.bytes;
        u32::from_be_bytes([0, seven, eight, nine]) & Self::COUNTER_MASK
    }

    /// The same device with another counter; bits above the lowest 21 are dropped.
    #[must_use]
    pub const fn with_counter(self, counter: u32) -> Self {
        let [a, b, c, d, e, f, g, seven, _, _] = self.bytes;
        let [_, high, middle, low] = (counter & Self::COUNTER_MASK).to_be_bytes();
        Self { bytes: [a, b, c, d, e, f, g, seven & 0xE0 | high, middle, low] }
    }

    /// The serial number the device begins with: this one with the counter cleared.
    #[must_use]
    pub const fn initial(self) -> Self {
        self.with_counter(0)
    }
}

/// The initial key id of AES DUKPT: 8 bytes, 4 of BDK id and 4 of derivation id.
///
/// Standard: ANSI X9.24-3:2017, 6.2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InitialKeyId {
    bytes: [u8; 8],
}

impl InitialKeyId {
    /// Takes the 8 bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self { bytes }
    }

    /// The 8 bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.bytes
    }

    /// The BDK id, 4 bytes.
    #[must_use]
    pub const fn bdk_id(self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.bytes;
        [a, b, c, d]
    }

    /// The derivation id, 4 bytes, which names the device.
    #[must_use]
    pub const fn derivation_id(self) -> [u8; 4] {
        let [.., e, f, g, h] = self.bytes;
        [e, f, g, h]
    }
}

/// The key serial number of AES DUKPT: 12 bytes, the initial key id and a 32-bit counter.
///
/// ```
/// use key_types::AesKeySerialNumber;
///
/// let ksn: AesKeySerialNumber = "123456789012345600000001".parse()?;
/// assert_eq!(ksn.initial_key_id().to_string(), "1234567890123456");
/// assert_eq!(ksn.counter(), 1);
/// # Ok::<(), key_types::KeySerialNumberError>(())
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AesKeySerialNumber {
    bytes: [u8; 12],
}

impl AesKeySerialNumber {
    /// Takes the 12 bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self { bytes }
    }

    /// The 12 bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 12] {
        self.bytes
    }

    /// The initial key id, 8 bytes.
    #[must_use]
    pub const fn initial_key_id(self) -> InitialKeyId {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes;
        InitialKeyId::from_bytes([a, b, c, d, e, f, g, h])
    }

    /// The transaction counter, 32 bits.
    #[must_use]
    pub const fn counter(self) -> u32 {
        let [.., i, j, k, l] = self.bytes;
        u32::from_be_bytes([i, j, k, l])
    }

    /// The same device with another counter.
    #[must_use]
    pub const fn with_counter(self, counter: u32) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes;
        let [i, j, k, l] = counter.to_be_bytes();
        Self { bytes: [a, b, c, d, e, f, g, h, i, j, k, l] }
    }

    /// The serial number the device begins with: this one with the counter cleared.
    #[must_use]
    pub const fn initial(self) -> Self {
        self.with_counter(0)
    }
}

/// Text in and out is the same for every kind: hex digits of either case in, upper case out.
macro_rules! as_hex_text {
    ($($name:ident),+) => {$(
        impl FromStr for $name {
            type Err = KeySerialNumberError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_hex(text).map(Self::from_bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(formatter, &self.bytes)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }
    )+};
}

as_hex_text!(TdesKeySerialNumber, AesKeySerialNumber, InitialKeyId);

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_counter_starts_inside_byte_seven() {
        let low: TdesKeySerialNumber = "FFFF9876543210E00000".parse().unwrap();
        let high: TdesKeySerialNumber = "FFFF9876543210F00000".parse().unwrap();
        assert_eq!(low.device_id(), high.device_id());
        assert_eq!((low.counter(), high.counter()), (0, 0x10_0000));
        assert_eq!(high.initial(), low);
        assert_eq!(low.key_set_id(), [0xFF, 0xFF, 0x98, 0x76, 0x54]);
        assert_eq!(low.device_id(), 0x3210E0 >> 5);
    }

    #[test]
    fn refusals_name_the_first_rule_broken() {
        let parse = |text: &str| text.parse::<TdesKeySerialNumber>().unwrap_err();
        let length = |found| KeySerialNumberError::Length { expected: 20, found };
        assert_eq!(parse(""), length(0));
        assert_eq!(parse("FFFFFF9876543210E00000"), length(22));
        assert_eq!(parse("FFFF987654321ZE00000"), KeySerialNumberError::NotHex { at: 13 });
        assert_eq!(parse("FFF"), KeySerialNumberError::NotHex { at: 3 });
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(tdes: [u8; 10], aes: [u8; 12]) {
            let tdes = TdesKeySerialNumber::from_bytes(tdes);
            prop_assert_eq!(tdes.to_string().parse(), Ok(tdes));
            let aes = AesKeySerialNumber::from_bytes(aes);
            prop_assert_eq!(aes.to_string().parse(), Ok(aes));
        }

        #[test]
        fn counters_go_in_and_out(bytes: [u8; 10], counter in 0u32..0x20_0000) {
            let ksn = TdesKeySerialNumber::from_bytes(bytes);
            let moved = ksn.with_counter(counter);
            prop_assert_eq!(moved.counter(), counter);
            prop_assert_eq!(moved.device_id(), ksn.device_id());
            prop_assert_eq!(moved.initial(), ksn.initial());
        }
    }
}
