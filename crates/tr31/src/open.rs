//! Opening: verify, then interpret.

use alloc::vec::Vec;

use key_types::SecretKey;

use crate::body::Facts;
use crate::{Error, Finding, Header, Kbpk, KeyBlock, ProtectionKey, payload};

/// What a key block held, authentic: the header and the key that belongs to it.
///
/// ```
/// use key_types::{KeyUsage, SecretKey};
/// use tr31::{Kbpk, KeyBlock};
///
/// # let key = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
/// let text = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
/// let opened = KeyBlock::parse(text)?.open(&Kbpk::tdes(&key)?)?;
/// assert!(!opened.hides_length());
/// let (header, key) = opened.into_parts();
/// assert_eq!((header.usage(), key.length()), (KeyUsage::PinEncryption, 16));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Opened {
    header: Header,
    key: SecretKey,
    hides_length: bool,
    findings: Vec<Finding>,
}

impl Opened {
    /// What the key is and what may be done with it.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The header and the key.
    #[must_use]
    pub fn into_parts(self) -> (Header, SecretKey) {
        (self.header, self.key)
    }

    /// Whether the payload was as long as for the longest key of its algorithm, as
    /// ANSI X9.143 asks of an exporter and earlier editions did not; `false` for HMAC and
    /// asymmetric keys, whose length nobody hides.
    #[must_use]
    pub const fn hides_length(&self) -> bool {
        self.hides_length
    }

    /// What the standard allows and a careful exporter does not write, in the block and in the
    /// key.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl KeyBlock {
    /// Verifies the key block, then takes the key out of it.
    ///
    /// A wrong KBPK and a changed key block are the same error. The check values of KC and KP
    /// blocks must be those of the key and of the KBPK.
    ///
    /// ```
    /// use key_types::SecretKey;
    /// use tr31::{Error, Kbpk, KeyBlock};
    ///
    /// # let key = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
    /// let block = KeyBlock::parse(
    ///     "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701",
    /// )?;
    /// let other = SecretKey::filled_by(16, |bytes| bytes.fill(0x88))?;
    /// let refused = block.clone().open(&Kbpk::tdes(&other)?).unwrap_err();
    /// assert_eq!(refused, Error::AuthenticationFailed);
    /// assert!(block.open(&Kbpk::tdes(&key)?).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::KbpkAlgorithmMismatch`] if the KBPK is not for this version,
    /// [`Error::AuthenticationFailed`] if the key block was not made under it or was changed;
    /// then, for an authentic block that breaks a rule, [`Error::BitLengthInvalid`],
    /// [`Error::KeyLengthForAlgorithm`], [`Error::KeyDer`],
    /// [`Error::CertificateOfOtherKey`], [`Error::MissingHm`] or [`Error::KcvMismatch`]; and
    /// [`Error::NotCanonical`] if only canonical blocks are read.
    pub fn open(self, kbpk: &Kbpk) -> Result<Opened, Error> {
        self.open_checked(kbpk, None)
    }

    /// Opens the block; the protection key, if it is known, is what a PK block is about.
    pub(crate) fn open_checked(
        self,
        kbpk: &Kbpk,
        protection_key: Option<ProtectionKey<'_>>,
    ) -> Result<Opened, Error> {
        let Self { header, body, mut rules } = self;
        let hides_length = payload::hides_length(header.algorithm(), body.payload_length());
        let facts = Facts { protection_key, ..Facts::of(&header) };
        let key = body.open(kbpk, &facts, &mut rules)?;
        Ok(Opened { header, key, hides_length, findings: rules.findings })
    }
}

impl<'a> Facts<'a> {
    /// What a header whose codes are known says.
    pub(crate) fn of(header: &'a Header) -> Self {
        Self {
            usage: Some(header.usage()),
            algorithm: Some(header.algorithm()),
            blocks: header.optional_blocks(),
            protection_key: None,
        }
    }
}
