//! HM: the hash of an HMAC key.

use key_types::HashAlgorithm;

use super::fields::Fields;

/// The hash function of an HMAC key, as the HM block names it.
///
/// ```
/// use key_types::HashAlgorithm;
/// use tr31::HmacHash;
///
/// assert_eq!(HmacHash::from_code(*b"22"), Some(HmacHash::Sha384));
/// assert_eq!(HmacHash::from(HashAlgorithm::Sha384).code(), *b"22");
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HmacHash {
    /// `10`: SHA-1.
    Sha1,
    /// `20`: SHA-224.
    Sha224,
    /// `21`: SHA-256.
    Sha256,
    /// `22`: SHA-384.
    Sha384,
    /// `23`: SHA-512.
    Sha512,
    /// `24`: SHA-512/224.
    Sha512With224,
    /// `25`: SHA-512/256.
    Sha512With256,
    /// `30`: SHA3-224.
    Sha3With224,
    /// `31`: SHA3-256.
    Sha3With256,
    /// `32`: SHA3-384.
    Sha3With384,
    /// `33`: SHA3-512.
    Sha3With512,
    /// `40`: SHAKE128.
    Shake128,
    /// `41`: SHAKE256.
    Shake256,
}

impl HmacHash {
    /// Every value, in the order of the standard's table.
    #[rustfmt::skip]
    pub const ALL: &'static [Self] = &[
        Self::Sha1,
        Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512,
        Self::Sha512With224, Self::Sha512With256,
        Self::Sha3With224, Self::Sha3With256, Self::Sha3With384, Self::Sha3With512,
        Self::Shake128, Self::Shake256,
    ];

    /// The two characters of the block.
    #[must_use]
    pub const fn code(self) -> [u8; 2] {
        match self {
            Self::Sha1 => *b"10",
            Self::Sha224 => *b"20",
            Self::Sha256 => *b"21",
            Self::Sha384 => *b"22",
            Self::Sha512 => *b"23",
            Self::Sha512With224 => *b"24",
            Self::Sha512With256 => *b"25",
            Self::Sha3With224 => *b"30",
            Self::Sha3With256 => *b"31",
            Self::Sha3With384 => *b"32",
            Self::Sha3With512 => *b"33",
            Self::Shake128 => *b"40",
            Self::Shake256 => *b"41",
        }
    }

    /// The value that two characters stand for, or `None` for any others.
    #[must_use]
    pub fn from_code(code: [u8; 2]) -> Option<Self> {
        Self::ALL.iter().copied().find(|hash| hash.code() == code)
    }
}

pub(super) fn read(data: &str) -> Result<HmacHash, usize> {
    let mut fields = Fields::new(data);
    let hash = fields.code(HmacHash::from_code)?;
    fields.end().map(|()| hash)
}

impl From<HashAlgorithm> for HmacHash {
    fn from(hash: HashAlgorithm) -> Self {
        match hash {
            HashAlgorithm::Sha1 => Self::Sha1,
            HashAlgorithm::Sha224 => Self::Sha224,
            HashAlgorithm::Sha384 => Self::Sha384,
            HashAlgorithm::Sha512 => Self::Sha512,
            // The enum is open to other crates; a test holds this table against all it has.
            _ => Self::Sha256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_back() {
        for &hash in HmacHash::ALL {
            assert_eq!(HmacHash::from_code(hash.code()), Some(hash));
        }
        assert_eq!(HmacHash::from_code(*b"11"), None);
    }

    #[test]
    fn every_hash_has_its_own_value() {
        for &hash in HashAlgorithm::ALL {
            let name = alloc::format!("{:?}", HmacHash::from(hash));
            assert_eq!(name, alloc::format!("{hash:?}"));
        }
    }
}
