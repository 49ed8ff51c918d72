//! The versions of key blocks: one row each, and nothing else looks at the letter.

use core::fmt;

use key_types::AlgorithmFamily;

use crate::binding::{Binding, Encryption};

/// The version of a key block: which binding method ties header, key and wrapping key together.
///
/// ```
/// use tr31::Version;
///
/// assert_eq!(Version::from_code(b'D'), Some(Version::D));
/// assert_eq!(Version::D.code(), b'D');
/// assert!(Version::A.is_deprecated());
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.1; ISO 20038:2017 (version E).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Version {
    /// `A`: key variant binding under TDES, deprecated since 2010.
    A,
    /// `B`: key derivation binding under TDES.
    B,
    /// `C`: key variant binding under TDES, legacy.
    C,
    /// `D`: key derivation binding under AES, CBC encryption.
    D,
    /// `E`: key derivation binding under AES, CTR encryption.
    E,
}

/// All that tells the versions apart.
pub(crate) struct Row {
    code: u8,
    /// The algorithm of the key block protection key.
    pub(crate) kbpk: AlgorithmFamily,
    /// Optional blocks together are a multiple of this many characters.
    pub(crate) block_length: usize,
    /// The clear payload is a multiple of this many bytes.
    pub(crate) payload_unit: usize,
    /// The length of the MAC in bytes; its text is twice as long.
    pub(crate) mac_length: usize,
    pub(crate) binding: Binding,
}

impl Version {
    /// Every version, in alphabetical order.
    pub const ALL: &'static [Self] = &[Self::A, Self::B, Self::C, Self::D, Self::E];

    #[rustfmt::skip]
    pub(crate) const fn row(self) -> Row {
        use AlgorithmFamily::{Aes, Tdes};
        use Binding::{Derivation, Variant};
        use Encryption::{Cbc, Ctr};

        match self {
            Self::A => Row { code: b'A', kbpk: Tdes, block_length: 8, payload_unit: 8, mac_length: 4, binding: Variant },
            Self::B => Row { code: b'B', kbpk: Tdes, block_length: 8, payload_unit: 8, mac_length: 8, binding: Derivation(Cbc) },
            Self::C => Row { code: b'C', kbpk: Tdes, block_length: 8, payload_unit: 8, mac_length: 4, binding: Variant },
            Self::D => Row { code: b'D', kbpk: Aes, block_length: 16, payload_unit: 16, mac_length: 16, binding: Derivation(Cbc) },
            Self::E => Row { code: b'E', kbpk: Aes, block_length: 16, payload_unit: 1, mac_length: 16, binding: Derivation(Ctr) },
        }
    }

    /// The letter that a key block begins with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.row().code
    }

    /// The version that a letter stands for, or `None` for a letter or digit that stands for
    /// none; digits are proprietary formats.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|version| version.code() == code)
    }

    /// The family of the key that protects blocks of this version: TDES or AES.
    ///
    /// ```
    /// use key_types::AlgorithmFamily;
    /// use tr31::Version;
    ///
    /// assert_eq!(Version::B.kbpk_family(), AlgorithmFamily::Tdes);
    /// assert_eq!(Version::D.kbpk_family(), AlgorithmFamily::Aes);
    /// ```
    #[must_use]
    pub const fn kbpk_family(self) -> AlgorithmFamily {
        self.row().kbpk
    }

    /// Whether the version binds by key variants: such blocks are opened, but made only through
    /// [`danger`](crate::danger).
    #[must_use]
    pub const fn is_deprecated(self) -> bool {
        matches!(self.row().binding, Binding::Variant)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", char::from(self.code()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_leads_back_to_its_version() {
        for &version in Version::ALL {
            assert_eq!(Version::from_code(version.code()), Some(version));
        }
        for code in *b"a0F@" {
            assert_eq!(Version::from_code(code), None);
        }
    }
}
