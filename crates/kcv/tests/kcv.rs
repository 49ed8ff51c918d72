//! The vectors of `kcv/kcv`.

use key_types::{AlgorithmFamily, HashAlgorithm, Kcv, KcvMethod, KeyAlgorithm, SecretKey};
use serde::Deserialize;
use test_vectors::{Expected, Hex, data_directory, load};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "every member has a name here, so that a new one is noticed")]
struct Case {
    key: Hex,
    key_algorithm: String,
    method: String,
    hash: Option<String>,
    kcv_length: Option<usize>,
    kcv: Option<Hex>,
    full_block: Option<Hex>,
    aws_key_check_value_algorithm: Option<String>,
}

/// `None` for the methods that the file calls traps.
fn method(case: &Case) -> Option<KcvMethod> {
    match case.method.as_str() {
        "ANSI_X9_24" => Some(KcvMethod::AnsiX924),
        "CMAC_ZERO_BLOCK" => Some(KcvMethod::Cmac),
        "HMAC_EMPTY" => {
            HashAlgorithm::from_code(case.hash.as_deref().unwrap_or("SHA_256")).map(KcvMethod::Hmac)
        }
        "SHA1_OF_KEY" => Some(KcvMethod::Sha1OfKey),
        "AES_ECB_ZEROS" => Some(KcvMethod::AesEcbZeros),
        "AES_ECB_01" => Some(KcvMethod::AesEcbOnes),
        _ => None,
    }
}

/// Names without a size in [`KeyAlgorithm`] go by their family.
fn computed(case: &Case, method: KcvMethod) -> Result<Kcv, kcv::Error> {
    let key = SecretKey::copied_from(case.key.as_bytes()).expect("no vector has an empty key");
    let length = case.kcv_length.unwrap_or(3);
    if let Some(algorithm) = KeyAlgorithm::from_code(&case.key_algorithm) {
        return kcv::compute(&key, algorithm, method, length);
    }
    let family = match case.key_algorithm.as_str() {
        "DES" => AlgorithmFamily::Des,
        _ => AlgorithmFamily::Hmac,
    };
    kcv::compute_for_family(&key, family, method, length)
}

#[test]
fn every_vector_holds() {
    let file = load(&data_directory().join("kcv/kcv.json")).unwrap();
    let mut run = 0;
    for test in file.test_groups.iter().flat_map(|group| &group.tests) {
        let case: Case = test.case().unwrap();
        let Some(method) = method(&case) else {
            assert_eq!(test.result, Expected::Acceptable, "{}", test.id);
            continue;
        };
        match computed(&case, method) {
            Ok(kcv) => {
                let expected = case.kcv.as_ref().map(ToString::to_string);
                assert_eq!(Some(kcv.to_string()), expected, "{}", test.id);
            }
            Err(error) => assert_eq!(Some(error.code()), test.error.as_deref(), "{}", test.id),
        }
        run += 1;
    }
    assert_eq!(run, file.number_of_tests - 2, "all but the two traps");
}
