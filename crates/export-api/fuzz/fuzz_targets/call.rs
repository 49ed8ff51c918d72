//! Any bytes as the body of any operation, on a store with a KEK and a BDK: no panic, and a refusal
//! changes nothing.

#![no_main]

use export_api::{Named, Operation};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/operations/rsa_keys.rs"]
#[allow(dead_code)]
mod rsa_keys;
#[path = "../../tests/operations/world.rs"]
#[allow(dead_code)]
mod world;

use world::World;

fuzz_target!(|input: (u8, &[u8])| {
    let (selector, body) = input;
    let operations: Vec<_> = Operation::table().collect();
    let (name, _) = operations[usize::from(selector) % operations.len()];

    let world = World::new();
    world.key("TR31_K1_KEY_BLOCK_PROTECTION_KEY", "AES_256", &["Encrypt", "Wrap"]);
    world.key("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]);
    let recorded = world.service.audit().length();
    if world.call_bytes(name, body).is_err() {
        assert_eq!(world.service.audit().length(), recorded);
    }
});
