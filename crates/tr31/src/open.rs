//! Opening: verify, then interpret.

use key_types::SecretKey;

use crate::{Error, Header, Kbpk, KeyBlock, payload};

/// What a key block held, authentic: the header and the key that belongs to it.
#[derive(Debug)]
pub struct Opened {
    header: Header,
    key: SecretKey,
    hides_length: bool,
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
}

impl KeyBlock {
    /// Verifies the key block, then takes the key out of it.
    ///
    /// A wrong KBPK and a changed key block are the same error.
    ///
    /// # Errors
    ///
    /// [`Error::KbpkAlgorithmMismatch`] if the KBPK is not for this version,
    /// [`Error::AuthenticationFailed`] if the key block was not made under it or was changed;
    /// then, for an authentic block that breaks a rule, [`Error::BitLengthInvalid`],
    /// [`Error::KeyLengthForAlgorithm`] or [`Error::MissingHm`].
    pub fn open(self, kbpk: &Kbpk) -> Result<Opened, Error> {
        let payload_length = self.payload_length();
        let Self { header, header_text, mut body } = self;
        kbpk.check_fits(header.version())?;
        let (payload, mac) = body.split_at_mut(payload_length);
        let is_authentic = kbpk.open(header.version(), &header_text, payload, mac);
        if !bool::from(is_authentic) {
            return Err(Error::AuthenticationFailed);
        }
        let key = payload::take_key(payload, header.algorithm())?;
        header.check_required_blocks()?;
        let hides_length = payload::hides_length(header.algorithm(), payload_length);
        Ok(Opened { header, key, hides_length })
    }
}
