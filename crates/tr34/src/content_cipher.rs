//! Content encryption: TDES and AES-128 in CBC mode.

use alloc::vec::Vec;

use aes::Aes128;
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use des::TdesEde3;
use key_types::{AlgorithmFamily, KeyAlgorithm, SecretKey};
use zeroize::Zeroizing;

use crate::oid;

/// The cipher of the content of a token, under a key that is made for it alone.
///
/// ```
/// use key_types::AlgorithmFamily;
/// use tr34::ContentCipher;
///
/// assert_eq!(ContentCipher::for_keys_of(AlgorithmFamily::Tdes), ContentCipher::Tdes3KeyCbc);
/// assert_eq!(ContentCipher::for_keys_of(AlgorithmFamily::Aes), ContentCipher::Aes128Cbc);
/// ```
///
/// Standard: NIST SP 800-38A, 6.2; RFC 3370, 5.1; RFC 3565, 4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentCipher {
    /// Triple-length TDES, `des-ede3-cbc`.
    Tdes3KeyCbc,
    /// AES with a 16-byte key, `aes128-CBC`.
    Aes128Cbc,
}

impl ContentCipher {
    /// Every cipher.
    pub const ALL: &'static [Self] = &[Self::Tdes3KeyCbc, Self::Aes128Cbc];

    /// The cipher that the field uses for keys of a family: TDES for TDES, AES for all others.
    #[must_use]
    pub const fn for_keys_of(family: AlgorithmFamily) -> Self {
        match family {
            AlgorithmFamily::Des | AlgorithmFamily::Tdes => Self::Tdes3KeyCbc,
            _ => Self::Aes128Cbc,
        }
    }

    /// The algorithm of the content key.
    #[must_use]
    pub const fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::Tdes3KeyCbc => KeyAlgorithm::Tdes3Key,
            Self::Aes128Cbc => KeyAlgorithm::Aes128,
        }
    }

    /// The length of a block and of the initialisation vector, in bytes.
    #[must_use]
    pub const fn block_length(self) -> usize {
        match self {
            Self::Tdes3KeyCbc => 8,
            Self::Aes128Cbc => 16,
        }
    }

    pub(crate) const fn identifier(self) -> &'static [u8] {
        match self {
            Self::Tdes3KeyCbc => oid::DES_EDE3_CBC,
            Self::Aes128Cbc => oid::AES128_CBC,
        }
    }

    pub(crate) fn of_identifier(identifier: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|cipher| cipher.identifier() == identifier)
    }

    /// The length of the content key, in bytes.
    pub(crate) const fn key_length(self) -> usize {
        match self {
            Self::Tdes3KeyCbc => 24,
            Self::Aes128Cbc => 16,
        }
    }

    /// Encrypts content, padded to whole blocks; key and vector have the lengths of the cipher.
    pub(crate) fn encrypt(self, key: &SecretKey, iv: &[u8], clear: &SecretKey) -> Vec<u8> {
        const REASON: &str = "key, vector and buffer have the lengths of the cipher";
        let (key, clear) = (key.expose_secret(), clear.expose_secret());
        let length = (clear.len() / self.block_length() + 1) * self.block_length();
        let mut buffer = alloc::vec![0; length];
        match self {
            Self::Tdes3KeyCbc => cbc::Encryptor::<TdesEde3>::new_from_slices(key, iv)
                .expect(REASON)
                .encrypt_padded_b2b::<Pkcs7>(clear, &mut buffer)
                .expect(REASON),
            Self::Aes128Cbc => cbc::Encryptor::<Aes128>::new_from_slices(key, iv)
                .expect(REASON)
                .encrypt_padded_b2b::<Pkcs7>(clear, &mut buffer)
                .expect(REASON),
        };
        buffer
    }

    /// Decrypts content and takes its padding off; `None` for whatever is wrong.
    pub(crate) fn decrypt(self, key: &SecretKey, iv: &[u8], content: &[u8]) -> Option<SecretKey> {
        let key = key.expose_secret();
        let mut buffer = Zeroizing::new(alloc::vec![0; content.len()]);
        let clear = match self {
            Self::Tdes3KeyCbc => cbc::Decryptor::<TdesEde3>::new_from_slices(key, iv)
                .ok()?
                .decrypt_padded_b2b::<Pkcs7>(content, &mut buffer)
                .ok()?,
            Self::Aes128Cbc => cbc::Decryptor::<Aes128>::new_from_slices(key, iv)
                .ok()?
                .decrypt_padded_b2b::<Pkcs7>(content, &mut buffer)
                .ok()?,
        };
        SecretKey::copied_from(clear).ok()
    }
}
