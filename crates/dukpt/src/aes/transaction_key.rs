//! From transaction key to one key per purpose and type.

use key_types::{AesKeySerialNumber, SecretKey};

use super::derivation_data::{DerivationData, Usage};
use super::derivation_key::Key;
use crate::Error;
use crate::working_key::{
    DataBothWaysKey, DataRequestKey, DataResponseKey, KeyDerivationKey, KeyEncryptionKey,
    MacBothWaysKey, MacRequestKey, MacResponseKey, PinKey, WorkingKeyType,
};

/// The data of one step down the tree: a derivation key as long as its parent.
pub(super) const fn step(aes_type: WorkingKeyType, ksn: AesKeySerialNumber) -> DerivationData {
    DerivationData::below_initial_key(Usage::KeyDerivation, aes_type, ksn)
}

/// The key of one transaction (intermediate derivation key), as long as the BDK, from which its
/// working keys are derived.
///
/// No work is done with this key itself. Wiped when dropped.
///
/// ```
/// use dukpt::WorkingKeyType;
/// use dukpt::aes::Bdk;
/// use key_types::SecretKey;
///
/// let bdk = SecretKey::copied_from(b"\xFE\xDC\xBA\x98\x76\x54\x32\x10\xF1\xF1\xF1\xF1\xF1\xF1\xF1\xF1")?;
/// let key = Bdk::new(&bdk)?.transaction_key(&"123456789012345600000001".parse()?)?;
/// let pin_key = key.pin_key(WorkingKeyType::Aes128)?;
/// assert_eq!(pin_key.secret_key().expose_secret()[..4], [0xAF, 0x8C, 0xB1, 0x33]);
/// assert!(key.pin_key(WorkingKeyType::Aes256).is_err(), "stronger than the BDK");
///
/// // A key for one purpose and type, one for both directions, one of another type.
/// assert_eq!(key.mac_request_key(WorkingKeyType::Hmac128)?.secret_key().length(), 16);
/// assert_eq!(key.data_both_ways_key(WorkingKeyType::Aes128)?.secret_key().length(), 16);
/// assert_eq!(key.key_encryption_key(WorkingKeyType::Tdes3Key)?.secret_key().length(), 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-3:2017, 6.3.1, 6.3.3 and B.5.
#[derive(Debug)]
pub struct TransactionKey {
    key: SecretKey,
    ksn: AesKeySerialNumber,
}

impl TransactionKey {
    pub(super) fn new(key: &Key, ksn: AesKeySerialNumber) -> Self {
        Self { key: key.to_secret_key(), ksn }
    }

    /// The transaction key itself, to compare with published values.
    #[must_use]
    pub const fn secret_key(&self) -> &SecretKey {
        &self.key
    }

    /// The key serial number that goes with whatever is made with this key.
    #[must_use]
    pub const fn ksn(&self) -> AesKeySerialNumber {
        self.ksn
    }

    /// What goes into the derivation of a working key, apart from this key.
    #[must_use]
    pub const fn derivation_data(&self, usage: Usage, key_type: WorkingKeyType) -> DerivationData {
        DerivationData::below_initial_key(usage, key_type, self.ksn)
    }

    pub(super) fn derive(
        &self,
        usage: Usage,
        key_type: WorkingKeyType,
    ) -> Result<SecretKey, Error> {
        let key = Key::copied_from(self.key.expose_secret(), self.key.length());
        let derivation = key.aes_type().strength_bits();
        let working = key_type.strength_bits();
        if working > derivation {
            return Err(Error::WorkingKeyTooStrong { derivation, working });
        }
        Ok(key.derive(&self.derivation_data(usage, key_type)).to_secret_key())
    }
}

/// One method per purpose: its usage, and the type that only serves this purpose.
macro_rules! working_keys {
    ($($(#[$meta:meta])* $method:ident: $name:ident by $usage:ident;)+) => {
        impl TransactionKey {$(
            $(#[$meta])*
            ///
            /// # Errors
            ///
            /// [`Error::WorkingKeyTooStrong`] if the key would be stronger than the BDK.
            ///
            /// Standard: ANSI X9.24-3:2017, 6.3.2, tables 2 to 3.
            pub fn $method(&self, key_type: WorkingKeyType) -> Result<$name, Error> {
                self.derive(Usage::$usage, key_type).map(|key| $name::new(key, key_type))
            }
        )+}
    };
}

working_keys! {
    /// The key that encrypts the PIN block.
    pin_key: PinKey by PinEncryption;
    /// The key for the MAC of the request.
    mac_request_key: MacRequestKey by MacGeneration;
    /// The key for the MAC of the response.
    mac_response_key: MacResponseKey by MacVerification;
    /// The key for the MAC of both directions.
    mac_both_ways_key: MacBothWaysKey by MacBothWays;
    /// The key for the data of the request.
    data_request_key: DataRequestKey by DataEncryption;
    /// The key for the data of the response.
    data_response_key: DataResponseKey by DataDecryption;
    /// The key for the data of both directions.
    data_both_ways_key: DataBothWaysKey by DataBothWays;
    /// The key that encrypts other keys.
    key_encryption_key: KeyEncryptionKey by KeyEncryption;
    /// The key from which the application derives others.
    key_derivation_key: KeyDerivationKey by KeyDerivation;
}
