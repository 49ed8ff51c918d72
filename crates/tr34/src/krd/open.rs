//! Opening a token whose signature holds: whatever is wrong from here on looks the same.

use alloc::vec::Vec;

use key_types::{KeyAlgorithm, SecretKey};
use payment_pki::UnixTime;
use rand_core::TryCryptoRng;
use rsa_wrap::{OaepDecrypt, WrappingSpec};
use subtle::ConstantTimeEq;

use crate::enveloped::Enveloped;
use crate::error::{Detail, OpenFailure};
use crate::kdh::{check_parts, check_strength};
use crate::key_block::KeyBlock;
use crate::layout::KeyBlockForm;
use crate::policy::Relaxations;
use crate::{ContentCipher, Error, Finding, Identity, KeyHeader, KtKdh, Layout};

/// A key token that was verified, and not opened yet.
///
/// A private key that is at hand opens it with [`open`](Self::open). One in a device decrypts
/// [`encrypted_content_key`](Self::encrypted_content_key), and what it gives goes to
/// [`open_with_content_key`](Self::open_with_content_key).
#[derive(Clone, Debug)]
pub struct VerifiedToken<'a> {
    enveloped: Enveloped<'a>,
    sender: Identity,
    header: KeyHeader,
    signing_time: Option<UnixTime>,
    recipient: KeyAlgorithm,
    findings: Vec<Finding>,
    relaxations: Relaxations,
}

impl<'a> VerifiedToken<'a> {
    pub(super) fn new(
        token: &KtKdh<'a>,
        recipient: KeyAlgorithm,
        findings: Vec<Finding>,
        relaxations: Relaxations,
    ) -> Self {
        Self {
            enveloped: token.enveloped.clone(),
            sender: token.unverified_signer().clone(),
            header: token.header.clone(),
            signing_time: token.unverified_signing_time(),
            recipient,
            findings,
            relaxations,
        }
    }

    /// The header that was signed.
    #[must_use]
    pub const fn header(&self) -> &KeyHeader {
        &self.header
    }

    /// The content key under the public key of the receiver.
    #[must_use]
    pub const fn encrypted_content_key(&self) -> &'a [u8] {
        self.enveloped.encrypted_key
    }

    /// The cipher of the content, and so the algorithm of the content key.
    #[must_use]
    pub const fn content_cipher(&self) -> ContentCipher {
        self.enveloped.cipher
    }

    /// How the content key is encrypted, or `None` for SHA-1, which is not opened.
    #[must_use]
    pub const fn wrapping_spec(&self) -> Option<WrappingSpec> {
        self.enveloped.scheme.wrapping_spec()
    }

    /// Opens the token with the private key of the receiver.
    ///
    /// `random` blinds the private operation; a device that holds the key itself ignores it.
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmNotAllowed`] if the content key is encrypted with SHA-1, which shows
    /// without opening; [`Error::OpenFailed`] for every other reason there is.
    pub fn open<K: OaepDecrypt + ?Sized, R: TryCryptoRng + ?Sized>(
        self,
        key: &K,
        random: &mut R,
    ) -> Result<ReceivedKey, Error> {
        let Enveloped { oaep_at: at, encrypted_key, .. } = self.enveloped;
        let spec = self.wrapping_spec().ok_or(Error::AlgorithmNotAllowed { at })?;
        let fits = encrypted_key.len() == key.modulus_length();
        let content_key =
            if fits { rsa_wrap::decrypt_with(key, spec, encrypted_key, random).ok() } else { None };
        self.open_with_content_key(content_key)
    }

    /// Opens the token with the content key that a device has decrypted, or `None` if it has not.
    ///
    /// # Errors
    ///
    /// [`Error::OpenFailed`] for every reason there is.
    pub fn open_with_content_key(
        self,
        content_key: Option<SecretKey>,
    ) -> Result<ReceivedKey, Error> {
        self.opened(content_key).map_err(OpenFailure::error)
    }

    fn opened(self, content_key: Option<SecretKey>) -> Result<ReceivedKey, Detail> {
        let Enveloped { cipher, iv, ciphertext, .. } = self.enveloped;
        let content_key = content_key.filter(|key| key.length() == cipher.key_length());
        let content_key = content_key.ok_or(Detail::ContentKey)?;
        let content = cipher.decrypt(&content_key, iv, ciphertext).ok_or(Detail::Content)?;
        let block = KeyBlock::read(&content)?;
        if block.sender != self.sender {
            return Err(Detail::SenderIdMismatch);
        }
        if !bool::from(block.header.ct_eq(self.header.text().as_bytes())) {
            return Err(Detail::HeaderMismatch);
        }
        let algorithm = self.header.algorithm(block.key.length()).ok_or(Detail::KeyLength)?;
        let allows = |relaxation| self.relaxations.allow(relaxation);
        check_strength(algorithm, self.recipient, cipher, allows).map_err(|_| Detail::TooStrong)?;
        check_parts(algorithm, &block.key, allows).map_err(|_| Detail::EqualParts)?;
        let layout = match (self.enveloped.layout, block.form) {
            (Layout::StrictCms, KeyBlockForm::Octets) => Layout::AnnexD,
            (layout, _) => layout,
        };
        Ok(ReceivedKey {
            key: block.key,
            algorithm,
            header: self.header,
            signing_time: self.signing_time,
            layout,
            findings: self.findings,
        })
    }
}

/// A key that a token has brought, with its header.
#[derive(Debug)]
pub struct ReceivedKey {
    key: SecretKey,
    algorithm: KeyAlgorithm,
    header: KeyHeader,
    signing_time: Option<UnixTime>,
    layout: Layout,
    findings: Vec<Finding>,
}

impl ReceivedKey {
    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SecretKey {
        &self.key
    }

    /// Gives the key away.
    #[must_use]
    pub fn into_key(self) -> SecretKey {
        self.key
    }

    /// The algorithm of the key, with its size.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The header, which was signed and stands inside too.
    #[must_use]
    pub const fn header(&self) -> &KeyHeader {
        &self.header
    }

    /// When the token was signed, if it says so.
    #[must_use]
    pub const fn signing_time(&self) -> Option<UnixTime> {
        self.signing_time
    }

    /// The layout of the token.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// What the token was not as its layout has it, and what was let pass.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
