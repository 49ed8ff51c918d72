//! From transaction key to one key per purpose.

use cipher::{BlockCipherEncrypt, KeyInit};
use des::TdesEde2;
use key_types::{SecretKey, TdesKeySerialNumber};

use super::step::Key;
use crate::secret::new_secret_key;
use crate::working_key::{
    DataRequestKey, DataResponseKey, MacRequestKey, MacResponseKey, PinKey, WorkingKeyType,
};

/// What a working key is for, as a mask on both halves of the transaction key.
///
/// Standard: ANSI X9.24-1:2009, A.4.1, table A-1; ANSI X9.24-3:2017, C.5.2, table 5.
pub(super) mod variant {
    pub(in crate::tdes) const PIN: u64 = 0x0000_0000_0000_00FF;
    pub(in crate::tdes) const MAC_REQUEST: u64 = 0x0000_0000_0000_FF00;
    pub(in crate::tdes) const MAC_RESPONSE: u64 = 0x0000_0000_FF00_0000;
    pub(in crate::tdes) const DATA_REQUEST: u64 = 0x0000_0000_00FF_0000;
    pub(in crate::tdes) const DATA_RESPONSE: u64 = 0x0000_00FF_0000_0000;
}

/// The key of one transaction (also called current key), 16 bytes, from which its working keys
/// are made.
///
/// No work is done with this key itself. Wiped when dropped.
///
/// ```
/// use dukpt::tdes::Bdk;
/// use key_types::SecretKey;
///
/// let bdk = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
/// let key = Bdk::new(&bdk)?.transaction_key(&"FFFF9876543210E00001".parse()?)?;
/// assert_eq!(key.pin_key().secret_key().expose_secret()[..4], [0x04, 0x26, 0x66, 0xB4]);
/// assert_eq!(key.data_request_key().secret_key().expose_secret()[..4], [0x44, 0x8D, 0x3F, 0x07]);
///
/// // Who has data that this key does not decrypt tries what devices do against the standard.
/// let (key, other) = (key.data_request_key(), key.data_request_key_without_one_way_step());
/// assert_ne!(key.secret_key().expose_secret(), other.secret_key().expose_secret());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.24-1:2009, A.3; ANSI X9.24-3:2017, C.4.
#[derive(Debug)]
pub struct TransactionKey {
    key: SecretKey,
    ksn: TdesKeySerialNumber,
}

impl TransactionKey {
    pub(super) fn new(key: &Key, ksn: TdesKeySerialNumber) -> Self {
        Self { key: new_secret_key(key.len(), |bytes| bytes.copy_from_slice(&**key)), ksn }
    }

    /// The transaction key itself, to compare with published values.
    #[must_use]
    pub const fn secret_key(&self) -> &SecretKey {
        &self.key
    }

    /// The key serial number that goes with whatever is made with this key.
    #[must_use]
    pub const fn ksn(&self) -> TdesKeySerialNumber {
        self.ksn
    }

    /// The key that encrypts the PIN block.
    ///
    /// Standard: ANSI X9.24-1:2009, A.4.1, table A-1.
    #[must_use]
    pub fn pin_key(&self) -> PinKey {
        PinKey::new(self.variant(variant::PIN), WorkingKeyType::Tdes2Key)
    }

    /// The key for the MAC of the request, or of both directions where only one key is used.
    ///
    /// Standard: ANSI X9.24-1:2009, A.4.1, table A-1.
    #[must_use]
    pub fn mac_request_key(&self) -> MacRequestKey {
        MacRequestKey::new(self.variant(variant::MAC_REQUEST), WorkingKeyType::Tdes2Key)
    }

    /// The key for the MAC of the response.
    ///
    /// Standard: ANSI X9.24-1:2009, A.4.1, table A-1.
    #[must_use]
    pub fn mac_response_key(&self) -> MacResponseKey {
        MacResponseKey::new(self.variant(variant::MAC_RESPONSE), WorkingKeyType::Tdes2Key)
    }

    /// The key for the data of the request, or of both directions where only one key is used.
    ///
    /// Standard: ANSI X9.24-1:2009, A.4.1, table A-1.
    #[must_use]
    pub fn data_request_key(&self) -> DataRequestKey {
        let key = one_way(&self.variant(variant::DATA_REQUEST));
        DataRequestKey::new(key, WorkingKeyType::Tdes2Key)
    }

    /// The key for the data of the response.
    ///
    /// Standard: ANSI X9.24-1:2009, A.4.1, table A-1.
    #[must_use]
    pub fn data_response_key(&self) -> DataResponseKey {
        let key = one_way(&self.variant(variant::DATA_RESPONSE));
        DataResponseKey::new(key, WorkingKeyType::Tdes2Key)
    }

    /// A habit of the field, not of the standard: the key for the data of the request without the
    /// one-way step.
    #[must_use]
    pub fn data_request_key_without_one_way_step(&self) -> DataRequestKey {
        DataRequestKey::new(self.variant(variant::DATA_REQUEST), WorkingKeyType::Tdes2Key)
    }

    /// A habit of the field, not of the standard: the key for the data of the response without
    /// the one-way step.
    #[must_use]
    pub fn data_response_key_without_one_way_step(&self) -> DataResponseKey {
        DataResponseKey::new(self.variant(variant::DATA_RESPONSE), WorkingKeyType::Tdes2Key)
    }

    /// A habit of the field, not of the standard: card readers that encrypt track data with the
    /// key meant for PIN blocks.
    #[must_use]
    pub fn data_request_key_of_pin_variant(&self) -> DataRequestKey {
        DataRequestKey::new(self.variant(variant::PIN), WorkingKeyType::Tdes2Key)
    }

    fn variant(&self, mask: u64) -> SecretKey {
        new_secret_key(self.key.length(), |bytes| {
            let masks = mask.to_be_bytes().into_iter().cycle();
            for ((to, from), mask) in bytes.iter_mut().zip(self.key.expose_secret()).zip(masks) {
                *to = from ^ mask;
            }
        })
    }
}

/// The key encrypts each of its own halves, so that the data key does not give away the others.
///
/// Standard: ANSI X9.24-1:2009, A.4.1.
fn one_way(key: &SecretKey) -> SecretKey {
    let cipher = TdesEde2::new_from_slice(key.expose_secret()).expect("variants have 16 bytes");
    new_secret_key(key.length(), |bytes| {
        bytes.copy_from_slice(key.expose_secret());
        let (halves, _) = bytes.as_chunks_mut::<8>();
        for half in halves {
            cipher.encrypt_block(half.into());
        }
    })
}
