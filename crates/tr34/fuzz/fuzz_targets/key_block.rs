//! Arbitrary bytes as decrypted content: no panic, and the key is inside.

#![no_main]

use key_types::SecretKey;
use libfuzzer_sys::fuzz_target;
use tr34::danger;

fuzz_target!(|content: &[u8]| {
    let Ok(content) = SecretKey::copied_from(content) else { return };
    let Ok(block) = danger::read_key_block(&content) else { return };
    assert!(block.key().length() < content.length());
});
