//! Check values computed when a key is wrapped, and the one of the protection key compared when it
//! is opened.

use alloc::string::String;

use key_types::{AlgorithmFamily, SecretKey};
use rand_core::TryCryptoRng;

use crate::{Error, Header, Kbpk, KeyBlock, Opened, OptionalBlock, wrap};

/// Which check values a key block is to carry.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
/// use tr31::{CheckValues, Header, Kbpk, KeyBlock, OptionalBlockId, Version};
///
/// let kbpk = Kbpk::aes(&SecretKey::filled_by(32, |bytes| bytes.fill(0x88))?)?;
/// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F))?;
/// let header = Header::new(
///     Version::D,
///     KeyUsage::PinEncryption,
///     AlgorithmFamily::Aes,
///     ModeOfUse::EncryptDecrypt,
///     Exportability::Exportable,
/// );
/// let values = CheckValues::none().of_key().of_kbpk();
/// let text = tr31::wrap_with_check_values(&header, &key, &kbpk, values, &mut SysRng)?;
/// let opened = KeyBlock::parse(&text)?.open(&kbpk)?;
/// assert!(opened.header().optional_block(OptionalBlockId::KC).is_some());
/// assert!(opened.header().optional_block(OptionalBlockId::KP).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.7 and 6.3.6.12.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckValues<'a> {
    of_key: bool,
    of_kbpk: bool,
    of_protection_key: Option<ProtectionKey<'a>>,
}

/// The key that protects an export, whose check value stands in a PK block.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
/// use tr31::{CheckValues, Error, Header, Kbpk, KeyBlock, ProtectionKey, Version};
///
/// let secret = |byte| SecretKey::filled_by(16, |bytes| bytes.fill(byte));
/// let (kbpk, key, protection) = (Kbpk::aes(&secret(0x88)?)?, secret(0x3F)?, secret(0x51)?);
/// let protection = ProtectionKey::new(&protection, AlgorithmFamily::Aes);
/// # let header = Header::new(
/// #     Version::D,
/// #     KeyUsage::PinEncryption,
/// #     AlgorithmFamily::Aes,
/// #     ModeOfUse::EncryptDecrypt,
/// #     Exportability::Exportable,
/// # );
/// let values = CheckValues::none().of_protection_key(protection);
/// let text = tr31::wrap_with_check_values(&header, &key, &kbpk, values, &mut SysRng)?;
/// let block = KeyBlock::parse(&text)?;
/// assert!(block.clone().open_with_protection_key(&kbpk, protection).is_ok());
///
/// let other = secret(0x52)?;
/// let other = ProtectionKey::new(&other, AlgorithmFamily::Aes);
/// let refused = block.open_with_protection_key(&kbpk, other).unwrap_err();
/// assert_eq!(refused.code(), "KcvMismatch");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.12.
#[derive(Clone, Copy, Debug)]
pub struct ProtectionKey<'a> {
    pub(crate) key: &'a SecretKey,
    pub(crate) family: AlgorithmFamily,
}

impl<'a> ProtectionKey<'a> {
    /// A key and its algorithm.
    #[must_use]
    pub const fn new(key: &'a SecretKey, family: AlgorithmFamily) -> Self {
        Self { key, family }
    }
}

impl<'a> CheckValues<'a> {
    /// None at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Also that of the key that is wrapped: KC.
    #[must_use]
    pub const fn of_key(self) -> Self {
        Self { of_key: true, ..self }
    }

    /// Also that of the KBPK: KP.
    #[must_use]
    pub const fn of_kbpk(self) -> Self {
        Self { of_kbpk: true, ..self }
    }

    /// Also that of the key that protects the export: PK.
    #[must_use]
    pub const fn of_protection_key(self, key: ProtectionKey<'a>) -> Self {
        Self { of_protection_key: Some(key), ..self }
    }
}

