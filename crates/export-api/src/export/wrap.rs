//! How it travels: the one place where a key becomes a wrapped key.

use key_types::{AlgorithmFamily, HashAlgorithm, SecretKey, wiping_stack};
use rsa_wrap::{Recipient, WrappingSpec};
use tr31::{Kbpk, Version};
use tr34::{KeyHeader, KeyTokenSpec};

use super::OutgoingKey;
use super::header::HeaderPlan;
use super::plan::{Tr34Way, Way};
use crate::authority::unix_time;
use crate::error::{Error, Fault, Member};
use crate::key::CheckValue;
use crate::names::named_enum;
use crate::ports::{
    AsCryptoRng, Clock, KeyStore, Randomness, RandomnessUnavailable, RsaKeys, StoredKey,
};
use crate::service::World;
use crate::{KeyArn, Rule};

named_enum! {
    /// The form a wrapped key has.
    pub(crate) enum WrappedKeyMaterialFormat {
        /// A TR-31 key block.
        Tr31KeyBlock = "TR31_KEY_BLOCK",
        /// A TR-34 key token, in hex.
        Tr34KeyBlock = "TR34_KEY_BLOCK",
        /// An RSA cryptogram, in hex.
        KeyCryptogram = "KEY_CRYPTOGRAM",
    }
}

/// A key that may leave: it is wrapped.
pub(crate) struct WrappedKey {
    pub(crate) material: String,
    pub(crate) format: WrappedKeyMaterialFormat,
    pub(crate) check_value: CheckValue,
    pub(crate) wrapping_key: KeyArn,
}

/// Wraps a key in the way that is open for it.
pub(crate) async fn wrap<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    key: OutgoingKey,
    world: &World<S, C, R, K>,
) -> Result<WrappedKey, Error> {
    let OutgoingKey { material, header, check_value, way } = key;
    let (format, material, wrapping_key) = match way {
        Way::Tr31(wrapping_key) => (
            WrappedKeyMaterialFormat::Tr31KeyBlock,
            wiping_stack(|| tr31_key_block(&material, header, &wrapping_key, &world.randomness))?,
            wrapping_key.key.arn().clone(),
        ),
        Way::Tr34(way) => {
            let authority = way.receiver.authority.clone();
            let token = tr34_key_token(material, header, *way, world).await?;
            (WrappedKeyMaterialFormat::Tr34KeyBlock, token, authority)
        }
        Way::Cryptogram { recipient, spec, authority } => (
            WrappedKeyMaterialFormat::KeyCryptogram,
            wiping_stack(|| cryptogram(&material, &recipient, spec, world))?,
            authority,
        ),
    };
    Ok(WrappedKey { material, format, check_value, wrapping_key })
}

/// Wraps a key as a TR-31 key block, version B under TDES and D under AES.
fn tr31_key_block(
    material: &SecretKey,
    header: HeaderPlan,
    wrapping_key: &StoredKey,
    randomness: &impl Randomness,
) -> Result<String, Error> {
    let (version, kbpk) = match wrapping_key.key.attributes().algorithm().family() {
        AlgorithmFamily::Aes => (Version::D, Kbpk::aes(&wrapping_key.material)),
        _ => (Version::B, Kbpk::tdes(&wrapping_key.material)),
    };
    let blocks = header.optional_blocks_member().clone();
    let block = kbpk.and_then(|kbpk| {
        let header = header.for_key_block(version)?;
        tr31::wrap(&header, material, &kbpk, &mut AsCryptoRng(randomness))
    });
    block.map_err(|error| tr31_refusal(&error, blocks))
}

/// Says whose the fault is: the source of randomness, the caller's optional blocks, or ours.
fn tr31_refusal(error: &tr31::Error, blocks: Member) -> Error {
    let code = error.code();
    match error {
        tr31::Error::RandomnessFailed => RandomnessUnavailable.into(),
        tr31::Error::KcvMismatch { .. } | tr31::Error::CertificateOfOtherKey => {
            Error::invalid(blocks, Rule::BlockContent { code })
        }
        _ => Error::Internal { cause: Fault::RefusedByCrate { crate_name: "tr31", code } },
    }
}

/// Wraps a key as a TR-34 key token in the layout of X9 TR-34 2012: of two passes with a nonce, of
/// one without.
async fn tr34_key_token<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    material: SecretKey,
    header: HeaderPlan,
    way: Tr34Way,
    world: &World<S, C, R, K>,
) -> Result<String, Error> {
    let Tr34Way { receiver, signer, nonce } = way;
    let blocks = header.optional_blocks_member().clone();
    let header = header.for_key_block(Version::D).map_err(|error| tr31_refusal(&error, blocks))?;
    let now = unix_time(world.clock.now());
    let spec = match nonce {
        Some(nonce) => KeyTokenSpec::two_pass(nonce),
        None => KeyTokenSpec::one_pass(now),
    };
    let unsigned = wiping_stack(|| {
        let material = material;
        let random = &mut AsCryptoRng(&world.randomness);
        let header = KeyHeader::for_key(&header, &material)?;
        let host = signer.host.encrypting_by(&world.rsa_keys);
        host.wrap(&material, &header, &receiver.certificate, &spec, now, random)
    });
    let unsigned = unsigned.map_err(|error| tr34_refusal(&error))?;
    let message = unsigned.message().to_vec();
    let signature = world.rsa_keys.sign(signer.private_key, HashAlgorithm::Sha256, message).await?;
    // The port has verified it, by the key of the certificate.
    let token = unsigned.with_unverified_signature(&signature);
    Ok(base16ct::upper::encode_string(&token))
}

fn tr34_refusal(error: &tr34::Error) -> Error {
    match error {
        tr34::Error::RandomnessFailed
        | tr34::Error::Recipient(rsa_wrap::Error::RandomnessFailed) => RandomnessUnavailable.into(),
        error => {
            let code = error.code();
            Error::Internal { cause: Fault::RefusedByCrate { crate_name: "tr34", code } }
        }
    }
}

/// Wraps a key by RSAES-OAEP, and nothing with it.
fn cryptogram<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    material: &SecretKey,
    recipient: &Recipient,
    spec: WrappingSpec,
    world: &World<S, C, R, K>,
) -> Result<String, Error> {
    let random = &mut AsCryptoRng(&world.randomness);
    let wrapped = rsa_wrap::wrap_with(&world.rsa_keys, recipient, spec, material, random);
    let wrapped = wrapped.map_err(|error| match error {
        rsa_wrap::Error::RandomnessFailed => RandomnessUnavailable.into(),
        error => {
            let code = error.code();
            Error::Internal { cause: Fault::RefusedByCrate { crate_name: "rsa-wrap", code } }
        }
    })?;
    Ok(base16ct::upper::encode_string(&wrapped))
}
