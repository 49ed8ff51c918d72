//! The keys that work is done with: one type per purpose, so that a key made for one purpose
//! cannot serve another by accident.

use key_types::{AlgorithmFamily, SecretKey};

/// What kind of key a working key is.
///
/// ```
/// use dukpt::WorkingKeyType;
///
/// let key_type = WorkingKeyType::Tdes3Key;
/// assert_eq!((key_type.length(), key_type.strength_bits()), (24, 112));
/// assert_eq!(WorkingKeyType::ALL.len(), 8);
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorkingKeyType {
    /// Double-length triple DES, 16 bytes.
    Tdes2Key,
    /// Triple-length triple DES, 24 bytes.
    Tdes3Key,
    /// AES with a 16-byte key.
    Aes128,
    /// AES with a 24-byte key.
    Aes192,
    /// AES with a 32-byte key.
    Aes256,
    /// HMAC with a 16-byte key.
    Hmac128,
    /// HMAC with a 24-byte key.
    Hmac192,
    /// HMAC with a 32-byte key.
    Hmac256,
}

/// What is known of one type; [`WorkingKeyType::row`] has one per variant.
struct Row {
    family: AlgorithmFamily,
    indicator: u16,
    length: usize,
    strength_bits: u16,
}

impl WorkingKeyType {
    /// Every type, in the order of the standard's table.
    pub const ALL: [Self; 8] = [
        Self::Tdes2Key,
        Self::Tdes3Key,
        Self::Aes128,
        Self::Aes192,
        Self::Aes256,
        Self::Hmac128,
        Self::Hmac192,
        Self::Hmac256,
    ];

    /// The family of the algorithm, as a key block header names it.
    #[must_use]
    pub const fn family(self) -> AlgorithmFamily {
        self.row().family
    }

    /// The algorithm indicator in the derivation data of AES DUKPT.
    ///
    /// Standard: ANSI X9.24-3:2017, 6.3.2, tables 2 to 3.
    #[must_use]
    pub const fn indicator(self) -> u16 {
        self.row().indicator
    }

    /// The length of the key in bytes: 16, 24 or 32.
    #[must_use]
    pub const fn length(self) -> usize {
        self.row().length
    }

    /// The length of the key in bits, as the derivation data of AES DUKPT says it.
    pub(crate) const fn length_in_bits(self) -> u16 {
        match self.length() {
            16 => 128,
            24 => 192,
            _ => 256,
        }
    }

    /// How strong the key is in bits, for comparison with the key it is derived from.
    #[must_use]
    pub const fn strength_bits(self) -> u16 {
        self.row().strength_bits
    }

    const fn row(self) -> Row {
        use AlgorithmFamily::{Aes, Hmac, Tdes};

        const fn row(
            family: AlgorithmFamily,
            indicator: u16,
            length: usize,
            strength_bits: u16,
        ) -> Row {
            Row { family, indicator, length, strength_bits }
        }

        match self {
            Self::Tdes2Key => row(Tdes, 0x0000, 16, 80),
            Self::Tdes3Key => row(Tdes, 0x0001, 24, 112),
            Self::Aes128 => row(Aes, 0x0002, 16, 128),
            Self::Aes192 => row(Aes, 0x0003, 24, 192),
            Self::Aes256 => row(Aes, 0x0004, 32, 256),
            Self::Hmac128 => row(Hmac, 0x0005, 16, 128),
            Self::Hmac192 => row(Hmac, 0x0005, 24, 192),
            Self::Hmac256 => row(Hmac, 0x0005, 32, 256),
        }
    }
}

/// Every purpose is the same key with another name, and the name is the point.
macro_rules! working_keys {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        ///
        /// Wiped when dropped.
        #[derive(Debug)]
        pub struct $name {
            key: SecretKey,
            key_type: WorkingKeyType,
        }

        impl $name {
            pub(crate) const fn new(key: SecretKey, key_type: WorkingKeyType) -> Self {
                Self { key, key_type }
            }

            /// The key.
            #[must_use]
            pub const fn secret_key(&self) -> &SecretKey {
                &self.key
            }

            /// The key alone. From here on nothing but the caller knows its purpose.
            #[must_use]
            pub fn into_secret_key(self) -> SecretKey {
                self.key
            }

            /// What kind of key it is; always double-length triple DES from TDES DUKPT.
            #[must_use]
            pub const fn key_type(&self) -> WorkingKeyType {
                self.key_type
            }
        }
    )+};
}

working_keys! {
    /// Encrypts PIN blocks.
    PinKey;
    /// Makes MACs in the terminal and checks them in the host; in TDES DUKPT also both ways.
    MacRequestKey;
    /// Makes MACs in the host and checks them in the terminal.
    MacResponseKey;
    /// Makes and checks MACs in both directions (AES DUKPT).
    MacBothWaysKey;
    /// Encrypts data in the terminal and decrypts it in the host; in TDES DUKPT also both ways.
    DataRequestKey;
    /// Encrypts data in the host and decrypts it in the terminal.
    DataResponseKey;
    /// Encrypts and decrypts data in both directions (AES DUKPT).
    DataBothWaysKey;
    /// Encrypts other keys (AES DUKPT); the update key is one of these.
    KeyEncryptionKey;
    /// Other keys are derived from it, by a rule of the application's own (AES DUKPT).
    KeyDerivationKey;
}
