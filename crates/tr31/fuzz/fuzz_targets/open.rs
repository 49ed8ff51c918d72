//! Arbitrary text under a fixed key: nothing that was not made with the key opens.

#![no_main]

use std::sync::LazyLock;

use key_types::{AlgorithmFamily, SecretKey};
use libfuzzer_sys::fuzz_target;
use tr31::{Kbpk, KeyBlock};

static TDES: LazyLock<Kbpk> = LazyLock::new(|| Kbpk::tdes(&key()).expect("16 bytes"));
static AES: LazyLock<Kbpk> = LazyLock::new(|| Kbpk::aes(&key()).expect("16 bytes"));

fn key() -> SecretKey {
    SecretKey::filled_by(16, |bytes| bytes.fill(0x5B)).expect("16 bytes")
}

fuzz_target!(|text: &str| {
    let Ok(block) = KeyBlock::parse(text) else { return };
    let kbpk = match block.unverified_header().version().kbpk_family() {
        AlgorithmFamily::Tdes => &TDES,
        _ => &AES,
    };
    let has_short_mac = block.unverified_header().version().is_deprecated();
    let opened = block.open(kbpk).map(|_| ()).map_err(|error| error.code());
    // The MAC of versions A and C has four bytes, which a fuzzer may come to guess.
    assert!(has_short_mac || opened == Err("AuthenticationFailed"));
});
