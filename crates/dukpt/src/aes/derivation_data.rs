//! The block that a derivation key encrypts, which says what the new key is for.

use core::fmt;

use key_types::{AesKeySerialNumber, InitialKeyId};

use crate::WorkingKeyType;

/// What a derived key is for, as the key usage indicator says it.
///
/// "Generation" and "encryption" are named from the terminal's side: they stand for the request.
///
/// ```
/// use dukpt::aes::Usage;
///
/// assert_eq!(Usage::PinEncryption.indicator(), 0x1000);
/// assert!(!Usage::OF_WORKING_KEYS.contains(&Usage::InitialKey));
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.3.2, tables 2 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Usage {
    /// `0002`: encryption of other keys.
    KeyEncryption,
    /// `1000`: PIN encryption.
    PinEncryption,
    /// `2000`: MAC of the request.
    MacGeneration,
    /// `2001`: MAC of the response.
    MacVerification,
    /// `2002`: MAC of both directions.
    MacBothWays,
    /// `3000`: data of the request.
    DataEncryption,
    /// `3001`: data of the response.
    DataDecryption,
    /// `3002`: data of both directions.
    DataBothWays,
    /// `8000`: derivation of other keys.
    KeyDerivation,
    /// `8001`: the initial key.
    InitialKey,
}

impl Usage {
    /// Every usage of a working key, in the order of the standard's table.
    pub const OF_WORKING_KEYS: [Self; 9] = [
        Self::KeyEncryption,
        Self::PinEncryption,
        Self::MacGeneration,
        Self::MacVerification,
        Self::MacBothWays,
        Self::DataEncryption,
        Self::DataDecryption,
        Self::DataBothWays,
        Self::KeyDerivation,
    ];

    /// The key usage indicator.
    #[must_use]
    pub const fn indicator(self) -> u16 {
        match self {
            Self::KeyEncryption => 0x0002,
            Self::PinEncryption => 0x1000,
            Self::MacGeneration => 0x2000,
            Self::MacVerification => 0x2001,
            Self::MacBothWays => 0x2002,
            Self::DataEncryption => 0x3000,
            Self::DataDecryption => 0x3001,
            Self::DataBothWays => 0x3002,
            Self::KeyDerivation => 0x8000,
            Self::InitialKey => 0x8001,
        }
    }
}

/// What goes into a derivation, apart from the key.
///
/// `Display` writes the block of 16 bytes in hex, the first one if there are two.
///
/// ```
/// use dukpt::WorkingKeyType;
/// use dukpt::aes::{Bdk, Usage};
/// use key_types::SecretKey;
///
/// let bdk = Bdk::new(&SecretKey::filled_by(32, |bytes| bytes.fill(0x5B))?)?;
/// let key = bdk.transaction_key(&"123456789012345600000001".parse()?)?;
/// let data = key.derivation_data(Usage::PinEncryption, WorkingKeyType::Aes256);
/// assert_eq!(data.to_string(), "01011000000401009012345600000001");
/// assert_eq!(data.block(2)[..4], [1, 2, 0x10, 0x00]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.3.3 and B.4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DerivationData {
    usage: Usage,
    key_type: WorkingKeyType,
    /// The initial key id, or derivation id and counter.
    context: [u8; 8],
}

impl DerivationData {
    /// The data of an initial key.
    pub(super) const fn initial_key(key_type: WorkingKeyType, id: InitialKeyId) -> Self {
        Self { usage: Usage::InitialKey, key_type, context: id.to_bytes() }
    }

    /// The data of a key below the initial key. The BDK id is in the initial key already.
    pub(super) const fn below_initial_key(
        usage: Usage,
        key_type: WorkingKeyType,
        ksn: AesKeySerialNumber,
    ) -> Self {
        let [_, _, _, _, context @ ..] = ksn.to_bytes();
        Self { usage, key_type, context }
    }

    /// What the new key is for.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// What kind of key the new key is.
    #[must_use]
    pub const fn key_type(&self) -> WorkingKeyType {
        self.key_type
    }

    /// The block for part `number`, from 1, of the new key: keys above 128 bits have two parts.
    #[must_use]
    pub fn block(&self, number: u8) -> [u8; 16] {
        const VERSION: u128 = 1;

        // As one number, because bytes that are set one by one are slow to load as a block.
        let (usage, key_type) = (self.usage.indicator(), self.key_type.indicator());
        let block = VERSION << 120
            | u128::from(number) << 112
            | u128::from(usage) << 96
            | u128::from(key_type) << 80
            | u128::from(self.key_type.length_in_bits()) << 64
            | u128::from(u64::from_be_bytes(self.context));
        block.to_be_bytes()
    }
}

impl fmt::Display for DerivationData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.block(1).iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}
