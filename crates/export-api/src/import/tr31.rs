//! TR-31 key blocks, as exporters in the field write them.

use key_types::{AlgorithmFamily, ModeOfUse, wiping_stack};
use tr31::lenient::KeyBlock;
use tr31::{Kbpk, Liberty, Profile, Version};

use super::{Arrival, Tr31Import};
use crate::error::{Error, Fault};
use crate::export::{require_usable, require_wrapping_usage};
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys, StoredKey};
use crate::rules::{Rule, strength};
use crate::service::World;
use crate::wire::KeyIdentifier;

/// The API carries optional blocks through as they are: so does an import.
const PROFILE: Profile = Profile::STRICT.with(Liberty::BlockContent);

/// The versions that the service takes.
const VERSIONS: &[Version] = &[Version::A, Version::B, Version::C, Version::D];

/// Opens a key block under a key of the store.
///
/// What is wrong before the authenticator holds, but for the form, is one refusal.
pub(crate) async fn tr31<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    wish: Tr31Import,
) -> Result<Arrival, Error> {
    let Tr31Import { wrapping_key: identifier, block, at } = wish;
    let wrapping_key = world.open_key(&identifier).await?;
    require_unwrapping_key(&wrapping_key, &identifier)?;
    let refuse = |rule| Error::invalid(at.clone(), rule);
    let block = KeyBlock::parse(&block, PROFILE)
        .map_err(|error| refuse(Rule::KeyBlock { code: error.code() }))?;
    let version = block.unverified_header().version();
    if !VERSIONS.contains(&version) {
        return Err(refuse(Rule::NotOffered { offered: "versions A, B, C and D" }));
    }
    let opened = wiping_stack(|| {
        let kbpk = match wrapping_key.key.attributes().algorithm().family() {
            AlgorithmFamily::Aes => Kbpk::aes(&wrapping_key.material),
            _ => Kbpk::tdes(&wrapping_key.material),
        };
        let kbpk = kbpk.map_err(|error| Error::Internal {
            cause: Fault::RefusedByCrate { crate_name: "tr31", code: error.code() },
        })?;
        block.open(&kbpk).map_err(|error| match error {
            tr31::Error::AuthenticationFailed | tr31::Error::KbpkAlgorithmMismatch { .. } => {
                refuse(Rule::KeyBlockRefused)
            }
            error => refuse(Rule::KeyBlock { code: error.code() }),
        })
    })?;
    let known = |error: tr31::Error| refuse(Rule::KeyBlock { code: error.code() });
    let header = opened.header().known().map_err(known)?;
    let arrival = Arrival::of(&header, opened.into_parts().1, &at)?;
    let over = wrapping_key.key.attributes().algorithm();
    strength::check_tr31(identifier.member(), arrival.attributes.algorithm(), over)?;
    Ok(arrival)
}

/// Refuses a key that is not one for unwrapping.
fn require_unwrapping_key(key: &StoredKey, identifier: &KeyIdentifier) -> Result<(), Error> {
    require_usable(&key.key, identifier)?;
    require_wrapping_usage(&key.key, identifier)?;
    let found = key.key.attributes().mode();
    if matches!(found, ModeOfUse::Decrypt | ModeOfUse::EncryptDecrypt) {
        return Ok(());
    }
    Err(Error::invalid(identifier.member().clone(), Rule::UnwrappingMode { found }))
}
