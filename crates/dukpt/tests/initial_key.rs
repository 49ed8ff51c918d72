//! The vectors of `dukpt/initial_key`.

use dukpt::Error;
use key_types::{AesKeySerialNumber, SecretKey, TdesKeySerialNumber};
use serde::Deserialize;
use test_vectors::{Hex, data_directory, load};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "every member has a name here, so that a new one is noticed")]
struct Case {
    scheme: String,
    bdk: Hex,
    bdk_algorithm: String,
    ksn: String,
    initial_key: Option<Hex>,
    initial_ksn: Option<String>,
    initial_key_id: Option<String>,
    optional_block: Option<OptionalBlock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionalBlock {
    id: String,
    data: String,
}

/// The initial key, and the id and content of the optional block that goes with it.
fn derived(case: &Case) -> Result<(SecretKey, &'static str, String), Error> {
    let bdk = SecretKey::copied_from(case.bdk.as_bytes()).expect("no vector here has an empty BDK");
    if case.scheme == "TDES" {
        let bdk = dukpt::tdes::Bdk::new(&bdk)?;
        let key = bdk.initial_key(&case.ksn.parse::<TdesKeySerialNumber>()?);
        let data = key.initial_ksn().to_string();
        Ok((key.into_secret_key(), "KS", data))
    } else {
        let bdk = dukpt::aes::Bdk::new(&bdk)?;
        let key = bdk.initial_key(&case.ksn.parse::<AesKeySerialNumber>()?.initial_key_id());
        let data = key.initial_key_id().to_string();
        Ok((key.into_secret_key(), "IK", data))
    }
}

#[test]
fn every_vector_holds() {
    let file = load(&data_directory().join("dukpt/initial_key.json")).unwrap();
    let mut run = 0;
    for test in file.test_groups.iter().flat_map(|group| &group.tests) {
        let case: Case = test.case().unwrap();
        match derived(&case) {
            Ok((key, id, data)) => {
                let expected = case.initial_key.as_ref().map(Hex::as_bytes);
                assert_eq!(Some(key.expose_secret()), expected, "{}", test.id);
                let block = case.optional_block.as_ref().unwrap();
                assert_eq!((id, &data), (block.id.as_str(), &block.data), "{}", test.id);
            }
            Err(error) => assert_eq!(Some(error.code()), test.error.as_deref(), "{}", test.id),
        }
        run += 1;
    }
    assert_eq!(run, file.number_of_tests);
}
