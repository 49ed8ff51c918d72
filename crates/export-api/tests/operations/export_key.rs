//! ExportKey by TR-31, opened as the receiver would.

use export_api::KeyCheckValueAlgorithm;
use key_types::{Exportability, KeyAlgorithm, KeyUsage, KeyVersion, ModeOfUse, SecretKey};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tr31::{Header, Kbpk, KeyBlock, OptionalBlockId, Profile, Version, lenient};

use crate::world::{World, create_pair};

const ENCRYPTING: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];

fn kek(world: &World, algorithm: &str) -> String {
    world.key("TR31_K1_KEY_BLOCK_PROTECTION_KEY", algorithm, ENCRYPTING)
}

fn bdk(world: &World, algorithm: &str) -> String {
    world.key("TR31_B0_BASE_DERIVATION_KEY", algorithm, &["DeriveKey"])
}

fn export(key: &str, kek: &str) -> Value {
    json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
    })
}

/// Opens the wrapped key of an answer with the receiver's copy of the KEK.
fn open(world: &World, answer: &Value, kek: &str) -> (Header, SecretKey) {
    let secret = world.secret(kek);
    let block = KeyBlock::parse(answer["WrappedKey"]["KeyMaterial"].as_str().unwrap()).unwrap();
    let kbpk = match block.unverified_header().version() {
        Version::D => Kbpk::aes(&secret),
        _ => Kbpk::tdes(&secret),
    };
    block.open(&kbpk.unwrap()).unwrap().into_parts()
}

#[test]
fn the_strength_matrix_decides_and_what_it_allows_opens() {
    let world = World::new();
    let keys = [
        "TDES_2KEY",
        "TDES_3KEY",
        "AES_128",
        "AES_192",
        "AES_256",
        "HMAC_SHA224",
        "HMAC_SHA256",
        "HMAC_SHA384",
        "HMAC_SHA512",
    ];
    let wrapping = ["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"];
    let mut allowed = 0;
    for key_name in keys {
        let key = world.key("TR31_M7_HMAC_KEY", key_name, &["Generate", "Verify"]);
        for wrapping_name in wrapping {
            let kek = kek(&world, wrapping_name);
            let [own, over] =
                [key_name, wrapping_name].map(|n| KeyAlgorithm::from_code(n).unwrap());
            let answer = world.call("ExportKey", &export(&key, &kek));
            if over.strength() < own.strength() {
                let refusal = answer.unwrap_err();
                assert_eq!(refusal.code, "ValidationException");
                assert!(
                    refusal.message.starts_with(&format!(
                        "KeyMaterial.Tr31KeyBlock.WrappingKeyIdentifier: a key of {key_name} must \
                         not be wrapped under {wrapping_name}, which is weaker; allowed: "
                    )),
                    "{}",
                    refusal.message
                );
                continue;
            }
            allowed += 1;
            let answer = answer.unwrap();
            let (header, secret) = open(&world, &answer, &kek);
            assert!(
                bool::from(secret.ct_eq(&world.secret(&key))),
                "{key_name} under {wrapping_name}"
            );
            let version = if wrapping_name.starts_with("TDES") { Version::B } else { Version::D };
            assert_eq!(header.version(), version);
            assert_eq!(header.algorithm(), own.family());
            assert_eq!(header.mode(), ModeOfUse::GenerateVerify);
            assert_eq!(answer["WrappedKey"]["WrappingKeyArn"], kek);
            assert_eq!(answer["WrappedKey"]["WrappedKeyMaterialFormat"], "TR31_KEY_BLOCK");
        }
    }
    assert_eq!(allowed, 5 + 4 + 3 + 2 + 1 + 4);
}

#[test]
fn blocks_have_the_lengths_of_the_published_ones() {
    let world = World::new();
    for (key, wrapping, length) in
        [("TDES_2KEY", "TDES_3KEY", 96), ("TDES_3KEY", "AES_256", 112), ("AES_128", "AES_128", 144)]
    {
        let request = export(&bdk(&world, key), &kek(&world, wrapping));
        let answer = world.call("ExportKey", &request).unwrap();
        assert_eq!(answer["WrappedKey"]["KeyMaterial"].as_str().unwrap().len(), length);
    }
}

#[test]
fn an_hmac_key_travels_with_its_hash() {
    let world = World::new();
    let kek = kek(&world, "AES_256");
    for (algorithm, hash) in
        [("HMAC_SHA224", "20"), ("HMAC_SHA256", "21"), ("HMAC_SHA384", "22"), ("HMAC_SHA512", "23")]
    {
        let key = world.key("TR31_M7_HMAC_KEY", algorithm, &["Generate"]);
        let answer = world.call("ExportKey", &export(&key, &kek)).unwrap();
        let (header, _) = open(&world, &answer, &kek);
        let first = header.optional_blocks().first().expect("an HM block");
        assert_eq!((first.id().code(), first.data()), (*b"HM", hash));
    }
}

#[test]
fn the_published_initial_key_leaves_from_its_bdk() {
    let world = World::new();
    let bdk_bytes = hex_literal::hex!("0123456789ABCDEFFEDCBA9876543210");
    let initial = hex_literal::hex!("6AC292FAA1315B4D858AB3A3D7D5933A");
    world.service.randomness().queue(&bdk_bytes);
    let bdk = bdk(&world, "TDES_2KEY");
    let kek = kek(&world, "AES_128");
    for serial_number in ["FFFF9876543210E00000", "FFFF9876543210F12345"] {
        let mut request = export(&bdk, &kek);
        request["ExportAttributes"] =
            json!({"ExportDukptInitialKey": {"KeySerialNumber": serial_number}});
        let answer = world.call("ExportKey", &request).unwrap();
        let (header, secret) = open(&world, &answer, &kek);
        let expected = SecretKey::copied_from(&initial).unwrap();
        assert!(bool::from(secret.ct_eq(&expected)), "{serial_number}");
        assert_eq!(header.usage(), KeyUsage::InitialDukpt);
        assert_eq!(header.mode(), ModeOfUse::Derive);
        assert_eq!(header.exportability(), Exportability::Sensitive);
        let kcv = kcv::compute(&secret, KeyAlgorithm::Tdes2Key, key_types::KcvMethod::AnsiX924, 3);
        assert_eq!(answer["WrappedKey"]["KeyCheckValue"], kcv.unwrap().to_string());
    }
}

