//! Tokens for certificates that nobody has validated, and what nobody should send any more and
//! receivers still get.

use alloc::string::String;

use key_types::SecretKey;
use payment_pki::{Certificate, Crl};
use rand_core::TryCryptoRng;
use rsa_wrap::{PrivateKey, RustCrypto};

use crate::key_block::KeyBlock;
use crate::{
    Detail, Error, Identity, Kdh, KeyHeader, KeyTokenSpec, OpenFailure, ReceivedKey, UnsignedToken,
    VerifiedToken,
};

/// Makes a key token for whoever has a certificate, as test tools do that have no authorities:
/// neither path nor dates nor lists are looked at. All else is as in [`Kdh::wrap`].
///
/// # Errors
///
/// As [`Kdh::wrap`], but for those of certificates and lists.
pub fn wrap_unvalidated<R: TryCryptoRng + ?Sized>(
    (sender, crl): (&Certificate, Option<&Crl>),
    (key, header): (&SecretKey, &KeyHeader),
    recipient: &Certificate,
    spec: &KeyTokenSpec,
    random: &mut R,
) -> Result<UnsignedToken, Error> {
    let kdh = Kdh::unchecked(sender.clone(), crl.cloned());
    kdh.wrap_at_any_time(&RustCrypto, key, header, recipient, spec, random)
}

/// Opens a verified token whose content key is encrypted as in the printed samples of TR 34:
/// RSAES-OAEP with SHA-256 but for the mask of the data block, which is by SHA-1.
///
/// Nothing in a token says that it is one of these.
///
/// # Errors
///
/// [`Error::OpenFailed`] for every reason there is.
pub fn open_hybrid<R: TryCryptoRng + ?Sized>(
    token: VerifiedToken<'_>,
    key: &PrivateKey,
    random: &mut R,
) -> Result<ReceivedKey, Error> {
    let encrypted = token.encrypted_content_key();
    let content_key = rsa_wrap::danger::decrypt_hybrid(key, encrypted, random).ok();
    token.open_with_content_key(content_key)
}

/// Opens a verified token whose content key is encrypted by RSAES-OAEP with SHA-1, which absent
/// parameters stand for.
///
/// # Errors
///
/// [`Error::OpenFailed`] for every reason there is.
pub fn open_sha1<R: TryCryptoRng + ?Sized>(
    token: VerifiedToken<'_>,
    key: &PrivateKey,
    random: &mut R,
) -> Result<ReceivedKey, Error> {
    let (encrypted, algorithm) =
        (token.encrypted_content_key(), token.content_cipher().algorithm());
    let content_key = rsa_wrap::danger::unwrap_sha1(key, algorithm, encrypted, random).ok();
    token.open_with_content_key(content_key)
}

/// Reads content that something else has decrypted, such as a trace of a test tool: no signature
/// says who made it.
///
/// # Errors
///
/// [`Error::OpenFailed`] if it is not a KeyBlock without padding.
pub fn read_key_block(content: &SecretKey) -> Result<ClearKeyBlock, Error> {
    let block = KeyBlock::read(content).map_err(OpenFailure::error)?;
    let header = core::str::from_utf8(block.header)
        .map_err(|_| OpenFailure::error(Detail::KeyBlockMalformed))?;
    Ok(ClearKeyBlock { header: header.into(), sender: block.sender, key: block.key })
}

/// What a KeyBlock holds that nobody has vouched for.
#[derive(Debug)]
pub struct ClearKeyBlock {
    sender: Identity,
    key: SecretKey,
    header: String,
}

impl ClearKeyBlock {
    /// Who is said to have sent it.
    #[must_use]
    pub const fn sender(&self) -> &Identity {
        &self.sender
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The text of the header, which may be none.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }
}
