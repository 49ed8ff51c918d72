//! `kcv/kcv`: key check values.

use key_types::{AlgorithmFamily, HashAlgorithm, Kcv, KcvMethod, KeyAlgorithm, SecretKey};
use serde::Deserialize;
use test_vectors::Hex;

use super::operation::{Answer, Members, Operation, inputs};

pub(super) const OPERATION: Operation = Operation {
    name: "kcv/kcv",
    outputs: &["kcv"],
    // The crate never shows more of the block than a check value has.
    remarks: &["fullBlock", "awsKeyCheckValueAlgorithm"],
    answer,
};

/// The length in bytes when a case, being invalid, asks for none.
const USUAL_LENGTH: usize = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    key: Hex,
    key_algorithm: String,
    method: String,
    hash: Option<String>,
    kcv_length: Option<usize>,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    let kcv = compute(&inputs).map(|kcv| Answer::gave([("kcv", kcv.to_string().into())]));
    Ok(Answer::from_result(kcv))
}

fn compute(inputs: &Inputs) -> Result<Kcv, &'static str> {
    // A method without a variant is not offered, which is how the file describes its traps.
    let method = method(&inputs.method, inputs.hash.as_deref()).ok_or("MethodNotAllowed")?;
    let key = SecretKey::copied_from(inputs.key.as_bytes()).map_err(|_| "KeyLength")?;
    let length = inputs.kcv_length.unwrap_or(USUAL_LENGTH);
    let kcv = match (KeyAlgorithm::from_code(&inputs.key_algorithm), inputs.key_algorithm.as_str())
    {
        (Some(algorithm), _) => kcv::compute(&key, algorithm, method, length),
        (None, "DES") => kcv::compute_for_family(&key, AlgorithmFamily::Des, method, length),
        // HMAC without a size, and HMAC with SHA-1, which no key service makes.
        (None, _) => kcv::compute_for_family(&key, AlgorithmFamily::Hmac, method, length),
    };
    kcv.map_err(|error| error.code())
}

/// A method by its name in the vectors, and for HMAC the name of the hash.
pub(super) fn method(name: &str, hash: Option<&str>) -> Option<KcvMethod> {
    match name {
        "ANSI_X9_24" => Some(KcvMethod::AnsiX924),
        "CMAC_ZERO_BLOCK" => Some(KcvMethod::Cmac),
        // A case that asks for HMAC on another kind of key names no hash.
        "HMAC_EMPTY" => HashAlgorithm::from_code(hash.unwrap_or("SHA_256")).map(KcvMethod::Hmac),
        "SHA1_OF_KEY" => Some(KcvMethod::Sha1OfKey),
        "AES_ECB_ZEROS" => Some(KcvMethod::AesEcbZeros),
        "AES_ECB_01" => Some(KcvMethod::AesEcbOnes),
        _ => None,
    }
}
