//! How it travels: the one place where a key becomes a wrapped key.

use key_types::AlgorithmFamily;
use tr31::{Kbpk, Version};

use super::OutgoingKey;
use crate::KeyArn;
use crate::error::{Error, Fault};
use crate::key::CheckValue;
use crate::names::named_enum;
use crate::ports::{AsCryptoRng, Randomness};

named_enum! {
    /// The form a wrapped key has.
    pub(crate) enum WrappedKeyMaterialFormat {
        /// A TR-31 key block.
        Tr31KeyBlock = "TR31_KEY_BLOCK",
    }
}

/// A key that may leave: it is wrapped.
pub(crate) struct WrappedKey {
    pub(crate) material: String,
    pub(crate) format: WrappedKeyMaterialFormat,
    pub(crate) check_value: CheckValue,
    pub(crate) wrapping_key: KeyArn,
}

/// Wraps a key as a TR-31 key block, version B under TDES and D under AES.
pub(crate) fn wrap(key: OutgoingKey, randomness: &impl Randomness) -> Result<WrappedKey, Error> {
    let OutgoingKey { material, header, check_value, wrapping_key } = key;
    let (version, kbpk) = match wrapping_key.key.attributes().algorithm().family() {
        AlgorithmFamily::Aes => (Version::D, Kbpk::aes(&wrapping_key.material)),
        _ => (Version::B, Kbpk::tdes(&wrapping_key.material)),
    };
    let header = header.for_key_block(version)?;
    let kbpk = kbpk.map_err(refused)?;
    let block = tr31::wrap(&header, &material, &kbpk, &mut AsCryptoRng(randomness));
    Ok(WrappedKey {
        material: block.map_err(refused)?,
        format: WrappedKeyMaterialFormat::Tr31KeyBlock,
        check_value,
        wrapping_key: wrapping_key.key.arn().clone(),
    })
}

fn refused(error: tr31::Error) -> Error {
    Error::Internal { cause: Fault::RefusedByCrate { crate_name: "tr31", code: error.code() } }
}
