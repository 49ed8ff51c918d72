//! Key algorithms, with their sizes, and the one-letter families of key blocks.

use core::fmt;

use crate::HashAlgorithm;
use crate::code_table::code_table;
use crate::strength::EffectiveStrength;

code_table! {
    /// A key algorithm together with its size, under the name payment services use for it.
    ///
    /// The code is that name, for example `TDES_2KEY`.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, KeyAlgorithm};
    ///
    /// let algorithm = KeyAlgorithm::from_code("TDES_2KEY").expect("a known name");
    /// assert_eq!(algorithm.family(), AlgorithmFamily::Tdes);
    /// assert_eq!(algorithm.key_length(), Some(16));
    /// ```
    pub enum KeyAlgorithm: &'static str {
        /// Double-length triple DES, 16 bytes.
        Tdes2Key = "TDES_2KEY",
        /// Triple-length triple DES, 24 bytes.
        Tdes3Key = "TDES_3KEY",
        /// AES with a 16-byte key.
        Aes128 = "AES_128",
        /// AES with a 24-byte key.
        Aes192 = "AES_192",
        /// AES with a 32-byte key.
        Aes256 = "AES_256",
        /// HMAC with SHA-224; keys are made with the length of the hash, 28 bytes.
        HmacSha224 = "HMAC_SHA224",
        /// HMAC with SHA-256; keys are made with the length of the hash, 32 bytes.
        HmacSha256 = "HMAC_SHA256",
        /// HMAC with SHA-384; keys are made with the length of the hash, 48 bytes.
        HmacSha384 = "HMAC_SHA384",
        /// HMAC with SHA-512; keys are made with the length of the hash, 64 bytes.
        HmacSha512 = "HMAC_SHA512",
        /// RSA with a modulus of 2048 bits.
        Rsa2048 = "RSA_2048",
        /// RSA with a modulus of 3072 bits.
        Rsa3072 = "RSA_3072",
        /// RSA with a modulus of 4096 bits.
        Rsa4096 = "RSA_4096",
        /// Elliptic curve NIST P-256.
        EccNistP256 = "ECC_NIST_P256",
        /// Elliptic curve NIST P-384.
        EccNistP384 = "ECC_NIST_P384",
        /// Elliptic curve NIST P-521.
        EccNistP521 = "ECC_NIST_P521",
    }
}

code_table! {
    /// The algorithm a key block header names: a family without a size.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.1, table 3.
    pub enum AlgorithmFamily: u8 {
        /// `A`: AES.
        Aes = b'A',
        /// `D`: single DES, legacy only.
        Des = b'D',
        /// `E`: elliptic curve.
        EllipticCurve = b'E',
        /// `H`: HMAC.
        Hmac = b'H',
        /// `R`: RSA.
        Rsa = b'R',
        /// `S`: DSA.
        Dsa = b'S',
        /// `T`: triple DES.
        Tdes = b'T',
    }
}

/// What is known of one algorithm; [`KeyAlgorithm::row`] has one per variant.
struct Row {
    family: AlgorithmFamily,
    key_length: Option<usize>,
    strength_bits: u16,
    hash: Option<HashAlgorithm>,
}

impl KeyAlgorithm {
    /// The family that stands for this algorithm in a key block header.
    #[must_use]
    pub const fn family(self) -> AlgorithmFamily {
        self.row().family
    }

    /// The length of a key of this algorithm in bytes, or `None` for RSA and elliptic curves,
    /// whose encoded length varies.
    #[must_use]
    pub const fn key_length(self) -> Option<usize> {
        self.row().key_length
    }

    /// The hash of an HMAC algorithm, or `None` for every other one.
    #[must_use]
    pub const fn hash(self) -> Option<HashAlgorithm> {
        self.row().hash
    }

    /// How strong a key of this algorithm is, for comparison with the key that wraps it.
    #[must_use]
    pub const fn strength(self) -> EffectiveStrength {
        EffectiveStrength::from_bits(self.row().strength_bits)
    }

    /// The symmetric algorithm of this family whose keys have `length` bytes, or `None` if there
    /// is none, as for single DES.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, KeyAlgorithm};
    ///
    /// assert_eq!(KeyAlgorithm::of_key(AlgorithmFamily::Aes, 24), Some(KeyAlgorithm::Aes192));
    /// assert_eq!(KeyAlgorithm::of_key(AlgorithmFamily::Tdes, 8), None);
    /// ```
    #[must_use]
    pub fn of_key(family: AlgorithmFamily, length: usize) -> Option<Self> {
        let fits = |algorithm: &Self| {
            algorithm.family() == family && algorithm.key_length() == Some(length)
        };
        Self::ALL.iter().copied().find(fits)
    }

    const fn row(self) -> Row {
        use AlgorithmFamily::{Aes, EllipticCurve, Hmac, Rsa, Tdes};

        const fn symmetric(family: AlgorithmFamily, key_length: usize, strength_bits: u16) -> Row {
            Row { family, key_length: Some(key_length), strength_bits, hash: None }
        }
        const fn hmac(hash: HashAlgorithm, strength_bits: u16) -> Row {
            Row {
                family: Hmac,
                key_length: Some(hash.output_length()),
                strength_bits,
                hash: Some(hash),
            }
        }
        const fn asymmetric(family: AlgorithmFamily, strength_bits: u16) -> Row {
            Row { family, key_length: None, strength_bits, hash: None }
        }

        match self {
            Self::Tdes2Key => symmetric(Tdes, 16, 80),
            Self::Tdes3Key => symmetric(Tdes, 24, 112),
            Self::Aes128 => symmetric(Aes, 16, 128),
            Self::Aes192 => symmetric(Aes, 24, 192),
            Self::Aes256 => symmetric(Aes, 32, 256),
            Self::HmacSha224 => hmac(HashAlgorithm::Sha224, 224),
            Self::HmacSha256 => hmac(HashAlgorithm::Sha256, 256),
            Self::HmacSha384 => hmac(HashAlgorithm::Sha384, 256),
            Self::HmacSha512 => hmac(HashAlgorithm::Sha512, 256),
            Self::Rsa2048 => asymmetric(Rsa, 112),
            Self::Rsa3072 => asymmetric(Rsa, 128),
            Self::Rsa4096 => asymmetric(Rsa, 152),
            Self::EccNistP256 => asymmetric(EllipticCurve, 128),
            Self::EccNistP384 => asymmetric(EllipticCurve, 192),
            Self::EccNistP521 => asymmetric(EllipticCurve, 256),
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_back_to_its_variant() {
        for &algorithm in KeyAlgorithm::ALL {
            assert_eq!(KeyAlgorithm::from_code(algorithm.code()), Some(algorithm));
        }
        for &family in AlgorithmFamily::ALL {
            assert_eq!(AlgorithmFamily::from_code(family.code()), Some(family));
        }
        assert_eq!(KeyAlgorithm::from_code("TDES"), None);
        assert_eq!(AlgorithmFamily::from_code(b'a'), None);
    }

    #[test]
    fn only_hmac_algorithms_name_a_hash() {
        for &algorithm in KeyAlgorithm::ALL {
            let is_hmac = algorithm.family() == AlgorithmFamily::Hmac;
            assert_eq!(algorithm.hash().is_some(), is_hmac, "{algorithm}");
        }
    }
}
