//! `dukpt/aes`: what the host derives by AES DUKPT.

use dukpt::aes::{Bdk, InitialKey, TransactionKey, Usage};
use dukpt::{Error, WorkingKeyType};
use key_types::{AesKeySerialNumber, AlgorithmFamily, SecretKey};
use serde::Deserialize;
use serde_json::Value;
use test_vectors::Hex;

use super::dukpt_samples::{Cipher, Keys, recomputed};
use super::operation::{Answer, Members, Operation, hex, inputs};

pub(super) const OPERATION: Operation = Operation {
    name: "dukpt/aes",
    outputs: &["initialKey", "initialKeyId", "transactionKey", "workingKeys", "derivationData"],
    // Where values were seen.
    remarks: &["attestedFields"],
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
    working_key_type: KeyType,
    purpose: Option<Purpose>,
    samples: Option<Members>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Purpose {
    UpdateKey,
}

/// Working key types by the names of the vectors.
#[derive(Clone, Copy, Deserialize)]
pub(super) enum KeyType {
    #[serde(rename = "TDES_2KEY")]
    Tdes2Key,
    #[serde(rename = "TDES_3KEY")]
    Tdes3Key,
    #[serde(rename = "AES_128")]
    Aes128,
    #[serde(rename = "AES_192")]
    Aes192,
    #[serde(rename = "AES_256")]
    Aes256,
    #[serde(rename = "HMAC_128")]
    Hmac128,
    #[serde(rename = "HMAC_192")]
    Hmac192,
    #[serde(rename = "HMAC_256")]
    Hmac256,
}

impl From<KeyType> for WorkingKeyType {
    fn from(key_type: KeyType) -> Self {
        match key_type {
            KeyType::Tdes2Key => Self::Tdes2Key,
            KeyType::Tdes3Key => Self::Tdes3Key,
            KeyType::Aes128 => Self::Aes128,
            KeyType::Aes192 => Self::Aes192,
            KeyType::Aes256 => Self::Aes256,
            KeyType::Hmac128 => Self::Hmac128,
            KeyType::Hmac192 => Self::Hmac192,
            KeyType::Hmac256 => Self::Hmac256,
        }
    }
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    let derived = SecretKey::copied_from(inputs.bdk.as_bytes()).map_err(|_| "BdkLength");
    let derived = derived.and_then(|bdk| derive(&bdk, &inputs).map_err(|error| error.code()));
    Ok(Answer::from_result(derived))
}

fn derive(bdk: &SecretKey, inputs: &Inputs) -> Result<Answer, Error> {
    let bdk = Bdk::new(bdk)?;
    let ksn = inputs.ksn.parse::<AesKeySerialNumber>()?;
    let initial_key = bdk.initial_key(&ksn.initial_key_id());
    let key_type = inputs.working_key_type.into();
    match inputs.purpose {
        None => {
            let key = bdk.transaction_key(&ksn)?;
            Ok(outputs(&initial_key, &key, inputs, &working_keys(&key, key_type)?))
        }
        Some(Purpose::UpdateKey) => {
            let key = initial_key.transaction_key_of_any_counter(ksn.counter());
            let update_key = initial_key.update_key(key_type)?.into_secret_key();
            Ok(outputs(&initial_key, &key, inputs, &[(Usage::KeyEncryption, update_key)]))
        }
    }
}

fn outputs(
    initial_key: &InitialKey,
    key: &TransactionKey,
    inputs: &Inputs,
    working_keys: &[(Usage, SecretKey)],
) -> Answer {
    let by_name = |value: &dyn Fn(Usage, &SecretKey) -> Value| -> Value {
        let entry = |(usage, key): &(Usage, SecretKey)| (name(*usage), value(*usage, key));
        Value::Object(working_keys.iter().map(entry).collect())
    };
    let data = |usage: Usage| {
        key.derivation_data(usage, inputs.working_key_type.into()).to_string().into()
    };
    let working_keys = by_name(&|_, key| hex(key));
    let samples = inputs.samples.as_ref().map(|samples| {
        recomputed(samples, &sample_keys(key, inputs.working_key_type.into(), &working_keys))
    });
    Answer::gave([
        ("initialKey", hex(initial_key.secret_key())),
        ("initialKeyId", initial_key.initial_key_id().to_string().into()),
        ("transactionKey", hex(key.secret_key())),
        ("derivationData", by_name(&|usage, _| data(usage))),
        ("samples", samples.unwrap_or_default()),
        ("workingKeys", working_keys),
    ])
}

/// The working keys as samples use them. Those of HMAC are as long as the others.
fn sample_keys<'a>(
    key: &TransactionKey,
    key_type: WorkingKeyType,
    working_keys: &'a Value,
) -> Keys<'a> {
    let cipher = match key_type.family() {
        AlgorithmFamily::Tdes => Cipher::Tdes,
        _ => Cipher::Aes,
    };
    let hmac_type = match key_type.length() {
        16 => WorkingKeyType::Hmac128,
        24 => WorkingKeyType::Hmac192,
        _ => WorkingKeyType::Hmac256,
    };
    let request = key.mac_request_key(hmac_type).ok().map(|key| hex(key.secret_key()));
    let response = key.mac_response_key(hmac_type).ok().map(|key| hex(key.secret_key()));
    Keys { cipher, working_keys, hmac_keys: [request, response] }
}

fn working_keys(
    key: &TransactionKey,
    key_type: WorkingKeyType,
) -> Result<[(Usage, SecretKey); 9], Error> {
    Ok([
        (Usage::KeyEncryption, key.key_encryption_key(key_type)?.into_secret_key()),
        (Usage::PinEncryption, key.pin_key(key_type)?.into_secret_key()),
        (Usage::MacGeneration, key.mac_request_key(key_type)?.into_secret_key()),
        (Usage::MacVerification, key.mac_response_key(key_type)?.into_secret_key()),
        (Usage::MacBothWays, key.mac_both_ways_key(key_type)?.into_secret_key()),
        (Usage::DataEncryption, key.data_request_key(key_type)?.into_secret_key()),
        (Usage::DataDecryption, key.data_response_key(key_type)?.into_secret_key()),
        (Usage::DataBothWays, key.data_both_ways_key(key_type)?.into_secret_key()),
        (Usage::KeyDerivation, key.key_derivation_key(key_type)?.into_secret_key()),
    ])
}

/// The name of a working key in the vectors.
fn name(usage: Usage) -> String {
    match usage {
        Usage::KeyEncryption => "keyEncryption",
        Usage::PinEncryption => "pinEncryption",
        Usage::MacGeneration => "macGeneration",
        Usage::MacVerification => "macVerification",
        Usage::MacBothWays => "macBoth",
        Usage::DataEncryption => "dataEncryption",
        Usage::DataDecryption => "dataDecryption",
        Usage::DataBothWays => "dataBoth",
        _ => "keyDerivation",
    }
    .to_owned()
}
