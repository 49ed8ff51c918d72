//! HMAC of the empty message.
//!
//! Standard: FIPS 198-1.

use hmac::digest::block_api::EagerHash;
use hmac::{Hmac, KeyInit, Mac};
use key_types::HashAlgorithm;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::leading::{Leading, leading_of};

/// Takes keys of any length; `None` for a hash that HMAC keys do not use here.
pub(crate) fn of(key: &[u8], hash: HashAlgorithm) -> Option<Leading> {
    match hash {
        HashAlgorithm::Sha1 => of_nothing::<Sha1>(key),
        HashAlgorithm::Sha224 => of_nothing::<Sha224>(key),
        HashAlgorithm::Sha256 => of_nothing::<Sha256>(key),
        HashAlgorithm::Sha384 => of_nothing::<Sha384>(key),
        HashAlgorithm::Sha512 => of_nothing::<Sha512>(key),
        _ => None,
    }
}

fn of_nothing<H: EagerHash>(key: &[u8]) -> Option<Leading> {
    let mac = <Hmac<H> as KeyInit>::new_from_slice(key).ok()?;
    Some(leading_of(mac.finalize().into_bytes()))
}
