//! CreateKey.

use key_types::{KeyAlgorithm, SecretKey};
use serde_json::json;

use crate::world::{ACCOUNT, REGION, World, create_key};

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
