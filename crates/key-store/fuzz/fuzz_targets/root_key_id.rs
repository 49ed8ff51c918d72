//! Ids of root keys as somebody may have put them into the store: what is read as the parameters
//! of a passphrase is written the same way again.

#![no_main]

use key_store::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|id: &[u8]| {
    let _ = fuzzing::is_passphrase(id);
});