#[test]
fn initial_keys_of_aes_have_the_size_of_their_bdk() {
    let world = World::new();
    let kek = kek(&world, "AES_256");
    for (algorithm, length) in [("AES_128", 16), ("AES_192", 24), ("AES_256", 32)] {
        let mut request = export(&bdk(&world, algorithm), &kek);
        request["ExportAttributes"] = json!({
            "ExportDukptInitialKey": {"KeySerialNumber": "FFFF9876543210E000000001"},
            "KeyCheckValueAlgorithm": "CMAC",
        });
        let answer = world.call("ExportKey", &request).unwrap();
        let (header, secret) = open(&world, &answer, &kek);
        assert_eq!(header.usage(), KeyUsage::InitialDukpt);
        assert_eq!(secret.length(), length);
        assert_eq!(answer["WrappedKey"]["KeyCheckValueAlgorithm"], "CMAC");
    }
}

#[test]
fn the_header_narrows_on_request() {
    let world = World::new();
    let kek = kek(&world, "AES_256");
    let key = world.key("TR31_P0_PIN_ENCRYPTION_KEY", "TDES_2KEY", ENCRYPTING);
    let mut request = export(&key, &kek);
    request["KeyMaterial"]["Tr31KeyBlock"]["KeyBlockHeaders"] = json!({
        "KeyModesOfUse": {"Encrypt": true, "Wrap": true},
        "KeyExportability": "NON_EXPORTABLE",
        "KeyVersion": "A7",
        "OptionalBlocks": {"LB": "terminal7", "10": "X"},
    });
    let answer = world.call("ExportKey", &request).unwrap();
    let (header, _) = open(&world, &answer, &kek);
    assert_eq!(header.mode(), ModeOfUse::Encrypt);
    assert_eq!(header.exportability(), Exportability::NonExportable);
    assert_eq!(header.key_version(), KeyVersion::from_code(*b"A7").unwrap());
    let blocks: Vec<_> = header.optional_blocks().iter().map(|block| block.id().code()).collect();
    assert_eq!(blocks, [*b"10", *b"LB", *b"PB"]);
}

#[test]
fn optional_blocks_are_carried_through_as_they_are() {
    let world = World::new();
    let kek = kek(&world, "AES_256");
    let mut request = export(&bdk(&world, "AES_128"), &kek);
    request["KeyMaterial"]["Tr31KeyBlock"]["KeyBlockHeaders"] =
        json!({"OptionalBlocks": {"BI": "1112345678"}});
    let answer = world.call("ExportKey", &request).unwrap();
    let text = answer["WrappedKey"]["KeyMaterial"].as_str().unwrap();
    assert!(KeyBlock::parse(text).is_err(), "the standard has no BI block of type 11");
    let block = lenient::KeyBlock::parse(text, Profile::AWS_BI_11).unwrap();
    let opened = block.open(&Kbpk::aes(&world.secret(&kek)).unwrap()).unwrap();
    let first = opened.header().optional_blocks().first().unwrap();
    assert_eq!((first.id(), first.data()), (OptionalBlockId::BI, "1112345678"));
}

#[test]
fn a_check_value_by_another_method_is_given_on_request() {
    let world = World::new();
    let mut request = export(&bdk(&world, "TDES_3KEY"), &kek(&world, "AES_256"));
    request["ExportAttributes"] = json!({"KeyCheckValueAlgorithm": "CMAC"});
    let answer = world.call("ExportKey", &request).unwrap();
    let method = export_api::Named::name(KeyCheckValueAlgorithm::Cmac);
    assert_eq!(answer["WrappedKey"]["KeyCheckValueAlgorithm"], method);
}

#[test]
fn the_audit_event_names_the_keys_and_hides_the_block() {
    let world = World::new();
    let (key, kek) = (bdk(&world, "AES_128"), kek(&world, "AES_128"));
    let answer = world.call("ExportKey", &export(&key, &kek)).unwrap();
    let event = world.service.audit().last();
    assert_eq!(event.operation, export_api::Operation::ExportKey);
    assert_eq!(event.request_parameters["exportKeyIdentifier"], key);
    let shown = event.response_elements.to_string();
    assert!(!shown.contains(answer["WrappedKey"]["KeyMaterial"].as_str().unwrap()));
    assert_eq!(event.response_elements["wrappedKey"]["wrappingKeyArn"], kek);
}

#[test]
fn a_key_pair_does_not_leave() {
    let world = World::new();
    let s0 = "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE";
    let pair = world.call("CreateKey", &create_pair(s0, "RSA_2048", &["Sign"])).unwrap();
    let request = export(pair["Key"]["KeyArn"].as_str().unwrap(), &kek(&world, "AES_256"));
    let refusal = world.refusal("ExportKey", &request);
    assert_eq!(refusal.code, "ValidationException");
    assert_eq!(
        refusal.message,
        "ExportKeyIdentifier: only keys of class SYMMETRIC_KEY are exported, not ASYMMETRIC_KEY_PAIR"
    );
}
