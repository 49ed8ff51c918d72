//! Records as somebody may have put them into the file: none opens that the store did not seal,
//! and what was sealed opens as what it is or not at all.

#![no_main]

use key_store::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u64, &str, u32, &[u8])| {
    let (id, version, record, store_key, bytes) = input;
    assert!(!fuzzing::opens(id, version, record, store_key % 3, bytes));
    fuzzing::open_sealed(id, version, record, bytes);
});
