//! CreateKey.

use key_types::{KeyAlgorithm, SecretKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::world::{ACCOUNT, REGION, World, create_key, create_pair};

const SYMMETRIC: [&str; 9] = [
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

#[test]
fn the_answer_has_the_shape_of_the_api() {
    let world = World::new();
    let request = create_key("TR31_B0_BASE_DERIVATION_KEY", "AES_256", &["DeriveKey"]);
    let answer = world.call("CreateKey", &request).unwrap();
    let key = &answer["Key"];

    let arn = key["KeyArn"].as_str().unwrap();
    let id = arn
        .strip_prefix(&format!("arn:aws:payment-cryptography:{REGION}:{ACCOUNT}:key/"))
        .expect("an ARN of this realm");
    assert_eq!(id.len(), 16);
    assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    let modes = json!({
        "Encrypt": false, "Decrypt": false, "Wrap": false, "Unwrap": false, "Generate": false,
        "Sign": false, "Verify": false, "DeriveKey": true, "NoRestrictions": false,
    });
    let expected = json!({
        "KeyArn": arn,
        "KeyAttributes": {
            "KeyUsage": "TR31_B0_BASE_DERIVATION_KEY",
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": "AES_256",
            "KeyModesOfUse": modes,
        },
        "KeyCheckValue": key["KeyCheckValue"],
        "KeyCheckValueAlgorithm": "CMAC",
        "Enabled": true,
        "Exportable": true,
        "KeyState": "CREATE_COMPLETE",
        "KeyOrigin": "AWS_PAYMENT_CRYPTOGRAPHY",
        "CreateTimestamp": 1_700_000_000.0,
        "UsageStartTimestamp": 1_700_000_000.0,
    });
    assert_eq!(*key, expected);
}

#[test]
fn every_algorithm_gets_a_key_of_its_length_and_its_own_check_value() {
    let world = World::new();
    for name in SYMMETRIC {
        let algorithm = KeyAlgorithm::from_code(name).unwrap();
        let request = create_key("TR31_M7_HMAC_KEY", name, &["Generate", "Verify"]);
        let answer = world.call("CreateKey", &request).unwrap();
        let secret = world.secret(answer["Key"]["KeyArn"].as_str().unwrap());
        assert_eq!(Some(secret.length()), algorithm.key_length(), "{name}");

        let method = kcv::default_for(algorithm).unwrap();
        let expected = kcv::compute(&secret, algorithm, method, 3).unwrap().to_string();
        assert_eq!(answer["Key"]["KeyCheckValue"], expected, "{name}");
        if name.starts_with("TDES") {
            let odd = |byte: &u8| byte.count_ones() % 2 == 1;
            assert!(secret.expose_secret().iter().all(odd), "{name} has odd parity");
        }
    }
}

#[test]
fn a_tdes_key_with_equal_halves_is_drawn_again() {
    let world = World::new();
    world.service.randomness().queue(&[0x11; 16]);
    let arn = world.key("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]);
    let secret: SecretKey = world.secret(&arn);
    let (left, right) = secret.expose_secret().split_at(8);
    assert_ne!(left, right);
}

#[test]
fn a_source_that_is_not_random_makes_no_key() {
    let world = World::new();
    for _ in 0..4 {
        world.service.randomness().queue(&[0; 32]);
    }
    let request = create_key("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", &["NoRestrictions"]);
    assert_eq!(world.refusal("CreateKey", &request).code, "ServiceUnavailableException");
    assert!(world.call("CreateKey", &request).is_ok());
}

#[test]
fn a_check_value_by_another_method_is_given_on_request() {
    let world = World::new();
    let mut request = create_key("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]);
    request["KeyCheckValueAlgorithm"] = json!("CMAC");
    let answer = world.call("CreateKey", &request).unwrap();
    assert_eq!(answer["Key"]["KeyCheckValueAlgorithm"], "CMAC");

    for (algorithm, method) in [
        ("AES_128", "ANSI_X9_24"),
        ("AES_128", "SHA_1"),
        ("TDES_2KEY", "HMAC"),
        ("TDES_2KEY", "SHA_1"),
    ] {
        let mut request = create_key("TR31_B0_BASE_DERIVATION_KEY", algorithm, &["DeriveKey"]);
        request["KeyCheckValueAlgorithm"] = json!(method);
        let refusal = world.refusal("CreateKey", &request);
        assert_eq!(refusal.code, "ValidationException");
        assert_eq!(
            refusal.message,
            format!(
                "KeyCheckValueAlgorithm: {method} is not a check value method for {algorithm} keys"
            )
        );
    }
}

#[test]
fn a_key_can_begin_disabled_and_labelled() {
    let world = World::new();
    let mut request = create_key("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_128", &[]);
    request["KeyAttributes"]["KeyModesOfUse"] = json!({"NoRestrictions": true});
    request["Enabled"] = json!(false);
    request["Tags"] = json!([{"Key": "team", "Value": "issuing"}]);
    let answer = world.call("CreateKey", &request).unwrap();
    assert_eq!(answer["Key"]["Enabled"], false);
    assert!(answer["Key"].get("UsageStartTimestamp").is_none());
    let resource = json!({"ResourceArn": answer["Key"]["KeyArn"]});
    let tags = world.call("ListTagsForResource", &resource).unwrap();
    assert_eq!(tags, json!({"Tags": [{"Key": "team", "Value": "issuing"}]}));
}

#[test]
fn a_key_pair_keeps_its_private_key_and_shows_a_check_value_of_the_public_one() {
    let world = World::new();
    for (usage, mode, algorithm) in [
        ("TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", "Sign", "RSA_2048"),
        ("TR31_K2_TR34_ASYMMETRIC_KEY", "DeriveKey", "RSA_3072"),
        ("TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", "Verify", "RSA_4096"),
    ] {
        let mut request = create_pair(usage, algorithm, &[mode]);
        request["KeyCheckValueAlgorithm"] = json!("ANSI_X9_24");
        let answer = world.call("CreateKey", &request).unwrap();
        let key = &answer["Key"];
        assert_eq!(key["KeyAttributes"]["KeyClass"], "ASYMMETRIC_KEY_PAIR");
        assert_eq!(key["KeyAttributes"]["KeyAlgorithm"], algorithm);
        assert_eq!(key["KeyCheckValueAlgorithm"], "SHA_1");

        let secret = world.secret(key["KeyArn"].as_str().unwrap());
        let private_key = rsa::PrivateKey::from_pkcs8_der(secret.expose_secret()).unwrap();
        let public_key = private_key.as_public_key().to_public_key_der().unwrap();
        let hash = base16ct::upper::encode_string(&Sha1::digest(public_key.as_bytes()));
        assert_eq!(key["KeyCheckValue"], hash[..8]);
        assert_eq!(world.call("GetKey", &json!({"KeyIdentifier": key["KeyArn"]})).unwrap(), answer);
    }
    let listed = world.call("ListKeys", &json!({})).unwrap();
    assert_eq!(listed["Keys"].as_array().unwrap().len(), 3);
}

#[test]
fn key_pairs_that_are_not_offered_are_refused() {
    let world = World::new();
    let s0 = "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE";
    let k3 = "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT";
    for (usage, algorithm, mode, method, message) in [
        (k3, "ECC_NIST_P256", "DeriveKey", None, "elliptic curve pairs are not offered yet"),
        (s0, "ECC_NIST_P256", "Sign", None, "KeyAlgorithm: usage TR31_S0_ASYMMETRIC_KEY_FOR_"),
        (s0, "AES_128", "Sign", None, "allows RSA_2048, RSA_3072, RSA_4096"),
        (s0, "RSA_2048", "DeriveKey", None, "allows Sign, Verify"),
        (s0, "RSA_2048", "Sign", Some("CMAC"), "KeyCheckValueAlgorithm: CMAC is not a check value"),
        (s0, "RSA_2048", "Sign", Some("HMAC"), "KeyCheckValueAlgorithm: HMAC is not a check value"),
    ] {
        let mut request = create_pair(usage, algorithm, &[mode]);
        request["KeyCheckValueAlgorithm"] = json!(method);
        let refusal = world.refusal("CreateKey", &request);
        assert_eq!(refusal.code, "ValidationException");
        assert!(refusal.message.contains(message), "{}", refusal.message);
    }
    let mut public = create_pair(s0, "RSA_2048", &["Verify"]);
    public["KeyAttributes"]["KeyClass"] = json!("PUBLIC_KEY");
    let refusal = world.refusal("CreateKey", &public);
    assert!(refusal.message.starts_with("KeyAttributes.KeyClass: is not offered by this endpoint"));
    assert_eq!(world.service.rsa_keys().made(), 0);
}

#[test]
fn a_destroyed_key_pair_is_let_go_of() {
    let world = World::new();
    let request =
        create_pair("TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", "RSA_2048", &["Sign"]);
    let answer = world.call("CreateKey", &request).unwrap();
    let arn = answer["Key"]["KeyArn"].as_str().unwrap();
    world.call("DeleteKey", &json!({"KeyIdentifier": arn})).unwrap();
    world.days_pass(7);
    assert!(!world.service.rsa_keys().was_forgotten(arn));
    assert_eq!(pollster::block_on(world.service.destroy_due_keys(9)).unwrap(), 1);
    assert!(world.service.rsa_keys().was_forgotten(arn));
}
