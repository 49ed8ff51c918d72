//! How it travels: the one place where a key becomes a wrapped key.

use key_types::AlgorithmFamily;
use tr31::{Kbpk, Version};

use super::OutgoingKey;
use crate::error::{Error, Fault, Member};
use crate::key::CheckValue;
use crate::names::named_enum;
use crate::ports::{AsCryptoRng, Randomness, RandomnessUnavailable};
use crate::{KeyArn, Rule};

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
    let blocks = header.optional_blocks_member().clone();
    let block = kbpk.and_then(|kbpk| {
        let header = header.for_key_block(version)?;
        tr31::wrap(&header, &material, &kbpk, &mut AsCryptoRng(randomness))
    });
    Ok(WrappedKey {
        material: block.map_err(|error| refusal(&error, blocks))?,
        format: WrappedKeyMaterialFormat::Tr31KeyBlock,
        check_value,
        wrapping_key: wrapping_key.key.arn().clone(),
    })
}

/// Says whose the fault is: the source of randomness, the caller's optional blocks, or ours.
fn refusal(error: &tr31::Error, blocks: Member) -> Error {
    let code = error.code();
    match error {
        tr31::Error::RandomnessFailed => RandomnessUnavailable.into(),
        tr31::Error::KcvMismatch { .. } | tr31::Error::CertificateOfOtherKey => {
            Error::invalid(blocks, Rule::BlockContent { code })
        }
        _ => Error::Internal { cause: Fault::RefusedByCrate { crate_name: "tr31", code } },
    }
}
