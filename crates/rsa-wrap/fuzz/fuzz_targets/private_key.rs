//! Arbitrary bytes as private key, and as cryptogram under it: no panic.

#![no_main]

use getrandom::SysRng;
use key_types::{KeyAlgorithm, SecretKey};
use libfuzzer_sys::fuzz_target;
use rsa_wrap::{PrivateKey, WrappingSpec, unwrap};

fuzz_target!(|input: (&[u8], &[u8])| {
    let (der, cryptogram) = input;
    let Ok(der) = SecretKey::copied_from(der) else { return };
    for key in [PrivateKey::from_pkcs8(&der), PrivateKey::from_pkcs1(&der)].into_iter().flatten() {
        let spec = WrappingSpec::RsaOaepSha256;
        let _ = unwrap(&key, spec, KeyAlgorithm::Aes128, cryptogram, &mut SysRng);
    }
});
