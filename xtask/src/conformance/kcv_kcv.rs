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
    let (name, hash) = (&inputs.key_algorithm, inputs.hash.as_deref());
    // A method without a variant is not offered, which is how the file describes its traps.
    let method = method(&inputs.method, name, hash).ok_or("MethodNotAllowed")?;
    let key = SecretKey::copied_from(inputs.key.as_bytes()).map_err(|_| "KeyLength")?;
    let length = inputs.kcv_length.unwrap_or(USUAL_LENGTH);
    computed(&key, name, method, length).map_err(|error| error.code())
}

/// The check value of a key whose algorithm is named as in the vectors.
pub(super) fn computed(
    key: &SecretKey,
    algorithm: &str,
    method: KcvMethod,
    length: usize,
) -> Result<Kcv, kcv::Error> {
    match (KeyAlgorithm::from_code(algorithm), algorithm) {
        (Some(algorithm), _) => kcv::compute(key, algorithm, method, length),
        (None, "DES") => kcv::compute_for_family(key, AlgorithmFamily::Des, method, length),
        // HMAC without a size, and HMAC with SHA-1, which no key service makes.
        (None, _) => kcv::compute_for_family(key, AlgorithmFamily::Hmac, method, length),
    }
}

/// A method by its name in the vectors. For HMAC the hash is the one that is named, or that of the
/// key.
pub(super) fn method(name: &str, algorithm: &str, hash: Option<&str>) -> Option<KcvMethod> {
    match name {
        "ANSI_X9_24" => Some(KcvMethod::AnsiX924),
        "CMAC_ZERO_BLOCK" => Some(KcvMethod::Cmac),
        "HMAC_EMPTY" => {
            let own = || algorithm.strip_prefix("HMAC_SHA").map(|size| format!("SHA_{size}"));
            // A case that asks for HMAC on another kind of key names no hash.
            let hash = hash.map(str::to_owned).or_else(own).unwrap_or_else(|| "SHA_256".into());
            HashAlgorithm::from_code(&hash).map(KcvMethod::Hmac)
        }
        "SHA1_OF_KEY" => Some(KcvMethod::Sha1OfKey),
        "AES_ECB_ZEROS" => Some(KcvMethod::AesEcbZeros),
        "AES_ECB_01" => Some(KcvMethod::AesEcbOnes),
        _ => None,
    }
}
