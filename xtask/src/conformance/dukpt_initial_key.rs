//! `dukpt/initial_key`: the initial key of a device, as it is exported.

use dukpt::{aes, tdes};
use key_types::{AesKeySerialNumber, SecretKey, TdesKeySerialNumber};
use serde::Deserialize;
use serde_json::json;
use test_vectors::Hex;

use super::operation::{Answer, Members, Operation, hex, inputs};

pub(super) const OPERATION: Operation = Operation {
    name: "dukpt/initial_key",
    outputs: &["initialKey", "initialKsn", "initialKeyId", "optionalBlock"],
    remarks: &[],
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    scheme: Scheme,
    bdk: Hex,
    /// Told by scheme and length, which are what the crate goes by.
    #[serde(rename = "bdkAlgorithm")]
    _bdk_algorithm: String,
    ksn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Scheme {
    Tdes,
    Aes,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    let derived = SecretKey::copied_from(inputs.bdk.as_bytes()).map_err(|_| "BdkLength");
    let derived = derived.and_then(|bdk| {
        let derived = match inputs.scheme {
            Scheme::Tdes => by_tdes(&bdk, &inputs.ksn),
            Scheme::Aes => by_aes(&bdk, &inputs.ksn),
        };
        derived.map_err(|error| error.code())
    });
    Ok(Answer::from_result(derived))
}

fn by_tdes(bdk: &SecretKey, ksn: &str) -> Result<Answer, dukpt::Error> {
    let bdk = tdes::Bdk::new(bdk)?;
    let derived = bdk.initial_key(&ksn.parse::<TdesKeySerialNumber>()?);
    let initial_ksn = derived.initial_ksn().to_string();
    Ok(Answer::gave([
        ("initialKey", hex(derived.secret_key())),
        ("initialKsn", initial_ksn.clone().into()),
        ("optionalBlock", json!({"id": "KS", "data": initial_ksn})),
    ]))
}

fn by_aes(bdk: &SecretKey, ksn: &str) -> Result<Answer, dukpt::Error> {
    let bdk = aes::Bdk::new(bdk)?;
    let ksn = ksn.parse::<AesKeySerialNumber>()?;
    let derived = bdk.initial_key(&ksn.initial_key_id());
    let id = derived.initial_key_id().to_string();
    Ok(Answer::gave([
        ("initialKey", hex(derived.secret_key())),
        ("initialKsn", ksn.initial().to_string().into()),
        ("initialKeyId", id.clone().into()),
        ("optionalBlock", json!({"id": "IK", "data": id})),
    ]))
}
