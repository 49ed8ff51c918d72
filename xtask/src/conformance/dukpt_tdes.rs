//! `dukpt/tdes`: what the host derives by TDES DUKPT.

use dukpt::Error;
use dukpt::tdes::{Bdk, TransactionKey};
use key_types::{SecretKey, TdesKeySerialNumber};
use serde::Deserialize;
use serde_json::{Value, json};
use test_vectors::Hex;

use super::dukpt_samples::{Cipher, Keys, recomputed};
use super::operation::{Answer, Members, Operation, hex, inputs};

pub(super) const OPERATION: Operation = Operation {
    name: "dukpt/tdes",
    outputs: &["initialKey", "transactionKey", "workingKeys"],
    remarks: &[],
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    bdk: Hex,
    /// Told by the length, which is what the crate goes by.
    #[serde(rename = "bdkAlgorithm")]
    _bdk_algorithm: String,
    ksn: String,
    samples: Option<Members>,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    let derived = SecretKey::copied_from(inputs.bdk.as_bytes()).map_err(|_| "BdkLength");
    let derived = derived.and_then(|bdk| derive(&bdk, &inputs).map_err(|error| error.code()));
    Ok(Answer::from_result(derived))
}

fn derive(bdk: &SecretKey, inputs: &Inputs) -> Result<Answer, Error> {
    let bdk = Bdk::new(bdk)?;
    let ksn = inputs.ksn.parse::<TdesKeySerialNumber>()?;
    let transaction_key = bdk.transaction_key(&ksn)?;
    let working_keys = working_keys(&transaction_key);
    let keys =
        Keys { cipher: Cipher::Tdes, working_keys: &working_keys, hmac_keys: [const { None }; 2] };
    let samples = inputs.samples.as_ref().map(|samples| recomputed(samples, &keys));
    Ok(Answer::gave([
        ("initialKey", hex(bdk.initial_key(&ksn).secret_key())),
        ("transactionKey", hex(transaction_key.secret_key())),
        ("samples", samples.unwrap_or_default()),
        ("workingKeys", working_keys),
    ]))
}

fn working_keys(key: &TransactionKey) -> Value {
    json!({
        "pinEncryption": hex(key.pin_key().secret_key()),
        "macRequest": hex(key.mac_request_key().secret_key()),
        "macResponse": hex(key.mac_response_key().secret_key()),
        "dataRequest": hex(key.data_request_key().secret_key()),
        "dataResponse": hex(key.data_response_key().secret_key()),
        "dataRequestVariant": hex(key.data_request_key_without_one_way_step().secret_key()),
        "dataResponseVariant": hex(key.data_response_key_without_one_way_step().secret_key()),
    })
}
