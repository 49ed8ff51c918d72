//! What a working key is for, and of which type it is.

use clap::ValueEnum;
use dukpt::{Error, WorkingKeyType, aes, tdes};
use key_types::SecretKey;

/// The purposes of working keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Purpose {
    /// PIN encryption
    Pin,
    /// MAC of requests
    MacRequest,
    /// MAC of responses
    MacResponse,
    /// MAC both ways: AES
    MacBothWays,
    /// Data encryption of requests
    DataRequest,
    /// Data encryption of responses
    DataResponse,
    /// Data encryption both ways: AES
    DataBothWays,
    /// Key encryption: AES
    KeyEncryption,
    /// Key derivation: AES
    KeyDerivation,
    /// Data of magnetic stripe readers under the PIN variant: TDES
    DataRequestOfPinVariant,
    /// Data of requests without the one-way step: TDES
    DataRequestWithoutOneWayStep,
    /// Data of responses without the one-way step: TDES
    DataResponseWithoutOneWayStep,
}

/// The types of working keys of AES DUKPT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum KeyType {
    #[value(name = "tdes-2key")]
    Tdes2Key,
    #[value(name = "tdes-3key")]
    Tdes3Key,
    #[value(name = "aes-128")]
    Aes128,
    #[value(name = "aes-192")]
    Aes192,
    #[value(name = "aes-256")]
    Aes256,
    #[value(name = "hmac-128")]
    Hmac128,
    #[value(name = "hmac-192")]
    Hmac192,
    #[value(name = "hmac-256")]
    Hmac256,
}

impl From<KeyType> for WorkingKeyType {
    fn from(key_type: KeyType) -> Self {
        match key_type {
            KeyType::Tdes2Key => Self::Tdes2Key,
            KeyType::Tdes3Key => Self::Tdes3Key,
            KeyType::Aes128 => Self::Aes128,
            KeyType::Aes192 => Self::Aes192,
            KeyType::Aes256 => Self::Aes256,
            KeyType::Hmac128 => Self::Hmac128,
            KeyType::Hmac192 => Self::Hmac192,
            KeyType::Hmac256 => Self::Hmac256,
        }
    }
}

/// The type that working keys of AES DUKPT have unless another is asked for: that of their
/// initial key.
pub(super) fn usual_type(initial_key: &SecretKey) -> WorkingKeyType {
    match initial_key.length() {
        16 => WorkingKeyType::Aes128,
        24 => WorkingKeyType::Aes192,
        _ => WorkingKeyType::Aes256,
    }
}

impl Purpose {
    /// The working key of a TDES transaction, or `None` if TDES DUKPT has no such key.
    pub(super) fn of_tdes(self, key: &tdes::TransactionKey) -> Option<SecretKey> {
        Some(match self {
            Self::Pin => key.pin_key().into_secret_key(),
            Self::MacRequest => key.mac_request_key().into_secret_key(),
            Self::MacResponse => key.mac_response_key().into_secret_key(),
            Self::DataRequest => key.data_request_key().into_secret_key(),
            Self::DataResponse => key.data_response_key().into_secret_key(),
            Self::DataRequestOfPinVariant => {
                key.data_request_key_of_pin_variant().into_secret_key()
            }
            Self::DataRequestWithoutOneWayStep => {
                key.data_request_key_without_one_way_step().into_secret_key()
            }
            Self::DataResponseWithoutOneWayStep => {
                key.data_response_key_without_one_way_step().into_secret_key()
            }
            _ => return None,
        })
    }

    /// The working key of an AES transaction, or `None` if AES DUKPT has no such key.
    ///
    /// # Errors
    ///
    /// [`Error::WorkingKeyTooStrong`].
    pub(super) fn of_aes(
        self,
        key: &aes::TransactionKey,
        key_type: WorkingKeyType,
    ) -> Result<Option<SecretKey>, Error> {
        Ok(Some(match self {
            Self::Pin => key.pin_key(key_type)?.into_secret_key(),
            Self::MacRequest => key.mac_request_key(key_type)?.into_secret_key(),
            Self::MacResponse => key.mac_response_key(key_type)?.into_secret_key(),
            Self::MacBothWays => key.mac_both_ways_key(key_type)?.into_secret_key(),
            Self::DataRequest => key.data_request_key(key_type)?.into_secret_key(),
            Self::DataResponse => key.data_response_key(key_type)?.into_secret_key(),
            Self::DataBothWays => key.data_both_ways_key(key_type)?.into_secret_key(),
            Self::KeyEncryption => key.key_encryption_key(key_type)?.into_secret_key(),
            Self::KeyDerivation => key.key_derivation_key(key_type)?.into_secret_key(),
            _ => return Ok(None),
        }))
    }
}
