//! Opening: verify, then interpret.

use alloc::vec::Vec;

use key_types::SecretKey;

use crate::body::Facts;
use crate::{Error, Finding, Header, Kbpk, KeyBlock, payload};

/// What a key block held, authentic: the header and the key that belongs to it.
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
    /// # Errors
    ///
    /// [`Error::KbpkAlgorithmMismatch`] if the KBPK is not for this version,
    /// [`Error::AuthenticationFailed`] if the key block was not made under it or was changed;
    /// then, for an authentic block that breaks a rule, [`Error::BitLengthInvalid`],
    /// [`Error::KeyLengthForAlgorithm`], [`Error::KeyDer`],
    /// [`Error::CertificateOfOtherKey`], [`Error::MissingHm`] or [`Error::KcvMismatch`].
    pub fn open(self, kbpk: &Kbpk) -> Result<Opened, Error> {
        let Self { header, body, mut rules } = self;
        let hides_length = payload::hides_length(header.algorithm(), body.payload_length());
        let key = body.open(kbpk, &Facts::of(&header), &mut rules)?;
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
        }
    }
}
