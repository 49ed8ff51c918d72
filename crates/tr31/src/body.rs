//! What stands behind the header: payload and MAC, and what holds of the key in them.

use alloc::vec;
use alloc::vec::Vec;

use key_types::{AlgorithmFamily, KeyAlgorithm, KeyUsage, SecretKey};
use zeroize::Zeroizing;

use crate::payload::SHORTEST;
use crate::profile::{Liberty, Rules};
use crate::public_key::PublicKey;
use crate::{
    Certificate, CertificateFormat, Content, Error, Finding, Kbpk, OptionalBlock, OptionalBlockId,
    ProtectionKey, Version, combination, hex, key_form, payload,
};

/// The parts of a key block that the MAC covers, and the MAC.
#[derive(Clone)]
pub(crate) struct Body {
    version: Version,
    /// The header as it was written.
    pub(crate) header_text: Vec<u8>,
    /// The payload and behind it the MAC. Opening decrypts in place, so dropping wipes.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// What the header says that bears on the key.
pub(crate) struct Facts<'a> {
    pub(crate) usage: Option<KeyUsage>,
    pub(crate) algorithm: Option<AlgorithmFamily>,
    pub(crate) blocks: &'a [OptionalBlock],
    /// The key that a PK block is about, where it is known.
    pub(crate) protection_key: Option<ProtectionKey<'a>>,
}

impl Body {
    /// Reads what stands behind the header, which ends at `start`.
    ///
    /// # Errors
    ///
    /// [`Error::PayloadLength`], [`Error::PayloadNotHex`] or [`Error::MacNotHex`].
    pub(crate) fn read(
        text: &str,
        start: usize,
        version: Version,
        rules: &mut Rules,
    ) -> Result<Self, Error> {
        let row = version.row();
        let (header_text, text) =
            text.as_bytes().split_at_checked(start).ok_or(Error::OptTruncated { at: start })?;
        let refusal = Error::PayloadLength { at: start, found: text.len() };
        let payload_text = text.len().checked_sub(2 * row.mac_length).ok_or(refusal)?;
        let is_whole = payload_text.is_multiple_of(2 * row.payload_unit);
        if payload_text / 2 < SHORTEST || !is_whole {
            return Err(refusal);
        }
        let mut bytes = Zeroizing::new(vec![0; text.len() / 2]);
        if let Err(offset) = hex::decode(text, &mut bytes) {
            let at = start + offset;
            let is_payload = offset < payload_text;
            let error =
                if is_payload { Error::PayloadNotHex { at } } else { Error::MacNotHex { at } };
            if !rules.allows(Liberty::LowerCaseHex) {
                return Err(error);
            }
            hex::decode(&text.to_ascii_uppercase(), &mut bytes).map_err(|_| error)?;
            rules.broken(error)?;
        }
        Ok(Self { version, header_text: header_text.to_vec(), bytes })
    }

    /// The length of the payload in bytes.
    pub(crate) fn payload_length(&self) -> usize {
        self.bytes.len().saturating_sub(self.version.row().mac_length)
    }

    /// Verifies the block, then takes the key out and checks it against the header.
    pub(crate) fn open(
        mut self,
        kbpk: &Kbpk,
        facts: &Facts<'_>,
        rules: &mut Rules,
    ) -> Result<SecretKey, Error> {
        kbpk.check_fits(self.version)?;
        let payload_length = self.payload_length();
        let (payload, mac) = self.bytes.split_at_mut(payload_length);
        let is_authentic = kbpk.open(self.version, &self.header_text, payload, mac);
        if !bool::from(is_authentic) {
            return Err(Error::AuthenticationFailed);
        }
        let key = payload::take_key(payload, facts.algorithm)?;
        facts.check(&key, kbpk, rules)?;
        facts.note_unusual(&key, kbpk, rules)?;
        Ok(key)
    }
}

impl Facts<'_> {
    fn block(&self, id: OptionalBlockId) -> Option<&OptionalBlock> {
        self.blocks.iter().find(|block| block.id() == id)
    }

    /// Checks what the header says of the key: its form, its hash, its check values.
    pub(crate) fn check(
        &self,
        key: &SecretKey,
        kbpk: &Kbpk,
        rules: &mut Rules,
    ) -> Result<(), Error> {
        let Some(family) = self.algorithm else { return Ok(()) };
        // Where usage and algorithm do not go together, nobody can say what form a key has.
        let has_form = self.usage.is_some_and(|usage| combination::has_algorithm(usage, family));
        if has_form {
            match key_form::read(key.expose_secret(), family) {
                Some(public) => self.compare_certificate(public, rules)?,
                None => rules.broken(Error::KeyDer)?,
            }
        }
        if family == AlgorithmFamily::Hmac && self.block(OptionalBlockId::HM).is_none() {
            rules.broken(Error::MissingHm)?;
        }
        self.compare(OptionalBlockId::KC, key, family, rules)?;
        self.compare(OptionalBlockId::KP, kbpk.key(), kbpk.family(), rules)?;
        match self.protection_key {
            Some(ProtectionKey { key, family }) => {
                self.compare(OptionalBlockId::PK, key, family, rules)
            }
            None => Ok(()),
        }
    }

    /// Checks that the certificate in a CT block is one of the key.
    fn compare_certificate(&self, key: PublicKey<&[u8]>, rules: &mut Rules) -> Result<(), Error> {
        let block = self.block(OptionalBlockId::CT);
        let Some(leaf) = block.and_then(|block| Certificate::leaf(block.data())) else {
            return Ok(());
        };
        if key == PublicKey::NotRead || leaf.format() != CertificateFormat::X509 {
            return rules.note(Finding::CertificateNotCompared);
        }
        match PublicKey::of_certificate(leaf.base64()) {
            Some(certified) if key.is(certified) => Ok(()),
            _ => rules.broken(Error::CertificateOfOtherKey),
        }
    }

    fn compare(
        &self,
        id: OptionalBlockId,
        key: &SecretKey,
        family: AlgorithmFamily,
        rules: &mut Rules,
    ) -> Result<(), Error> {
        let Some(Content::CheckValue(value)) = self.block(id).and_then(OptionalBlock::content)
        else {
            return Ok(());
        };
        match value.agrees_with(key, family) {
            Some(true) => Ok(()),
            Some(false) => rules.broken(Error::KcvMismatch { id }),
            None => rules.note(Finding::CheckValueNotCompared { id }),
        }
    }

    fn note_unusual(&self, key: &SecretKey, kbpk: &Kbpk, rules: &mut Rules) -> Result<(), Error> {
        let strength = |family, key: &SecretKey| {
            KeyAlgorithm::of_key(family, key.length()).map(KeyAlgorithm::strength)
        };
        let own = self.algorithm.and_then(|family| strength(family, key));
        if own > strength(kbpk.family(), kbpk.key()) {
            rules.note(Finding::WeakerKbpk)?;
        }
        if !matches!(self.algorithm, Some(AlgorithmFamily::Des | AlgorithmFamily::Tdes)) {
            return Ok(());
        }
        if !kcv::all_bytes_odd(key) {
            rules.note(Finding::EvenParity)?;
        }
        if kcv::has_equal_neighbours(key) {
            rules.note(Finding::EqualKeyParts)?;
        }
        Ok(())
    }
}
