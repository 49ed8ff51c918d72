//! CMAC with the key's own cipher over one block of zeros: 8 bytes for TDES, 16 for AES.
//!
//! The message is one whole block. CMAC of the empty message is another value, which some tools
//! show by mistake.
//!
//! Standard: ANSI X9.24-1:2017, A.3; NIST SP 800-38B.

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cipher::{Block, KeyInit};
use cmac::block_api::CmacCipher;
use cmac::{Cmac, Mac};
use des::{TdesEde2, TdesEde3};
use key_types::AlgorithmFamily;
use zeroize::Zeroizing;

use crate::leading::{Leading, leading};

/// Takes TDES keys of 16 and 24 bytes and AES keys of 16, 24 and 32 bytes.
pub(crate) fn of(key: &[u8], family: AlgorithmFamily) -> Option<Leading> {
    match (family, key.len()) {
        (AlgorithmFamily::Tdes, 16) => over_zeros::<TdesEde2>(key),
        (AlgorithmFamily::Tdes, _) => over_zeros::<TdesEde3>(key),
        (AlgorithmFamily::Aes, 16) => over_zeros::<Aes128Enc>(key),
        (AlgorithmFamily::Aes, 24) => over_zeros::<Aes192Enc>(key),
        (AlgorithmFamily::Aes, _) => over_zeros::<Aes256Enc>(key),
        _ => None,
    }
}

fn over_zeros<C: CmacCipher + KeyInit>(key: &[u8]) -> Option<Leading> {
    let mut mac = <Cmac<C> as KeyInit>::new_from_slice(key).ok()?;
    mac.update(&Block::<C>::default());
    Some(leading(&Zeroizing::new(mac.finalize().into_bytes())))
}
