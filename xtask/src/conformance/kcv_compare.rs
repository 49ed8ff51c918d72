//! `kcv/compare`: a candidate check value against a key.

use key_types::{KeyAlgorithm, SecretKey};
use serde::Deserialize;
use test_vectors::Hex;

use super::kcv_kcv::method;
use super::operation::{Answer, Members, Operation, inputs};

pub(super) const OPERATION: Operation =
    Operation { name: "kcv/compare", outputs: &[], remarks: &[], answer };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    key: Hex,
    key_algorithm: String,
    method: String,
    candidate: String,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(compare(&inputs).map(|()| Answer::gave([]))))
}

fn compare(inputs: &Inputs) -> Result<(), &'static str> {
    let key = SecretKey::copied_from(inputs.key.as_bytes()).map_err(|_| "KeyLength")?;
    let algorithm = KeyAlgorithm::from_code(&inputs.key_algorithm).ok_or("MethodNotAllowed")?;
    let method = method(&inputs.method, None).ok_or("MethodNotAllowed")?;
    kcv::verify(&key, algorithm, method, &inputs.candidate).map_err(|error| error.code())
}
