//! CMAC with the key's own cipher over one block of zeros: 8 bytes for TDES, 16 for AES.
//!
//! The message is one whole block. CMAC of the empty message is another value, which some tools
//! show by mistake.
//!
//! Standard: ANSI X9.24-1:2017, A.3; NIST SP 800-38B.

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cipher::{Block, KeyInit};
use cmac::block_api::CmacCipher;
use des::{TdesEde2, TdesEde3};
use key_types::AlgorithmFamily;

use crate::leading::{Leading, leading_of};

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

/// CMAC of one whole block masks that block with the first subkey and encrypts it. The block is
/// zero, so what is encrypted is the subkey alone.
fn over_zeros<C: CmacCipher + KeyInit>(key: &[u8]) -> Option<Leading> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut block = Block::<C>::default();
    cipher.encrypt_block(&mut block);
    block = C::dbl(block);
    cipher.encrypt_block(&mut block);
    Some(leading_of(block))
}

#[cfg(test)]
mod tests {
    use cmac::{Cmac, Mac};
    use proptest::prelude::*;

    use super::*;

    fn by_definition<C: CmacCipher + KeyInit>(key: &[u8]) -> Leading {
        let mut mac = <Cmac<C> as KeyInit>::new_from_slice(key).unwrap();
        mac.update(&Block::<C>::default());
        leading_of(mac.finalize().into_bytes())
    }

    proptest! {
        #[test]
        fn it_is_cmac_over_one_block(key: [u8; 32]) {
            let of = |family, length| of(&key[..length], family).unwrap();
            let tdes = AlgorithmFamily::Tdes;
            prop_assert_eq!(of(tdes, 16), by_definition::<TdesEde2>(&key[..16]));
            prop_assert_eq!(of(tdes, 24), by_definition::<TdesEde3>(&key[..24]));
            let aes = AlgorithmFamily::Aes;
            prop_assert_eq!(of(aes, 16), by_definition::<Aes128Enc>(&key[..16]));
            prop_assert_eq!(of(aes, 24), by_definition::<Aes192Enc>(&key[..24]));
            prop_assert_eq!(of(aes, 32), by_definition::<Aes256Enc>(&key));
        }
    }
}
