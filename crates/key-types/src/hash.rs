//! Hash functions by name.

use crate::code_table::code_table;

code_table! {
    /// A hash function of FIPS 180-4.
    ///
    /// The code is the name used in certificates and test data, for example `SHA_256`.
    pub enum HashAlgorithm: &'static str {
        /// SHA-1, only where a legacy check value asks for it.
        Sha1 = "SHA_1",
        /// SHA-224.
        Sha224 = "SHA_224",
        /// SHA-256.
        Sha256 = "SHA_256",
        /// SHA-384.
        Sha384 = "SHA_384",
        /// SHA-512.
        Sha512 = "SHA_512",
    }
}

impl HashAlgorithm {
    /// The length of the hash in bytes.
    #[must_use]
    pub const fn output_length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}