/// Wraps a key as [`wrap`](crate::wrap()) does, in a block that carries check values, computed here.
///
/// A check value of the same kind that the header has already is replaced where it stands; the
/// others come behind its optional blocks.
///
/// # Errors
///
/// As [`wrap`](crate::wrap()); [`Error::KeyLengthForAlgorithm`] if a key has no check value of
/// these kinds, as HMAC keys and asymmetric ones; [`Error::OptTooMany`] and [`Error::TooLong`] if
/// there is no room.
///
/// Standard: ANSI X9.143:2021, 6.3.6.7 and 6.3.6.12.
pub fn wrap_with_check_values(
    header: &Header,
    key: &SecretKey,
    kbpk: &Kbpk,
    values: CheckValues<'_>,
    random: &mut (impl TryCryptoRng + ?Sized),
) -> Result<String, Error> {
    let mut header = header.clone();
    if values.of_key {
        let block = OptionalBlock::key_check_value(key, header.algorithm())?;
        header = header.with_block_replaced(block)?;
    }
    if values.of_kbpk {
        header = header.with_block_replaced(kbpk.check_value_block()?)?;
    }
    if let Some(ProtectionKey { key, family }) = values.of_protection_key {
        let block = OptionalBlock::protection_key_check_value(key, family)?;
        header = header.with_block_replaced(block)?;
    }
    wrap(&header, key, kbpk, random)
}

impl KeyBlock {
    /// Opens the key block as [`open`](Self::open) does, and compares the check value in its PK
    /// block, if it has one, with the key that protected the export.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`Error::KcvMismatch`] for PK too, when the block is authentic.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.12.
    pub fn open_with_protection_key(
        self,
        kbpk: &Kbpk,
        protection_key: ProtectionKey<'_>,
    ) -> Result<Opened, Error> {
        self.open_checked(kbpk, Some(protection_key))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use key_types::{Exportability, KeyUsage, ModeOfUse};

    use super::*;
    use crate::{OptionalBlockId, Version};

    fn secret(byte: u8) -> SecretKey {
        SecretKey::filled_by(16, |bytes| bytes.fill(byte)).unwrap()
    }

    fn header() -> Header {
        Header::new(
            Version::D,
            KeyUsage::PinEncryption,
            AlgorithmFamily::Aes,
            ModeOfUse::Encrypt,
            Exportability::Exportable,
        )
    }

    #[test]
    fn a_stale_check_value_is_replaced_where_it_stands() {
        let stale = OptionalBlock::key_check_value(&secret(9), AlgorithmFamily::Aes).unwrap();
        let label = OptionalBlock::label("x").unwrap();
        let header = header().with_optional_block(stale).unwrap();
        let header = header.with_optional_block(label).unwrap();
        let (kbpk, key) = (Kbpk::aes(&secret(1)).unwrap(), secret(2));
        let random = &mut getrandom::SysRng;
        let refused = wrap(&header, &key, &kbpk, random).unwrap_err();
        assert_eq!(refused, Error::KcvMismatch { id: OptionalBlockId::KC });

        let protection = secret(3);
        let protection = ProtectionKey::new(&protection, AlgorithmFamily::Aes);
        let values = CheckValues::none().of_key().of_kbpk().of_protection_key(protection);
        let text = wrap_with_check_values(&header, &key, &kbpk, values, random).unwrap();
        let block = KeyBlock::parse_canonical(&text).unwrap();
        let ids: Vec<_> = block.optional_blocks().map(|(_, block)| block.id()).collect();
        use OptionalBlockId as Id;
        assert_eq!(ids, [Id::KC, Id::LB, Id::KP, Id::PK, Id::PB]);
        let other = secret(4);
        let other = ProtectionKey::new(&other, AlgorithmFamily::Aes);
        let refused = block.clone().open_with_protection_key(&kbpk, other).unwrap_err();
        assert_eq!(refused, Error::KcvMismatch { id: Id::PK });
        assert!(block.clone().open_with_protection_key(&kbpk, protection).is_ok());
        // Before the MAC holds, nothing is said of check values.
        let refused = block.open_with_protection_key(&Kbpk::aes(&key).unwrap(), other);
        assert_eq!(refused.unwrap_err(), Error::AuthenticationFailed);
    }

    #[test]
    fn keys_without_such_check_values_are_refused() {
        let kbpk = Kbpk::aes(&secret(1)).unwrap();
        let header = Header::new(
            Version::D,
            KeyUsage::MacHmac,
            AlgorithmFamily::Hmac,
            ModeOfUse::Generate,
            Exportability::Exportable,
        );
        let values = CheckValues::none().of_key();
        let random = &mut getrandom::SysRng;
        let refused = wrap_with_check_values(&header, &secret(2), &kbpk, values, random);
        assert_eq!(refused.unwrap_err().code(), "KeyLengthForAlgorithm");
    }
}
