//! Root key files of any content: 32 bytes are a root key, everything else is refused.

#![no_main]

use std::io::Write;

use key_store::RootKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    // A temporary file is open to its owner only, as a root key must be.
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(content).expect("room for a temporary file");
    let is_key = RootKey::from_file(file.path()).is_ok();
    assert_eq!(is_key, content.len() == RootKey::LENGTH);
});
